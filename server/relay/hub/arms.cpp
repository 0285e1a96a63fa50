#include "server/relay/hub/arms.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "server/base/bytes.hpp"
#include "server/relay/hub/words.hpp"

namespace hub {

namespace {
constexpr std::array<std::string_view, 3> scopes{"global", "rule", "target"};

std::string disarmed(std::string_view who, const Arm& arm) {
  return arm.until ? fmt::format("{} disarmed until {}", who, base::to_iso8601(*arm.until))
                   : fmt::format("{} disarmed", who);
}
}  // namespace

std::string_view to_string(ArmScope scope) noexcept {
  return word_of(scopes, scope);
}

std::optional<ArmScope> parse_arm_scope(std::string_view text) noexcept {
  return value_of<ArmScope>(scopes, text);
}

Arm Arms::Switch::at(Now now) const noexcept {
  if (!set) return {normally, {}};
  if (set->until && now.utc >= *set->until) return {!set->armed, {}};
  return *set;
}

void Arms::know(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints) {
  const auto keep = [](Switches& old, Switches& kept, const std::string& name, bool normally) {
    const auto found = old.find(name);
    kept.emplace(name, Switch{normally, found == old.end() ? std::nullopt : found->second.set});
  };
  Switches kept_rules;
  for (const Rule& rule : rules) keep(rules_, kept_rules, rule.name, rule.armed);
  Switches kept_targets;
  for (const EndpointInfo& endpoint : endpoints)
    if (endpoint.acts) keep(targets_, kept_targets, endpoint.name, true);
  rules_ = std::move(kept_rules);
  targets_ = std::move(kept_targets);
}

base::Result<> Arms::set(const ArmState& state) {
  if (state.scope == ArmScope::global) {
    global_.set = state.arm;
    return {};
  }
  Switches& switches = state.scope == ArmScope::rule ? rules_ : targets_;
  const auto found = switches.find(state.name);
  if (found == switches.end()) {
    std::string names;
    for (const auto& [name, _] : switches) (names += names.empty() ? "" : ", ") += name;
    return base::fail(base::Errc::not_found,
                      fmt::format("There is no {} \"{}\" to arm or disarm; there are: {}.", to_string(state.scope),
                                  base::printable(base::as_bytes(state.name), 80), names.empty() ? "none" : names));
  }
  found->second.set = state.arm;
  return {};
}

std::vector<ArmState> Arms::list(Now now) const {
  std::vector<ArmState> states{{ArmScope::global, {}, global_.at(now)}};
  for (const auto& [name, which] : rules_) states.push_back({ArmScope::rule, name, which.at(now)});
  for (const auto& [name, which] : targets_) states.push_back({ArmScope::target, name, which.at(now)});
  return states;
}

std::optional<std::string> Arms::objection(const Switches& switches, std::string_view what, std::string_view name,
                                           Now now) {
  const auto found = switches.find(name);
  if (found == switches.end()) return std::nullopt;
  const Arm arm = found->second.at(now);
  if (arm.armed) return std::nullopt;
  return disarmed(fmt::format("the {} \"{}\" is", what, name), arm);
}

std::optional<std::string> Arms::objection_to_rule(std::string_view rule, Now now) const {
  if (const Arm arm = global_.at(now); !arm.armed) return disarmed("everything is", arm);
  return rule.empty() ? std::nullopt : objection(rules_, "rule", rule, now);
}

std::optional<std::string> Arms::objection_to_command(std::string_view target, std::string_view rule, Now now) const {
  if (auto reason = objection(targets_, "target", target, now)) return reason;
  return objection_to_rule(rule, now);
}

}  // namespace hub
