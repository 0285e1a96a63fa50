// A camera of others as it is shown: plain values, text printable UTF-8, numbers that are unknown or not finite absent.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::station {

using CommandId = std::uint64_t;  // never used twice in a run; 0: none

// A camera that is a component of its own, or one of those behind a component.
struct Key {
  Address address;
  std::uint8_t device = 0;  // 1 to 6 behind an autopilot, else 0
  auto operator<=>(const Key&) const = default;
};
std::string to_string(const Key& key);               // "1/100", "1/1 camera 2"
base::Result<Key> parse_key(std::string_view text);  // of that. Errors: `invalid`, with the forms there are

// The camera number of a message counts only behind an autopilot; others fill it with anything.
Key key_of(Address from, std::uint8_t device) noexcept;

struct Information {
  std::string vendor, model;
  std::string firmware;                                            // "1.2.3.0", or empty
  std::optional<float> focal_length, sensor_width, sensor_height;  // mm
  std::uint32_t capabilities = 0;                                  // mavlink::capability
  std::uint16_t width = 0, height = 0;                             // pixels
  std::uint8_t lens = 0;
  std::string definition_uri;
  std::uint16_t definition_version = 0;
  std::uint8_t gimbal = 0;
  bool operator==(const Information&) const = default;
};

struct CurrentSettings {
  std::uint8_t mode = 0;             // mavlink::camera_mode
  std::optional<float> zoom, focus;  // %
  bool operator==(const CurrentSettings&) const = default;
};

struct Storage {
  std::uint8_t id = 0, count = 0;
  std::uint8_t status = 0, type = 0, usage = 0;  // mavlink::storage_status, storage_type, storage_usage
  std::string name;
  std::optional<float> total, used, available;   // MiB
  std::optional<float> read_speed, write_speed;  // MiB/s
  bool operator==(const Storage&) const = default;
};

struct CaptureStatus {
  std::uint8_t image_status = 0;  // mavlink::image_status
  bool recording = false;
  std::optional<float> interval;  // s
  std::uint32_t recording_ms = 0;
  std::optional<float> available;  // MiB
  std::int32_t image_count = 0;
  bool active() const noexcept { return image_status != 0 || recording; }
  bool operator==(const CaptureStatus&) const = default;
};

struct Stream {
  std::uint8_t id = 0, count = 0;
  std::uint8_t type = 0, encoding = 0;  // mavlink::stream_type, stream_encoding
  std::uint16_t flags = 0;              // mavlink::stream_flags
  std::string name, uri;
  std::optional<float> framerate;                               // Hz
  std::uint32_t bitrate = 0;                                    // bit/s
  std::uint16_t width = 0, height = 0, rotation = 0, hfov = 0;  // pixels, degrees
  bool operator==(const Stream&) const = default;
};

struct Image {
  std::int32_t index = 0;  // as the camera counts: not necessarily without gaps, possibly nonsense
  bool ok = false;         // the camera took it; some answer -1, not knowing, and took it
  std::optional<base::UtcTime> taken;
  std::int32_t latitude = 0, longitude = 0;          // degE7
  std::int32_t altitude = 0, relative_altitude = 0;  // mm
  std::string url;
};

struct ImageCounts {
  std::uint64_t told = 0;      // images that came out
  std::uint64_t repeated = 0;  // copies that did not
  std::uint64_t missing = 0;   // being asked for
  std::uint64_t given_up = 0;  // asked for in vain, or too many to ask for
};

struct UnderWay {
  CommandId id = 0;
  std::uint16_t command = 0;
  bool asked_by_us = false;              // a question of the station itself
  int sends = 0;                         // 0: it waits for its turn
  std::optional<std::uint8_t> progress;  // %, of one the camera is at
};

// A snapshot.
struct Camera {
  Key key;
  std::string name;  // "VENDOR MODEL", or what its address is
  bool present = false;
  bool identified = false;
  base::UtcTime since{};  // first met
  std::optional<base::UtcTime> last_heartbeat;
  std::optional<Information> information;
  std::optional<CurrentSettings> settings;
  std::optional<CaptureStatus> status;
  std::vector<Storage> storages;  // by id
  std::vector<Stream> streams;    // by id
  bool by_digicam = false;        // shots are DO_DIGICAM_CONTROL: it does not know IMAGE_START_CAPTURE
  std::uint32_t next_sequence = 0;
  ImageCounts images;
  std::vector<UnderWay> under_way;
};

Information known(const CameraInformation& from);
CurrentSettings known(const CameraSettings& from);
Storage known(const StorageInformation& from);
CaptureStatus known(const CameraCaptureStatus& from);
Stream known(const VideoStreamInformation& from);
Image known(const CameraImageCaptured& from);
void update(Stream& stream, const VideoStreamStatus& from);

}  // namespace mavlink::station
