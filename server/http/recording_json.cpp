#include "server/http/recording_json.hpp"

#include "server/base/json.hpp"

namespace http {
namespace {

using base::JsonWriter;
using base::unless_empty;

void write(JsonWriter& json, const recorder::Entry& entry) {
  json.begin_object();
  json.member("id", entry.id.str());
  json.member("kind", recorder::to_string(entry.kind));
  json.member("session", entry.session);
  json.member("node", entry.node);
  json.member("imei", unless_empty(entry.imei));
  json.member("peer", unless_empty(entry.peer));
  json.member("masked", entry.masked);
  json.member("started_at", entry.started);
  json.member("ended_at", entry.ended);
  json.member("size", entry.size);
  json.member("left_out", entry.left_out);
  json.member("outcome", recorder::to_string(entry.outcome));
  json.member("reason", unless_empty(entry.reason));
  json.end_object();
}

}  // namespace

std::string recordings_json(std::span<const recorder::Entry> entries) {
  JsonWriter json;
  json.begin_object();
  json.key("items");
  json.begin_array();
  for (const recorder::Entry& each : entries) write(json, each);
  json.end_array();
  json.end_object();
  return std::move(json).take();
}

std::string recording_policy_json(recorder::Mode mode, std::optional<base::UtcTime> until) {
  JsonWriter json;
  json.begin_object();
  json.member("record", recorder::to_string(mode));
  json.member("until", until);
  json.end_object();
  return std::move(json).take();
}

}  // namespace http
