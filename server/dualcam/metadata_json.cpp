// The JSON metadata of protocol 6; the only file here that sees the JSON library.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "server/dualcam/metadata.hpp"

namespace dualcam::detail {

namespace {
using Json = nlohmann::json;

// A member that may be missing, null or of another type: all of these are "not said".
const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  const auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::optional<double> number(const Json& value, double lowest, double highest) {
  if (!value.is_number()) return std::nullopt;
  const double result = value.get<double>();
  if (!(result >= lowest && result <= highest)) return std::nullopt;
  return result;
}

std::optional<std::uint32_t> whole_number(const Json& value) {
  const auto result = number(value, 0, 1e9);
  if (!result) return std::nullopt;
  return static_cast<std::uint32_t>(*result);
}

// Numbers are taken as the numbers of camera META, words as they are.
std::string trigger_of(const Json& trigger) {
  const Json& type = member(trigger, "type");
  if (const auto value = whole_number(type)) return trigger_name(MetadataForm::dualcam, *value);
  return type.is_string() ? base::printable(base::as_bytes(type.get<std::string>()), 64) : std::string{};
}

std::optional<base::MediaKind> kind_of_type(const Json& type) {
  if (!type.is_string()) return std::nullopt;
  const auto word = type.get<std::string>();
  if (word == "video") return base::MediaKind::video;
  if (word == "photo" || word == "picture" || word == "image" || word == "snapshot") return base::MediaKind::photo;
  return std::nullopt;
}
constexpr std::size_t longest_name = 128;  // bytes; a person's name with room to spare

// The first `limit` bytes of valid UTF-8 at most, never with half a letter at the end.
std::string cut_utf8(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  text.resize(limit);
  return text;
}
}  // namespace

base::Result<Metadata> parse_metadata_json(base::ByteView bytes) {
  const Json document = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (!document.is_object())
    return base::fail(base::Errc::invalid,
                      fmt::format("The metadata is not a JSON object: {}", base::printable(bytes, 60)));
  Metadata metadata;
  const Json& file = member(document, "file");
  constexpr double latest_second = 1e11;  // the year 5138: beyond it the number is no time in seconds
  if (const auto seconds = number(member(file, "file_timestamp"), 0, latest_second))
    metadata.captured_ms = std::llround(*seconds * 1000);
  metadata.kind = kind_of_type(member(file, "file_type"));
  metadata.duration_s = whole_number(member(file, "duration"));
  metadata.frame_rate = whole_number(member(file, "framerate"));
  metadata.trigger = trigger_of(member(document, "fm_trigger"));
  metadata.events = trigger_of(member(document, "cam_trigger"));
  const Json& location = member(document, "location");
  const auto latitude = number(member(location, "latitude"), -90, 90);
  const auto longitude = number(member(location, "longitude"), -180, 180);
  if (latitude && longitude) set_position(metadata, *latitude, *longitude);
  if (const Json& name = member(document, "driver_name"); name.is_string())
    metadata.driver_name = cut_utf8(name.get<std::string>(), longest_name);
  return metadata;
}

}  // namespace dualcam::detail
