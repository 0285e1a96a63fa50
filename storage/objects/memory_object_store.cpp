#include "storage/objects/memory_object_store.hpp"

#include <algorithm>

#include "storage/files/file_system.hpp"
#include "storage/objects/object_error.hpp"

namespace storage {

namespace {
base::Result<base::Bytes> read_whole(std::string_view key, const LocalFile& source) {
  const auto file = posix_file_system().open(source.path, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  const auto status = file->status();
  if (!status) return std::unexpected(status.error());
  if (const auto as_said = check_source_size(key, source, status->size); !as_said)
    return std::unexpected(as_said.error());
  base::Bytes bytes(source.size);
  const auto read = file->read_at(0, bytes);
  if (!read) return std::unexpected(read.error());
  bytes.resize(*read);
  return bytes;
}

class MemoryReader final : public ObjectReader {
 public:
  explicit MemoryReader(std::shared_ptr<const base::Bytes> content) : content_(std::move(content)) {}
  std::uint64_t size() const noexcept override { return content_->size(); }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= content_->size()) return std::size_t{0};
    const auto rest = base::ByteView(*content_).subspan(offset);
    const auto count = std::min(rest.size(), out.size());
    std::ranges::copy(rest.first(count), out.begin());
    return count;
  }

 private:
  std::shared_ptr<const base::Bytes> content_;
};
}  // namespace

base::Result<> MemoryObjectStore::put(std::string_view key, const LocalFile& source) {
  if (auto valid = check_object_key(key); !valid) return valid;
  auto bytes = read_whole(key, source);
  if (!bytes) return std::unexpected(bytes.error());
  const std::scoped_lock lock(lock_);
  const auto [at, inserted] = objects_.try_emplace(std::string(key));
  if (!inserted) return check_same_size(key, at->second.content->size(), source.size);
  at->second = {std::make_shared<const base::Bytes>(std::move(*bytes)), base::utc_now()};
  return {};
}

std::optional<MemoryObjectStore::Object> MemoryObjectStore::find(std::string_view key) const {
  const std::scoped_lock lock(lock_);
  const auto at = objects_.find(key);
  return at == objects_.end() ? std::nullopt : std::optional(at->second);
}

base::Result<std::unique_ptr<ObjectReader>> MemoryObjectStore::open(std::string_view key) {
  if (auto valid = check_object_key(key); !valid) return std::unexpected(valid.error());
  auto object = find(key);
  if (!object) return no_such_object(key, describe());
  return std::make_unique<MemoryReader>(std::move(object->content));
}

base::Result<ObjectInfo> MemoryObjectStore::stat(std::string_view key) {
  if (auto valid = check_object_key(key); !valid) return std::unexpected(valid.error());
  const auto object = find(key);
  if (!object) return no_such_object(key, describe());
  return ObjectInfo{std::string(key), object->content->size(), object->modified};
}

base::Result<> MemoryObjectStore::remove(std::string_view key) {
  if (auto valid = check_object_key(key); !valid) return valid;
  const std::scoped_lock lock(lock_);
  if (const auto at = objects_.find(key); at != objects_.end()) objects_.erase(at);
  return {};
}

base::Result<> MemoryObjectStore::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  std::vector<ObjectInfo> found;  // the visitor may call back into the store
  {
    const std::scoped_lock lock(lock_);
    for (auto at = objects_.lower_bound(prefix); at != objects_.end() && at->first.starts_with(prefix); ++at)
      found.push_back({at->first, at->second.content->size(), at->second.modified});
  }
  for (const auto& object : found)
    if (!visit(object)) break;
  return {};
}

std::optional<std::filesystem::path> MemoryObjectStore::local_path(std::string_view) const {
  return std::nullopt;
}

base::Result<> MemoryObjectStore::probe() {
  return {};
}  // there is nothing that could be out of order

std::string MemoryObjectStore::describe() const {
  return "memory:";
}

}  // namespace storage
