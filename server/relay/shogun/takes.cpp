#include "server/relay/shogun/takes.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "server/relay/shogun/lead_time.hpp"

namespace shogun {

namespace {
using base::SteadyTime;
constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

bool is_armed(const Take& take) {
  return !take.started && !take.stopped;
}
bool is_recording(const Take& take) {
  return take.started && !take.stopped;
}
bool is_stopped(const Take& take) {
  return take.stopped.has_value();
}
bool has_not_stopped(const Take& take) {
  return !take.stopped;
}

// How well a notification fits a take: 0 not at all. Kin tell no folder in a stop, and some no name.
int fit(const Notification& note, const Take& take) noexcept {
  const bool same_path = note.database_path == take.database_path;
  const bool path_untold = note.database_path.empty() || take.database_path.empty();
  if (note.name == take.name && same_path) return 3;
  if (note.name == take.name && path_untold) return 2;
  return note.name.empty() && path_untold ? 1 : 0;
}

void take_over(const Notification& note, SteadyTime received, Take& take) {
  take.news = received;
  if (note.notes) take.notes = note.notes;
  if (note.description) take.description = note.description;
  if (take.database_path.empty()) take.database_path = note.database_path;
  if (take.name.empty()) take.name = note.name;
  if (note.duration) take.planned = note.duration;
  if (!note.timecode) return;
  const bool of_stop = note.kind == Kind::stop || note.kind == Kind::timecode_stop;
  (of_stop ? take.stop_code : take.start_code) = note.timecode;
}

TakeEvent after_waiting(const Take& take) {
  if (take.stopped) return TakeEvent::never_completed;
  return take.started ? TakeEvent::never_stopped : TakeEvent::never_started;
}

constexpr std::array<std::string_view, take_events> event_words{"armed",
                                                                "armed_again",
                                                                "started",
                                                                "started_again",
                                                                "stopped",
                                                                "stopped_again",
                                                                "cancelled",
                                                                "completed",
                                                                "orphan_stop",
                                                                "orphan_complete",
                                                                "completed_without_stop",
                                                                "never_started",
                                                                "never_stopped",
                                                                "never_completed",
                                                                "forgotten"};
}  // namespace

std::string_view to_string(TakeEvent event) noexcept {
  return event_words[static_cast<std::size_t>(event)];
}

bool ends_take(TakeEvent event) noexcept {
  return event == TakeEvent::cancelled || event == TakeEvent::completed || event >= TakeEvent::orphan_complete;
}

std::vector<TakeChange> Takes::add(const Notification& note, SteadyTime received) {
  Changes changes = expire(received);
  switch (note.kind) {
    case Kind::timecode_start:
    case Kind::timecode_stop:
    case Kind::duration_stop: arm(note, received, changes); break;
    case Kind::start: start(note, received, changes); break;
    case Kind::stop: stop(note, received, changes); break;
    case Kind::complete: complete(note, received, changes); break;
    default: break;
  }
  return changes;
}

// An announcement of the end may come while the take is recorded already.
void Takes::arm(const Notification& note, SteadyTime received, Changes& changes) {
  std::size_t at = find(note, is_armed);
  if (at == none && note.kind != Kind::timecode_start) at = find(note, is_recording);
  const bool again = at != none;
  if (!again) at = begin_take(note, received, changes);
  take_over(note, received, takes_[at]);
  if (!takes_[at].started) takes_[at].armed = received;
  changes.push_back({again ? TakeEvent::armed_again : TakeEvent::armed, takes_[at]});
}

void Takes::start(const Notification& note, SteadyTime received, Changes& changes) {
  if (const std::size_t same = find(note, is_recording);
      same != none && !note.name.empty() && received < takes_[same].news + limits_.repeat_window) {
    take_over(note, received, takes_[same]);
    changes.push_back({TakeEvent::started_again, takes_[same]});
    return;
  }
  // A take of the same name is over, whatever it still waited for.
  for (const Filter old : {is_recording, is_stopped})
    for (std::size_t at = find(note, old); at != none && !note.name.empty(); at = find(note, old))
      end_take(at, after_waiting(takes_[at]), changes);
  std::size_t at = find(note, is_armed);
  if (at == none) at = begin_take(note, received, changes);
  take_over(note, received, takes_[at]);
  takes_[at].started = event_time(received, note.delay);
  changes.push_back({TakeEvent::started, takes_[at]});
}

void Takes::stop(const Notification& note, SteadyTime received, Changes& changes) {
  std::size_t at = find_stopped_one(note);
  if (const std::size_t same = find(note, is_stopped); at == none && same != none && note.result != Result::cancel) {
    take_over(note, received, takes_[same]);
    if (takes_[same].result == Result::unknown) takes_[same].result = note.result;
    changes.push_back({TakeEvent::stopped_again, takes_[same]});
    return;
  }
  const bool orphan = at == none;
  if (orphan) at = begin_take(note, received, changes);
  Take& take = takes_[at];
  take_over(note, received, take);
  if (limits_.stop_may_rename && !note.name.empty()) take.name = note.name;
  take.stopped = event_time(received, note.delay);
  take.result = note.result;
  if (orphan) changes.push_back({TakeEvent::orphan_stop, take});
  if (note.result == Result::cancel) return end_take(at, TakeEvent::cancelled, changes);
  if (!orphan) changes.push_back({TakeEvent::stopped, take});
}

// A take started by time code may have had no start of its own on the wire: then the armed one is meant.
std::size_t Takes::find_stopped_one(const Notification& note) const {
  std::size_t at = find(note, is_recording);
  if (at == none && !note.name.empty()) at = find(note, is_armed);
  if (at == none && limits_.stop_may_rename)
    for (std::size_t newest = 0; newest < takes_.size(); ++newest)
      if (is_recording(takes_[newest])) at = newest;
  return at;
}

void Takes::complete(const Notification& note, SteadyTime received, Changes& changes) {
  std::size_t at = find(note, is_stopped);
  TakeEvent event = TakeEvent::completed;
  if (at == none) {
    at = find(note, has_not_stopped);
    event = TakeEvent::completed_without_stop;
  }
  if (at == none) {
    at = begin_take(note, received, changes);
    event = TakeEvent::orphan_complete;
  }
  take_over(note, received, takes_[at]);
  takes_[at].completed = received;
  end_take(at, event, changes);
}

// The best fit; of several as good, the newest.
std::size_t Takes::find(const Notification& note, Filter filter) const {
  std::size_t best = none;
  int best_fit = 1;
  for (std::size_t at = 0; at < takes_.size(); ++at) {
    if (!filter(takes_[at])) continue;
    const int how_well = fit(note, takes_[at]);
    if (how_well < best_fit) continue;
    best = at;
    best_fit = how_well;
  }
  return best;
}

std::size_t Takes::begin_take(const Notification& note, SteadyTime received, Changes& changes) {
  if (!takes_.empty() && takes_.size() >= limits_.most) {
    const auto oldest = std::ranges::min_element(takes_, {}, &Take::news);
    end_take(static_cast<std::size_t>(oldest - takes_.begin()), TakeEvent::forgotten, changes);
  }
  takes_.push_back(
      {.number = ++last_number_, .name = note.name, .database_path = note.database_path, .news = received});
  return takes_.size() - 1;
}

void Takes::end_take(std::size_t at, TakeEvent event, Changes& changes) {
  changes.push_back({event, std::move(takes_[at])});
  takes_.erase(takes_.begin() + static_cast<std::ptrdiff_t>(at));
}

SteadyTime Takes::deadline_of(const Take& take) const {
  if (take.stopped) return take.news + limits_.waiting_for_file;
  return take.news + (take.started ? limits_.recording : limits_.armed);
}

std::vector<TakeChange> Takes::expire(SteadyTime now) {
  Changes changes;
  for (std::size_t at = 0; at < takes_.size();)
    if (now >= deadline_of(takes_[at]))
      end_take(at, after_waiting(takes_[at]), changes);
    else
      ++at;
  return changes;
}

std::optional<SteadyTime> Takes::next_expiry() const {
  std::optional<SteadyTime> next;
  for (const Take& take : takes_) {
    const SteadyTime deadline = deadline_of(take);
    if (!next || deadline < *next) next = deadline;
  }
  return next;
}

}  // namespace shogun
