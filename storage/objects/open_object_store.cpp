#include <fmt/format.h>

#include <cstdlib>

#include "storage/objects/file_object_store.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "storage/objects/s3_object_store.hpp"

namespace storage {

namespace {
constexpr std::string_view file_scheme = "file:";

base::Result<std::unique_ptr<ObjectStore>> open_s3(std::string_view url) {
  auto location = s3::parse_url(url);
  if (!location) return std::unexpected(location.error());
  auto credentials = s3::find_credentials(*location, [](const char* name) { return std::getenv(name); });
  if (!credentials) return std::unexpected(credentials.error());
  return S3ObjectStore::open_at(std::move(*location), std::move(*credentials));
}
}  // namespace

base::Result<std::unique_ptr<ObjectStore>> open_object_store(std::string_view url) {
  if (url == "memory:") return std::make_unique<MemoryObjectStore>();
  if (url.starts_with(file_scheme))
    return FileObjectStore::open_in(std::filesystem::path(url.substr(file_scheme.size())));
  if (url.starts_with("s3:")) return open_s3(url);
  // Only the scheme: what follows it may hold credentials.
  return base::fail(
      base::Errc::invalid,
      fmt::format(
          "'{}' is not a kind of object store this program knows: give file:DIR, s3://BUCKET?endpoint=… or memory:",
          base::printable(base::as_bytes(url.substr(0, url.find(':'))))));
}

base::Result<std::unique_ptr<ObjectStore>> open_object_store_to_read(std::string_view url) {
  if (url.starts_with(file_scheme))
    return FileObjectStore::open_to_read(std::filesystem::path(url.substr(file_scheme.size())));
  return open_object_store(url);
}

}  // namespace storage
