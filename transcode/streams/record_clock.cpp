#include "transcode/streams/record_clock.hpp"

#include <algorithm>
#include <utility>

namespace transcode {

bool RecordClock::fits(bool sound, std::int64_t time_us) const {
  const auto& last = last_us_[sound ? 1 : 0];
  if (last && time_us <= *last) return false;
  return time_us >= latest_us_ - max_lag_us && time_us <= latest_us_ + max_gap_us;
}

RecordClock::Reading RecordClock::accept(bool sound, std::int64_t time_us, bool believed) {
  auto& last = last_us_[sound ? 1 : 0];
  const std::int64_t step = last ? time_us - *last : 0;
  last = time_us;
  latest_us_ = std::max(latest_us_, time_us);
  if (believed) doubt_.reset();
  return {.time_us = time_us, .step_us = step, .believed = believed};
}

RecordClock::Reading RecordClock::read(bool sound, std::uint64_t stamp_us, std::int64_t usual_us) {
  if (!begun_) {
    begun_ = true;
    origin_us_ = stamp_us;
    return accept(sound, 0, true);
  }
  const auto time = static_cast<std::int64_t>(stamp_us - origin_us_);
  if (fits(sound, time)) return accept(sound, time, true);
  if (doubt_) {
    const auto since = static_cast<std::int64_t>(stamp_us - doubt_->stamp_us);
    const bool near = since >= -max_gap_us && since <= max_gap_us;
    if (near && fits(sound, doubt_->time_us + since)) {
      const std::int64_t moved = doubt_->time_us + since;
      origin_us_ = stamp_us - static_cast<std::uint64_t>(moved);
      return accept(sound, moved, true);
    }
  }
  const std::int64_t expected = last_us_[sound ? 1 : 0].value_or(latest_us_ - usual_us) + usual_us;
  doubt_ = Doubt{.stamp_us = stamp_us, .time_us = expected};
  return accept(sound, expected, false);
}

RecordSequence::Reading RecordSequence::read(std::uint32_t number, std::uint32_t at_most) {
  const bool first = !std::exchange(begun_, true);
  const std::uint32_t gap = first ? 0 : number - next_;
  const bool restarted = doubted_ && number == *doubted_ + 1;
  if (gap > at_most && !restarted) {
    doubted_ = number;
    ++next_;
    return {.missing = 0, .believed = false};
  }
  doubted_.reset();
  next_ = number + 1;
  return {.missing = gap > at_most ? 0 : gap, .believed = true};
}

}  // namespace transcode
