#include "storage/objects/object_error.hpp"

#include <fmt/format.h>

namespace storage {

using base::Errc;

base::Result<> check_object_key(std::string_view key) {
  if (is_valid_object_key(key)) return {};
  return base::fail(Errc::invalid, fmt::format("'{}' is not a valid object key: use '/'-separated names of letters, "
                                               "digits, '.', '_' and '-'",
                                               base::printable(base::as_bytes(key))));
}

std::unexpected<base::Error> no_such_object(std::string_view key, std::string_view store) {
  return base::fail(Errc::not_found, fmt::format("there is no object '{}' in {}", key, store));
}

base::Result<> check_source_size(std::string_view key, const LocalFile& source, std::uint64_t found) {
  if (found == source.size) return {};
  return base::fail(Errc::invalid, fmt::format("'{}' has {} bytes, but {} were to be stored as object '{}'",
                                               source.path.string(), found, source.size, key));
}

base::Result<> check_same_size(std::string_view key, std::uint64_t stands, std::uint64_t wanted) {
  if (stands == wanted) return {};
  return base::fail(Errc::conflict, fmt::format("object '{}' exists with {} bytes, not with the {} of the new one; it "
                                                "was left as it is",
                                                key, stands, wanted));
}

}  // namespace storage
