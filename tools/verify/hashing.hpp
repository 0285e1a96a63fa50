// SHA-256 of things that are read block by block.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace verify {

struct Hashed {
  std::string sha256;
  std::uint64_t size = 0;
};

// `read_at` fills from an offset and gives 0 at the end. `on_block` hears of each block; false stops: `unavailable`.
using ReadAt = std::function<base::Result<std::size_t>(std::uint64_t, std::span<std::uint8_t>)>;
base::Result<Hashed> hash_all(const ReadAt& read_at, const std::function<bool(base::ByteView)>& on_block);

}  // namespace verify
