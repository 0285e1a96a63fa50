#include "tools/sim/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace sim {

namespace {
template <class T>
void put(base::Bytes& out, T value) {
  out.resize(out.size() + sizeof value);
  base::store_be(out.data() + out.size() - sizeof value, value);
}

std::uint8_t type_byte(const Metadata& metadata) {
  const bool rear = metadata.camera == base::Camera::rear;
  if (metadata.kind == base::MediaKind::video) return rear ? 0x20 : 0x10;
  return rear ? 0x08 : 0x04;
}

// The 14 bytes ADAS and DSM share.
base::Bytes encode_common(const Metadata& metadata) {
  constexpr double micro_degrees = 1e6;
  const auto fixed = [](double degrees) {
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(std::lround(degrees * micro_degrees)));
  };
  base::Bytes out;
  put(out, static_cast<std::uint32_t>(metadata.captured_ms / 1000));
  put(out, static_cast<std::uint8_t>(metadata.kind == base::MediaKind::video ? 0 : 1));
  put(out, metadata.trigger);
  put(out, fixed(metadata.latitude));
  put(out, fixed(metadata.longitude));
  return out;
}
}  // namespace

base::Bytes encode_metadata(const Metadata& metadata, int version) {
  base::Bytes out;
  put(out, static_cast<std::uint8_t>(version));
  put(out, type_byte(metadata));
  put(out, static_cast<std::uint64_t>(metadata.captured_ms));
  put(out, metadata.trigger);
  put(out, metadata.seconds);
  if (version >= 2) put(out, metadata.frame_rate);
  if (version >= 3) {
    put(out, static_cast<std::uint16_t>(metadata.zone_minutes));
    put(out, std::bit_cast<std::uint64_t>(metadata.latitude));
    put(out, std::bit_cast<std::uint64_t>(metadata.longitude));
  }
  if (version >= 4) put(out, static_cast<std::uint64_t>(metadata.trigger_ms));
  return out;
}

base::Bytes encode_adas_metadata(const Metadata& metadata) {
  base::Bytes out = encode_common(metadata);
  put(out, static_cast<std::uint8_t>(std::min<std::uint16_t>(metadata.seconds, 0xff)));
  return out;
}

base::Bytes encode_dsm_metadata(const Metadata& metadata) {
  constexpr std::size_t name_size = 10;
  constexpr std::uint8_t no_name = 0xff;  // bytes above 127 say that there is no name
  base::Bytes out = encode_common(metadata);
  put(out, metadata.driver_events);
  base::Bytes name(name_size, metadata.driver_name.empty() ? no_name : std::uint8_t{0});
  std::copy_n(metadata.driver_name.begin(), std::min(name_size, metadata.driver_name.size()), name.begin());
  out.insert(out.end(), name.rbegin(), name.rend());  // the name goes last byte first
  return out;
}

std::string encode_json_metadata(const Metadata& metadata) {
  const bool video = metadata.kind == base::MediaKind::video;
  return fmt::format(R"({{"version":1,"file":{{"file_type":"{}","file_timestamp":{},"duration":{},"framerate":{}}},)"
                     R"("fm_trigger":{{"type":{}}},"cam_trigger":{{"type":0}},)"
                     R"("location":{{"latitude":{:.6f},"longitude":{:.6f}}},"driver_name":"{}"}})",
                     video ? "video" : "photo", metadata.captured_ms / 1000, metadata.seconds, metadata.frame_rate,
                     metadata.trigger, metadata.latitude, metadata.longitude, metadata.driver_name);
}

}  // namespace sim
