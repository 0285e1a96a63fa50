// What stands beside a file.
#include "server/base/json.hpp"
#include "server/dualcam/metadata.hpp"
#include "storage/files/sha256.hpp"
#include "storage/formats/format.hpp"
#include "tools/capture/extract.hpp"

namespace captures {

namespace {
using dualcam::FileClass;

base::UtcTime utc(Time time) {
  return std::chrono::floor<base::UtcTime::duration>(time);
}

// Without the NUL that ends it.
std::string path_of(const CameraFile& file) {
  base::ByteView path(file.path);
  if (!path.empty() && path.back() == 0) path = path.first(path.size() - 1);
  return std::string(base::as_text(path));
}

dualcam::MetadataForm form_of(const CameraFile& file) {
  if (file.file_class == FileClass::path) return dualcam::metadata_form_of_path(file.protocol, path_of(file));
  return file.protocol >= dualcam::first_enhanced_protocol ? dualcam::MetadataForm::json
                                                           : dualcam::MetadataForm::dualcam;
}

std::optional<base::UtcTime> moment(const std::optional<std::int64_t>& unix_ms) {
  if (!unix_ms) return std::nullopt;
  return base::UtcTime{std::chrono::milliseconds{*unix_ms}};
}

template <class Text>
void said(base::JsonWriter& json, std::string_view name, const Text& text) {
  if (!text.empty()) json.member(name, base::printable(base::as_bytes(text), text.size() * 4));
}

void write_metadata(base::JsonWriter& json, const CameraFile& file) {
  json.member("metadata_bytes", base::to_hex(file.raw_metadata));
  const auto parsed = dualcam::parse_metadata(form_of(file), file.raw_metadata);
  if (!parsed) return json.member("metadata_problem", parsed.error().message);
  json.key("metadata");
  json.begin_object();
  json.member("captured", moment(parsed->captured_ms));
  if (parsed->triggered_ms) json.member("triggered", moment(parsed->triggered_ms));
  said(json, "trigger", parsed->trigger);
  if (parsed->duration_s) json.member("seconds", *parsed->duration_s);
  if (parsed->frame_rate) json.member("frame_rate", *parsed->frame_rate);
  if (parsed->time_zone_minutes) json.member("time_zone_minutes", *parsed->time_zone_minutes);
  if (parsed->latitude) json.member("latitude", *parsed->latitude);
  if (parsed->longitude) json.member("longitude", *parsed->longitude);
  said(json, "driver_name", parsed->driver_name);
  said(json, "events", parsed->events);
  json.end_object();
}

void write_sessions(base::JsonWriter& json, const Capture& capture, const CameraFile& file) {
  json.key("sessions");
  json.begin_array();
  for (const std::size_t index : file.conversations) {
    if (index >= capture.conversations.size()) continue;
    const Conversation& conversation = capture.conversations[index];
    json.begin_object();
    json.member("capture", conversation.file);
    json.member("device", pcapng::to_string(conversation.device));
    json.member("server", pcapng::to_string(conversation.server));
    json.member("begun", utc(conversation.events.front().time));
    json.member("missing_bytes", conversation.damage.missing_bytes);
    json.end_object();
  }
  json.end_array();
}

void write_missing(base::JsonWriter& json, const CameraFile& file) {
  json.key("missing");
  json.begin_array();
  for (const Range& range : file.missing) {
    json.begin_array();
    json.value(range.begin);
    json.value(range.end);
    json.end_array();
  }
  json.end_array();
}
}  // namespace

base::Result<std::string> describe(const Capture& capture, const CameraFile& file, std::string_view name) {
  storage::Sha256 digest;
  digest.feed(file.bytes);
  const auto sha256 = digest.hex();
  if (!sha256) return std::unexpected(sha256.error());
  base::JsonWriter json;
  json.begin_object();
  json.member("name", name);
  json.member("complete", file.complete());
  json.member("imei", file.imei.str());
  json.member("class", to_string(file.file_class));
  json.member("protocol", file.protocol);
  said(json, "path", path_of(file));
  const storage::Format format = storage::sniff(file.bytes);
  json.member("content_type", storage::content_type(format));
  if (file.complete()) {
    storage::FormatCheck check;
    check.feed(file.bytes);
    if (const auto verdict = check.finish(); verdict.defect) json.member("defect", *verdict.defect);
  }
  json.member("size", file.size);
  json.member("announced", file.start.size);
  json.member("announced_in", file.in_packets ? "packets" : "bytes");
  json.member("sha256", *sha256);
  json.member("begun", utc(file.begun));
  json.member("ended", utc(file.ended));
  json.member("acknowledged", file.acknowledged);
  json.member("bad_crcs", file.bad_crcs);
  write_missing(json, file);
  if (file.has_metadata) write_metadata(json, file);
  write_sessions(json, capture, file);
  json.end_object();
  return std::move(json).take() + "\n";
}

}  // namespace captures
