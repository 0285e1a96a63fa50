#include "server/relay/hub/limits.hpp"

#include <fmt/format.h>

#include "server/relay/hub/duration.hpp"

namespace hub {

bool SlidingWindow::has_room(base::SteadyTime now, std::size_t already) const noexcept {
  if (burst_.count == 0) return true;
  if (already >= burst_.count) return false;
  if (times_.size() + already < burst_.count) return true;
  // With those of this moment in the ring, this one would be the oldest left in it.
  const std::size_t surplus = times_.size() + already - burst_.count;
  return now - times_[(oldest_ + surplus) % times_.size()] >= burst_.per;
}

void SlidingWindow::add(base::SteadyTime now) {
  if (burst_.count == 0) return;
  if (times_.size() < burst_.count) {
    times_.push_back(now);
    return;
  }
  times_[oldest_] = now;
  oldest_ = (oldest_ + 1) % times_.size();
}

RuleLimits::RuleLimits(const Rule& rule)
    : debounce_(rule.debounce), min_interval_(rule.min_interval), burst_(rule.burst) {}

std::optional<std::string> RuleLimits::objection(base::SteadyTime now) const {
  if (last_match_ && now - *last_match_ < debounce_)
    return fmt::format("debounced: less than {} since the event before", duration_text(debounce_));
  if (last_firing_ && now - *last_firing_ < min_interval_)
    return fmt::format("too soon: less than {} since it fired", duration_text(min_interval_));
  if (!burst_.has_room(now))
    return fmt::format("over the burst: it has fired {} times within {}", burst_.burst().count,
                       duration_text(burst_.burst().per));
  return std::nullopt;
}

void RuleLimits::fired(base::SteadyTime now) {
  last_firing_ = now;
  burst_.add(now);
}

void RuleLimits::keep_from(const RuleLimits& old) {
  last_match_ = old.last_match_;
  last_firing_ = old.last_firing_;
  if (burst_.burst() == old.burst_.burst()) burst_ = old.burst_;
}

}  // namespace hub
