#include "tools/backup/files.hpp"

#include <fmt/format.h>

#include <array>

#include "storage/files/file_system.hpp"
#include "storage/files/sha256.hpp"

namespace backup {

namespace {
constexpr std::size_t block_bytes = std::size_t{256} * 1024;
using Read = std::function<base::Result<std::size_t>(std::uint64_t offset, std::span<std::uint8_t> out)>;

storage::FileSystem& files() {
  return storage::posix_file_system();
}

base::Result<Entry> pass(const Read& read, storage::File* copy, const Passed& passed) {
  storage::Sha256 hash;
  base::Bytes block(block_bytes);
  Entry entry;
  for (;;) {
    const auto count = read(entry.size, block);
    if (!count) return std::unexpected(count.error());
    if (*count == 0) break;
    const base::ByteView bytes = base::ByteView(block).first(*count);
    hash.feed(bytes);
    if (copy != nullptr)
      if (auto written = copy->write_at(entry.size, bytes); !written) return std::unexpected(written.error());
    entry.size += *count;
    if (passed) passed(*count);
  }
  auto hex = hash.hex();
  if (!hex) return std::unexpected(hex.error());
  entry.sha256 = std::move(*hex);
  if (copy != nullptr)
    if (auto synced = copy->sync(); !synced) return std::unexpected(synced.error());
  return entry;
}

// A new file; what a run that broke off left under the name goes.
base::Result<storage::File> open_new(const std::filesystem::path& path) {
  if (auto made = storage::make_directories(files(), path.parent_path()); !made) return std::unexpected(made.error());
  if (auto gone = files().remove(path); !gone && gone.error().code != base::Errc::not_found)
    return std::unexpected(gone.error());
  return files().open(path, storage::OpenMode::create_new);
}

base::Result<Entry> measure_file(const std::filesystem::path& path, storage::File* copy, const Passed& passed) {
  const auto file = files().open(path, storage::OpenMode::read);
  if (!file) return std::unexpected(file.error());
  return pass([&](std::uint64_t offset, std::span<std::uint8_t> out) { return file->read_at(offset, out); }, copy,
              passed);
}
}  // namespace

base::Result<Entry> measure(const std::filesystem::path& path, const Passed& passed) {
  return measure_file(path, nullptr, passed);
}

base::Result<Entry> measure(storage::ObjectReader& object, const std::filesystem::path& copy, const Passed& passed) {
  const Read read = [&](std::uint64_t offset, std::span<std::uint8_t> out) { return object.read_at(offset, out); };
  if (copy.empty()) return pass(read, nullptr, passed);
  auto file = open_new(copy);
  if (!file) return std::unexpected(file.error());
  return pass(read, &*file, passed);
}

base::Result<> copy_checked(const std::filesystem::path& from, const std::filesystem::path& to, const Entry& expected,
                            const Passed& passed) {
  auto file = open_new(to);
  if (!file) return std::unexpected(file.error());
  const auto copied = measure_file(from, &*file, passed);
  if (copied && copied->size == expected.size && copied->sha256 == expected.sha256) return {};
  static_cast<void>(files().remove(to));
  if (!copied) return std::unexpected(copied.error());
  return base::fail(base::Errc::corrupt,
                    fmt::format("{} is damaged: its bytes are not those that were backed up.", from.string()));
}

base::Result<> put_in_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (auto made = storage::make_directories(files(), to.parent_path()); !made) return made;
  if (auto renamed = files().rename(from, to); !renamed) return renamed;
  return files().sync_directory(to.parent_path());
}

base::Result<> write_file(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path temporary = path.string() + ".new";
  {
    auto file = open_new(temporary);
    if (!file) return std::unexpected(file.error());
    if (auto written = file->write_at(0, base::as_bytes(text)); !written) return written;
    if (auto synced = file->sync(); !synced) return synced;
  }
  return put_in_place(temporary, path);
}

base::Result<> sync_file(const std::filesystem::path& path) {
  auto file = files().open(path, storage::OpenMode::write);
  if (!file) return std::unexpected(file.error());
  return file->sync();
}

}  // namespace backup
