// The transfers under way, for the API: each connection owns one entry and moves its numbers; anybody takes a snapshot.
// One that has ended stays, with its end, until the catalog has it: at every moment a transfer is here or there.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/catalog/catalog.hpp"

namespace net {

enum class LiveState : std::uint8_t { requesting, receiving, finishing };

struct LiveTransfer {
  explicit LiveTransfer(storage::Transfer given) : facts(std::move(given)) {}

  const storage::Transfer facts;  // what does not change
  std::atomic<std::uint64_t> offset_start{0};
  std::atomic<LiveState> state{LiveState::requesting};
  std::atomic<std::uint64_t> offset{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<double> rate{0};  // bytes per second over the last seconds
  std::atomic<std::uint32_t> stalls{0};
  std::atomic<std::uint32_t> resumes{0};
  std::atomic<std::uint32_t> bad_crcs{0};
  std::atomic<std::uint32_t> salvaged{0};
  std::atomic<std::int64_t> updated_ms{0};  // unix

  storage::Transfer snapshot() const;
};

// Thread-safe.
class LiveTransfers {
 public:
  void add(const std::shared_ptr<LiveTransfer>& transfer);
  // From now on shown as `record`. No effect on one that is not there.
  void end(const std::shared_ptr<LiveTransfer>& transfer, std::shared_ptr<const storage::Transfer> record);
  void remove(const std::shared_ptr<LiveTransfer>& transfer);
  std::vector<storage::Transfer> snapshot() const;  // newest first
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  // With the end of those that have ended.
  std::unordered_map<std::shared_ptr<LiveTransfer>, std::shared_ptr<const storage::Transfer>> entries_;
};

}  // namespace net
