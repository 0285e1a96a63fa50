#include "server/net/mavlink/peer_table.hpp"

#include <algorithm>

namespace net::mavlink {

std::optional<PeerTable::Heard> PeerTable::heard(const asio::ip::udp::endpoint& from, base::SteadyTime now) {
  if (const auto found = places_.find(from); found != places_.end()) {
    found->second.heard = now;
    return Heard{.number = found->second.number};
  }
  if (places_.size() >= most_) return {};
  places_.emplace(from, Place{.number = ++last_number_, .heard = now});
  return Heard{.number = last_number_, .is_new = true};
}

std::vector<PeerTable::Entry> PeerTable::expire(base::SteadyTime now) {
  std::vector<Entry> silent;
  for (auto at = places_.begin(); at != places_.end();) {
    if (now - at->second.heard < expiry_) {
      ++at;
      continue;
    }
    silent.push_back({.number = at->second.number, .where = at->first, .heard = at->second.heard});
    at = places_.erase(at);
  }
  return silent;
}

std::optional<base::SteadyTime> PeerTable::next_expiry() const {
  std::optional<base::SteadyTime> next;
  for (const auto& [where, place] : places_)
    if (const auto when = place.heard + expiry_; !next || when < *next) next = when;
  return next;
}

const asio::ip::udp::endpoint* PeerTable::find(std::uint32_t number) const {
  const auto found = std::ranges::find_if(places_, [&](const auto& each) { return each.second.number == number; });
  return found == places_.end() ? nullptr : &found->first;
}

std::vector<PeerTable::Entry> PeerTable::all() const {
  std::vector<Entry> entries;
  entries.reserve(places_.size());
  for (const auto& [where, place] : places_)
    entries.push_back({.number = place.number, .where = where, .heard = place.heard});
  std::ranges::sort(entries, {}, &Entry::number);
  return entries;
}

}  // namespace net::mavlink
