// A small baseline JPEG encoder for made-up photos: 1280×720 in flat tiles of 8×8 pixels with a little texture, the
// camera's number and the file's number written large into the picture. Every tile depends on the seed, so that no
// packet of one photo could pass for the same packet of another.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/base/bytes.hpp"

namespace sim {

// `caption`: digits, spaces and hyphens, drawn in up to two lines cut at '\n'. About 27 to 50 KB, half a millisecond.
base::Bytes make_photo(std::uint64_t seed, std::string_view caption);

}  // namespace sim
