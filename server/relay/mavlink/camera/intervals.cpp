#include "server/relay/mavlink/camera/intervals.hpp"

#include <algorithm>

#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

const Intervals::Entry* Intervals::find(std::uint32_t message, Peer asker) const noexcept {
  const auto found = std::ranges::find_if(
      entries_, [&](const Entry& entry) { return entry.wanted.message == message && entry.wanted.to.asker == asker; });
  return found == entries_.end() ? nullptr : &*found;
}

bool Intervals::set(const Wanted& wanted, std::chrono::microseconds interval, base::SteadyTime now) {
  stop(wanted);
  if (entries_.size() == limits::most_intervals) return false;
  const auto period = std::max(interval, limits::shortest_message_interval);
  entries_.push_back({wanted, {now + period, period}});
  return true;
}

void Intervals::stop(const Wanted& wanted) {
  if (const auto* entry = find(wanted.message, wanted.to.asker))
    entries_.erase(entries_.begin() + (entry - entries_.data()));
}

void Intervals::forget(Peer peer) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.wanted.to.asker == peer; });
}

std::optional<std::chrono::microseconds> Intervals::interval(std::uint32_t message, Peer asker) const noexcept {
  const auto* entry = find(message, asker);
  return entry ? std::optional(entry->grid.period) : std::nullopt;
}

std::vector<Wanted> Intervals::take(base::SteadyTime now) {
  std::vector<Wanted> due;
  for (auto& entry : entries_)
    if (entry.grid.take(now) > 0) due.push_back(entry.wanted);
  return due;
}

std::optional<base::SteadyTime> Intervals::next_wake() const noexcept {
  std::optional<base::SteadyTime> first;
  for (const auto& entry : entries_) first = earlier(first, entry.grid.next);
  return first;
}

std::optional<base::SteadyTime> earlier(std::optional<base::SteadyTime> a, std::optional<base::SteadyTime> b) noexcept {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace mavlink::camera
