// Text commands to a tracker and its replies: Codec 12 (plain), 13 (a reply with its time), 14 (with the IMEI).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/avl/codec.hpp"
#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace avl {

enum class MessageType : std::uint8_t {
  command = 0x05,
  reply = 0x06,
  nack = 0x11,  // Codec 14: the IMEI of the command is not the tracker's
};

struct Message {
  Codec codec = Codec::codec12;
  MessageType type = MessageType::command;
  std::string text;                   // as it came, line ends and all
  std::optional<base::UtcTime> time;  // Codec 13, whole seconds
  std::optional<base::Imei> imei;     // Codec 14
};

// A tracker's commands are short; replies of some are listings of a few kilobytes.
constexpr std::size_t max_command_size = 1024;

// Errors: `invalid`, what and where.
base::Result<Message> decode_message(base::ByteView payload);
// A payload. `invalid` where the codec needs a time or an IMEI and there is none, or the text is too long.
base::Result<base::Bytes> encode_message(const Message& message);

// Without line ends and blanks at both ends, and those inside made one blank each.
std::string tidy_text(std::string_view text);

}  // namespace avl
