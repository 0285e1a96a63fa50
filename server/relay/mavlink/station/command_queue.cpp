#include "server/relay/mavlink/station/command_queue.hpp"

#include <algorithm>

namespace mavlink::station {
namespace {

constexpr std::uint8_t full_progress = 100;

Outcome outcome_of(std::uint8_t result) {
  if (result == result::accepted) return Outcome::accepted;
  return result == result::cancelled ? Outcome::cancelled : Outcome::refused;
}

}  // namespace

bool CommandQueue::full(Address target) const {
  const auto lane = lanes_.find(target);
  return lane != lanes_.end() && lane->second.entries.size() >= max_commands_per_target;
}

bool CommandQueue::add(const Job& job) {
  if (full(job.key.address)) return false;
  lanes_[job.key.address].entries.push_back({.job = job});
  return true;
}

EndedJob CommandQueue::end(const Entry& entry, Outcome outcome, std::uint8_t result) {
  return {entry.job, outcome, result, entry.at_it, entry.sends};
}

bool CommandQueue::under_way(const Lane& lane, std::uint16_t command) {
  return std::ranges::any_of(lane.entries,
                             [&](const Entry& e) { return e.sends > 0 && e.job.command.command == command; });
}

std::optional<Address> CommandQueue::awaited_instead(Address from, std::uint16_t command) const {
  for (const auto& [address, lane] : lanes_)
    if (address.system == from.system && address != from && under_way(lane, command)) return address;
  return std::nullopt;
}

void CommandQueue::settle(Lane& lane, const Entry& entry, base::SteadyTime now) const {
  if (entry.sends == 0) return;
  const auto pause = entry.sends > 1 ? timing_.settle_after_resend : timing_.settle;
  lane.settle[entry.job.command.command] = now + pause;
}

bool CommandQueue::acknowledge(Address from, const CommandAck& ack, base::SteadyTime now,
                               std::vector<EndedJob>& ended) {
  const auto lane = lanes_.find(from);
  if (lane == lanes_.end()) return false;
  auto& entries = lane->second.entries;
  const auto entry = std::ranges::find_if(
      entries, [&](const Entry& e) { return e.sends > 0 && e.job.command.command == ack.command; });
  if (entry == entries.end()) return false;
  if (ack.result == result::in_progress) {
    entry->at_it = true;
    if (ack.progress <= full_progress) entry->progress = ack.progress;
    entry->deadline = std::min(now + timing_.in_progress, entry->first_sent + timing_.in_progress_limit);
    return true;
  }
  ended.push_back(end(*entry, outcome_of(ack.result), ack.result));
  settle(lane->second, *entry, now);
  entries.erase(entry);
  return true;
}

bool CommandQueue::cancel(CommandId id, base::SteadyTime now, std::vector<EndedJob>& ended) {
  for (auto& [address, lane] : lanes_) {
    const auto entry = std::ranges::find(lane.entries, id, [](const Entry& e) { return e.job.id; });
    if (entry == lane.entries.end()) continue;
    if (entry->sends == 0) {
      ended.push_back(end(*entry, Outcome::cancelled));
      lane.entries.erase(entry);
    } else if (!entry->cancelling) {
      entry->cancelling = true;
      entry->deadline = now;
    }
    return true;
  }
  return false;
}

void CommandQueue::withdraw(CommandId id, base::SteadyTime now) {
  for (auto& [address, lane] : lanes_) {
    const auto entry = std::ranges::find(lane.entries, id, [](const Entry& e) { return e.job.id; });
    if (entry == lane.entries.end()) continue;
    settle(lane, *entry, now);
    lane.entries.erase(entry);
    return;
  }
}

void CommandQueue::drop(const Key& key, std::vector<EndedJob>& ended) {
  const auto lane = lanes_.find(key.address);
  if (lane == lanes_.end()) return;
  std::erase_if(lane->second.entries, [&](const Entry& entry) {
    if (entry.job.key != key) return false;
    ended.push_back(end(entry, Outcome::camera_gone));
    return true;
  });
}

void CommandQueue::send(Entry& entry, base::SteadyTime now, std::vector<Message>& out) const {
  CommandLong command = entry.job.command;
  command.confirmation = static_cast<std::uint8_t>(std::min(entry.sends, 255));
  out.emplace_back(command);
  if (entry.sends == 0) entry.first_sent = now;
  entry.sends++;
  entry.deadline = now + timing_.ack;
}

// Once the camera said that it is at it nothing is sent again: it has the command, and a copy may be a second shot.
bool CommandQueue::overdue(Entry& entry, base::SteadyTime now, std::vector<Message>& out) const {
  if (entry.cancelling) {
    if (entry.cancels > cancel_resends_) return true;
    const auto& command = entry.job.command;
    out.emplace_back(CommandCancel{command.command, command.target_system, command.target_component});
    entry.cancels++;
    entry.deadline = now + timing_.ack;
    return false;
  }
  if (entry.at_it || entry.sends > entry.job.resends) return true;
  send(entry, now, out);
  return false;
}

std::optional<base::SteadyTime> CommandQueue::start_of(const Lane& lane, const Entry& entry) const {
  const auto command = entry.job.command.command;
  if (under_way(lane, command)) return std::nullopt;
  if (entry.job.purpose != Purpose::order) return base::SteadyTime{};  // its answer shows whether it was heard
  const auto settle = lane.settle.find(command);
  return settle == lane.settle.end() ? base::SteadyTime{} : settle->second;
}

void CommandQueue::pump(base::SteadyTime now, std::vector<Message>& out, std::vector<EndedJob>& ended) {
  for (auto& [address, lane] : lanes_) {
    for (auto entry = lane.entries.begin(); entry != lane.entries.end();) {
      if (entry->sends == 0 || now < entry->deadline || !overdue(*entry, now, out)) {
        ++entry;
        continue;
      }
      ended.push_back(end(*entry, Outcome::no_answer));
      settle(lane, *entry, now);
      entry = lane.entries.erase(entry);
    }
    for (auto& entry : lane.entries) {
      if (entry.sends > 0) continue;
      const auto start = start_of(lane, entry);
      if (start && *start <= now) send(entry, now, out);
    }
    std::erase_if(lane.settle, [&](const auto& settle) { return settle.second <= now; });
  }
  std::erase_if(lanes_, [](const auto& lane) { return lane.second.entries.empty() && lane.second.settle.empty(); });
}

std::optional<base::SteadyTime> CommandQueue::next_wake() const {
  std::optional<base::SteadyTime> next;
  for (const auto& [address, lane] : lanes_) {
    for (const auto& entry : lane.entries) {
      const auto at = entry.sends > 0 ? std::optional(entry.deadline) : start_of(lane, entry);
      if (at && (!next || *at < *next)) next = at;
    }
  }
  return next;
}

std::vector<UnderWay> CommandQueue::of(const Key& key) const {
  std::vector<UnderWay> all;
  const auto lane = lanes_.find(key.address);
  if (lane == lanes_.end()) return all;
  for (const auto& entry : lane->second.entries) {
    if (entry.job.key != key) continue;
    all.push_back(
        {entry.job.id, entry.job.command.command, entry.job.purpose != Purpose::order, entry.sends, entry.progress});
  }
  return all;
}

}  // namespace mavlink::station
