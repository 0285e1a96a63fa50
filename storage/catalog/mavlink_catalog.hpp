// What the MAVLink side of the relay keeps over restarts: the image logs of our cameras, and numbers that must not go
// back (timestamps of signatures, capture sequences). Rows of a node: nobody else writes them. Every call blocks: not
// for I/O threads. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"

namespace storage {

// One entry of a camera's image log, as CAMERA_IMAGE_CAPTURED tells it.
struct MavlinkImage {
  std::string camera;       // by its name in the configuration
  std::uint32_t index = 0;  // from 0, in the order of capture
  base::UtcTime at;
  std::uint32_t boot_ms = 0;
  std::int32_t latitude_e7 = 0;
  std::int32_t longitude_e7 = 0;
  std::int32_t altitude_mm = 0;
  std::int32_t relative_altitude_mm = 0;
  std::array<float, 4> orientation{1, 0, 0, 0};  // w x y z
  bool taken = true;                             // false: the capture failed
  std::string url;
  std::optional<base::Uuid> media_id;
  bool operator==(const MavlinkImage&) const = default;
};

struct MavlinkNumber {
  std::string name;
  std::int64_t value = 0;
  bool operator==(const MavlinkNumber&) const = default;
};

class MavlinkCatalog {
 public:
  // Of a camera's log the oldest beyond it go.
  static constexpr std::uint32_t most_images = 100'000;

  virtual ~MavlinkCatalog() = default;

  // One durable transaction. An index that is there already is written anew.
  virtual base::Result<> add_images(std::string_view node, std::span<const MavlinkImage> images) = 0;
  // Those from `first` to `last`, by index, at most `limit`.
  virtual base::Result<std::vector<MavlinkImage>> images(std::string_view node, std::string_view camera,
                                                         std::uint32_t first, std::uint32_t last,
                                                         std::uint32_t limit) = 0;
  virtual base::Result<std::uint32_t> image_count(std::string_view node, std::string_view camera) = 0;  // highest + 1
  virtual base::Result<> forget_images(std::string_view node, std::string_view camera) = 0;             // all of them

  virtual base::Result<std::vector<MavlinkNumber>> numbers(std::string_view node) = 0;  // by name
  virtual base::Result<> set_numbers(std::string_view node, std::span<const MavlinkNumber> numbers) = 0;
};

}  // namespace storage
