#include "tools/capture/connection.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <tuple>
#include <utility>

#include "tools/capture/order.hpp"
#include "tools/capture/protocol.hpp"

namespace captures {

using base::ByteView;
namespace flag = pcapng::tcp_flag;

Connection::Connection(const Segment& first, std::string file)
    : transport_(first.transport), first_(first.from), second_(first.to), file_(std::move(file)) {}

bool Connection::takes(const Segment& segment) const {
  if (transport_ == Transport::udp) return true;
  const Stream& sender = sides_[side_of(segment)];
  if (segment.has(flag::syn)) return sender.takes_syn(segment.sequence);
  const bool over = sides_[0].was_reset() || sides_[1].was_reset() || (sides_[0].ended() && sides_[1].ended());
  const std::size_t size = segment.payload.size() + segment.cut;
  return !over || size == 0 || sender.takes_late(segment.sequence, size);
}

void Connection::add(const Segment& segment, Time time) {
  const Moment now{.time = time, .packet = packets_++};
  damage_.cut_bytes += segment.cut;
  const std::size_t from = side_of(segment);
  if (transport_ == Transport::udp) return add_datagram(segment, from, now);
  add_tcp(segment, from, now);
  for (Stream& side : sides_) side.tick(now);
}

void Connection::add_tcp(const Segment& segment, std::size_t from, Moment now) {
  Stream& sender = sides_[from];
  Stream& receiver = sides_[1 - from];
  const bool acknowledges = segment.has(flag::ack);
  // The numbers of a RST may be anything: nothing is learned from them.
  if (segment.has(flag::rst)) {
    if (const auto read = receiver.place_of(segment.acknowledged); acknowledges && read) now.read = *read;
    return sender.reset(now);
  }
  // Also where this is captured before anything of the other side.
  if (acknowledges) now.read = receiver.heard(segment.acknowledged, now);
  std::uint32_t sequence = segment.sequence;
  if (segment.has(flag::syn)) {
    sender.syn(sequence++, now);
    opener_ = acknowledges ? 1 - from : from;
    if (acknowledges) receiver.begin_at(segment.acknowledged, now);
  }
  sender.segment(sequence, segment.payload, segment.cut, segment.has(flag::fin), now);
  if (acknowledges) receiver.acknowledged(segment.acknowledged, now);
}

void Connection::add_datagram(const Segment& segment, std::size_t from, Moment now) {
  if (segment.cut > 0) return;  // what is left of it is not what was sent
  Stream& sender = sides_[from];
  const Event event{.time = now.time, .at = sender.bytes.size(), .size = segment.payload.size()};
  sender.told.push_back({.event = event, .at = now});
  sender.bytes.insert(sender.bytes.end(), segment.payload.begin(), segment.payload.end());
}

bool Connection::first_is_device(const std::optional<bool>& by_bytes) const noexcept {
  if (transport_ == Transport::udp) return by_bytes.value_or(true);
  if (opener_) return *opener_ == 0;
  return by_bytes.value_or(first_.port >= second_.port);
}

namespace {
// What one side was told to have done, as far as it is in the conversation.
struct Queue {
  const std::vector<Stream::Told>* told;
  std::size_t next = 0;

  bool empty() const noexcept { return next == told->size(); }
  const Stream::Told& front() const noexcept { return (*told)[next]; }
  // It has more of what the other side had read when it did `what`: captured behind it, and sent before.
  bool precedes(const Stream::Told& what) const noexcept {
    const Position done = next == 0 ? std::numeric_limits<Position>::min() : (*told)[next - 1].upto;
    return !empty() && done < what.at.read;
  }
};

// By time, and where packets were captured in another order than they were sent in, by what had been read.
Queue& first_of(Queue& a, Queue& b) {
  if (a.empty() || b.empty()) return a.empty() ? b : a;
  const auto order = [](const Queue& of) { return std::tuple(of.front().at.time, of.front().at.packet); };
  Queue& early = order(b) < order(a) ? b : a;
  Queue& late = &early == &a ? b : a;
  return late.precedes(early.front()) && !early.precedes(late.front()) ? late : early;
}
}  // namespace

void Connection::take_over(Conversation& conversation, std::size_t device) {
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}})
    for (auto& told : sides_[side].told) told.event.from = side == device ? Side::device : Side::server;
  Queue first{&sides_[0].told};
  Queue second{&sides_[1].told};
  conversation.events.reserve(sides_[0].told.size() + sides_[1].told.size());
  while (!first.empty() || !second.empty()) {
    Queue& queue = first_of(first, second);
    Event event = queue.front().event;
    ++queue.next;
    if (!conversation.events.empty()) event.time = std::max(event.time, conversation.events.back().time);
    conversation.events.push_back(event);
  }
  conversation.device_bytes = std::move(sides_[device].bytes);
  conversation.server_bytes = std::move(sides_[1 - device].bytes);
}

namespace {
std::vector<ByteView> datagrams_of(const Stream& side) {
  std::vector<ByteView> all;
  all.reserve(side.told.size());
  for (const auto& told : side.told) all.push_back(ByteView(side.bytes).subspan(told.event.at, told.event.size));
  return all;
}
}  // namespace

Conversation Connection::finish() && {
  Conversation conversation;
  conversation.transport = transport_;
  if (transport_ == Transport::tcp)
    for (Stream& side : sides_) side.finish();
  const Spoken spoken = transport_ == Transport::tcp
                            ? spoken_over_tcp(sides_[0].bytes, sides_[1].bytes)
                            : spoken_in_datagrams(datagrams_of(sides_[0]), datagrams_of(sides_[1]));
  const bool first = first_is_device(spoken.first_is_device);
  conversation.protocol = spoken.protocol;
  conversation.imei = spoken.imei;
  conversation.device = first ? first_ : second_;
  conversation.server = first ? second_ : first_;
  conversation.file = std::move(file_);
  conversation.damage = damage_;
  if (transport_ == Transport::tcp) {
    for (const Stream& side : sides_) {
      conversation.damage.missing_bytes += side.missing_bytes;
      conversation.damage.repeated_segments += side.repeated_segments;
      conversation.damage.late_segments += side.late_segments;
    }
    conversation.damage.no_beginning = !opener_;
    conversation.damage.no_end =
        std::ranges::none_of(sides_, [](const Stream& side) { return side.ended() || side.was_reset(); });
  }
  take_over(conversation, first ? 0 : 1);
  return conversation;
}

Connections::Key Connections::key_of(const Segment& segment) {
  const auto order = [](const Endpoint& endpoint) { return std::tie(endpoint.address.bytes, endpoint.port); };
  const bool swapped = order(segment.to) < order(segment.from);
  const Endpoint& low = swapped ? segment.to : segment.from;
  const Endpoint& high = swapped ? segment.from : segment.to;
  Key key{};
  auto out = std::ranges::copy(low.address.bytes, key.begin()).out;
  out = std::ranges::copy(high.address.bytes, out).out;
  base::store_be(&*out, low.port);
  base::store_be(&*out + 2, high.port);
  key[36] = low.address.v6 ? 1 : 0;
  key[37] = segment.transport == Transport::tcp ? 1 : 0;
  return key;
}

Connection& Connections::connection_of(const Segment& segment, const std::string& file) {
  const auto [at, is_new] = current_.try_emplace(key_of(segment), all_.size());
  if (!is_new && all_[at->second]->takes(segment)) return *all_[at->second];
  at->second = all_.size();
  return *all_.emplace_back(std::make_unique<Connection>(segment, file));
}

void Connections::add(const Segment& segment, Time time, const std::string& file) {
  connection_of(segment, file).add(segment, time);
}

void Connections::add_bad(const Segment& segment, const std::string& file) {
  const auto known = current_.find(key_of(segment));
  if (known != current_.end()) return all_[known->second]->add_bad();
  connection_of(segment, file).add_bad();
}

std::vector<Conversation> Connections::finish() && {
  std::vector<Conversation> conversations;
  for (auto& connection : all_) {
    Conversation made = std::move(*connection).finish();
    connection.reset();
    if (!made.events.empty()) conversations.push_back(std::move(made));
  }
  sort_by_time(conversations, [](const Conversation& of) { return of.events.front().time; });
  return conversations;
}

}  // namespace captures
