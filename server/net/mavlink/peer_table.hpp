// Who spoke to a UDP server lately. No clock, no socket.
#pragma once

#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"

namespace net::mavlink {

class PeerTable {
 public:
  struct Entry {
    std::uint32_t number = 0;
    asio::ip::udp::endpoint where;
    base::SteadyTime heard;
  };

  PeerTable(std::size_t most, std::chrono::milliseconds expiry) : most_(most), expiry_(expiry) {}

  struct Heard {
    std::uint32_t number = 0;
    bool is_new = false;
  };
  // Nothing: the table is full. Those that are in it keep their places, so that a flood of made-up addresses does not
  // cut off who was there before.
  std::optional<Heard> heard(const asio::ip::udp::endpoint& from, base::SteadyTime now);
  // Those that fell silent, taken out.
  std::vector<Entry> expire(base::SteadyTime now);
  // When the next one may be silent for long enough.
  std::optional<base::SteadyTime> next_expiry() const;
  const asio::ip::udp::endpoint* find(std::uint32_t number) const;
  std::vector<Entry> all() const;

 private:
  struct Place {
    std::uint32_t number = 0;
    base::SteadyTime heard;
  };
  std::size_t most_;
  std::chrono::milliseconds expiry_;
  std::map<asio::ip::udp::endpoint, Place> places_;
  std::uint32_t last_number_ = 0;
};

}  // namespace net::mavlink
