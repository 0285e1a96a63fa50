// Where each frame goes: to components of this program, on to other peers, or nowhere. Learns who is where from what it
// hears. Forwarded frames leave as they came, byte by byte. No clock, no thread, nothing is due at any time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/now.hpp"
#include "server/relay/mavlink/router/acting.hpp"
#include "server/relay/mavlink/router/duplicates.hpp"
#include "server/relay/mavlink/router/routes.hpp"
#include "server/relay/mavlink/wire/frame.hpp"

namespace mavlink::router {

struct LinkOptions {
  std::uint32_t link = 0;
  // Links of one group are several ways to the same place: nothing goes from one to another. Empty: of none.
  std::string group;
  // Links that frames from this one go on to. With itself: from one of its peers to the others, too. None: what comes
  // in is for this program only.
  std::vector<std::uint32_t> forwards_to;
};

struct Options {
  std::vector<LinkOptions> links;
  std::vector<Address> own;  // components of this program
  // Whose commands are carried out; a 0 is any system or component. Empty: everybody's.
  std::vector<Address> may_command;
  Rate acting;
  // The same bytes on another way within this are a copy. 0: off; below a second, see Duplicates.
  std::chrono::milliseconds duplicate_window{500};
};

enum class Drop : std::uint8_t {
  bad_crc,        // of a message whose CRC is known
  bad_source,     // a system or component of 0
  own_source,     // says it is from a component of this program
  copy,           // came by another way before
  setup_signing,  // a key is never taken from the network, nor passed on
  no_way          // for somebody who was never heard, or only where it must not go
};
inline constexpr std::size_t drops = 6;
std::string_view to_string(Drop drop) noexcept;

// Worth telling to people.
struct Notice {
  enum class What : std::uint8_t {
    own_address,  // somebody else has the ids of a component of ours: answers to both get mixed up. Once a minute
    restarted     // a component's time since its start went back: all of its system is to be asked again
  };
  What what = What::own_address;
  Address who;
  Peer peer;
};

struct Verdict {
  std::vector<Address> local;   // components of ours it is for
  std::vector<Peer> forward;    // it goes on to
  std::optional<Drop> dropped;  // then both are empty
  bool may_command = false;     // its sender's commands are carried out
  std::vector<Notice> notices;
};

struct Figures {
  std::uint64_t heard = 0;
  std::uint64_t delivered = 0;                 // to components of ours
  std::uint64_t forwarded = 0;                 // to peers
  std::uint64_t unreachable = 0;               // of ours, for somebody who was never heard
  std::uint64_t too_many = 0;                  // commands beyond the rate
  std::array<std::uint64_t, drops> dropped{};  // by Drop
};

class Router {
 public:
  explicit Router(Options options);

  // A peer is there, as its link says, before anything came from it: what is for everybody goes to it. One that is
  // heard without this is there, too.
  void peer_came(Peer peer, base::Now now);
  void peer_went(Peer peer);

  // A frame that FrameReader found. `verdict` is overwritten.
  void hear(const Frame& frame, Peer from, base::Now now, Verdict& verdict);
  // Whether one more acting command (is_acting()) of that sender is to be carried out, or it gave too many.
  bool may_act(Address sender, Peer from, base::Now now);

  // Where a message of ours goes. Empty: nobody is there, or its target was never heard.
  std::vector<Peer> ways(const Outgoing& outgoing);
  // Of the next frame of that component on that link.
  std::uint8_t next_sequence(Address from, std::uint32_t link);

  bool may_command(Address sender) const;
  std::vector<Route> routes(base::Now now) const { return routes_.all(now.steady); }
  const Figures& figures() const noexcept { return figures_; }

 private:
  const LinkOptions* link_of(Peer peer) const;
  bool same_place(Peer a, Peer b) const;
  bool may_pass(Peer from, Peer to) const;
  bool is_own(Address address) const;
  bool sender_is_there(Address sender, Peer from, Peer to) const;
  std::optional<Drop> refuse(const Frame& frame, Peer from, base::Now now, Verdict& verdict);
  void watch_time(const Frame& frame, Peer from, Verdict& verdict);
  void deliver(Address target, Verdict& verdict) const;
  void pass_on(const Frame& frame, Address target, Peer from, Verdict& verdict) const;

  const Options options_;
  Routes routes_;
  Duplicates duplicates_;
  Budget budget_;
  std::map<Address, std::uint32_t> boot_ms_;                             // by component; bounded
  std::map<Address, base::SteadyTime> reported_;                         // of our addresses
  std::map<std::pair<Address, std::uint32_t>, std::uint8_t> sequences_;  // of ours, and of links that there are
  Figures figures_;
};

}  // namespace mavlink::router
