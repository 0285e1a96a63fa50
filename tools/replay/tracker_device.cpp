#include "tools/replay/tracker_device.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/avl/framer.hpp"
#include "server/avl/record.hpp"

namespace replay {

using captures::Event;
using captures::Side;

namespace {
constexpr Time reconnect_delay{200'000};

// A tracker's server, but for its commands.
std::vector<ServerFrame> answers(const captures::Conversation& conversation) {
  std::vector<ServerFrame> frames = server_frames(conversation);
  std::erase_if(frames, [](const ServerFrame& frame) { return is_tracker_command(frame.bytes); });
  return frames;
}

// Makes a conversation up, event by event.
class Maker {
 public:
  explicit Maker(const captures::Conversation& like) {
    made_.protocol = like.protocol;
    made_.device = like.device;
    made_.server = like.server;
    made_.imei = like.imei;
    made_.file = like.file;
  }
  void say(Side side, base::ByteView bytes, captures::Time time) {
    base::Bytes& all = side == Side::device ? made_.device_bytes : made_.server_bytes;
    made_.events.push_back({.time = time, .from = side, .at = all.size(), .size = bytes.size()});
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  captures::Conversation take() && { return std::move(made_); }

 private:
  captures::Conversation made_;
};

// The frames at the front of `bytes`, and what they are answered with.
void say_frames(base::ByteView bytes, captures::Time time, Maker& maker) {
  avl::Records records;
  while (!bytes.empty()) {
    const avl::Found found = avl::next_frame(bytes);
    const auto* const frame = std::get_if<avl::FrameView>(&found.what);
    // Behind a gap anything may come first, and look like a longer frame: on to the next place where one can begin.
    const std::size_t size = frame == nullptr ? 1 : found.size;
    if (frame != nullptr) {
      const bool carries = avl::carries_records(frame->codec);
      if (!carries || records.decode(frame->codec, frame->payload)) maker.say(Side::device, bytes.first(size), time);
      if (carries && !records.all().empty()) {
        base::Bytes count(4);
        base::store_be(count.data(), static_cast<std::uint32_t>(records.all().size()));
        maker.say(Side::server, count, time);
      }
    }
    bytes = bytes.subspan(size);
  }
}
}  // namespace

std::optional<captures::Conversation> whole_frames(const captures::Conversation& conversation) {
  if (!conversation.imei || conversation.events.empty()) return std::nullopt;
  Maker maker(conversation);
  base::Bytes login{0x00, 0x0f};
  const std::string digits = conversation.imei->str();
  login.insert(login.end(), digits.begin(), digits.end());
  constexpr std::uint8_t accepted = 1;
  captures::Time time = conversation.events.front().time;
  maker.say(Side::device, login, time);
  maker.say(Side::server, base::ByteView(&accepted, 1), time);
  std::size_t begin = 0, end = 0;  // of a stretch without a gap
  const auto stretch = [&] {
    base::ByteView bytes = base::ByteView(conversation.device_bytes).subspan(begin, end - begin);
    if (bytes.size() >= login.size() && std::ranges::equal(bytes.first(login.size()), login))
      bytes = bytes.subspan(login.size());
    say_frames(bytes, time, maker);
    begin = end;
  };
  for (const Event& event : conversation.events) {
    if (event.from != Side::device) continue;
    if (event.kind == Event::Kind::missing) stretch();
    if (event.kind != Event::Kind::bytes) continue;
    end = event.at + event.size;
    time = event.time;
  }
  stretch();
  captures::Conversation made = std::move(maker).take();
  constexpr std::size_t events_of_login = 2;
  return made.events.size() > events_of_login ? std::optional(std::move(made)) : std::nullopt;
}

TrackerDevice::TrackerDevice(const DevicePlan& plan, const base::Imei& imei, const Pace& pace, Time start_at)
    : plan_(plan), pace_(pace), imei_(imei), wake_at_(start_at) {
  report_.imei = imei.number();
  for (std::size_t n = 0; n < plan.conversations.size(); ++n)
    for (const captures::Conversation& made : plan.made)
      if (plan.conversations[n] == &made)
        report_.incomplete.push_back(fmt::format(
            "{}: of conversation {} the capture does not hold every byte; what it holds in whole frames is replayed",
            report_.imei, plan.numbers[n] + 1));
}

void TrackerDevice::fail(const std::string& words) {
  report_.failures.push_back(fmt::format("{}: {}", report_.imei, words));
}

void TrackerDevice::diverged(const std::string& words) {
  diverge(report_, conversation(), plan_.numbers[turn_], words);
}

void TrackerDevice::connected(Time now) {
  ++report_.connections;
  tries_ = 0;
  heard_any_ = false;
  inbox_.clear();
  phase_ = Phase::open;
  patches_ = imei_patches(conversation(), imei_);
  literal_.emplace(conversation(), patches_, answers(conversation()), pace_, now);
}

void TrackerDevice::connect_failed(Time now, const std::string& why) {
  ++report_.refused_connections;
  phase_ = Phase::offline;
  wake_at_ = now + reconnect_delay * (1U << tries_);
  if (++tries_ < most_tries) return;
  fail(fmt::format("the server cannot be reached: {}", why));
  phase_ = Phase::done;
}

void TrackerDevice::take(base::ByteView frame, Time now) {
  heard_any_ = true;
  if (is_tracker_command(frame)) return;
  report_.records += records_taken(frame).value_or(0);
  const ServerFrame* const expected = literal_->expected();
  if (expected == nullptr || !std::ranges::equal(expected->bytes, frame))
    diverged(fmt::format("the server says: {}; in the recording {}", frame_words(captures::Protocol::tracker, frame),
                         literal_->next_words()));
  refused_ = frame.size() == 1 && frame[0] == 0 && expected != nullptr && expected->bytes.size() == 1 &&
             expected->bytes[0] != 0;
  literal_->heard(now);
}

void TrackerDevice::received(base::ByteView bytes, Time now) {
  if (phase_ != Phase::open) return;
  inbox_.insert(inbox_.end(), bytes.begin(), bytes.end());
  std::size_t used = 0;
  while (used < inbox_.size() && !refused_) {
    const base::ByteView rest = base::ByteView(inbox_).subspan(used);
    const std::size_t size = tracker_frame_size(rest, !heard_any_);
    if (size == 0 || size > rest.size()) break;
    take(rest.first(size), now);
    used += size;
  }
  inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(used));
}

void TrackerDevice::closed(Time now) {
  if (phase_ != Phase::open) return;
  if (!literal_->ends_here()) {
    const std::string words = fmt::format("the server closed the link; in the recording {}", literal_->next_words());
    diverged(words);
    fail(words);
  }
  end_turn(now);
}

void TrackerDevice::end_turn(Time now) {
  const captures::Conversation& last = conversation();
  phase_ = Phase::offline;
  literal_.reset();
  if (++turn_ == plan_.conversations.size()) return;
  const auto gap = conversation().events.front().time - last.events.back().time;
  wake_at_ = now + pace_.scaled(std::max(std::chrono::microseconds{0}, gap));
}

Step TrackerDevice::poll(Time now, base::Bytes& out) {
  if (phase_ == Phase::connecting) return {};
  if (phase_ == Phase::offline && turn_ < plan_.conversations.size()) {
    if (now < wake_at_) return {.until = wake_at_};
    phase_ = Phase::connecting;
    return {.kind = Step::Kind::connect};
  }
  if (phase_ != Phase::open) {
    phase_ = Phase::done;
    return {.kind = Step::Kind::done};
  }
  if (refused_) {
    fail("the server refuses the device");
    turn_ = plan_.conversations.size();
    phase_ = Phase::done;
    return {.kind = Step::Kind::close};
  }
  const std::size_t before = out.size();
  const Step step = literal_->poll(now, out);
  report_.wire_bytes += out.size() - before;
  if (step.kind != Step::Kind::close) return step;
  if (!literal_->gave_up().empty()) {
    diverged(literal_->gave_up());
    fail(literal_->gave_up());
  }
  end_turn(now);
  return step;
}

}  // namespace replay
