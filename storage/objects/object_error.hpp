// What every object store answers in the same words.
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/objects/object_store.hpp"

namespace storage {

base::Result<> check_object_key(std::string_view key);  // `invalid`
// `store` as it describes itself.
std::unexpected<base::Error> no_such_object(std::string_view key, std::string_view store);
// The file to be put has another size than was said: `invalid`.
base::Result<> check_source_size(std::string_view key, const LocalFile& source, std::uint64_t found);
// An object stands under the key already: `conflict` where its size is another.
base::Result<> check_same_size(std::string_view key, std::uint64_t stands, std::uint64_t wanted);

}  // namespace storage
