#include "server/http/relay_json.hpp"

#include <algorithm>
#include <chrono>

#include "server/base/json.hpp"

namespace http {
namespace {

using base::JsonWriter;
using base::unless_empty;

std::optional<std::string> text_of(const std::optional<base::Uuid>& id) {
  return id ? std::optional(id->str()) : std::nullopt;
}

void write_fields(JsonWriter& json, std::string_view name, const hub::Fields& fields) {
  json.key(name);
  json.begin_object();
  for (const hub::Field& field : fields) json.member(field.name, field.value);
  json.end_object();
}

void write(JsonWriter& json, const storage::Trigger& trigger) {
  json.begin_object();
  json.member("id", trigger.id.str());
  json.member("incoming", trigger.incoming);
  json.member("at", trigger.at);
  json.member("node", unless_empty(trigger.node));
  json.member("protocol", trigger.protocol);
  json.member("endpoint", unless_empty(trigger.endpoint));
  json.member("kind", trigger.kind);
  json.member("rule", unless_empty(trigger.rule));
  json.member("outcome", trigger.outcome);
  json.member("reason", unless_empty(trigger.reason));
  json.key("fields");
  json.written(trigger.fields.empty() ? "{}" : trigger.fields);
  json.member("peer", unless_empty(trigger.peer));
  json.member("cause", text_of(trigger.cause));
  json.member("take_id", text_of(trigger.take_id));
  json.member("due_at", trigger.due_at);
  json.member("late_us", trigger.late_us);
  json.member("latency_us", trigger.latency_us);
  json.member("raw", trigger.raw.empty() ? std::nullopt : std::optional(base::to_hex(trigger.raw)));
  json.end_object();
}

void write_members(JsonWriter& json, const storage::RelayTake& take) {
  json.member("id", take.id.str());
  json.member("number", take.number);
  json.member("node", unless_empty(take.node));
  json.member("source", take.source);
  json.member("name", unless_empty(take.name));
  json.member("state", take.state);
  json.member("result", unless_empty(take.result));
  json.member("started_at", take.started_at);
  json.member("ended_at", take.ended_at);
  json.member("completed_at", take.completed_at);
  json.member("commands", take.commands);
}

void write(JsonWriter& json, const storage::RelayTake& take) {
  json.begin_object();
  write_members(json, take);
  json.end_object();
}

double seconds_between(base::UtcTime from, base::UtcTime to) {
  return std::max(std::chrono::duration<double>(to - from).count(), 0.0);
}

void write(JsonWriter& json, const std::optional<RelayCamera::Result>& result) {
  if (!result) return json.value(std::nullopt);
  json.begin_object();
  json.member("at", result->at);
  json.member("verb", result->verb);
  json.member("outcome", result->outcome);
  json.member("reason", unless_empty(result->reason));
  json.end_object();
}

std::string_view name_of(hub::ValueKind kind) noexcept {
  switch (kind) {
    case hub::ValueKind::text: return "text";
    case hub::ValueKind::name: return "name";
    case hub::ValueKind::number: return "number";
    case hub::ValueKind::duration: return "duration";
    case hub::ValueKind::choice: return "choice";
    case hub::ValueKind::flag: return "flag";
  }
  return "";
}

void write_choices(JsonWriter& json, std::string_view choices) {
  json.key("choices");
  json.begin_array();
  while (!choices.empty()) {
    const std::size_t end = std::min(choices.find(' '), choices.size());
    json.value(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  json.end_array();
}

void write(JsonWriter& json, const hub::Parameter& parameter) {
  const bool bounded = parameter.lowest != 0 || parameter.highest != 0;
  json.begin_object();
  json.member("name", parameter.name);
  json.member("kind", name_of(parameter.kind));
  json.member("required", parameter.required);
  write_choices(json, parameter.choices);
  json.member("lowest", bounded ? std::optional(parameter.lowest) : std::nullopt);
  json.member("highest", bounded ? std::optional(parameter.highest) : std::nullopt);
  json.end_object();
}

void write(JsonWriter& json, const hub::Verb& verb) {
  json.begin_object();
  json.member("verb", verb.name);
  json.key("parameters");
  json.begin_array();
  for (const hub::Parameter& parameter : verb.parameters) write(json, parameter);
  json.end_array();
  json.end_object();
}

void write(JsonWriter& json, const RelayCamera& camera, base::UtcTime now) {
  json.begin_object();
  json.member("name", camera.name);
  json.member("protocol", camera.protocol);
  json.member("address", unless_empty(camera.address));
  json.member("hears", camera.hears);
  json.member("acts", camera.acts);
  json.member("live", camera.live);
  json.member("state", camera.state);
  json.member("reason", unless_empty(camera.reason));
  json.member("since", camera.since);
  json.member("since_s", seconds_between(camera.since, now));
  json.member("last_seen", camera.last_seen);
  json.member("last_seen_s", camera.last_seen ? std::optional(seconds_between(*camera.last_seen, now)) : std::nullopt);
  json.key("last_result");
  write(json, camera.last_result);
  json.member("latency_us", camera.latency_us);
  write_fields(json, "properties", camera.properties);
  json.key("figures");
  json.begin_object();
  for (const auto& [name, count] : camera.figures) json.member(name, count);
  json.end_object();
  json.key("verbs");
  json.begin_array();
  for (const hub::Verb& verb : camera.verbs) json.value(verb.name);
  json.end_array();
  json.key("commands");
  json.begin_array();
  for (const hub::Verb& verb : camera.verbs) write(json, verb);
  json.end_array();
  json.end_object();
}

void write(JsonWriter& json, const std::optional<RelayEvent>& event) {
  if (!event) return json.value(std::nullopt);
  json.begin_object();
  json.member("protocol", event->protocol);
  json.member("source", unless_empty(event->source));
  json.member("kind", event->kind);
  write_fields(json, "fields", event->fields);
  json.member("hops", event->hops);
  json.member("key", unless_empty(event->key));
  json.end_object();
}

void write(JsonWriter& json, const RelayRehearsal::Command& command) {
  json.begin_object();
  json.member("target", command.target);
  json.member("protocol", command.protocol);
  json.member("verb", command.verb);
  write_fields(json, "parameters", command.parameters);
  json.member("due_at", command.due_at);
  json.member("action", command.action);
  json.member("step", command.step);
  json.end_object();
}

void write(JsonWriter& json, const RelayRehearsal::Rule& rule) {
  json.begin_object();
  json.member("rule", rule.name);
  json.member("fires", rule.fires);
  json.member("reason", unless_empty(rule.reason));
  json.key("commands");
  json.begin_array();
  for (const auto& command : rule.commands) write(json, command);
  json.end_array();
  json.end_object();
}

void write(JsonWriter& json, const hub::ArmState& arm) {
  json.begin_object();
  json.member("scope", to_text(arm.scope));
  json.member("name", unless_empty(arm.name));
  json.member("armed", arm.arm.armed);
  json.member("until", arm.arm.until);
  json.end_object();
}

template <class... Items>
std::string object_of(const Items&... items) {
  JsonWriter json;
  write(json, items...);
  return std::move(json).take();
}

template <class Item, class... More>
void write_list(JsonWriter& json, std::string_view name, std::span<const Item> items, const More&... more) {
  json.key(name);
  json.begin_array();
  for (const Item& item : items) write(json, item, more...);
  json.end_array();
}

template <class Item>
std::string page(std::span<const Item> items, std::string_view next_cursor) {
  JsonWriter json;
  json.begin_object();
  write_list(json, "items", items);
  json.member("next_cursor", unless_empty(next_cursor));
  json.end_object();
  return std::move(json).take();
}

}  // namespace

std::string_view to_text(hub::ArmScope scope) noexcept {
  switch (scope) {
    case hub::ArmScope::global: return "global";
    case hub::ArmScope::rule: return "rule";
    case hub::ArmScope::target: return "target";
  }
  return "";
}

std::string trigger_json(const storage::Trigger& trigger) {
  return object_of(trigger);
}

std::string trigger_page_json(std::span<const storage::Trigger> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string take_json(const storage::RelayTake& take) {
  return object_of(take);
}

std::string take_details_json(const storage::RelayTake& take, std::span<const storage::Trigger> triggers,
                              bool complete) {
  JsonWriter json;
  json.begin_object();
  write_members(json, take);
  write_list(json, "triggers", triggers);
  json.member("complete", complete);
  json.end_object();
  return std::move(json).take();
}

std::string take_page_json(std::span<const storage::RelayTake> items, std::string_view next_cursor) {
  return page(items, next_cursor);
}

std::string camera_json(const RelayCamera& camera, base::UtcTime now) {
  return object_of(camera, now);
}

std::string camera_list_json(std::span<const RelayCamera> cameras, std::span<const Unready> unready,
                             base::UtcTime now) {
  JsonWriter json;
  json.begin_object();
  write_list(json, "items", cameras, now);
  json.member("ready", unready.empty());
  json.key("not_ready");
  json.begin_array();
  for (const Unready& one : unready) {
    json.begin_object();
    json.member("name", unless_empty(one.name));
    json.member("reason", one.reason);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string rules_json(const RelayRuleSet& rules) {
  JsonWriter json;
  json.begin_object();
  json.member("version", rules.version);
  json.member("changed_at", rules.changed_at);
  json.key("rules");
  json.written(rules.rules);
  json.key("file_rules");
  json.written(rules.file_rules);
  json.end_object();
  return std::move(json).take();
}

std::string rehearsal_json(const RelayRehearsal& rehearsal) {
  JsonWriter json;
  json.begin_object();
  json.key("event");
  write(json, rehearsal.event);
  json.member("outcome", rehearsal.outcome);
  json.member("reason", unless_empty(rehearsal.reason));
  write_list(json, "rules", std::span<const RelayRehearsal::Rule>(rehearsal.rules));
  json.end_object();
  return std::move(json).take();
}

std::string arm_json(const hub::ArmState& arm) {
  return object_of(arm);
}

std::string arms_json(std::span<const hub::ArmState> arms) {
  JsonWriter json;
  json.begin_object();
  write_list(json, "items", arms);
  json.end_object();
  return std::move(json).take();
}

std::string id_json(const base::Uuid& id) {
  JsonWriter json;
  json.begin_object();
  json.member("id", id.str());
  json.end_object();
  return std::move(json).take();
}

}  // namespace http
