#include "storage/spool/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace storage {

Checksum checksum(std::uint64_t seed, base::ByteView bytes) noexcept {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed));
  Checksum result;
  std::ranges::copy(canonical.digest, result.begin());
  return result;
}

}  // namespace storage
