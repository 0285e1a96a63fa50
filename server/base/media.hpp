// What a file is, in the words the catalog, the API and the protocol share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

enum class Camera : std::uint8_t {
  front,
  rear,
  adas,
  dsm,
  dash,
  relay,    // no camera of a vehicle: one that the relay records (see relay_device.hpp)
  unknown,  // the last one
};
enum class MediaKind : std::uint8_t { photo, video, other };
// What is made of a stored file, for people to look at. The file itself is never touched.
enum class Derived : std::uint8_t {
  playback,   // MP4, H.264 and AAC: every browser
  remux,      // MP4, the camera's own pictures (HEVC as hvc1) and AAC: no quality lost, no time taken
  thumbnail,  // JPEG, one picture
  strip,      // JPEG, five pictures of a video beside each other
};

std::string_view to_string(Camera camera) noexcept;
std::string_view to_string(MediaKind kind) noexcept;
std::string_view to_string(Derived derived) noexcept;
std::optional<Camera> parse_camera(std::string_view text) noexcept;
std::optional<MediaKind> parse_media_kind(std::string_view text) noexcept;
std::optional<Derived> parse_derived(std::string_view text) noexcept;
std::string_view content_type(Derived derived) noexcept;  // "video/mp4", "image/jpeg"
std::string_view extension(Derived derived) noexcept;     // "mp4", "jpg"

}  // namespace base
