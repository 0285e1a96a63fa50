// Who was heard where: the components behind each peer. No clock; bounded, as anybody may invent ids.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/router/loss.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::router {

struct Route {
  Address component;
  Peer peer;
  base::SteadyTime heard;  // last
  std::uint64_t frames = 0;
  std::optional<double> loss;  // 0 to 1, over the last half minute; see Loss
};

class Routes {
 public:
  static constexpr std::size_t most_peers = 256;      // the one that was silent for longest goes
  static constexpr std::size_t most_components = 64;  // of one peer; so that a flood from one pushes out only its own

  void add(Peer peer, base::SteadyTime now);
  void forget(Peer peer);
  // `learns`: a component that was not heard there before is remembered from now on.
  void hear(Address from, std::uint8_t sequence, Peer peer, bool learns, base::SteadyTime now);
  void clear_system(std::uint8_t system);

  bool knows(Peer peer) const { return peers_.contains(peer); }
  bool seen(Address component, Peer peer) const;
  bool seen_system(std::uint8_t system, Peer peer) const;
  // A component of 0 is any of its system.
  bool leads_to(Address target, Peer peer) const {
    return target.component == 0 ? seen_system(target.system, peer) : seen(target, peer);
  }
  std::vector<Peer> peers() const;
  std::vector<Route> all(base::SteadyTime now) const;

 private:
  struct Component {
    base::SteadyTime heard;
    std::uint64_t frames = 0;
    Loss loss;
  };
  struct Neighbour {
    base::SteadyTime heard;
    std::map<Address, Component> components;
  };
  std::map<Peer, Neighbour> peers_;
};

}  // namespace mavlink::router
