// Which devices a capture holds, and what each of them does.
#pragma once

#include <string>
#include <vector>

#include "tools/replay/device.hpp"

namespace replay {

struct Plans {
  std::vector<DevicePlan> devices;      // by their first event
  std::vector<std::string> unplayable;  // conversations that no device can be made of, and why
  captures::Time begun{};               // of the first event of all
};

// `capture` and `files` are borrowed; `conversations` are indices into the capture, ascending. Those of one device over
// the same transport belong together; datagrams of the relay are one device without a name.
Plans make_plans(const captures::Capture& capture, const std::vector<captures::CameraFile>& files,
                 const std::vector<std::size_t>& conversations);

}  // namespace replay
