#include "server/relay/mavlink/router/routes.hpp"

#include <algorithm>

namespace mavlink::router {

namespace {
template <class Map>
void make_room(Map& map, std::size_t most) {
  if (map.size() >= most)
    map.erase(std::ranges::min_element(map, {}, [](const auto& each) { return each.second.heard; }));
}
}  // namespace

void Routes::add(Peer peer, base::SteadyTime now) {
  if (const auto found = peers_.find(peer); found != peers_.end()) {
    found->second.heard = now;
    return;
  }
  make_room(peers_, most_peers);
  peers_.emplace(peer, Neighbour{.heard = now, .components = {}});
}

void Routes::forget(Peer peer) {
  peers_.erase(peer);
}

void Routes::hear(Address from, std::uint8_t sequence, Peer peer, bool learns, base::SteadyTime now) {
  add(peer, now);
  auto& components = peers_.at(peer).components;
  auto found = components.find(from);
  if (found == components.end()) {
    if (!learns) return;
    make_room(components, most_components);
    found = components.try_emplace(from).first;
  }
  Component& component = found->second;
  component.heard = now;
  ++component.frames;
  component.loss.hear(sequence, now);
}

void Routes::clear_system(std::uint8_t system) {
  for (auto& [peer, neighbour] : peers_)
    std::erase_if(neighbour.components, [&](const auto& each) { return each.first.system == system; });
}

bool Routes::seen(Address component, Peer peer) const {
  const auto found = peers_.find(peer);
  return found != peers_.end() && found->second.components.contains(component);
}

bool Routes::seen_system(std::uint8_t system, Peer peer) const {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return false;
  const auto next = found->second.components.lower_bound(Address{.system = system, .component = 0});
  return next != found->second.components.end() && next->first.system == system;
}

std::vector<Peer> Routes::peers() const {
  std::vector<Peer> all;
  all.reserve(peers_.size());
  for (const auto& [peer, neighbour] : peers_) all.push_back(peer);
  return all;
}

std::vector<Route> Routes::all(base::SteadyTime now) const {
  std::vector<Route> routes;
  for (const auto& [peer, neighbour] : peers_)
    for (const auto& [address, component] : neighbour.components)
      routes.push_back({.component = address,
                        .peer = peer,
                        .heard = component.heard,
                        .frames = component.frames,
                        .loss = component.loss.share(now)});
  return routes;
}

}  // namespace mavlink::router
