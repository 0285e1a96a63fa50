// The wire side of a MAVLink node: its links, the frames in what they bring, signatures, and the routes between them.
// Of the relay's thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/endpoints/host.hpp"
#include "server/endpoints/mavlink_config.hpp"
#include "server/net/mavlink/link.hpp"
#include "server/relay/mavlink/router/router.hpp"
#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/mavlink/wire/signing.hpp"

namespace endpoints {

class MavlinkLinks {
 public:
  struct Refusal {
    std::string_view code;   // for figures
    std::string_view words;  // for people
  };
  struct Hooks {
    // A message that is for us, for everybody, or between others on a link we share.
    std::function<void(const mavlink::Received& received, const mavlink::Frame& frame)> heard;
    std::function<void(mavlink::Peer peer)> gone;
    std::function<void(const mavlink::router::Notice& notice)> noticed;
    // No frame, or one that is not taken.
    std::function<void(const Refusal& why, std::string_view peer, base::ByteView bytes)> refused;
  };
  // `stored`: of each link, by its number, the timestamp that signatures go on from.
  static base::Result<std::unique_ptr<MavlinkLinks>> open(const MavlinkConfig& config,
                                                          const std::map<std::uint32_t, mavlink::SigningTime>& stored,
                                                          Hooks hooks, Host& host);
  void start();
  // Components of this program from now on. Routes are learnt anew.
  void set_own(std::vector<mavlink::Address> own);

  void send(const mavlink::Outgoing& outgoing);

  // Of the links that sign.
  std::map<std::uint32_t, mavlink::SigningTime> signing_times() const;
  const mavlink::router::Router& router() const noexcept { return *router_; }
  std::string address_of(mavlink::Peer peer) const;  // for people
  std::uint16_t port(std::uint32_t link) const;      // of its own socket; 0: it has none
  std::size_t peers() const;
  std::string trouble() const;  // of the first link that has some; empty: none
  std::uint64_t refused_frames() const noexcept { return refused_; }
  std::uint64_t sent() const noexcept { return sent_; }
  std::uint64_t not_sent() const noexcept { return not_sent_; }

 private:
  struct One {
    MavlinkLinkConfig config;
    std::string name;
    std::unique_ptr<net::mavlink::Link> link;
    std::optional<mavlink::Signer> signer;
    std::map<std::uint32_t, mavlink::FrameReader> readers;  // by the peer's number
    std::map<std::uint32_t, std::string> addresses;         // likewise
  };
  MavlinkLinks(MavlinkConfig config, Hooks hooks, Host& host);
  void received(std::uint32_t number, const net::mavlink::Chunk& chunk);
  void changed(std::uint32_t number, const net::mavlink::PeerChange& change);
  void take(std::uint32_t number, std::uint32_t peer, std::string_view address, const mavlink::Frame& frame);
  void deliver(const mavlink::Frame& frame, mavlink::Peer from);
  void refuse(const Refusal& why, std::string_view peer, base::ByteView bytes);

  const MavlinkConfig config_;
  const Hooks hooks_;
  Host& host_;
  std::vector<One> links_;  // a link's number is its place and one
  std::optional<mavlink::router::Router> router_;
  mavlink::router::Verdict verdict_;
  std::uint64_t refused_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t not_sent_ = 0;
};

}  // namespace endpoints
