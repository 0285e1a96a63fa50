#include "server/net/block_pool.hpp"

namespace net {

namespace {
// Kept for reuse: enough for the ups and downs of a busy server, 4 MiB.
constexpr std::size_t max_free = 256;
}  // namespace

void BlockReturner::operator()(std::uint8_t* block) const noexcept {
  pool->put(block);
}

BlockPool::~BlockPool() {
  for (const std::uint8_t* block : free_) delete[] block;
}

Block BlockPool::get() {
  in_use_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      std::uint8_t* block = free_.back();
      free_.pop_back();
      return Block{block, BlockReturner{this}};
    }
  }
  return Block{new std::uint8_t[storage::block_size], BlockReturner{this}};
}

void BlockPool::put(std::uint8_t* block) noexcept {
  in_use_.fetch_sub(1, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    if (free_.size() < max_free) {
      free_.push_back(block);
      return;
    }
  }
  delete[] block;
}

}  // namespace net
