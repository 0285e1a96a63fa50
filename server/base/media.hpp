// What a file is, in the words the catalog, the API and the protocol share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

enum class Camera : std::uint8_t { front, rear, adas, dsm, dash, unknown };
enum class MediaKind : std::uint8_t { photo, video, other };

std::string_view to_string(Camera camera) noexcept;
std::string_view to_string(MediaKind kind) noexcept;
std::optional<Camera> parse_camera(std::string_view text) noexcept;
std::optional<MediaKind> parse_media_kind(std::string_view text) noexcept;

}  // namespace base
