#include "server/endpoints/mavlink_links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace endpoints {

namespace {
namespace router = mavlink::router;

net::mavlink::Kind kind_of(MavlinkLinkConfig::Kind kind) {
  using From = MavlinkLinkConfig::Kind;
  using To = net::mavlink::Kind;
  switch (kind) {
    case From::udp_server: return To::udp_server;
    case From::udp_client: return To::udp_client;
    case From::tcp_client: return To::tcp_client;
    case From::tcp_server: return To::tcp_server;
    case From::serial: return To::serial;
  }
  return To::udp_server;
}

std::string_view code_of(mavlink::FrameFault fault) {
  switch (fault) {
    case mavlink::FrameFault::no_magic: return "no_frame";
    case mavlink::FrameFault::incompatible: return "incompatible";
    case mavlink::FrameFault::bad_crc: return "checksum";
    case mavlink::FrameFault::bad_source: return "no_sender";
    case mavlink::FrameFault::bad_length: return "cut_off";
  }
  return "malformed";
}

std::string_view code_of(mavlink::SignatureFault fault) {
  switch (fault) {
    case mavlink::SignatureFault::none: break;
    case mavlink::SignatureFault::unsigned_frame: return "unsigned";
    case mavlink::SignatureFault::wrong: return "signature";
    case mavlink::SignatureFault::replayed: return "replayed";
    case mavlink::SignatureFault::too_old: return "too_old";
  }
  return "signature";
}

router::Options routes_of(const MavlinkConfig& config, std::vector<mavlink::Address> own) {
  constexpr double burst = 2;
  router::Options options;
  for (std::uint32_t n = 1; n <= config.links.size(); ++n) {
    router::LinkOptions link{.link = n, .group = config.links[n - 1].group, .forwards_to = {}};
    for (std::uint32_t to = 1; config.forward && to <= config.links.size(); ++to) link.forwards_to.push_back(to);
    options.links.push_back(std::move(link));
  }
  options.own = std::move(own);
  for (const MavlinkSender& sender : config.may_command)
    options.may_command.push_back({sender.system, sender.component});
  options.acting = {.per_second = static_cast<double>(config.most_commands_per_second),
                    .burst = burst * static_cast<double>(config.most_commands_per_second)};
  return options;
}
}  // namespace

base::Result<std::unique_ptr<MavlinkLinks>> MavlinkLinks::open(
    const MavlinkConfig& config, const std::map<std::uint32_t, mavlink::SigningTime>& stored, Hooks hooks, Host& host) {
  std::unique_ptr<MavlinkLinks> all(new MavlinkLinks(config, std::move(hooks), host));
  for (std::uint32_t n = 1; n <= config.links.size(); ++n) {
    const MavlinkLinkConfig& one = config.links[n - 1];
    const std::string name = fmt::format("{}, link {}", config.name, n);
    auto link = net::mavlink::Link::open(host.context(), {.name = name,
                                                          .kind = kind_of(one.kind),
                                                          .address = one.address,
                                                          .port = one.port,
                                                          .device = one.device,
                                                          .baud = one.baud,
                                                          .allow = one.allow,
                                                          .recording = host.recording(name)});
    if (!link) return std::unexpected(link.error());
    One opened{.config = one, .name = name, .link = std::move(*link), .signer = {}, .readers = {}, .addresses = {}};
    const auto time = stored.find(n);
    if (one.key) opened.signer.emplace(*one.key, static_cast<std::uint8_t>(n), time == stored.end() ? 0 : time->second);
    all->links_.push_back(std::move(opened));
  }
  return all;
}

MavlinkLinks::MavlinkLinks(MavlinkConfig config, Hooks hooks, Host& host)
    : config_(std::move(config)), hooks_(std::move(hooks)), host_(host) {
  router_.emplace(routes_of(config_, {}));
}

void MavlinkLinks::start() {
  for (std::uint32_t n = 1; n <= links_.size(); ++n)
    links_[n - 1].link->start([this, n](const net::mavlink::Chunk& chunk) { received(n, chunk); },
                              [this, n](const net::mavlink::PeerChange& change) { changed(n, change); });
}

void MavlinkLinks::set_own(std::vector<mavlink::Address> own) {
  router_.emplace(routes_of(config_, std::move(own)));
  const base::Now now = host_.now();
  for (std::uint32_t n = 1; n <= links_.size(); ++n)
    for (const auto& [peer, address] : links_[n - 1].addresses) router_->peer_came({n, peer}, now);
}

void MavlinkLinks::changed(std::uint32_t number, const net::mavlink::PeerChange& change) {
  One& one = links_[number - 1];
  const mavlink::Peer peer{number, change.peer};
  if (change.here) {
    one.addresses.insert_or_assign(change.peer, std::string(change.address));
    router_->peer_came(peer, host_.now());
    return;
  }
  one.addresses.erase(change.peer);
  one.readers.erase(change.peer);
  router_->peer_went(peer);
  hooks_.gone(peer);
}

void MavlinkLinks::received(std::uint32_t number, const net::mavlink::Chunk& chunk) {
  // What comes in may end the peer: its reader is held outside the table meanwhile.
  auto node = links_[number - 1].readers.extract(chunk.peer);
  mavlink::FrameReader reader = node.empty() ? mavlink::FrameReader{} : node.mapped();
  const auto refused = [&](mavlink::FrameFault fault, base::ByteView bytes) {
    refuse({code_of(fault), mavlink::to_string(fault)}, chunk.address, bytes);
  };
  reader.feed(
      chunk.bytes, [&](const mavlink::Frame& frame) { take(number, chunk.peer, chunk.address, frame); }, refused);
  if (chunk.datagram)
    reader.end([&](const mavlink::Frame& frame) { take(number, chunk.peer, chunk.address, frame); }, refused);
  else if (links_[number - 1].addresses.contains(chunk.peer))
    links_[number - 1].readers.insert_or_assign(chunk.peer, reader);
}

void MavlinkLinks::refuse(const Refusal& why, std::string_view peer, base::ByteView bytes) {
  ++refused_;
  hooks_.refused(why, peer, bytes);
}

void MavlinkLinks::take(std::uint32_t number, std::uint32_t peer, std::string_view address,
                        const mavlink::Frame& frame) {
  if (auto& signer = links_[number - 1].signer) {
    const mavlink::SignatureFault fault = signer->check(frame, host_.now().utc);
    if (fault != mavlink::SignatureFault::none)
      return refuse({code_of(fault), mavlink::to_string(fault)}, address, frame.bytes);
  }
  const mavlink::Peer from{number, peer};
  router_->hear(frame, from, host_.now(), verdict_);
  for (const router::Notice& notice : verdict_.notices) hooks_.noticed(notice);
  for (const mavlink::Peer to : verdict_.forward)
    if (!links_[to.link - 1].link->send(to.number, frame.bytes)) ++not_sent_;
  // What has no way here is still said between others, and heard.
  if (verdict_.dropped && *verdict_.dropped != router::Drop::no_way) return;
  deliver(frame, from);
}

void MavlinkLinks::deliver(const mavlink::Frame& frame, mavlink::Peer from) {
  const auto message = mavlink::decode(frame);
  if (!message) return;
  using mavlink::Permission;
  mavlink::Received received{.from = frame.from,
                             .peer = from,
                             .message = *message,
                             .permission = verdict_.may_command ? Permission::granted : Permission::refused};
  const bool acts = !verdict_.local.empty() && verdict_.may_command && router::is_acting(received.message);
  if (acts && !router_->may_act(frame.from, from, host_.now())) received.permission = Permission::too_fast;
  hooks_.heard(received, frame);
}

void MavlinkLinks::send(const mavlink::Outgoing& outgoing) {
  const base::UtcTime now = host_.now().utc;
  std::map<std::uint32_t, mavlink::FrameBytes> made;  // one frame a link, whoever is behind it
  for (const mavlink::Peer to : router_->ways(outgoing)) {
    One& one = links_[to.link - 1];
    auto found = made.find(to.link);
    if (found == made.end()) {
      const std::uint8_t sequence = router_->next_sequence(outgoing.from, to.link);
      mavlink::FrameBytes frame = mavlink::encode(outgoing.message, outgoing.from, sequence, one.config.version);
      if (one.signer) one.signer->sign(frame, now);
      found = made.emplace(to.link, frame).first;
    }
    if (one.link->send(to.number, found->second.view()))
      ++sent_;
    else
      ++not_sent_;
  }
}

std::map<std::uint32_t, mavlink::SigningTime> MavlinkLinks::signing_times() const {
  std::map<std::uint32_t, mavlink::SigningTime> all;
  for (std::uint32_t n = 1; n <= links_.size(); ++n)
    if (const auto& signer = links_[n - 1].signer) all.emplace(n, signer->to_store());
  return all;
}

std::string MavlinkLinks::address_of(mavlink::Peer peer) const {
  if (peer.link == 0 || peer.link > links_.size()) return {};
  const auto& addresses = links_[peer.link - 1].addresses;
  const auto found = addresses.find(peer.number);
  return found == addresses.end() ? std::string() : found->second;
}

std::uint16_t MavlinkLinks::port(std::uint32_t link) const {
  return link == 0 || link > links_.size() ? std::uint16_t{0} : links_[link - 1].link->port();
}

std::size_t MavlinkLinks::peers() const {
  std::size_t count = 0;
  for (const One& one : links_) count += one.link->peers().size();
  return count;
}

std::string MavlinkLinks::trouble() const {
  for (const One& one : links_)
    if (const auto trouble = one.link->trouble()) return trouble->message;
  return {};
}

}  // namespace endpoints
