#include "server/net/chunk_pool.hpp"

namespace net {

namespace {
// Kept for reuse: enough for the ups and downs of a busy server, 4 MiB.
constexpr std::size_t max_free = 256;
}  // namespace

void ChunkReturner::operator()(std::uint8_t* chunk) const noexcept {
  pool->put(chunk);
}

ChunkPool::~ChunkPool() {
  for (const std::uint8_t* chunk : free_) delete[] chunk;
}

Chunk ChunkPool::get() {
  in_use_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      std::uint8_t* chunk = free_.back();
      free_.pop_back();
      return Chunk{chunk, ChunkReturner{this}};
    }
  }
  return Chunk{new std::uint8_t[chunk_size], ChunkReturner{this}};
}

void ChunkPool::put(std::uint8_t* chunk) noexcept {
  in_use_.fetch_sub(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    if (free_.size() < max_free) {
      free_.push_back(chunk);
      return;
    }
  }
  delete[] chunk;
}

}  // namespace net
