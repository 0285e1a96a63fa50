#include "storage/catalog/outbox.hpp"

#include "server/base/json.hpp"

namespace storage {

namespace {
void write(base::JsonWriter& json, const Media& media) {
  using base::unless_empty;
  json.begin_object();
  json.member("id", media.id.str());
  json.member("imei", media.imei.str());
  json.member("camera", base::to_string(media.camera));
  json.member("kind", base::to_string(media.kind));
  json.member("captured_at", media.captured_at);
  json.member("received_at", media.received_at);
  json.member("triggered_at", media.triggered_at);
  json.member("trigger", unless_empty(media.trigger));
  json.member("duration_s", media.duration_s);
  json.member("latitude", media.latitude);
  json.member("longitude", media.longitude);
  json.member("size", media.size);
  json.member("sha256", media.sha256);
  json.member("content_type", media.content_type);
  json.member("defect", unless_empty(media.defect));
  json.member("request_id", unless_empty(media.request_id));
  json.end_object();
}

void write(base::JsonWriter& json, const Tombstone& file) {
  json.begin_object();
  json.member("id", file.id.str());
  json.member("imei", file.imei.str());
  json.member("camera", base::to_string(file.camera));
  json.member("kind", base::to_string(file.kind));
  json.member("captured_at", file.captured_at);
  json.member("received_at", file.received_at);
  json.member("size", file.size);
  json.member("sha256", file.sha256);
  json.end_object();
}

void write(base::JsonWriter& json, const Finding& finding) {
  json.begin_object();
  json.member("id", finding.media_id->str());
  json.member("imei", finding.imei->str());
  json.member("object", finding.object_key);
  json.end_object();
}

std::optional<std::uint64_t> unless_zero(std::uint64_t limit) {
  return limit == 0 ? std::nullopt : std::optional(limit);
}

void write(base::JsonWriter& json, const IntakeChange& change) {
  json.begin_object();
  json.member("state", base::to_string(change.to.state));
  json.member("was", base::to_string(change.from));
  json.member("since", change.to.since);
  json.member("reason", base::unless_empty(change.to.reason));
  json.member("files", change.files);
  json.member("bytes", change.bytes);
  json.member("files_limit", unless_zero(change.files_limit));
  json.member("bytes_limit", unless_zero(change.bytes_limit));
  json.member("window_s", std::chrono::duration<double>(change.window).count());
  json.end_object();
}

struct Playable {
  const base::Uuid& media_id;
  const std::vector<DerivedObject>& ready;
};

void write(base::JsonWriter& json, const Playable& playable) {
  json.begin_object();
  json.member("id", playable.media_id.str());
  json.key("ready");
  json.begin_array();
  for (const DerivedObject& each : playable.ready) json.value(base::to_string(each.derived));
  json.end_array();
  json.end_object();
}

void write(base::JsonWriter& json, const Place& place) {
  json.begin_object();
  json.member("latitude", place.latitude);
  json.member("longitude", place.longitude);
  json.member("altitude_m", place.altitude_m);
  json.member("angle_deg", place.angle_deg);
  json.member("satellites", place.satellites);
  json.member("speed_kmh", place.speed_kmh);
  json.end_object();
}

void write(base::JsonWriter& json, const DeviceEvent& event) {
  json.begin_object();
  json.member("id", event.id.str());
  json.member("kind", to_string(event.kind));
  json.member("at", event.at);
  json.member("received_at", event.received_at);
  json.member("value", event.value);
  json.member("name", event.name);
  json.key("place");
  if (event.place)
    write(json, *event.place);
  else
    json.value(std::nullopt);
  json.end_object();
}

struct CaptureChange {
  const CapturePart& part;
  std::optional<CaptureState> was;
};

void write(base::JsonWriter& json, const CaptureChange& change) {
  const CapturePart& part = change.part;
  const bool growing = part.state == CaptureState::transferring;
  json.begin_object();
  json.member("request_id", part.request_id.str());
  json.member("part", part.number);
  json.member("state", to_string(part.state));
  json.member("was", change.was.transform([](CaptureState state) { return to_string(state); }));
  json.member("reason", base::unless_empty(part.reason));
  json.member("percent", growing ? std::optional(part.percent) : std::nullopt);
  json.key("media_ids");
  json.begin_array();
  for (const CaptureFile& file : part.files)
    if (!file.media_id.is_nil()) json.value(file.media_id.str());
  json.end_array();
  json.end_object();
}

// {"id","type","time","imei",`name`:{…}}, and why where there is a reason.
template <class Content>
Event event_of(std::string_view type, const base::Imei& imei, base::UtcTime time, std::string_view name,
               const Content& content, std::string_view reason = {}) {
  Event event{base::Uuid::v7(time), imei, std::string(type), time, {}};
  base::JsonWriter json;
  json.begin_object();
  json.member("id", event.id.str());
  json.member("type", event.type);
  json.member("time", event.created_at);
  json.member("imei", event.imei.str());
  json.key(name);
  write(json, content);
  if (!reason.empty()) json.member("reason", reason);
  json.end_object();
  event.payload = std::move(json).take();
  return event;
}
}  // namespace

Event media_stored_event(const Media& media) {
  return event_of("media.stored", media.imei, media.received_at, "media", media);
}

Event media_deleted_event(const Tombstone& file) {
  return event_of("media.deleted", file.imei, file.deleted_at, "media", file, file.reason);
}

Event media_found_event(const Finding& finding) {
  const bool missing = finding.kind == FindingKind::missing;
  return event_of(missing ? "media.missing" : "media.damaged", *finding.imei, finding.first_seen, "media", finding,
                  finding.detail);
}

Event media_playable_event(const base::Uuid& media_id, const base::Imei& imei, const std::vector<DerivedObject>& ready,
                           base::UtcTime now) {
  return event_of("media.playable", imei, now, "media", Playable{media_id, ready});
}

Event device_intake_event(const IntakeChange& change) {
  return event_of("device.intake", change.imei, change.to.since.value_or(base::utc_now()), "intake", change);
}

Event device_event(const DeviceEvent& event) {
  return event_of("device.event", event.imei, event.received_at, "event", event);
}

Event capture_changed_event(const CapturePart& part, std::optional<CaptureState> was, base::UtcTime now) {
  return event_of("capture.changed", part.imei, now, "capture", CaptureChange{part, was});
}

base::Result<> sql::add_event(Connection& connection, const Event& event) {
  return connection.run("INSERT INTO outbox (id, imei, type, created_at, payload) VALUES ($1, $2, $3, $4, $5)",
                        event.id, event.imei.number(), event.type, event.created_at, event.payload);
}

}  // namespace storage
