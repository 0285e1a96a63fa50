// COMMAND_LONG and COMMAND_INT, which mean the same to a camera, as one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/relay/mavlink/wire/enums.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::camera {

struct Command {
  std::uint16_t id = 0;
  std::array<float, 7> parameters{};  // as sent but that NaN, which is "not given", is 0
  std::array<bool, 7> given{};
  std::uint8_t confirmation = 0;
  Address from;
  Peer peer;
  Permission permission = Permission::granted;

  // Counted from 1, as the definitions do.
  float p(std::size_t number) const noexcept { return parameters[number - 1]; }
  bool is_given(std::size_t number) const noexcept { return given[number - 1]; }
  // Nothing: not a whole number, or none that fits 32 bits.
  std::optional<std::int32_t> whole(std::size_t number) const noexcept;
};

// Nothing: it is no command, or none for `self`. Target 0 means everybody.
std::optional<Command> command_for(const Received& received, Address self) noexcept;

constexpr bool is_for(Address self, std::uint8_t system, std::uint8_t component) noexcept {
  return (system == 0 || system == self.system) && (component == 0 || component == self.component);
}

// Who gets what was asked for.
struct Recipient {
  Peer asker;
  bool everybody = false;
  std::optional<Peer> peer() const noexcept { return everybody ? std::nullopt : std::optional(asker); }
  bool operator==(const Recipient&) const = default;
};
// As SET_MESSAGE_INTERVAL and REQUEST_MESSAGE say in their last parameter. Nothing: no such recipient.
std::optional<Recipient> recipient_of(const Command& command) noexcept;

// What a command came to.
struct Answer {
  std::uint8_t result = result::accepted;
  std::string reason;           // a sentence; empty where it was accepted
  std::uint8_t progress = 255;  // %, 255: not known
};

Answer denied(std::string reason);
Answer unsupported(std::string reason);
Answer rejected_for_now(std::string reason);

CommandAck ack_of(std::uint16_t command, Address requester, const Answer& answer) noexcept;

}  // namespace mavlink::camera
