#include <fmt/format.h>

#include "storage/objects/file_object_store.hpp"
#include "storage/objects/memory_object_store.hpp"

namespace storage {

base::Result<std::unique_ptr<ObjectStore>> open_object_store(std::string_view url) {
  constexpr std::string_view file_scheme = "file:";
  if (url == "memory:") return std::make_unique<MemoryObjectStore>();
  if (url.starts_with(file_scheme))
    return FileObjectStore::open_in(std::filesystem::path(url.substr(file_scheme.size())));
  // Only the scheme: what follows it may hold credentials.
  return base::fail(base::Errc::invalid,
                    fmt::format("'{}' is not a kind of object store this program knows: give file:DIR or memory:",
                                base::printable(base::as_bytes(url.substr(0, url.find(':'))))));
}

}  // namespace storage
