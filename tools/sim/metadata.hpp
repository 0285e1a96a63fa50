// Metadata as cameras send it (body of a META frame): the binary versions 1 to 4, ADAS, DSM and the JSON of protocol 6.
// Encoders written apart from the server's decoders, so that one mistake cannot hide in both.
#pragma once

#include <cstdint>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/media.hpp"
#include "server/dualcam/wire.hpp"

namespace sim {

struct Metadata {
  base::Camera camera = base::Camera::front;
  base::MediaKind kind = base::MediaKind::photo;
  std::int64_t captured_ms = 0;  // unix time; 0 says that there is no such file
  std::int64_t trigger_ms = 0;   // unix time, version 4 only
  std::uint8_t trigger = 0;      // numbering differs between the camera families
  std::uint16_t seconds = 0;     // 0 for a photo
  std::uint8_t frame_rate = 0;   // 0 for a photo
  std::int16_t zone_minutes = 0;
  double latitude = 0;
  double longitude = 0;
  std::uint16_t driver_events = 0;  // DSM only, bits
  std::string driver_name;          // DSM and protocol 6; at most 10 characters in DSM
};

// version 1..4: 13, 14, 32 or 40 bytes.
base::Bytes encode_metadata(const Metadata& metadata, int version);
base::Bytes encode_adas_metadata(const Metadata& metadata);  // 15 bytes
base::Bytes encode_dsm_metadata(const Metadata& metadata);   // 26 bytes
std::string encode_json_metadata(const Metadata& metadata);

}  // namespace sim
