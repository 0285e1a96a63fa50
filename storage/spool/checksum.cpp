#include "storage/spool/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <new>

namespace storage {

namespace {
Checksum canonical(const XXH128_hash_t& hash) noexcept {
  XXH128_canonical_t bytes;
  XXH128_canonicalFromHash(&bytes, hash);
  Checksum result;
  std::ranges::copy(bytes.digest, result.begin());
  return result;
}

XXH3_state_t* state_of(void* state) noexcept {
  return static_cast<XXH3_state_t*>(state);
}
}  // namespace

Checksum checksum(std::uint64_t seed, base::ByteView bytes) noexcept {
  return canonical(XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed));
}

void RunningChecksum::Free::operator()(void* state) const noexcept {
  XXH3_freeState(state_of(state));
}

RunningChecksum::RunningChecksum(std::uint64_t seed) : state_(XXH3_createState()) {
  if (!state_) throw std::bad_alloc();
  XXH3_128bits_reset_withSeed(state_of(state_.get()), seed);
}

void RunningChecksum::add(base::ByteView bytes) noexcept {
  XXH3_128bits_update(state_of(state_.get()), bytes.data(), bytes.size());
}

Checksum RunningChecksum::value() const noexcept {
  return canonical(XXH3_128bits_digest(state_of(state_.get())));
}

}  // namespace storage
