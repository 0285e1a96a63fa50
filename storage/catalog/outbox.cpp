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
}  // namespace

Event media_stored_event(const Media& media) {
  Event event{base::Uuid::v7(media.received_at), media.imei, "media.stored", media.received_at, {}};
  base::JsonWriter json;
  json.begin_object();
  json.member("id", event.id.str());
  json.member("type", event.type);
  json.member("time", event.created_at);
  json.member("imei", event.imei.str());
  json.key("media");
  write(json, media);
  json.end_object();
  event.payload = std::move(json).take();
  return event;
}

}  // namespace storage
