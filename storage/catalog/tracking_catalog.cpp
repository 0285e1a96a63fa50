#include "storage/catalog/tracking_catalog.hpp"

#include <array>
#include <utility>

#include "storage/catalog/names.hpp"

namespace storage {

namespace {
constexpr std::array<std::pair<DeviceEventKind, std::string_view>, 3> kinds{
    {{DeviceEventKind::sos, "sos"},
     {DeviceEventKind::front_camera, "front_camera"},
     {DeviceEventKind::rear_camera, "rear_camera"}}};
}  // namespace

std::string_view to_string(DeviceEventKind kind) noexcept {
  return name_of(kinds, kind);
}
std::optional<DeviceEventKind> parse_device_event_kind(std::string_view text) noexcept {
  return value_of<DeviceEventKind>(kinds, text);
}

}  // namespace storage
