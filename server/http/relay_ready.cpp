#include "server/http/relay_ready.hpp"

#include <algorithm>
#include <string_view>

namespace http {

namespace {
bool is_armed(std::span<const hub::ArmState> arms, hub::ArmScope scope, std::string_view name) {
  return std::ranges::none_of(
      arms, [&](const hub::ArmState& one) { return one.scope == scope && one.name == name && !one.arm.armed; });
}
}  // namespace

std::vector<Unready> unready_of(std::span<const RelayCamera> cameras, std::span<const hub::ArmState> arms) {
  std::vector<Unready> all;
  if (!is_armed(arms, hub::ArmScope::global, {})) all.push_back({.name = {}, .reason = "Everything is disarmed."});
  for (const RelayCamera& camera : cameras) {
    if (!camera.acts) continue;
    if (!is_armed(arms, hub::ArmScope::target, camera.name))
      all.push_back({.name = camera.name, .reason = "It is disarmed."});
    if (camera.state == "offline" || camera.state == "degraded")
      all.push_back(
          {.name = camera.name, .reason = camera.reason.empty() ? "It is " + camera.state + "." : camera.reason});
  }
  return all;
}

}  // namespace http
