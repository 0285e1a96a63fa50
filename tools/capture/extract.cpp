#include "tools/capture/extract.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>

#include "storage/formats/format.hpp"

namespace captures {

namespace {
constexpr mode_t folder_mode = 0777;  // and files 0666: the user's umask says who reads them
constexpr mode_t file_mode = 0666;

std::string stamp(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) static_cast<void>(::close(number_));
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return number_; }

 private:
  int number_;
};

base::Result<> write_all(int descriptor, base::ByteView bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::fail_errno(errno, path + " could not be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

class Folder {
 public:
  Folder(std::string path, const ExtractOptions& options) : path_(std::move(path)), options_(&options) {}

  base::Result<> make() const {
    if (::mkdir(path_.c_str(), folder_mode) != 0 && errno != EEXIST)
      return base::fail_errno(errno, fmt::format("The folder {} could not be made", path_));
    return {};
  }
  bool has(const std::string& name) const {
    struct stat facts{};
    return ::lstat(at(name).c_str(), &facts) == 0;
  }
  // Under another name first: what is not whole never looks like it.
  base::Result<> put(const std::string& name, base::ByteView bytes) const {
    const std::string part = at("." + name + ".part");
    auto made = write(part, bytes);
    if (made) made = give_name(part, at(name));
    if (!made) static_cast<void>(::unlink(part.c_str()));
    return made;
  }

 private:
  std::string at(const std::string& name) const { return path_ + "/" + name; }

  static base::Result<> write(const std::string& path, base::ByteView bytes) {
    static_cast<void>(::unlink(path.c_str()));  // of an earlier one that broke off; and never through a link
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file_mode));
    if (file.get() < 0) return base::fail_errno(errno, path + " could not be made");
    return write_all(file.get(), bytes, path);
  }

  base::Result<> give_name(const std::string& from, const std::string& to) const {
    int result = -1;
    if (!options_->overwrite) {
      result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
      // A file system that cannot: it was looked for a moment ago.
      if (result == 0 || errno != EINVAL)
        return result == 0 ? base::Result<>{} : base::fail_errno(errno, to + " could not be written");
    }
    if (::rename(from.c_str(), to.c_str()) != 0) return base::fail_errno(errno, to + " could not be written");
    return {};
  }

  std::string path_;
  const ExtractOptions* options_;
};

std::string name_of(const CameraFile& file, std::map<std::string, unsigned>& stems) {
  std::string stem = fmt::format("{}-{}-{}", file.imei.str(), to_string(file.file_class), stamp(file.begun));
  if (const unsigned before = stems[stem]++; before > 0) stem += fmt::format("-{}", before + 1);
  return fmt::format("{}.{}{}", stem, storage::extension(storage::sniff(file.bytes)),
                     file.complete() ? "" : ".incomplete");
}
}  // namespace

base::Result<ExtractSummary> extract(const Capture& capture, const std::vector<CameraFile>& files,
                                     const std::string& path, const ExtractOptions& options) {
  const Folder folder(path, options);
  if (const auto made = folder.make(); !made) return std::unexpected(made.error());
  ExtractSummary summary;
  std::map<std::string, unsigned> stems;
  for (std::size_t n = 0; n < files.size(); ++n) {
    const CameraFile& file = files[n];
    if (file.bytes.empty()) {
      ++summary.empty;
      continue;
    }
    // Numbered also where it is left out: another run gives the same names.
    const std::string name = name_of(file, stems);
    if (!file.complete() && !options.incomplete) {
      ++summary.left_out;
      continue;
    }
    const std::string beside = name + ".json";
    if (!options.overwrite && (folder.has(name) || folder.has(beside))) {
      summary.existing.push_back(name);
      continue;
    }
    const auto description = describe(capture, file, name);
    if (!description) return std::unexpected(description.error());
    if (const auto put = folder.put(name, file.bytes); !put) return std::unexpected(put.error());
    if (const auto put = folder.put(beside, base::as_bytes(*description)); !put) return std::unexpected(put.error());
    summary.written.push_back({.name = name, .file = n, .complete = file.complete(), .size = file.bytes.size()});
  }
  return summary;
}

}  // namespace captures
