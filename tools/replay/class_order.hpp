// In which order a recorded server asked a camera for the classes of its files.
#pragma once

#include <vector>

#include "server/dualcam/session.hpp"
#include "tools/replay/server_frames.hpp"

namespace replay {

// Told by what was asked for while more was waiting; where nothing tells, photos first.
dualcam::ClassOrder class_order(const captures::Conversation& conversation);

}  // namespace replay
