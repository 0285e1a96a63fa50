#include "server/http/tracking_json.hpp"

#include <cmath>

#include "server/avl/record.hpp"
#include "server/base/json.hpp"

namespace http {
namespace {

using base::JsonWriter;
using base::unless_empty;

// Seven digits behind the point, as trackers have them: some centimetres.
double rounded(double degrees) {
  constexpr double digits = 1e7;
  return std::round(degrees * digits) / digits;
}

void write_members(JsonWriter& json, const std::optional<storage::Place>& place) {
  const auto known = [&](auto read) { return place ? std::optional(read(*place)) : std::nullopt; };
  json.member("latitude", known([](const storage::Place& at) { return rounded(at.latitude); }));
  json.member("longitude", known([](const storage::Place& at) { return rounded(at.longitude); }));
  json.member("altitude_m", known([](const storage::Place& at) { return at.altitude_m; }));
  json.member("angle_deg", known([](const storage::Place& at) { return at.angle_deg; }));
  json.member("satellites", known([](const storage::Place& at) { return at.satellites; }));
  json.member("speed_kmh", known([](const storage::Place& at) { return at.speed_kmh; }));
}

void write_camera(JsonWriter& json, std::string_view name, const std::optional<storage::Lasting>& camera) {
  json.key(name);
  if (!camera) return json.value(std::nullopt);
  json.begin_object();
  json.member("state", avl::camera_state_name(camera->value));
  json.member("value", camera->value);
  json.member("since", camera->since);
  json.end_object();
}

void write(JsonWriter& json, const std::optional<storage::DeviceState>& state) {
  if (!state) return json.value(std::nullopt);
  json.begin_object();
  json.member("recorded_at", state->recorded_at);
  json.member("received_at", state->received_at);
  json.key("place");
  if (state->place) {
    json.begin_object();
    json.member("at", state->place_at);
    write_members(json, state->place);
    json.end_object();
  } else {
    json.value(std::nullopt);
  }
  json.key("ignition");
  if (state->ignition) {
    json.begin_object();
    json.member("on", state->ignition->value != 0);
    json.member("since", state->ignition->since);
    json.end_object();
  } else {
    json.value(std::nullopt);
  }
  write_camera(json, "front_camera", state->front_camera);
  write_camera(json, "rear_camera", state->rear_camera);
  json.end_object();
}

void write(JsonWriter& json, const std::optional<storage::TrackerLink>& link) {
  if (!link) return json.value(std::nullopt);
  json.begin_object();
  json.member("node", link->node);
  json.member("session", link->session);
  json.member("peer", link->peer);
  json.member("since", link->since);
  json.end_object();
}

void write(JsonWriter& json, const storage::DeviceEvent& event) {
  json.begin_object();
  json.member("id", event.id.str());
  json.member("imei", event.imei.str());
  json.member("kind", storage::to_string(event.kind));
  json.member("at", event.at);
  json.member("received_at", event.received_at);
  json.member("value", event.value);
  json.member("name", unless_empty(event.name));
  write_members(json, event.place);
  json.end_object();
}

}  // namespace

std::string device_details_json(const DeviceDetails& details) {
  JsonWriter json;
  json.begin_object();
  write_members(json, details.device);
  json.member("capture_profile", details.capture_profile);
  json.key("link");
  write(json, details.link);
  json.key("state");
  write(json, details.state);
  json.end_object();
  return std::move(json).take();
}

std::string track_json(const tracking::Track& track) {
  JsonWriter json;
  json.begin_object();
  json.key("items");
  json.begin_array();
  for (const tracking::TrackPoint& point : track.points) {
    json.begin_object();
    json.member("at", point.at);
    write_members(json, point.place);
    json.member("ignition", point.ignition);
    json.member("event_id", point.event_id);
    json.end_object();
  }
  json.end_array();
  json.member("complete", track.complete);
  json.end_object();
  return std::move(json).take();
}

std::string device_event_json(const storage::DeviceEvent& event) {
  JsonWriter json;
  write(json, event);
  return std::move(json).take();
}

std::string device_event_page_json(std::span<const storage::DeviceEvent> items, std::string_view next_cursor) {
  JsonWriter json;
  json.begin_object();
  json.key("items");
  json.begin_array();
  for (const storage::DeviceEvent& event : items) write(json, event);
  json.end_array();
  json.member("next_cursor", unless_empty(next_cursor));
  json.end_object();
  return std::move(json).take();
}

}  // namespace http
