// What the API says of devices' places, states and events.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/tracking/track.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace base {
class JsonWriter;
}

namespace http {

// Of one device, more than the list says.
struct DeviceDetails {
  storage::Device device;
  std::optional<storage::DeviceState> state = std::nullopt;
  std::optional<storage::TrackerLink> link = std::nullopt;
  std::string capture_profile{};
};
std::string device_details_json(const DeviceDetails& details);
void write_members(base::JsonWriter& json, const storage::Device& device);  // json.cpp

std::string track_json(const tracking::Track& track);  // {"items":[…],"complete":…}
std::string device_event_json(const storage::DeviceEvent& event);
std::string device_event_page_json(std::span<const storage::DeviceEvent> items, std::string_view next_cursor);

}  // namespace http
