#include "server/relay/hub/takes.hpp"

#include <fmt/format.h>

namespace hub {

namespace {
using Phase = TakeMark::Phase;

base::UtcTime moment_of(const Event& event) noexcept {
  return event.received.utc + event.lead;
}

void end(Take& take, const Event& event, const TakeMark& mark) {
  take.state = "ended";
  take.ended_at = moment_of(event);
  take.result = mark.result;
}

void complete(Take& take, const Event& event) {
  take.state = "complete";
  take.completed_at = moment_of(event);
}

std::string orphan_reason(const TakeMark& mark) {
  if (!mark.orphan.empty()) return mark.orphan;
  return mark.phase == Phase::ends ? "an end without a start that was heard"
                                   : "a completed take without a start that was heard";
}
}  // namespace

std::string Takes::key_of(const Event& event, const TakeMark& mark) {
  return event.source + '\0' + mark.key;
}

Take Takes::begin(const Event& event, std::string_view name) const {
  Take take;
  take.number = number_;
  take.source = event.source;
  take.name = name.empty() ? fmt::format("take_{}", number_) : std::string(name);
  take.state = "open";
  take.started_at = moment_of(event);
  return take;
}

void Takes::number(Take& take, const NewId& new_id) {
  take.id = new_id(take.started_at);
  ++number_;
}

Takes::Heard Takes::hear(const Event& event, const TakeMark& mark, Now now, const NewId& new_id,
                         std::vector<Take>& changed) {
  std::string key = key_of(event, mark);
  const auto found = open_.find(key);
  if (mark.phase == Phase::begins) {
    if (found != open_.end()) forget(found, changed);
    while (open_.size() >= most_open) forget(open_.find(by_expiry_.begin()->second), changed);
    Take take = begin(event, mark.name);
    number(take, new_id);
    wait(std::move(key), take, now);
    return {std::move(take), {}};
  }
  if (found == open_.end() || !mark.orphan.empty()) {
    Take take = begin(event, mark.name);
    number(take, new_id);
    mark.phase == Phase::ends ? end(take, event, mark) : complete(take, event);
    take.state = "orphan";
    return {std::move(take), orphan_reason(mark)};
  }
  by_expiry_.erase({found->second.expires, found->second.take.number});
  Take take = std::move(found->second.take);
  open_.erase(found);
  if (mark.phase == Phase::complete) {
    complete(take, event);
  } else {
    if (take.state == "open") end(take, event, mark);  // told a second time: the first stands
    wait(std::move(key), take, now);
  }
  return {std::move(take), {}};
}

Take Takes::single(const Event& event, const NewId& new_id) {
  const std::string* name = find(event.fields, "name");
  Take take = begin(event, name == nullptr ? std::string_view() : std::string_view(*name));
  number(take, new_id);
  take.ended_at = take.started_at;
  complete(take, event);
  return take;
}

Take Takes::foresee(const Event& event) const {
  if (event.take) {
    const auto found = open_.find(key_of(event, *event.take));
    if (event.take->phase != Phase::begins && event.take->orphan.empty() && found != open_.end())
      return found->second.take;
    return begin(event, event.take->name);
  }
  const std::string* name = find(event.fields, "name");
  return begin(event, name == nullptr ? std::string_view() : std::string_view(*name));
}

void Takes::caused(Take& take, const Event& event, std::uint32_t commands) {
  take.commands += commands;
  if (!event.take) return;
  const auto found = open_.find(key_of(event, *event.take));
  if (found != open_.end() && found->second.take.id == take.id) found->second.take.commands = take.commands;
}

void Takes::wait(std::string key, Take take, Now now) {
  const base::SteadyTime expires = now.steady + expiry_;
  by_expiry_.emplace(std::pair(expires, take.number), key);
  open_.insert_or_assign(std::move(key), Open{std::move(take), expires});
}

void Takes::forget(OpenTakes::iterator open, std::vector<Take>& changed) {
  by_expiry_.erase({open->second.expires, open->second.take.number});
  Take take = std::move(open->second.take);
  open_.erase(open);
  if (take.state != "open") return;
  take.state = "orphan";
  take.result = "no end was heard";
  changed.push_back(std::move(take));
}

void Takes::advance(Now now, std::vector<Take>& changed) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first.first <= now.steady)
    forget(open_.find(by_expiry_.begin()->second), changed);
}

std::optional<base::SteadyTime> Takes::next_due() const noexcept {
  return by_expiry_.empty() ? std::nullopt : std::optional(by_expiry_.begin()->first.first);
}

}  // namespace hub
