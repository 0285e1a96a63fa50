// META: what a camera says of a file before it sends it. Four forms, chosen by how the file was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "server/dualcam/wire.hpp"

namespace dualcam {

enum class MetadataForm : std::uint8_t {
  dualcam,  // identifier files: 13, 14, 32 or 40 bytes, big endian
  adas,     // path files with "mdas9", protocol 5: 15 bytes
  dsm,      // path files with "dsm", protocol 5: 26 bytes
  json,     // protocol 6 and up: UTF-8 JSON
};

struct Metadata {
  std::optional<std::int64_t> captured_ms;   // unix; 0 was sent when there is no such file
  std::optional<std::int64_t> triggered_ms;  // dualcam v4
  std::string trigger;                       // "server_request", "crash", …; empty when not said
  std::optional<std::uint32_t> duration_s;
  std::optional<std::uint32_t> frame_rate;
  std::optional<std::int32_t> time_zone_minutes;
  std::optional<double> latitude;  // degrees; absent when out of range, not finite, or 0,0 (no fix)
  std::optional<double> longitude;
  std::string driver_name;
  std::string events;                   // dsm: "drowsiness,phone"; empty when none
  std::optional<base::MediaKind> kind;  // where the form says it
  std::optional<FileClass> file_class;  // dualcam: the type byte, where it is one of the four known
  std::uint8_t version = 0;             // dualcam; 0 elsewhere

  bool no_such_file() const noexcept { return captured_ms == 0; }
};

// Parses by length, the version is a minimum: what a short form lacks stays empty. Errors: `invalid`, with a sentence.
base::Result<Metadata> parse_metadata(MetadataForm form, base::ByteView bytes);

namespace detail {
base::Result<Metadata> parse_metadata_json(base::ByteView bytes);  // metadata_json.cpp
void set_position(Metadata& metadata, double latitude, double longitude);
}  // namespace detail

// Names of trigger numbers; "trigger_N" for one without a name.
std::string trigger_name(MetadataForm form, unsigned trigger);

// Shortest forms; a dualcam v1 META has 13 bytes, and some v2 firmware says 13 and sends 14 (see Session).
constexpr std::size_t meta_v1_size = 13;
constexpr std::size_t meta_v2_size = 14;
constexpr std::size_t meta_v3_size = 32;
constexpr std::size_t meta_v4_size = 40;
constexpr std::size_t meta_adas_size = 15;
constexpr std::size_t meta_dsm_size = 26;

// ---- Path files: what the path tells. The path is data from outside and never a file name here.
struct PathFacts {
  base::Camera camera = base::Camera::unknown;
  base::MediaKind kind = base::MediaKind::other;  // by extension
  bool dualcam_family = false;  // dualcam_front, dualcam_rear, dashcam: FILE REQ may want only 7 bytes of the path
};
PathFacts facts_of_path(std::string_view path) noexcept;
MetadataForm metadata_form_of_path(std::uint16_t protocol, std::string_view path) noexcept;
// A sentence on why a path is not acceptable (empty, ".." in it, NUL or control bytes inside), nothing when it is.
std::optional<std::string> path_objection(std::string_view path);

}  // namespace dualcam
