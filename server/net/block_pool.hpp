// Reusable buffers of one spool block each, so that a transfer in steady state allocates nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/spool/spool.hpp"

namespace net {

class BlockPool;

struct BlockReturner {
  BlockPool* pool = nullptr;
  void operator()(std::uint8_t* block) const noexcept;
};
using Block = std::unique_ptr<std::uint8_t[], BlockReturner>;

class BlockPool {
 public:
  // `budget` bytes: beyond it scarce() asks users to hold no more than they must. Outlives its blocks. Thread-safe.
  explicit BlockPool(std::uint64_t budget) : budget_blocks_(budget / storage::block_size) {}
  ~BlockPool();

  Block get();
  bool scarce() const noexcept { return in_use_.load(std::memory_order_relaxed) > budget_blocks_; }
  std::uint64_t bytes_in_use() const noexcept { return in_use_.load(std::memory_order_relaxed) * storage::block_size; }

 private:
  friend struct BlockReturner;
  void put(std::uint8_t* block) noexcept;

  const std::uint64_t budget_blocks_;
  std::atomic<std::uint64_t> in_use_{0};
  std::mutex mutex_;
  std::vector<std::uint8_t*> free_;
};

}  // namespace net
