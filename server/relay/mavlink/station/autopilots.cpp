#include "server/relay/mavlink/station/autopilots.hpp"

#include <algorithm>

namespace mavlink::station {
namespace {

constexpr int max_tries = 3;
constexpr std::chrono::seconds between_tries{10};

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

void Autopilots::ended(Address address, bool unknown, base::SteadyTime now) {
  const auto known = all_.find(address);
  if (known == all_.end() || unknown || known->second.tries >= max_tries) return;
  known->second.due = now + between_tries;
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
