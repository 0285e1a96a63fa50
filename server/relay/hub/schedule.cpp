#include "server/relay/hub/schedule.hpp"

namespace hub {

void Schedule::add(UnderWay one, base::SteadyTime when) {
  const base::Uuid id = one.command.id;
  const Place place{when, ++count_};
  if (by_id_.try_emplace(id, Entry{std::move(one), place}).second) by_time_.emplace(place, id);
}

const UnderWay* Schedule::find(const base::Uuid& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second.one;
}

UnderWay Schedule::remove(std::map<base::Uuid, Entry>::iterator entry) {
  by_time_.erase(entry->second.place);
  UnderWay one = std::move(entry->second.one);
  by_id_.erase(entry);
  return one;
}

std::optional<UnderWay> Schedule::take(const base::Uuid& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return remove(found);
}

std::optional<UnderWay> Schedule::take_due(base::SteadyTime now) {
  if (by_time_.empty() || by_time_.begin()->first.first > now) return std::nullopt;
  return remove(by_id_.find(by_time_.begin()->second));
}

std::optional<base::SteadyTime> Schedule::next_due() const noexcept {
  return by_time_.empty() ? std::nullopt : std::optional(by_time_.begin()->first.first);
}

std::vector<base::Uuid> Schedule::waiting() const {
  std::vector<base::Uuid> ids;
  for (const auto& [place, id] : by_time_)
    if (const UnderWay* one = find(id); one != nullptr && !one->command.fired) ids.push_back(id);
  return ids;
}

}  // namespace hub
