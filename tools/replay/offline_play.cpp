#include "tools/replay/offline_play.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace replay::detail {

using captures::Event;
using captures::Side;

namespace {
// What the server's buffer holds at most.
constexpr std::size_t largest_read = 64 * 1024;
// Timers of a busy server are late, and captures are stamped a little off. So a time-out just before bytes of the
// device had not passed for the recorded server, or it would have said or done something in between; and what it said
// or did just before a time-out came of that.
constexpr std::chrono::milliseconds timer_slack{50};
}  // namespace

OfflinePlay::OfflinePlay(Offline& offline, std::size_t index)
    : offline_(offline), conversation_(offline.capture.conversations[index]), recorded_(server_frames(conversation_)) {
  result_.conversation = index + 1;
}

void OfflinePlay::line(std::string_view action, Values values) {
  ++result_.actions;
  if (offline_.stopped) return;
  const ActionLine made{
      .at = now_ - begun_, .conversation = result_.conversation, .action = action, .values = std::move(values)};
  if (!offline_.sink(made)) offline_.stopped = true;
}

void OfflinePlay::sent(base::ByteView bytes) {
  line("send", {{"", frame_words(conversation_.protocol, bytes)},
                {"bytes", std::uint64_t{bytes.size()}},
                {"hash", short_hash(bytes)}});
  result_.sent.push_back({now_, event_, base::Bytes(bytes.begin(), bytes.end())});
}

void OfflinePlay::deadline(std::chrono::milliseconds after) {
  line("deadline", {{"ms", static_cast<std::uint64_t>(after.count())}});
  deadline_ = now_ + after;
}

void OfflinePlay::closed(const std::string& reason) {
  line("close", {{"reason", reason}});
  result_.ending = reason;
  closed_ = true;
  deadline_.reset();
}

const ServerFrame* OfflinePlay::recorded_next() const {
  const auto found = std::ranges::find_if(recorded_, [this](const ServerFrame& frame) { return frame.event > event_; });
  return found == recorded_.end() ? nullptr : &*found;
}

bool OfflinePlay::deadline_is_due(const Event& event) const {
  if (!deadline_) return false;
  if (event.from == Side::server) return *deadline_ <= event.time + timer_slack;
  return *deadline_ + timer_slack <= event.time;
}

void OfflinePlay::take_bytes(base::ByteView bytes) {
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  std::size_t used = 0;
  while (!over() && used < pending_.size()) {
    const base::ByteView rest = base::ByteView(pending_).subspan(used);
    const std::size_t taken = step(rest.first(std::min(rest.size(), largest_read)));
    if (taken == 0) break;
    used += taken;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
}

void OfflinePlay::take(const Event& event) {
  const bool device = event.from == Side::device;
  switch (event.kind) {
    case Event::Kind::open: return;
    case Event::Kind::bytes:
      if (device) return take_bytes(conversation_.bytes(event));
      for (; next_recorded_ < recorded_.size() && recorded_[next_recorded_].event <= event_; ++next_recorded_)
        if (!over()) server_said(recorded_[next_recorded_]);
      return;
    case Event::Kind::missing:
      if (!device) return;
      result_.complete = false;
      result_.reason = fmt::format(
          "{} bytes of the device are missing in the capture, {} s behind its beginning: what "
          "follows cannot be replayed",
          event.size, seconds_text(event.time - begun_));
      line("missing", {{"bytes", event.size}});
      broken_off_ = true;
      return;
    case Event::Kind::end:
    case Event::Kind::reset: {
      const bool reset = event.kind == Event::Kind::reset;
      if (device) return end(reset ? "the connection broke (reset)" : "the device closed the connection");
      return shut_down("the server of the recording ended the connection here");
    }
  }
}

void OfflinePlay::play() {
  for (event_ = 0; event_ < conversation_.events.size(); ++event_) {
    const Event& event = conversation_.events[event_];
    while (!over() && deadline_is_due(event)) {
      now_ = *std::exchange(deadline_, std::nullopt);
      line("time-out", {{"while", state()}});
      time_out();
    }
    if (over()) return;
    now_ = std::max(now_, event.time);
    take(event);
  }
}

OfflineResult OfflinePlay::run() {
  if (conversation_.events.empty()) {
    result_.reason = "the capture holds nothing of it";
    return std::move(result_);
  }
  result_.replayed = true;
  begun_ = now_ = conversation_.events.front().time;
  begin();
  play();
  if (conversation_.damage.no_beginning && result_.complete) {
    result_.complete = false;
    result_.reason = "the capture has not the beginning of the connection";
  }
  if (!closed_) result_.ending = fmt::format("the recording ends here, {}", state());
  return std::move(result_);
}

}  // namespace replay::detail
