// How often something may happen. Asking changes nothing: a dry run asks, too.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/hub/rule.hpp"

namespace hub {

// At most `burst.count` times within any `burst.per`. Exact: remembers when.
class SlidingWindow {
 public:
  explicit SlidingWindow(Burst burst) : burst_(burst) {}

  // `already`: so often at this moment, not yet added.
  bool has_room(base::SteadyTime now, std::size_t already = 0) const noexcept;
  void add(base::SteadyTime now);
  const Burst& burst() const noexcept { return burst_; }

 private:
  Burst burst_;
  std::vector<base::SteadyTime> times_;  // a ring once it is full
  std::size_t oldest_ = 0;
};

// The limits of one rule.
class RuleLimits {
 public:
  explicit RuleLimits(const Rule& rule);

  // Why it must not fire now; nothing: it may.
  std::optional<std::string> objection(base::SteadyTime now) const;
  void matched(base::SteadyTime now) noexcept { last_match_ = now; }  // an event, fired or not
  void fired(base::SteadyTime now);
  // The same rule with other limits: what happened still counts, but for the burst where that has changed.
  void keep_from(const RuleLimits& old);

 private:
  std::chrono::milliseconds debounce_;
  std::chrono::milliseconds min_interval_;
  SlidingWindow burst_;
  std::optional<base::SteadyTime> last_match_;
  std::optional<base::SteadyTime> last_firing_;
};

}  // namespace hub
