#include "tools/replay/diff.hpp"

#include <algorithm>
#include <optional>

#include "tools/replay/server_frames.hpp"

namespace replay {

using captures::Event;
using captures::Side;

namespace {
// How far the two may drift apart before they are taken to say something else: a device is asked for the same thing
// twenty times at most.
constexpr std::size_t farthest = 24;

std::vector<ServerFrame> recorded_datagrams(const captures::Conversation& conversation) {
  std::vector<ServerFrame> frames;
  for (std::size_t n = 0; n < conversation.events.size(); ++n) {
    const Event& event = conversation.events[n];
    if (event.from == Side::server && event.kind == Event::Kind::bytes)
      frames.push_back({event.time, n, conversation.bytes(event)});
  }
  return frames;
}

class Comparison {
 public:
  Comparison(const captures::Conversation& conversation, const OfflineResult& today)
      : conversation_(conversation),
        recorded_(conversation.transport == captures::Transport::udp ? recorded_datagrams(conversation)
                                                                     : server_frames(conversation)),
        today_(today.sent) {
    result_.conversation = today.conversation;
    server_misses_ = std::ranges::any_of(conversation.events, [](const Event& event) {
      return event.from == Side::server && event.kind == Event::Kind::missing;
    });
  }

  DiffResult run() {
    while (at_ < recorded_.size() || now_ < today_.size()) {
      if (equal(at_, now_)) {
        ++result_.equal;
        ++at_, ++now_;
        continue;
      }
      const auto [skip_recorded, skip_today] = next_equal();
      for (std::size_t n = 0; n < std::max(skip_recorded, skip_today); ++n)
        differ(n < skip_recorded ? std::optional(at_ + n) : std::nullopt,
               n < skip_today ? std::optional(now_ + n) : std::nullopt);
      at_ += skip_recorded;
      now_ += skip_today;
    }
    return std::move(result_);
  }

 private:
  bool equal(std::size_t at, std::size_t now) const {
    return at < recorded_.size() && now < today_.size() && std::ranges::equal(recorded_[at].bytes, today_[now].bytes);
  }

  // How many of each side to leave out until both say the same again; the fewest.
  std::pair<std::size_t, std::size_t> next_equal() const {
    for (std::size_t sum = 1; sum <= 2 * farthest; ++sum)
      for (std::size_t skip = 0; skip <= sum; ++skip)
        if (equal(at_ + skip, now_ + sum - skip)) return {skip, sum - skip};
    return {std::min(farthest, recorded_.size() - at_), std::min(farthest, today_.size() - now_)};
  }

  // Whether the device was gone, or the recording over, before anything could be heard of this frame.
  bool unheard(const CoreFrame& frame) const {
    const std::size_t next = frame.event + 1;
    if (next >= conversation_.events.size()) return true;
    const Event& event = conversation_.events[next];
    return event.from == Side::device && (event.kind == Event::Kind::end || event.kind == Event::Kind::reset);
  }

  void differ(std::optional<std::size_t> recorded, std::optional<std::size_t> today) {
    const captures::Time begun = conversation_.events.front().time;
    Difference difference;
    if (recorded) {
      difference.at = recorded_[*recorded].time - begun;
      difference.recorded = frame_words(conversation_.protocol, recorded_[*recorded].bytes);
    } else {
      difference.at = today_[*today].time - begun;
    }
    if (today) difference.today = frame_words(conversation_.protocol, today_[*today].bytes);
    const bool harmless = !recorded && (server_misses_ || unheard(today_[*today]));
    (harmless ? result_.remarks : result_.differences).push_back(std::move(difference));
  }

  const captures::Conversation& conversation_;
  std::vector<ServerFrame> recorded_;
  const std::vector<CoreFrame>& today_;
  std::size_t at_ = 0;   // in recorded_
  std::size_t now_ = 0;  // in today_
  bool server_misses_ = false;
  DiffResult result_;
};
}  // namespace

DiffResult diff(const captures::Conversation& conversation, const OfflineResult& today) {
  if (conversation.events.empty() || !today.replayed) return {.conversation = today.conversation};
  return Comparison(conversation, today).run();
}

}  // namespace replay
