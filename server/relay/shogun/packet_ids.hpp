// Packet ids for what we send. Receivers drop an id they have seen, so each datagram gets a new one, and each start of
// this process a range of its own. Some products fail on large ids: they stay within 31 bit and are never 0.
#pragma once

#include <cstdint>

#include "server/relay/shogun/notification.hpp"

namespace shogun {

class PacketIds {
 public:
  // `seed`: the time or a random number; different at each start.
  explicit PacketIds(std::uint64_t seed) noexcept : next_(scattered(seed)) {}

  std::uint32_t next() noexcept {
    const std::uint32_t id = next_;
    next_ = id == highest_packet_id ? 1 : id + 1;
    if (made_ < highest_packet_id) ++made_;
    return id;
  }

  // One of the newest `remembered` ids made here: what comes back with one is our own.
  bool is_own(std::uint64_t id) const noexcept {
    if (id == 0 || id > highest_packet_id) return false;
    const std::uint64_t age = (next_ + highest_packet_id - id - 1) % highest_packet_id;
    return age < remembered && age < made_;
  }
  static constexpr std::uint64_t remembered = 1024;  // what a stage still repeats is minutes old at most

 private:
  // The finaliser of SplitMix64: seeds that are near each other give ranges that are not.
  static constexpr std::uint32_t scattered(std::uint64_t seed) noexcept {
    seed += 0x9e3779b97f4a7c15;
    seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9;
    seed = (seed ^ seed >> 27) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((seed ^ seed >> 31) % highest_packet_id + 1);
  }

  std::uint32_t next_;
  std::uint64_t made_ = 0;
};

}  // namespace shogun
