#include "server/relay/mavlink/station/autopilots.hpp"

#include <algorithm>

namespace mavlink::station {
namespace {

// Of the pauses between two questions each is twice the one before: what was lost comes soon, and one that has no
// camera and does not say so is hardly troubled.
constexpr int most_doublings = 10;
constexpr int most_silent_tries = 3;  // each with its re-sends

}  // namespace

void Autopilots::heard(Address address, base::SteadyTime now) {
  const auto known = all_.find(address);
  if (known != all_.end()) {
    auto& autopilot = known->second;
    if (now - autopilot.heard >= timing_.lost_after) {
      autopilot.tries = 0;
      autopilot.due = now;
    }
    autopilot.heard = now;
    return;
  }
  if (all_.size() >= max_autopilots)
    all_.erase(std::ranges::min_element(all_, {}, [](const auto& each) { return each.second.heard; }));
  all_[address] = {.heard = now, .due = now};
}

std::vector<Address> Autopilots::due(base::SteadyTime now) {
  std::vector<Address> due;
  for (auto& [address, autopilot] : all_) {
    if (!autopilot.due || *autopilot.due > now) continue;
    autopilot.due.reset();
    autopilot.tries++;
    due.push_back(address);
  }
  return due;
}

void Autopilots::ended(Address address, Reply reply, base::SteadyTime now) {
  const auto known = all_.find(address);
  if (known == all_.end() || reply == Reply::unknown) return;
  if (reply == Reply::silence && known->second.tries >= most_silent_tries) return;
  const int doublings = std::clamp(known->second.tries - 1, 0, most_doublings);
  known->second.due = now + std::min(timing_.message_after_ack * (1 << doublings), timing_.longest_back_off);
}

void Autopilots::answered(Address address) {
  all_.erase(address);
}

std::optional<base::SteadyTime> Autopilots::next_wake() const {
  std::optional<base::SteadyTime> next;
  for (const auto& [address, autopilot] : all_)
    if (autopilot.due && (!next || *autopilot.due < *next)) next = autopilot.due;
  return next;
}

}  // namespace mavlink::station
