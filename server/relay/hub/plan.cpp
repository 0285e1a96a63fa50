#include "server/relay/hub/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hub {

namespace {
const EndpointInfo* endpoint_of(std::span<const EndpointInfo> endpoints, std::string_view name) {
  const auto found = std::ranges::find(endpoints, name, &EndpointInfo::name);
  return found == endpoints.end() ? nullptr : &*found;
}

// A value that a template brought has to be one of its parameter, which could not be said before.
std::string fault_of(const Parameter& parameter, std::string_view value) {
  if (value.empty()) return parameter.required ? fmt::format("{} came out empty", parameter.name) : std::string();
  auto fits = Vocabulary::check(parameter, value);
  return fits ? std::string() : std::move(fits.error().message);
}
}  // namespace

Command command_of(NextStep step, Command before) {
  before.target = std::move(step.target);
  before.protocol = step.protocol;
  before.verb = std::move(step.verb);
  before.parameters = std::move(step.parameters);
  before.patience = step.patience;
  before.step = step.step;
  before.always = step.always;
  before.fault = std::move(step.fault);
  before.late = {};
  before.fired = std::nullopt;
  return before;
}

Plan::Plan(const Rule& rule, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary,
           std::chrono::milliseconds patience)
    : rule_(&rule) {
  for (const Action& action : rule.actions) {
    PlannedAction made;
    std::chrono::milliseconds pause{0};
    for (std::uint32_t number = 0; number < action.steps.size(); ++number) {
      const Step& step = action.steps[number];
      if (step.target.empty()) {
        pause += step.wait;
        continue;
      }
      made.push_back(planned(step, endpoints, vocabulary, patience));
      NextStep& next = made.back().step;
      next.step = number;
      next.delay += std::exchange(pause, {});
      // Owed from the start where nothing before it in its own sequence could make it so.
      next.always = next.verb == return_verb &&
                    std::ranges::count(made, next.target, [](const auto& one) { return one.step.target; }) == 1;
    }
    if (made.empty()) continue;
    steps_ += static_cast<std::uint32_t>(made.size());
    actions_.push_back(std::move(made));
  }
}

Plan::PlannedStep Plan::planned(const Step& step, std::span<const EndpointInfo> endpoints, const Vocabulary& vocabulary,
                                std::chrono::milliseconds patience) const {
  PlannedStep made;
  made.step.target = step.target;
  made.step.verb = step.verb;
  made.step.delay = step.delay;
  made.step.patience = step.patience.value_or(patience);
  made.latency = step.latency;
  const EndpointInfo* target = endpoint_of(endpoints, step.target);
  if (target == nullptr) return made;
  made.step.protocol = target->protocol;
  const Verb* verb = vocabulary.verb(target->protocol, step.verb);
  if (verb == nullptr) return made;
  for (const Field& field : step.parameters) {
    const auto parameter = std::ranges::find(verb->parameters, std::string_view(field.name), &Parameter::name);
    auto text = Template::parse(field.value);
    if (parameter == verb->parameters.end() || !text) continue;
    Value value{field.name, &*parameter, std::move(*text), {}, false, nullptr};
    if (parameter->kind == ValueKind::name) value.sanitise = verb->sanitise;
    value.is_literal = value.made.is_literal();
    if (value.is_literal) {
      static const Fields none;
      value.literal = value.made.expand({none, {}, {}, {}, {}, {}, 0, {}});
      if (value.sanitise != nullptr) value.literal = value.sanitise(value.literal);
    }
    made.values.push_back(std::move(value));
  }
  return made;
}

NextStep Plan::filled(const PlannedStep& planned, TemplateContext context) const {
  NextStep step = planned.step;
  context.target = planned.step.target;
  step.parameters.reserve(planned.values.size());
  for (const Value& value : planned.values) {
    std::string text = value.is_literal ? value.literal : value.made.expand(context);
    if (!value.is_literal && value.sanitise != nullptr) text = value.sanitise(text);
    if (std::string fault = fault_of(*value.parameter, text); !fault.empty()) step.fault = std::move(fault);
    if (!text.empty()) step.parameters.push_back({value.name, std::move(text)});
  }
  return step;
}

Command Plan::command(const PlannedAction& action, const Event& event, const Take& take,
                      const Latencies& latencies) const {
  const TemplateContext context{event.fields, event.source, event.kind,  rule_->name,
                                {},           take.name,    take.number, event.received.utc + event.lead};
  Command command;
  command.rule = rule_->name;
  command.event = event.id;
  command.take = take.id;
  command.source = event.source;
  command.hops = event.hops + 1;
  command.expiry = rule_->expiry;
  command.on_failure = rule_->on_failure;
  command = command_of(filled(action.front(), context), std::move(command));

  const PlannedStep& first = action.front();
  const std::chrono::milliseconds behind = event.lead + rule_->delay + first.step.delay;
  std::chrono::microseconds earlier{0};
  if (rule_->compensate) {
    if (first.latency)
      earlier = *first.latency;
    else if (const auto measured = latencies.of(first.step.target))
      earlier = measured->mean;
  }
  command.event_at = event.received.utc + behind;
  command.due = {event.received.steady + behind - earlier,
                 command.event_at - std::chrono::round<std::chrono::milliseconds>(earlier)};
  command.rest.reserve(action.size() - 1);
  for (std::size_t n = 1; n < action.size(); ++n) command.rest.push_back(filled(action[n], context));
  return command;
}

void Plan::append_commands(const Event& event, const Take& take, const Latencies& latencies,
                           std::vector<Command>& commands) const {
  for (std::size_t n = 0; n < actions_.size(); ++n) {
    commands.push_back(command(actions_[n], event, take, latencies));
    commands.back().action = static_cast<std::uint32_t>(n);
  }
}

}  // namespace hub
