// Keys that were seen lately: bounded in number and time, and in memory that does not depend on how long they are.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/hub/event.hpp"

namespace hub {

// A ring of fingerprints, oldest first, and a hash table of places in it. Fingerprints have 128 bits of two unlike
// functions: two keys are taken for the same by nobody's luck. 32 bytes a key; grows up to `most`, then the oldest
// goes.
class Seen {
 public:
  explicit Seen(std::size_t most);

  bool contains(Protocol protocol, std::string_view key, base::SteadyTime now) const noexcept;
  // Until `expires`. False, and nothing changes: it is there already.
  bool remember(Protocol protocol, std::string_view key, base::SteadyTime expires, base::SteadyTime now);
  std::size_t size() const noexcept { return count_; }

 private:
  struct Fingerprint {
    std::uint64_t one = 0;
    std::uint64_t two = 0;
    bool operator==(const Fingerprint&) const = default;
  };
  struct Entry {
    Fingerprint print;
    base::SteadyTime expires;
    bool gone = false;  // remembered anew behind this one
  };
  static constexpr std::uint32_t none = 0;

  static Fingerprint fingerprint(Protocol protocol, std::string_view key) noexcept;
  Entry& entry(std::size_t place) { return ring_[place & (ring_.size() - 1)]; }
  // Where in the table it is, or would be.
  std::size_t slot_of(const Fingerprint& print) const noexcept;
  void empty_slot(std::size_t slot) noexcept;
  void forget_oldest() noexcept;
  void grow();

  std::size_t most_;
  std::vector<Entry> ring_;           // a power of two
  std::vector<std::uint32_t> table_;  // twice as many: 1 + the place in the ring; linear probing
  std::size_t first_ = 0;             // of the ring
  std::size_t used_ = 0;              // of the ring, gone ones included
  std::size_t count_ = 0;
};

}  // namespace hub
