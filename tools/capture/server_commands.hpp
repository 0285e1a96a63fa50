// What the server said to a camera in a conversation.
#pragma once

#include <vector>

#include "server/base/bytes.hpp"
#include "server/dualcam/wire.hpp"
#include "tools/capture/conversation.hpp"

namespace captures {

struct ServerCommand {
  dualcam::Command command{};
  base::ByteView body;    // borrowed from the conversation
  std::size_t event = 0;  // with which it was whole
};

// In order. Behind bytes that are missing, or make no sense, the next one begins with the next segment: a server
// sends whole frames.
std::vector<ServerCommand> server_commands(const Conversation& conversation);

}  // namespace captures
