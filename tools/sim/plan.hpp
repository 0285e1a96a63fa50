// Which files a camera has on its card: made-up captures with times, places and paths, all from one seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/sim/camera.hpp"
#include "tools/sim/capture_command.hpp"
#include "tools/sim/files.hpp"

namespace sim {

struct PlanOptions {
  unsigned photos = 2;
  unsigned videos = 1;
  std::uint64_t seed = 1;
  std::int64_t first_capture_ms = 0;    // unix time of the first capture
  std::optional<std::uint8_t> trigger;  // of every capture; else by dice
};

// Photos first, front and rear in turn. With user files in `maker` one capture of each of them instead.
std::vector<FileSpec> plan_files(const PlanOptions& plan, const CameraOptions& camera, const FileMaker& maker);

// The capture of one side that a camera request orders; its number is the camera's next.
FileSpec ordered_file(const PlanOptions& plan, const CameraOptions& camera, const CaptureOrder& order,
                      base::Camera side, std::uint32_t number);

// The capture that takes the place of an unfinished one: same kind and camera, later, other bytes.
FileSpec newer_capture(const FileSpec& old, std::uint32_t number);

// Paths the vendor's server asks for by their first 7 bytes: those of DualCam and DashCam.
bool has_camera_prefix(std::string_view path) noexcept;

}  // namespace sim
