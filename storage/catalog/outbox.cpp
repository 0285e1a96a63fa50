#include "storage/catalog/outbox.hpp"

#include <nlohmann/json.hpp>

namespace storage {

namespace {
using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<base::UtcTime>& time) {
  return time ? Json(base::to_iso8601(*time)) : Json(nullptr);
}

template <class T>
Json value_or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json media_item(const Media& media) {
  return {{"id", media.id.str()},
          {"imei", media.imei.str()},
          {"camera", base::to_string(media.camera)},
          {"kind", base::to_string(media.kind)},
          {"captured_at", time_or_null(media.captured_at)},
          {"received_at", base::to_iso8601(media.received_at)},
          {"triggered_at", time_or_null(media.triggered_at)},
          {"trigger", text_or_null(media.trigger)},
          {"duration_s", value_or_null(media.duration_s)},
          {"latitude", value_or_null(media.latitude)},
          {"longitude", value_or_null(media.longitude)},
          {"size", media.size},
          {"sha256", media.sha256},
          {"content_type", media.content_type},
          {"defect", text_or_null(media.defect)},
          {"request_id", text_or_null(media.request_id)}};
}
}  // namespace

Event media_stored_event(const Media& media) {
  Event event{base::Uuid::v7(media.received_at), media.imei, "media.stored", media.received_at, {}};
  const Json json = {{"id", event.id.str()},
                     {"type", event.type},
                     {"time", base::to_iso8601(event.created_at)},
                     {"imei", event.imei.str()},
                     {"media", media_item(media)}};
  // Device text need not be UTF-8; an event must be.
  event.payload = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return event;
}

}  // namespace storage
