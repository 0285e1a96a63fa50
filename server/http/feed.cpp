#include "server/http/feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "server/base/clock.hpp"
#include "server/http/text.hpp"

namespace http {
namespace {

constexpr std::string_view names[topic_count] = {"trigger", "take", "camera", "arm", "capture", "media"};

// After which a browser comes again: soon, and not all at once with what made the connection break.
constexpr unsigned retry_ms = 2'000;
// Of one piece: what a slow reader holds on to behind its back, and what it must take within write_timeout.
constexpr std::size_t most_events_of_a_piece = 64;
constexpr std::size_t most_bytes_of_a_piece = 64 * 1024;

// "18c2f3a9b01-27": the start of the feed, and the number of the event. After a restart the numbers begin again.
struct EventId {
  std::string_view epoch;
  std::uint64_t number = 0;
};
std::optional<EventId> parse_id(std::string_view text) noexcept {
  constexpr std::size_t longest_epoch = 16;
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || dash > longest_epoch) return std::nullopt;
  const auto number = parse_decimal<std::uint64_t>(text.substr(dash + 1));
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); };
  if (!number || !std::ranges::all_of(text.substr(0, dash), is_hex)) return std::nullopt;
  return EventId{text.substr(0, dash), *number};
}

}  // namespace

std::string_view to_string(Topic topic) noexcept {
  return names[static_cast<std::size_t>(topic)];
}

std::optional<Topic> parse_topic(std::string_view text) noexcept {
  const auto* const found = std::ranges::find(names, text);
  if (found == std::end(names)) return std::nullopt;
  return static_cast<Topic>(found - std::begin(names));
}

bool is_event_id(std::string_view text) noexcept {
  return parse_id(text).has_value();
}

struct Feed::State {
  struct Event {
    Topic topic = Topic::trigger;
    std::shared_ptr<const std::string> text;  // as it goes out
  };

  explicit State(FeedLimits given)
      : limits(given), epoch(fmt::format("{:x}", base::utc_now().time_since_epoch().count())) {}

  const FeedLimits limits;
  const std::string epoch;

  std::mutex mutex;
  std::condition_variable published;
  std::deque<Event> ring;
  std::size_t bytes = 0;
  std::uint64_t newest = 0;  // the number of ring.back(); before the first one, 0
  Topics fresh = 0;          // of what was published since it was last distributed
  bool ending = false;
  std::unordered_set<Reader*> waiting;  // have read everything
  std::size_t readers = 0;

  // All with `mutex`.
  std::uint64_t oldest() const noexcept { return newest + 1 - ring.size(); }
  const Event& at(std::uint64_t number) const { return ring[static_cast<std::size_t>(number - oldest())]; }
  std::string id_of(std::uint64_t number) const { return fmt::format("{}-{}", epoch, number); }
};

class Feed::Reader final : public LiveSource {
 public:
  Reader(std::shared_ptr<State> state, const Wish& wish) : state_(std::move(state)), topics_(wish.topics) {
    const std::lock_guard lock(state_->mutex);
    ++state_->readers;
    begin_after(wish.after);
  }

  ~Reader() override {
    const std::lock_guard lock(state_->mutex);
    --state_->readers;
    state_->waiting.erase(this);
  }

  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void begin(std::function<void()> wake) override {
    const std::lock_guard lock(state_->mutex);
    wake_ = std::make_shared<const std::function<void()>>(std::move(wake));
  }

  LivePiece take() override {
    const std::lock_guard lock(state_->mutex);
    LivePiece piece;
    if (!greeting_.empty()) piece.parts.emplace_back(std::exchange(greeting_, {}));
    if (state_->ending) {
      piece.last = true;
    } else if (is_too_slow()) {
      piece.parts.emplace_back(std::string(": you fall behind; come again with Last-Event-ID\n\n"));
      piece.last = true;
    } else {
      add_events(piece);
    }
    return piece;
  }

  LivePiece beat() override { return {.parts = {std::string(":\n\n")}}; }

  // With the mutex. What wakes it, where one of `fresh` is for it; else it has read those, too.
  std::shared_ptr<const std::function<void()>> wake_for(Topics fresh) {
    if (!state_->ending && (topics_ & fresh) == 0) {
      position_ = state_->newest;
      return nullptr;
    }
    return wake_;
  }

 private:
  void begin_after(const std::optional<std::string>& after) {
    const State& state = *state_;
    position_ = state.newest;
    std::string gap;
    if (after) {
      const auto id = parse_id(*after);
      const bool known = id && id->epoch == state.epoch && id->number <= state.newest;
      position_ = known && id->number + 1 >= state.oldest() ? id->number : state.oldest() - 1;
      if (!known || id->number != position_)
        gap =
            "event: gap\ndata: {\"reason\":\"Events between the last one you had and the next one are not kept any "
            "more; ask the lists for what is missing.\"}\n";
    }
    caught_up_ = position_ == state.newest;
    // An id without data is kept by the reader and calls nobody: who breaks off before the first event misses none.
    greeting_ = fmt::format("retry: {}\nid: {}\n{}\n", retry_ms, state.id_of(position_), gap);
  }

  // One that was up to date and is half the ring behind, or any that wants what has left the ring.
  bool is_too_slow() const {
    if (position_ + 1 < state_->oldest()) return true;
    return caught_up_ && state_->newest - position_ > std::max<std::size_t>(state_->limits.events / 2, 1);
  }

  void add_events(LivePiece& piece) {
    std::size_t bytes = 0;
    std::size_t events = 0;
    while (position_ < state_->newest && events < most_events_of_a_piece && bytes < most_bytes_of_a_piece) {
      const State::Event& event = state_->at(++position_);
      if ((bit_of(event.topic) & topics_) == 0) continue;
      piece.parts.emplace_back(event.text);
      bytes += event.text->size();
      ++events;
    }
    if (position_ == state_->newest) caught_up_ = true;
    if (piece.parts.empty()) state_->waiting.insert(this);
  }

  const std::shared_ptr<State> state_;
  const Topics topics_;
  std::shared_ptr<const std::function<void()>> wake_;
  std::string greeting_;
  std::uint64_t position_ = 0;  // the number of the last event it has
  bool caught_up_ = false;      // once
};

Feed::Feed(FeedLimits limits) : state_(std::make_shared<State>(limits)) {
  thread_.start("http-feed", [state = state_] {
    base::yield_to_others();
    distribute(*state);
  });
}

Feed::~Feed() {
  const std::lock_guard lock(state_->mutex);
  state_->ending = true;
  state_->published.notify_one();
}

void Feed::publish(Topic topic, std::string_view json) {
  // A line's end would end the data; inside of JSON it can only be white space.
  std::string data(json);
  std::ranges::replace_if(data, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  const std::lock_guard lock(state_->mutex);
  State& state = *state_;
  ++state.newest;
  auto text = std::make_shared<const std::string>(
      fmt::format("id: {}-{}\nevent: {}\ndata: {}\n\n", state.epoch, state.newest, to_string(topic), data));
  state.bytes += text->size();
  state.ring.push_back({topic, std::move(text)});
  while (state.ring.size() > std::max<std::size_t>(state.limits.events, 1) ||
         (state.bytes > state.limits.bytes && state.ring.size() > 1)) {
    state.bytes -= state.ring.front().text->size();
    state.ring.pop_front();
  }
  state.fresh |= bit_of(topic);
  state.published.notify_one();
}

std::shared_ptr<LiveSource> Feed::read(const Wish& wish) const {
  return std::make_shared<Reader>(state_, wish);
}

std::size_t Feed::readers() const {
  const std::lock_guard lock(state_->mutex);
  return state_->readers;
}

// On a thread of its own: the publisher does not pay for the readers.
void Feed::distribute(State& state) {
  std::vector<std::shared_ptr<const std::function<void()>>> wakes;
  std::unique_lock lock(state.mutex);
  for (;;) {
    state.published.wait(lock, [&state] { return state.fresh != 0 || state.ending; });
    const bool ending = state.ending;
    const Topics fresh = std::exchange(state.fresh, 0);
    for (auto each = state.waiting.begin(); each != state.waiting.end();) {
      auto wake = (*each)->wake_for(fresh);
      if (wake) {
        wakes.push_back(std::move(wake));
        each = state.waiting.erase(each);
      } else {
        ++each;
      }
    }
    lock.unlock();
    for (const auto& wake : wakes) (*wake)();
    wakes.clear();
    if (ending) return;
    lock.lock();
  }
}

}  // namespace http
