#include "server/dualcam/metadata.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace dualcam {

using base::ByteView;
using base::load_be;
using base::Result;

namespace {
constexpr std::array<std::string_view, 12> dualcam_triggers{"server_request", "din1",     "din2",     "crash",
                                                            "towing",         "idling",   "geofence", "unplug",
                                                            "green_driving",  "periodic", "din3",     "din4"};
constexpr std::array<std::string_view, 11> adas_triggers{"server_request", "din1",   "din2",         "din3",
                                                         "din4",           "crash",  "towing",       "idling",
                                                         "geofence",       "unplug", "green_driving"};
// 1 to 10 are not documented for DSM; its other form, ADAS, shares the rest of the layout and these numbers.
constexpr std::array<std::string_view, 15> dsm_triggers{
    "none",     "din1",   "din2",          "din3",           "din4",     "crash",     "towing",    "idling",
    "geofence", "unplug", "green_driving", "server_request", "periodic", "dsm_event", "retransmit"};
constexpr std::array<std::string_view, 9> dsm_events{"drowsiness",    "distraction", "yawning", "phone",   "smoking",
                                                     "driver_absent", "mask",        "belt",    "g_sensor"};

std::int64_t load_ms(const std::uint8_t* at) noexcept {
  return static_cast<std::int64_t>(load_be<std::uint64_t>(at));
}
double load_double(const std::uint8_t* at) noexcept {
  return std::bit_cast<double>(load_be<std::uint64_t>(at));
}

std::unexpected<base::Error> too_short(std::string_view form, std::size_t size, std::size_t needed) {
  return base::fail(base::Errc::invalid,
                    fmt::format("The {} metadata has {} bytes, at least {} are needed.", form, size, needed));
}

// The same in every version.
std::optional<FileClass> class_of_type(std::uint8_t type) noexcept {
  switch (type) {
    case 0x04: return FileClass::photo_front;
    case 0x08: return FileClass::photo_rear;
    case 0x10: return FileClass::video_front;
    case 0x20: return FileClass::video_rear;
    default: return std::nullopt;
  }
}

Result<Metadata> parse_dualcam(ByteView bytes) {
  if (bytes.size() < meta_v1_size) return too_short("camera", bytes.size(), meta_v1_size);
  const std::uint8_t* at = bytes.data();
  Metadata metadata;
  metadata.version = at[0];
  metadata.file_class = class_of_type(at[1]);
  metadata.captured_ms = load_ms(at + 2);
  metadata.trigger = trigger_name(MetadataForm::dualcam, at[10]);
  metadata.duration_s = load_be<std::uint16_t>(at + 11);
  if (bytes.size() >= meta_v2_size) metadata.frame_rate = at[13];
  if (bytes.size() >= meta_v3_size) {
    metadata.time_zone_minutes = static_cast<std::int16_t>(load_be<std::uint16_t>(at + 14));
    detail::set_position(metadata, load_double(at + 16), load_double(at + 24));
  }
  if (bytes.size() >= meta_v4_size) metadata.triggered_ms = load_ms(at + 32);
  return metadata;
}

// The 14 bytes ADAS and DSM share.
Metadata parse_path_common(MetadataForm form, const std::uint8_t* at) {
  Metadata metadata;
  metadata.captured_ms = std::int64_t{load_be<std::uint32_t>(at)} * 1000;
  metadata.kind = at[4] == 0 ? base::MediaKind::video : base::MediaKind::photo;
  if (at[4] > 2) metadata.kind.reset();  // 3 = retransmitted, of either kind
  metadata.trigger = trigger_name(form, at[5]);
  constexpr double degree = 1e6;
  detail::set_position(metadata, static_cast<std::int32_t>(load_be<std::uint32_t>(at + 6)) / degree,
                       static_cast<std::int32_t>(load_be<std::uint32_t>(at + 10)) / degree);
  return metadata;
}

Result<Metadata> parse_adas(ByteView bytes) {
  if (bytes.size() < meta_adas_size) return too_short("ADAS", bytes.size(), meta_adas_size);
  Metadata metadata = parse_path_common(MetadataForm::adas, bytes.data());
  metadata.duration_s = bytes[14];
  return metadata;
}

// Ten bytes, reversed, padded with NUL or spaces; a byte above 127 means that no name is set.
std::string reversed_name(ByteView bytes) {
  std::string name;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (bytes[i] > 127) return {};
    if (bytes[i] >= 0x20) name += static_cast<char>(bytes[i]);
  }
  const auto first = name.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

Result<Metadata> parse_dsm(ByteView bytes) {
  if (bytes.size() < meta_dsm_size) return too_short("DSM", bytes.size(), meta_dsm_size);
  Metadata metadata = parse_path_common(MetadataForm::dsm, bytes.data());
  const unsigned bits = load_be<std::uint16_t>(bytes.data() + 14);
  for (std::size_t bit = 0; bit < dsm_events.size(); ++bit) {
    if ((bits >> bit & 1U) == 0) continue;
    if (!metadata.events.empty()) metadata.events += ',';
    metadata.events += dsm_events[bit];
  }
  metadata.driver_name = reversed_name(bytes.subspan(16, 10));
  return metadata;
}

bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}

std::string lower_extension(std::string_view path) {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos) return {};
  std::string extension{path.substr(dot + 1)};
  std::ranges::transform(extension, extension.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 'a' - 'A') : c; });
  return extension;
}

base::MediaKind kind_of_extension(std::string_view path) {
  static constexpr std::array<std::string_view, 3> photos{"jpg", "jpeg", "png"};
  static constexpr std::array<std::string_view, 7> videos{"mp4", "h265", "h264", "265", "264", "ts", "avi"};
  const std::string extension = lower_extension(path);
  if (std::ranges::find(photos, extension) != photos.end()) return base::MediaKind::photo;
  if (std::ranges::find(videos, extension) != videos.end()) return base::MediaKind::video;
  return base::MediaKind::other;
}

struct PathRow {
  std::string_view part;
  base::Camera camera;
  bool dualcam_family;
};
constexpr std::array<PathRow, 5> path_rows{{{"dualcam_front", base::Camera::front, true},
                                            {"dualcam_rear", base::Camera::rear, true},
                                            {"dashcam", base::Camera::dash, true},
                                            {"mdas9", base::Camera::adas, false},
                                            {"dsm", base::Camera::dsm, false}}};
}  // namespace

namespace detail {
void set_position(Metadata& metadata, double latitude, double longitude) {
  if (!std::isfinite(latitude) || !std::isfinite(longitude)) return;
  if (std::abs(latitude) > 90 || std::abs(longitude) > 180) return;
  if (latitude == 0 && longitude == 0) return;
  metadata.latitude = latitude;
  metadata.longitude = longitude;
}
}  // namespace detail

std::string trigger_name(MetadataForm form, unsigned trigger) {
  std::span<const std::string_view> names = dualcam_triggers;
  if (form == MetadataForm::adas) names = adas_triggers;
  if (form == MetadataForm::dsm) names = dsm_triggers;
  return trigger < names.size() ? std::string(names[trigger]) : fmt::format("trigger_{}", trigger);
}

Result<Metadata> parse_metadata(MetadataForm form, ByteView bytes) {
  switch (form) {
    case MetadataForm::dualcam: return parse_dualcam(bytes);
    case MetadataForm::adas: return parse_adas(bytes);
    case MetadataForm::dsm: return parse_dsm(bytes);
    case MetadataForm::json: break;
  }
  return detail::parse_metadata_json(bytes);
}

PathFacts facts_of_path(std::string_view path) noexcept {
  PathFacts facts;
  facts.kind = kind_of_extension(path);
  for (const PathRow& row : path_rows) {
    if (!contains(path, row.part)) continue;
    facts.camera = row.camera;
    facts.dualcam_family = row.dualcam_family;
    break;
  }
  return facts;
}

MetadataForm metadata_form_of_path(std::uint16_t protocol, std::string_view path) noexcept {
  if (protocol >= first_enhanced_protocol) return MetadataForm::json;
  return facts_of_path(path).camera == base::Camera::dsm ? MetadataForm::dsm : MetadataForm::adas;
}

std::optional<std::string> path_objection(std::string_view path) {
  if (path.empty()) return "the path is empty";
  if (path.size() > max_path_length)
    return fmt::format("the path has {} bytes, {} are allowed", path.size(), max_path_length);
  if (path.find('\0') != std::string_view::npos) return "the path has a NUL inside";
  if (std::ranges::any_of(path, [](char c) { return c < 0x20 || c > 0x7e; }))
    return "the path has bytes that are not printable ASCII";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find_first_of("/\\", begin), path.size());
    if (path.substr(begin, end - begin) == "..") return "the path climbs out of its folder with \"..\"";
    begin = end + 1;
  }
  return std::nullopt;
}

}  // namespace dualcam
