// Start, stop and complete joined into takes, by name and folder; sans-IO, times come in. Duplicates have been dropped
// before (identity.hpp). What an announcement tells is kept with its take, which is armed by it and not begun.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/shogun/notification.hpp"

namespace shogun {

struct TakeLimits {
  std::size_t most = 256;               // takes under way; beyond, the one longest without news is forgotten
  std::chrono::minutes armed{24 * 60};  // without news
  std::chrono::minutes recording{6 * 60};
  std::chrono::minutes waiting_for_file{24 * 60};  // a copy to a computer far away takes long
  std::chrono::seconds repeat_window{10};          // how long a remote control waits for the stage's own start
  // Manus: the name in a stop replaces that of the start. The newest take that is recording is meant then.
  bool stop_may_rename = false;
};

struct Take {
  std::uint64_t number = 0;  // 1, 2, … in this process
  std::string name, database_path;
  std::optional<std::string> notes, description;
  // When it happened, delay included. Nothing: not, or not heard.
  std::optional<base::SteadyTime> armed, started, stopped, completed;
  std::optional<Timecode> start_code, stop_code;  // announced, or told with start and stop
  std::optional<Duration> planned;
  Result result = Result::unknown;
  base::SteadyTime news;  // when it was heard of last
};

enum class TakeEvent : std::uint8_t {
  armed,
  armed_again,  // announced anew: the newer one counts
  started,
  started_again,  // within repeat_window: who asked for the start, and the stage that confirms it
  stopped,
  stopped_again,
  cancelled,  // over: no complete follows
  completed,  // over
  // What did not go as it should.
  orphan_stop,             // a stop without a start; its complete is still waited for
  orphan_complete,         // a complete of which nothing was heard before; over
  completed_without_stop,  // over
  never_started,           // over: armed, and no start came
  never_stopped,           // over: no stop came, or another start of the same name
  never_completed,         // over: the file was not reported, or another take of the same name began
  forgotten,               // over: too many takes
};
constexpr int take_events = 15;
std::string_view to_string(TakeEvent event) noexcept;  // "orphan_stop"
bool ends_take(TakeEvent event) noexcept;

struct TakeChange {
  TakeEvent event;
  Take take;  // as it is after the event
};

class Takes {
 public:
  explicit Takes(TakeLimits limits = {}) : limits_(limits) {}

  // Usually one change; a start in place of a take that has not ended makes two. None for kinds that are no take's.
  std::vector<TakeChange> add(const Notification& notification, base::SteadyTime received);

  // What has waited too long, and when to ask again.
  std::vector<TakeChange> expire(base::SteadyTime now);
  std::optional<base::SteadyTime> next_expiry() const;

  std::size_t under_way() const noexcept { return takes_.size(); }
  const std::vector<Take>& takes() const noexcept { return takes_; }  // oldest first

 private:
  using Changes = std::vector<TakeChange>;
  using Filter = bool (*)(const Take&);

  void arm(const Notification& note, base::SteadyTime received, Changes& changes);
  void start(const Notification& note, base::SteadyTime received, Changes& changes);
  void stop(const Notification& note, base::SteadyTime received, Changes& changes);
  void complete(const Notification& note, base::SteadyTime received, Changes& changes);

  std::size_t find(const Notification& note, Filter filter) const;
  std::size_t find_stopped_one(const Notification& note) const;
  std::size_t begin_take(const Notification& note, base::SteadyTime received, Changes& changes);
  void end_take(std::size_t at, TakeEvent event, Changes& changes);
  base::SteadyTime deadline_of(const Take& take) const;

  TakeLimits limits_;
  std::vector<Take> takes_;
  std::uint64_t last_number_ = 0;
};

}  // namespace shogun
