#include "server/net/mavlink/aim.hpp"

namespace net::mavlink {

bool Aim::heard(const asio::ip::udp::endpoint& from, base::SteadyTime now) {
  if (broadcast_ && !answered_) answered_ = from;
  if (from != target()) return false;
  heard_ = now;
  return true;
}

bool Aim::expire(base::SteadyTime now) {
  if (!answered_ || now - *heard_ < silence_) return false;
  answered_.reset();
  heard_.reset();
  ++peer_;
  return true;
}

std::optional<base::SteadyTime> Aim::next_expiry() const {
  if (!answered_) return {};
  return *heard_ + silence_;
}

}  // namespace net::mavlink
