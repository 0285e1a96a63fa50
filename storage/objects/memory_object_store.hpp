// Objects in memory, for tests and trials: gone with the process, and as large as the memory it has.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "storage/objects/object_store.hpp"

namespace storage {

class MemoryObjectStore final : public ObjectStore {
 public:
  base::Result<> put(std::string_view key, const LocalFile& source) override;
  base::Result<std::unique_ptr<ObjectReader>> open(std::string_view key) override;
  base::Result<ObjectInfo> stat(std::string_view key) override;
  base::Result<> remove(std::string_view key) override;
  base::Result<> list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  std::optional<std::filesystem::path> local_path(std::string_view key) const override;
  base::Result<> probe() override;
  std::string describe() const override;

 private:
  using Content = std::shared_ptr<const base::Bytes>;  // a reader keeps the bytes it opened
  struct Object {
    Content content;
    base::UtcTime modified;
  };
  std::optional<Object> find(std::string_view key) const;

  mutable std::mutex lock_;
  std::map<std::string, Object, std::less<>> objects_;
};

}  // namespace storage
