// What a server said in a conversation, frame by frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/dualcam/wire.hpp"
#include "tools/capture/conversation.hpp"

namespace replay {

// Of the frame at the front, whole or not; 0: more bytes are needed to tell. Bytes that no server says count as one
// frame up to the end of `front`.
std::size_t camera_frame_size(base::ByteView front);
// A tracker's server says 01 or 00 to a login, four bytes to records, and commands in frames. `first`: nothing was said
// before.
std::size_t tracker_frame_size(base::ByteView front, bool first);

struct ServerFrame {
  captures::Time time;
  std::size_t event = 0;  // of the conversation, that brought its last byte
  base::ByteView bytes;   // borrowed from the conversation
};
// Of one over TCP, of cameras and trackers. Where bytes are missing a new frame begins behind them; what had begun
// before is left out.
std::vector<ServerFrame> server_frames(const captures::Conversation& conversation);

std::optional<dualcam::Command> camera_command(base::ByteView frame);
std::optional<std::uint32_t> resume_position(base::ByteView frame);
bool is_tracker_command(base::ByteView frame);  // a frame of Codec 12, 13 or 14
std::optional<std::uint32_t> records_taken(base::ByteView frame);

// "RESUME 340", "META REQ %photof", "2 records taken".
std::string frame_words(captures::Protocol protocol, base::ByteView frame);

}  // namespace replay
