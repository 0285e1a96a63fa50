// What is switched on: everything, each rule, each target; for good or until a moment at which it flips. Asked, never
// telling: a switch fires nothing.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/relay/hub/hub.hpp"

namespace hub {

class Arms {
 public:
  // Whom there is to switch. Switches of others are forgotten, those of the same stay.
  void know(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints);
  bool has_rule(std::string_view name) const { return rules_.contains(name); }
  bool has_target(std::string_view name) const { return targets_.contains(name); }

  base::Result<> set(const ArmState& state);
  std::vector<ArmState> list(Now now) const;

  // Why a rule does not fire, and why a command is not done; nothing: it is armed. An empty rule: none.
  std::optional<std::string> objection_to_rule(std::string_view rule, Now now) const;
  std::optional<std::string> objection_to_command(std::string_view target, std::string_view rule, Now now) const;

 private:
  struct Switch {
    bool normally = true;    // what the rule says
    std::optional<Arm> set;  // what somebody said
    Arm at(Now now) const noexcept;
  };
  using Switches = std::map<std::string, Switch, std::less<>>;

  static std::optional<std::string> objection(const Switches& switches, std::string_view what, std::string_view name,
                                              Now now);

  Switch global_;
  Switches rules_;
  Switches targets_;
};

}  // namespace hub
