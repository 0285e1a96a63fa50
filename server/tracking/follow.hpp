// How a device is, followed from frame to frame, and the events that come of it. Pure.
#pragma once

#include <optional>
#include <vector>

#include "server/tracking/report.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

// What is known of a device.
struct Known {
  std::optional<storage::DeviceState> state;
  // Read from the catalog, and nothing was added since: what comes next may be here already, though its events may
  // not, because the server was killed between the two.
  bool just_read = true;
};

// Brings `known` up to what `report` says; true where the state is another one now. A camera state that begins is an
// event, and so is each SOS. Records that are older than what is known change nothing and are no event, except SOS:
// trackers send what they have kept after, and before, what is new.
bool follow(const Report& report, Known& known, std::vector<storage::DeviceEvent>& events);

}  // namespace tracking
