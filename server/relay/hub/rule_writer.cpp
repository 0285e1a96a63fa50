// to_json(): as parse_rules() reads it; what has its normal value is left out.
#include <fmt/format.h>

#include "server/base/json.hpp"
#include "server/relay/hub/duration.hpp"
#include "server/relay/hub/rule.hpp"

namespace hub {

namespace {
using std::chrono::milliseconds;

void duration_member(base::JsonWriter& json, std::string_view name, milliseconds length, milliseconds normally) {
  if (length != normally) json.member(name, duration_text(length));
}

void texts_member(base::JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(name);
  json.begin_array();
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_match(base::JsonWriter& json, const Match& match) {
  json.key("when");
  json.begin_object();
  texts_member(json, "source", match.sources);
  if (match.protocol) json.member("protocol", to_string(*match.protocol));
  texts_member(json, "kind", match.kinds);
  for (const Condition& condition : match.conditions) json.member(condition.field, condition.pattern);
  json.end_object();
}

void write_step(base::JsonWriter& json, const Step& step) {
  json.begin_object();
  if (step.target.empty()) {
    json.member("wait", duration_text(step.wait));
  } else {
    json.member("target", step.target);
    json.member("verb", step.verb);
    duration_member(json, "delay", step.delay, milliseconds{0});
    if (step.latency) json.member("latency", duration_text(*step.latency));
    if (step.patience) json.member("patience", duration_text(*step.patience));
    for (const Field& parameter : step.parameters) json.member(parameter.name, parameter.value);
  }
  json.end_object();
}

// An action of one step stands without an array of its own.
void write_action(base::JsonWriter& json, const Action& action) {
  if (action.steps.size() == 1) return write_step(json, action.steps.front());
  json.begin_array();
  for (const Step& step : action.steps) write_step(json, step);
  json.end_array();
}

void write_rule(base::JsonWriter& json, const Rule& rule) {
  const Rule normal;
  json.begin_object();
  json.member("name", rule.name);
  if (!rule.note.empty()) json.member("note", rule.note);
  if (!rule.armed) json.member("armed", rule.armed);
  write_match(json, rule.match);
  json.key("do");
  json.begin_array();
  for (const Action& action : rule.actions) write_action(json, action);
  json.end_array();
  duration_member(json, "debounce", rule.debounce, normal.debounce);
  duration_member(json, "min_interval", rule.min_interval, normal.min_interval);
  if (rule.burst.count != 0)
    json.member("burst", fmt::format("{}/{}", rule.burst.count, duration_text(rule.burst.per)));
  duration_member(json, "delay", rule.delay, normal.delay);
  if (!rule.compensate) json.member("compensate", rule.compensate);
  duration_member(json, "expiry", rule.expiry, normal.expiry);
  if (rule.on_failure == OnFailure::go_on) json.member("on_failure", "go_on");
  if (rule.max_hops != normal.max_hops) json.member("max_hops", rule.max_hops);
  json.end_object();
}
}  // namespace

std::string to_json(std::span<const Rule> rules) {
  base::JsonWriter json;
  json.begin_array();
  for (const Rule& rule : rules) write_rule(json, rule);
  json.end_array();
  return std::move(json).take();
}

}  // namespace hub
