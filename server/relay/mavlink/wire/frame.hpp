// Frames of MAVLink 1 and 2: found in bytes, and made. Little endian; sizes and CRC per the MAVLink serialization
// guide. No clock, no socket.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink {

inline constexpr std::size_t longest_frame = 280;
inline constexpr std::size_t signature_size = 13;

// A whole frame. Views into the bytes it was found in.
struct Frame {
  int version = 2;
  std::uint8_t sequence = 0;
  Address from;
  std::uint32_t message_id = 0;
  bool is_signed = false;
  base::ByteView payload;  // as sent: cut, or longer than what is known here
  base::ByteView bytes;    // all of it, to be forwarded as it is
  // The CRC is right. False only for a message that is not in the table: nobody here can tell.
  bool checked = false;
};

// Why bytes are no frame.
enum class FrameFault : std::uint8_t {
  no_magic,      // garbage between frames
  incompatible,  // flags that change what a frame is like, and are not known here
  bad_crc,       // or a message nobody here can check, before anything was found that is right
  bad_source,    // from system or component 0
  bad_length     // the datagram ended within it, or it is of MAVLink 1 and its message never has that length
};
inline constexpr std::size_t frame_faults = 5;
std::string_view to_string(FrameFault fault) noexcept;

// What the table knows of a message: those of `Message` and their neighbours that only pass through.
struct Known {
  std::uint8_t crc_extra = 0;
  std::uint8_t base_size = 0;
  std::optional<std::uint8_t> target_system;  // where in the payload; nothing: it has no target
  std::optional<std::uint8_t> target_component;
  std::string_view name;
};
std::optional<Known> known(std::uint32_t message_id) noexcept;
// Where a frame wants to go. A truncated or missing target is 0: everybody.
Address target_of(const Frame& frame) noexcept;

// Finds frames in a stream of bytes (TCP, serial) or in datagrams. After bytes that are no frame it looks for the next
// magic byte behind the one it tried; from there on only a frame with the right CRC is one (and of the right length, in
// MAVLink 1), as half of what looks like an unknown message there is garbage that would swallow good frames. Every byte
// is in one frame or is refused once; it makes no difference to frames how the bytes were cut. Keeps at most one
// frame's bytes between calls. No allocation. Neither function may be called from within the callbacks.
class FrameReader {
 public:
  using Found = std::function<void(const Frame& frame)>;  // views are valid during the call
  using Refused = std::function<void(FrameFault fault, base::ByteView bytes)>;
  void feed(base::ByteView bytes, const Found& found, const Refused& refused);
  // The end of a datagram: what is left is no frame, but there may be some behind its first byte. The next datagram
  // begins anew.
  void end(const Found& found, const Refused& refused);
  void end(const Refused& refused);  // without looking for them

 private:
  std::size_t scan(base::ByteView bytes, const Found& found, const Refused& refused);

  std::array<std::uint8_t, 2 * longest_frame> kept_{};
  std::size_t size_ = 0;
  bool in_step_ = true;  // a frame ended here, or nothing was read yet
};

// The message of a frame. Nothing: not one of `Message`, or not checked, or a MAVLink 1 payload of another length. What
// was not sent is zero: a sender cuts zeros off, and knows no extensions in MAVLink 1.
std::optional<Message> decode(const Frame& frame) noexcept;
// The same in the order of the table for one type: a test of what is expected.
template <class M>
const M* as(const std::optional<Message>& message) noexcept {
  return message ? std::get_if<M>(&*message) : nullptr;
}

// A frame made here.
struct FrameBytes {
  std::array<std::uint8_t, longest_frame> data;
  std::size_t size = 0;
  base::ByteView view() const noexcept { return {data.data(), size}; }
};
// With `version` 1 extensions are left out; messages with an id above 255 are of version 2 all the same.
FrameBytes encode(const Message& message, Address from, std::uint8_t sequence, int version = 2) noexcept;

}  // namespace mavlink
