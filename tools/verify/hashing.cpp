#include "tools/verify/hashing.hpp"

#include "storage/files/sha256.hpp"

namespace verify {

base::Result<Hashed> hash_all(const ReadAt& read_at, const std::function<bool(base::ByteView)>& on_block) {
  constexpr std::size_t block_size = 256 * 1024;  // few calls, and little memory for each job
  base::Bytes block(block_size);
  storage::Sha256 hash;
  Hashed all;
  for (;;) {
    const auto read = read_at(all.size, block);
    if (!read) return std::unexpected(read.error());
    if (*read == 0) break;
    const auto bytes = base::ByteView(block).first(*read);
    hash.feed(bytes);
    all.size += *read;
    if (!on_block(bytes)) return base::fail(base::Errc::unavailable, "The reading was given up.");
  }
  auto sha256 = hash.hex();
  if (!sha256) return std::unexpected(sha256.error());
  all.sha256 = std::move(*sha256);
  return all;
}

}  // namespace verify
