#include "server/base/media.hpp"

#include <array>
#include <utility>

namespace base {

namespace {
constexpr std::array<std::pair<Camera, std::string_view>, 7> cameras{{{Camera::front, "front"},
                                                                      {Camera::rear, "rear"},
                                                                      {Camera::adas, "adas"},
                                                                      {Camera::dsm, "dsm"},
                                                                      {Camera::dash, "dash"},
                                                                      {Camera::relay, "relay"},
                                                                      {Camera::unknown, "unknown"}}};
constexpr std::array<std::pair<MediaKind, std::string_view>, 3> kinds{
    {{MediaKind::photo, "photo"}, {MediaKind::video, "video"}, {MediaKind::other, "other"}}};
constexpr std::array<std::pair<Derived, std::string_view>, 4> derivations{{{Derived::playback, "playback"},
                                                                           {Derived::remux, "remux"},
                                                                           {Derived::thumbnail, "thumbnail"},
                                                                           {Derived::strip, "strip"}}};

constexpr bool is_video(Derived derived) noexcept {
  return derived == Derived::playback || derived == Derived::remux;
}

template <class Table, class Value>
std::string_view name_of(const Table& table, Value value) noexcept {
  for (const auto& [key, name] : table)
    if (key == value) return name;
  return "unknown";
}

template <class Value, class Table>
std::optional<Value> value_of(const Table& table, std::string_view text) noexcept {
  for (const auto& [key, name] : table)
    if (name == text) return key;
  return std::nullopt;
}
}  // namespace

std::string_view to_string(Camera camera) noexcept {
  return name_of(cameras, camera);
}
std::string_view to_string(MediaKind kind) noexcept {
  return name_of(kinds, kind);
}
std::string_view to_string(Derived derived) noexcept {
  return name_of(derivations, derived);
}
std::optional<Camera> parse_camera(std::string_view text) noexcept {
  return value_of<Camera>(cameras, text);
}
std::optional<MediaKind> parse_media_kind(std::string_view text) noexcept {
  return value_of<MediaKind>(kinds, text);
}
std::optional<Derived> parse_derived(std::string_view text) noexcept {
  return value_of<Derived>(derivations, text);
}
std::string_view content_type(Derived derived) noexcept {
  return is_video(derived) ? "video/mp4" : "image/jpeg";
}
std::string_view extension(Derived derived) noexcept {
  return is_video(derived) ? "mp4" : "jpg";
}

}  // namespace base
