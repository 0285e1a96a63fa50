#include "tools/verify/segments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "storage/evidence/segment.hpp"
#include "storage/files/file_system.hpp"

namespace verify {

namespace {
using storage::evidence::Break;
using storage::evidence::OnFinding;

// Notes the number of a segment's name, or reports the name.
void take_name(std::string_view name, std::vector<std::uint64_t>& numbers, const OnFinding& on_finding) {
  if (const auto number = storage::evidence::segment_number(name)) {
    numbers.push_back(*number);
    return;
  }
  on_finding({.kind = Break::object_unknown,
              .message = fmt::format("The object {} lies among the segments and is none.",
                                     base::printable(base::as_bytes(name))),
              .object = std::string(name)});
}

class StoreSegments final : public SegmentSource {
 public:
  explicit StoreSegments(storage::ObjectStore& objects) : objects_(objects) {}

  base::Result<std::vector<std::uint64_t>> numbers(const OnFinding& on_finding) override {
    std::vector<std::uint64_t> found;
    const auto listed = objects_.list(storage::evidence::segment_prefix, [&](const storage::ObjectInfo& object) {
      take_name(object.key, found, on_finding);
      return true;
    });
    if (!listed) return std::unexpected(listed.error());
    std::ranges::sort(found);  // with more than ten digits the order of the keys is another
    return found;
  }
  base::Result<std::unique_ptr<storage::ObjectReader>> open(std::uint64_t number) override {
    return objects_.open(storage::evidence::segment_key(number));
  }
  std::string describe() const override { return objects_.describe(); }

 private:
  storage::ObjectStore& objects_;
};

class FileReader final : public storage::ObjectReader {
 public:
  FileReader(storage::File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t size() const noexcept override { return size_; }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    return file_.read_at(offset, out);
  }

 private:
  storage::File file_;
  std::uint64_t size_;
};

class FolderSegments final : public SegmentSource {
 public:
  explicit FolderSegments(std::filesystem::path folder) : folder_(std::move(folder)) {}

  base::Result<std::vector<std::uint64_t>> numbers(const OnFinding& on_finding) override {
    const auto names = storage::posix_file_system().list(folder_);
    if (!names) return std::unexpected(names.error());
    std::vector<std::uint64_t> found;
    for (const std::string& name : *names) take_name(name, found, on_finding);
    std::ranges::sort(found);
    return found;
  }
  base::Result<std::unique_ptr<storage::ObjectReader>> open(std::uint64_t number) override {
    const auto name = storage::evidence::segment_key(number).substr(storage::evidence::segment_prefix.size());
    auto file = storage::posix_file_system().open(folder_ / name, storage::OpenMode::read);
    if (!file) return std::unexpected(file.error());
    const auto status = file->status();
    if (!status) return std::unexpected(status.error());
    return std::make_unique<FileReader>(std::move(*file), status->size);
  }
  std::string describe() const override { return folder_.string(); }

 private:
  std::filesystem::path folder_;
};
}  // namespace

std::unique_ptr<SegmentSource> segments_in(storage::ObjectStore& objects) {
  return std::make_unique<StoreSegments>(objects);
}

base::Result<std::unique_ptr<SegmentSource>> segments_in_folder(const std::filesystem::path& folder) {
  const auto status = storage::posix_file_system().status(folder);
  if (!status) return std::unexpected(status.error());
  if (!status->is_directory)
    return base::fail(base::Errc::invalid, fmt::format("{} is not a folder of segments.", folder.string()));
  return std::make_unique<FolderSegments>(folder);
}

}  // namespace verify
