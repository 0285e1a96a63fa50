// The real file system, watched: every change is noted in order, and the next one that begins with a given text fails.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "storage/files/file_system.hpp"

namespace tests {

class WatchedFiles final : public storage::FileSystem {
 public:
  using Path = std::filesystem::path;

  // errno of every operation whose note begins with the key: "link", "sync /tmp/x", …
  std::map<std::string, int> failures;
  std::vector<std::string> notes;

  std::vector<std::string> take_notes() { return std::exchange(notes, {}); }

  base::Result<storage::File> open(const Path& path, storage::OpenMode mode) override {
    const bool creates = mode == storage::OpenMode::create_new;
    if (auto ok = note(creates ? "create" : "open", path, creates); !ok) return std::unexpected(ok.error());
    const auto file = real_.open(path, mode);
    if (!file) return std::unexpected(file.error());
    return storage::File(*this, dup(file->descriptor()), path);
  }
  base::Result<> rename(const Path& from, const Path& to) override {
    if (auto ok = note("rename", to); !ok) return ok;
    return real_.rename(from, to);
  }
  base::Result<> link(const Path& existing, const Path& name) override {
    if (auto ok = note("link", name); !ok) return ok;
    return real_.link(existing, name);
  }
  base::Result<> remove(const Path& path) override {
    if (auto ok = note("remove", path); !ok) return ok;
    return real_.remove(path);
  }
  base::Result<> make_directory(const Path& path) override {
    if (auto ok = note("mkdir", path, false); !ok) return ok;
    auto made = real_.make_directory(path);
    if (made) notes.push_back("mkdir " + path.string());
    return made;
  }
  base::Result<> sync_directory(const Path& path) override {
    if (auto ok = note("syncdir", path); !ok) return sync_failure(ok.error());
    return real_.sync_directory(path);
  }
  base::Result<storage::FileStatus> status(const Path& path) override { return real_.status(path); }
  base::Result<std::vector<std::string>> list(const Path& path) override { return real_.list(path); }

 protected:
  base::Result<> write_at(const storage::File& file, std::uint64_t offset, base::ByteView bytes) override {
    if (auto ok = note("write", file.path()); !ok) return ok;
    const auto at = static_cast<off_t>(offset);
    if (pwrite(file.descriptor(), bytes.data(), bytes.size(), at) == static_cast<ssize_t>(bytes.size())) return {};
    return base::fail_errno(errno, "pwrite");
  }
  base::Result<std::size_t> read_at(const storage::File& file, std::uint64_t offset,
                                    std::span<std::uint8_t> out) override {
    if (auto ok = note("read", file.path(), false); !ok) return std::unexpected(ok.error());
    const auto got = pread(file.descriptor(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0) return base::fail_errno(errno, "pread");
    if (got > 0 && garble_reads) out[0] ^= 0xff;
    return static_cast<std::size_t>(got);
  }
  base::Result<> sync(const storage::File& file) override {
    if (auto ok = note("sync", file.path()); !ok) return sync_failure(ok.error());
    return fsync(file.descriptor()) == 0 ? base::Result<>{} : base::fail_errno(errno, "fsync");
  }
  base::Result<storage::FileStatus> status(const storage::File& file) override { return real_.status(file.path()); }
  void close(int descriptor) noexcept override { ::close(descriptor); }

 public:
  bool garble_reads = false;

 private:
  base::Result<> note(const std::string& verb, const Path& path, bool changes = true) {
    const std::string text = verb + " " + path.string();
    for (const auto& [beginning, os_error] : failures)
      if (text.starts_with(beginning)) return base::fail_errno(os_error, text);
    if (changes && verb != "open") notes.push_back(text);
    return {};
  }
  // As FileSystem promises.
  static std::unexpected<base::Error> sync_failure(base::Error error) {
    error.code = base::Errc::corrupt;
    return std::unexpected(std::move(error));
  }

  storage::FileSystem& real_ = storage::posix_file_system();
};

}  // namespace tests
