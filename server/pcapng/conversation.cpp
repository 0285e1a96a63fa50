#include "server/pcapng/conversation.hpp"

#include <algorithm>
#include <utility>

namespace pcapng {

using base::Bytes;
using base::ByteView;

namespace {
constexpr std::uint16_t window = 65'535;
// Who gets as much is heard to have it: far less than the window.
constexpr std::uint32_t acknowledge_every = 256 * 1024;
// Numbers are compared modulo 2^32 (RFC 9293, 3.4): a longer gap would look like bytes of the past.
constexpr std::uint64_t longest_gap = 1 << 30;

constexpr Direction other(Direction direction) noexcept {
  return direction == Direction::from_device ? Direction::to_device : Direction::from_device;
}

Peers unified(Peers peers) {
  unify(peers.device.address, peers.server.address);
  return peers;
}
}  // namespace

TcpConversation::TcpConversation(const Peers& peers) : TcpConversation(peers, Sequences{}) {}

TcpConversation::TcpConversation(const Peers& peers, Sequences first) {
  const Peers both = unified(peers);
  device_ = {.endpoint = both.device, .next = first.device};
  server_ = {.endpoint = both.server, .next = first.server};
}

void TcpConversation::segment(Bytes& out, Time time, Direction direction, std::uint8_t flags, ByteView bytes,
                              const Comments& comments) {
  Side& sender = from(direction);
  Side& receiver = to(direction);
  const bool acknowledges = (flags & tcp_flag::ack) != 0;
  TcpSegment head{.sequence = sender.next, .flags = flags, .window = window};
  if (acknowledges) head.acknowledged = receiver.acknowledged = receiver.next;
  // Two empty ACKs in a row with one window would be a sign of loss (RFC 5681, 2).
  if (bytes.empty() && flags == tcp_flag::ack && std::exchange(sender.odd, !sender.odd)) --head.window;
  make_tcp(packet_, sender.endpoint, receiver.endpoint, head, bytes);
  append_packet(out, time, direction, packet_, comments);
  ++packets_;
  sender.next += static_cast<std::uint32_t>(bytes.size());
  if ((flags & (tcp_flag::syn | tcp_flag::fin)) != 0) ++sender.next;
}

void TcpConversation::acknowledge(Bytes& out, Time time, Direction direction, const Comments& comments) {
  segment(out, time, direction, tcp_flag::ack, {}, comments);
}

void TcpConversation::open(Bytes& out, Time time) {
  segment(out, time, Direction::from_device, tcp_flag::syn, {});
  segment(out, time, Direction::to_device, tcp_flag::syn | tcp_flag::ack, {});
  acknowledge(out, time, Direction::from_device);
}

void TcpConversation::data(Bytes& out, Time time, Direction direction, ByteView bytes) {
  while (!bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), longest_segment));
    segment(out, time, direction, tcp_flag::psh | tcp_flag::ack, part);
    bytes = bytes.subspan(part.size());
    const Side& sender = from(direction);
    if (sender.next - sender.acknowledged >= acknowledge_every) acknowledge(out, time, other(direction));
  }
}

void TcpConversation::comment(Bytes& out, Time time, std::string text) {
  acknowledge(out, time, Direction::to_device, {std::move(text)});
}

void TcpConversation::gap(Bytes& out, Time time, Direction direction, std::uint64_t bytes, std::string text) {
  from(direction).next += static_cast<std::uint32_t>(std::min(bytes, longest_gap));
  acknowledge(out, time, direction, {std::move(text)});
}

void TcpConversation::close(Bytes& out, Time time, End end) {
  if (end == End::broken) return segment(out, time, Direction::from_device, tcp_flag::rst | tcp_flag::ack, {});
  const Direction first = end == End::by_device ? Direction::from_device : Direction::to_device;
  segment(out, time, first, tcp_flag::fin | tcp_flag::ack, {});
  segment(out, time, other(first), tcp_flag::fin | tcp_flag::ack, {});
  acknowledge(out, time, first);
}

void append_datagram(Bytes& out, Bytes& packet, Time time, Direction direction, const Peers& peers, ByteView bytes,
                     const Comments& comments) {
  const Peers both = unified(peers);
  const bool in = direction == Direction::from_device;
  make_udp(packet, in ? both.device : both.server, in ? both.server : both.device,
           bytes.first(std::min(bytes.size(), longest_datagram)));
  append_packet(out, time, direction, packet, comments);
}

}  // namespace pcapng
