// The actions of one rule, taken apart once; commands made of them for an event.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/relay/hub/hub.hpp"
#include "server/relay/hub/latencies.hpp"
#include "server/relay/hub/template.hpp"

namespace hub {

class Plan {
 public:
  // The rule was checked against these. It and the vocabulary outlive this. `patience`: of steps without one.
  Plan(const Rule& rule, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary,
       std::chrono::milliseconds patience);

  // One for each action: its first step, which has the others with it. Without ids.
  void append_commands(const Event& event, const Take& take, const Latencies& latencies,
                       std::vector<Command>& commands) const;
  std::uint32_t steps() const noexcept { return steps_; }  // pauses are none

 private:
  struct Value {
    std::string name;
    const Parameter* parameter = nullptr;
    Template made;
    std::string literal;  // what it brings always, where it has no places
    bool is_literal = false;
    std::string (*sanitise)(std::string_view) = nullptr;
  };
  struct PlannedStep {
    NextStep step;  // without parameters
    std::vector<Value> values;
    std::optional<std::chrono::milliseconds> latency;
  };
  using PlannedAction = std::vector<PlannedStep>;

  PlannedStep planned(const Step& step, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary,
                      std::chrono::milliseconds patience) const;
  NextStep filled(const PlannedStep& planned, TemplateContext context) const;
  Command command(const PlannedAction& action, const Event& event, const Take& take, const Latencies& latencies) const;

  const Rule* rule_;
  std::vector<PlannedAction> actions_;
  std::uint32_t steps_ = 0;
};

// What a step has of the command before it in its sequence: the rule, the event, the take. Due times are the caller's.
Command command_of(NextStep step, Command before);

}  // namespace hub
