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

// What every event begins with, the media item, and why where there is a reason.
template <class Item>
Event event_of(const base::Imei& imei, std::string type, base::UtcTime time, const Item& item,
               std::string_view reason) {
  Event event{base::Uuid::v7(time), imei, std::move(type), time, {}};
  base::JsonWriter json;
  json.begin_object();
  json.member("id", event.id.str());
  json.member("type", event.type);
  json.member("time", event.created_at);
  json.member("imei", event.imei.str());
  json.key("media");
  write(json, item);
  if (!reason.empty()) json.member("reason", reason);
  json.end_object();
  event.payload = std::move(json).take();
  return event;
}
}  // namespace

Event media_stored_event(const Media& media) {
  return event_of(media.imei, "media.stored", media.received_at, media, {});
}

Event media_deleted_event(const Tombstone& file) {
  return event_of(file.imei, "media.deleted", file.deleted_at, file, file.reason);
}

Event media_found_event(const Finding& finding) {
  const bool missing = finding.kind == FindingKind::missing;
  return event_of(*finding.imei, missing ? "media.missing" : "media.damaged", finding.first_seen, finding,
                  finding.detail);
}

base::Result<> sql::add_event(Connection& connection, const Event& event) {
  return connection.run("INSERT INTO outbox (id, imei, type, created_at, payload) VALUES ($1, $2, $3, $4, $5)",
                        event.id, event.imei.number(), event.type, event.created_at, event.payload);
}

}  // namespace storage
