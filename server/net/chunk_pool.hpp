// Reusable buffers in which file bytes gather for the spool, so that a transfer in steady state allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace net {

// A second of a camera on a good mobile link: few enough writes, and little lost by a kill.
constexpr std::size_t chunk_size = 16 * 1024;

class ChunkPool;

struct ChunkReturner {
  ChunkPool* pool = nullptr;
  void operator()(std::uint8_t* chunk) const noexcept;
};
using Chunk = std::unique_ptr<std::uint8_t[], ChunkReturner>;

class ChunkPool {
 public:
  // `budget` bytes: beyond it scarce() asks users to hold no more than they must. Outlives its chunks. Thread-safe.
  explicit ChunkPool(std::uint64_t budget) : budget_chunks_(budget / chunk_size) {}
  ~ChunkPool();

  Chunk get();
  bool scarce() const noexcept { return in_use_.load(std::memory_order_relaxed) > budget_chunks_; }
  std::uint64_t bytes_in_use() const noexcept { return in_use_.load(std::memory_order_relaxed) * chunk_size; }

 private:
  friend struct ChunkReturner;
  void put(std::uint8_t* chunk) noexcept;

  const std::uint64_t budget_chunks_;
  std::atomic<std::uint64_t> in_use_{0};
  std::mutex mutex_;
  std::vector<std::uint8_t*> free_;
};

}  // namespace net
