// XXH3, 128 bits: finds every accident of disk and crash at memory speed. Not a defence against forgery: SHA-256 is.
#pragma once

#include <array>
#include <cstdint>

#include "server/base/bytes.hpp"

namespace storage {

using Checksum = std::array<std::uint8_t, 16>;  // big endian (XXH128 canonical form)

// Equal bytes under another seed have another checksum.
Checksum checksum(std::uint64_t seed, base::ByteView bytes) noexcept;

}  // namespace storage
