// Commands that make something happen, and how many of them one sender may give. No clock; bounded.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::router {

// COMMAND_LONG or COMMAND_INT that does more than to ask for a message, and PARAM_EXT_SET.
bool is_acting(const Message& message) noexcept;

struct Rate {
  double per_second = 10;  // in the long run: the fastest cameras take pictures at that rate
  double burst = 20;       // at once
};

class Budget {
 public:
  explicit Budget(Rate rate) : rate_(rate) {}
  // One command of that sender. False: it gave too many; nothing is taken then. A peer has four times what a sender
  // has, whoever it says it is.
  bool spend(Address sender, Peer peer, base::SteadyTime now);

  static constexpr std::size_t most_senders = 256;  // and peers; the one that was silent for longest goes

 private:
  struct Bucket {
    double tokens = 0;
    base::SteadyTime heard;
  };
  template <class Key>
  Bucket& filled(std::map<Key, Bucket>& buckets, const Key& key, double times, base::SteadyTime now);

  const Rate rate_;
  std::map<Address, Bucket> senders_;
  std::map<Peer, Bucket> peers_;
};

}  // namespace mavlink::router
