#include "tools/replay/datagram_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "server/avl/datagram.hpp"

namespace replay {

using captures::Event;
using captures::Side;

namespace {
// A datagram, or its answer, may be lost: it is sent again, as trackers do.
constexpr unsigned most_sends = 4;
// Behind one that nobody answers: a socket's buffer holds some hundred, and no receiver is so fast.
constexpr Time shortest_gap{500};
constexpr std::size_t answer_size = 7;
constexpr std::size_t answer_ids = 5;  // length, packet id, 01: behind them the AVL packet id, then the records

// The recorded server's answer to it, somewhere behind.
bool was_answered(const captures::Conversation& conversation, std::size_t event) {
  const auto datagram = avl::decode_datagram(conversation.bytes(conversation.events[event]));
  if (!datagram) return false;
  const base::Bytes wanted = avl::acknowledge(*datagram, 0);
  return std::any_of(conversation.events.begin() + static_cast<std::ptrdiff_t>(event), conversation.events.end(),
                     [&](const Event& each) {
                       const base::ByteView bytes = conversation.bytes(each);
                       return each.from == Side::server && bytes.size() == answer_size &&
                              std::ranges::equal(bytes.first(answer_ids + 1),
                                                 base::ByteView(wanted).first(answer_ids + 1));
                     });
}
}  // namespace

DatagramDevice::DatagramDevice(const DevicePlan& plan, const std::optional<base::Imei>& imei, const Pace& pace,
                               Time start_at)
    : plan_(plan), pace_(pace), due_(start_at) {
  report_.imei = imei ? imei->number() : 0;
  for (std::size_t n = 0; n < plan.conversations.size(); ++n) {
    const captures::Conversation& conversation = *plan.conversations[n];
    patches_.push_back(imei ? imei_patches(conversation, *imei) : Patches{});
    for (std::size_t event = 0; event < conversation.events.size(); ++event) {
      const Event& each = conversation.events[event];
      if (each.from == Side::device && each.kind == Event::Kind::bytes)
        datagrams_.push_back(
            {n, &each, conversation.protocol == captures::Protocol::tracker && was_answered(conversation, event)});
    }
  }
  std::ranges::sort(datagrams_, {},
                    [](const Datagram& each) { return std::tuple(each.event->time, each.conversation, each.event); });
}

void DatagramDevice::connect_failed(Time, const std::string& why) {
  report_.failures.push_back(fmt::format("{} datagrams were not sent: {}", datagrams_.size() - next_, why));
  failed_ = true;
}

bool DatagramDevice::awaits(base::ByteView answer) const {
  return !under_way_.empty() && answer.size() == answer_size && under_way_.size() > answer_ids &&
         std::ranges::equal(answer.subspan(2, 2), base::ByteView(under_way_).subspan(2, 2)) &&
         answer[answer_ids] == under_way_[answer_ids];
}

void DatagramDevice::received(base::ByteView bytes, Time now) {
  if (!awaits(bytes)) return;
  report_.records += bytes.back();
  go_on(now);
}

void DatagramDevice::go_on(Time now) {
  const Event& last = *datagrams_[next_].event;
  under_way_.clear();
  tries_ = 0;
  const bool answered = datagrams_[next_].answered;
  if (++next_ == datagrams_.size()) return;
  due_ = now + std::max(pace_.scaled(datagrams_[next_].event->time - last.time), answered ? Time{0} : shortest_gap);
}

Step DatagramDevice::poll(Time now, base::Bytes& out) {
  if (failed_ || next_ == datagrams_.size()) return {.kind = Step::Kind::done};
  const Datagram& datagram = datagrams_[next_];
  if (!under_way_.empty()) {
    const Time until = sent_at_ + pace_.wait / most_sends;
    if (now < until) return {.until = until};
    if (tries_ == most_sends) {
      report_.failures.push_back(
          fmt::format("{}: a datagram was sent {} times and not answered", report_.imei, tries_));
      go_on(now);
      return poll(now, out);
    }
  } else {
    if (now < due_) return {.until = due_};
    append_patched(*plan_.conversations[datagram.conversation], datagram.event->at, datagram.event->size,
                   patches_[datagram.conversation], under_way_);
  }
  out.insert(out.end(), under_way_.begin(), under_way_.end());
  report_.wire_bytes += under_way_.size();
  ++report_.datagrams;
  ++tries_;
  sent_at_ = now;
  if (!datagram.answered || under_way_.empty()) go_on(now);
  return {.kind = Step::Kind::send};
}

}  // namespace replay
