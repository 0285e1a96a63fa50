#include "server/http/capture_json.hpp"

#include "server/base/json.hpp"

namespace http {
namespace {

using base::JsonWriter;
using base::unless_empty;

std::optional<std::uint32_t> unless_zero(std::uint32_t number) {
  return number == 0 ? std::nullopt : std::optional(number);
}

std::uint32_t percent_of(const storage::CapturePart& part) {
  constexpr std::uint32_t whole = 100;
  if (part.state == storage::CaptureState::stored) return whole;
  return part.state == storage::CaptureState::transferring ? part.percent : 0;
}

// Of the whole request, every part counting as much as its video is long.
std::uint32_t percent_of(const storage::CaptureRequest& request) {
  std::uint64_t weight = 0;
  std::uint64_t done = 0;
  for (const storage::CapturePart& part : request.parts) {
    const std::uint64_t own = std::max(part.duration_s, std::uint32_t{1});
    weight += own;
    done += own * percent_of(part);
  }
  return weight == 0 ? 0 : static_cast<std::uint32_t>(done / weight);
}

void write(JsonWriter& json, const storage::CapturePart& part) {
  json.begin_object();
  json.member("id", part.id.str());
  json.member("number", part.number);
  json.member("state", storage::to_string(part.state));
  json.member("percent", percent_of(part));
  json.member("attempts", part.attempts);
  json.member("from", part.from);
  json.member("duration_s", unless_zero(part.duration_s));
  json.member("command", part.command);
  json.member("reply", unless_empty(part.reply));
  json.member("reason", unless_empty(part.reason));
  json.member("sent_at", part.sent_at);
  json.member("replied_at", part.replied_at);
  json.member("updated_at", part.updated_at);
  json.key("files");
  json.begin_array();
  for (const storage::CaptureFile& file : part.files) {
    json.begin_object();
    json.member("camera", base::to_string(file.camera));
    json.member("media_id", file.media_id.is_nil() ? std::nullopt : std::optional(file.media_id.str()));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write(JsonWriter& json, const storage::CaptureRequest& request) {
  json.begin_object();
  json.member("id", request.id.str());
  json.member("imei", request.imei.str());
  json.member("kind", base::to_string(request.kind));
  json.member("from", request.from);
  json.member("duration_s", unless_zero(request.duration_s));
  json.member("channel", storage::to_string(request.channel));
  json.member("origin", unless_empty(request.origin));
  json.member("event_id", request.event_id.transform(&base::Uuid::str));
  json.member("created_at", request.created_at);
  json.member("deadline", request.deadline);
  json.member("state", storage::to_string(request.state));
  json.member("reason", unless_empty(request.reason));
  json.member("percent", percent_of(request));
  json.member("updated_at", request.updated_at);
  // Nothing on the wire says it: files are matched by device, camera, kind, trigger and time.
  json.member("matched_by", "inference");
  json.key("parts");
  json.begin_array();
  for (const storage::CapturePart& part : request.parts) write(json, part);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string capture_json(const storage::CaptureRequest& request) {
  JsonWriter json;
  write(json, request);
  return std::move(json).take();
}

std::string capture_page_json(std::span<const storage::CaptureRequest> items, std::string_view next_cursor) {
  JsonWriter json;
  json.begin_object();
  json.key("items");
  json.begin_array();
  for (const storage::CaptureRequest& request : items) write(json, request);
  json.end_array();
  json.member("next_cursor", unless_empty(next_cursor));
  json.end_object();
  return std::move(json).take();
}

}  // namespace http
