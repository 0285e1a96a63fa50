// Frames that came lately, to know the copy that another way brings. No clock; bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::router {

class Duplicates {
 public:
  // Below the second after which a heartbeat may come again with the same bytes from a sender that counts no sequence.
  static constexpr std::chrono::milliseconds longest_window{999};

  // 0: nothing is a copy. Longer than `longest_window`: that.
  explicit Duplicates(std::chrono::milliseconds window);
  // The same bytes came from another peer within the window. One that repeats itself means it.
  bool is_copy(base::ByteView bytes, Peer peer, base::SteadyTime now);

  static constexpr std::size_t most = 4096;

 private:
  struct Seen {
    Peer peer;
    base::SteadyTime at;
  };
  struct Order {
    std::uint64_t hash;
    base::SteadyTime at;
  };
  void forget(base::SteadyTime now);

  std::chrono::milliseconds window_;
  std::unordered_map<std::uint64_t, Seen> seen_;
  std::deque<Order> order_;
};

}  // namespace mavlink::router
