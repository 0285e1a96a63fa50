// The trigger of edgertronic high-speed cameras, one UDP datagram to a multicast group, never acknowledged:
//   u32 payload, network order (a number that all cameras of a group share), then optionally a file name of 1 to 99
//   bytes and one NUL. So a datagram has 4 bytes, or 6 to 104.
// Camera software before 2.5.1 knows no name: such targets are sent 4 bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace edgertronic {

constexpr std::string_view default_group = "224.1.1.1";
constexpr std::uint16_t default_port = 600;  // below 1024: binding to it takes a privilege
constexpr std::uint32_t default_payload = 0x05AA9544;
constexpr int multicast_ttl = 32;  // what the vendor's own script sets
constexpr std::size_t payload_size = 4;
constexpr std::size_t max_name_size = 99;                                    // bytes, without the NUL
constexpr std::size_t max_datagram_size = payload_size + max_name_size + 1;  // an honest one; see decode()

struct Trigger {
  // As sent, parameters such as "&T" included: the camera expands them, we never do. Untrusted bytes without control
  // characters, not necessarily UTF-8.
  std::optional<std::string> name;

  bool operator==(const Trigger&) const = default;
};

enum class Refusal : std::uint8_t {
  empty,
  too_short,
  swapped_payload,        // least significant byte first
  swapped_words,          // its two halves in the wrong order, or the bytes of each half
  ascii_payload,          // the number as text
  shogun_document,        // XML of the other protocol
  other_payload,          // another group's, or somebody else's traffic
  empty_name,             // a NUL and no name before it
  name_not_ended,         // no NUL behind a name that is short enough
  name_too_long,          // more than 99 bytes before the NUL, or too many without one
  control_character,      // within the name
  bytes_behind_the_name,  // something but NULs behind the NUL
};
constexpr int refusals = 12;

std::string_view to_string(Refusal refusal) noexcept;  // a word for metrics: "swapped_payload"
std::string_view sentence(Refusal refusal) noexcept;   // what is wrong and what to do about it

// Allocates the name only, and nothing when it refuses. NULs behind the one NUL are taken, up to max_datagram_size:
// senders that send a whole buffer of 100 bytes fire the camera as well. Read into a buffer of more than
// max_datagram_size bytes, or a longer datagram looks like a good one.
std::expected<Trigger, Refusal> decode(base::ByteView datagram, std::uint32_t payload = default_payload);

// Strict: `invalid` when the name is empty, longer than 99 bytes, not UTF-8 or has a control character.
base::Result<base::Bytes> encode(std::uint32_t payload, std::optional<std::string_view> name = std::nullopt);

}  // namespace edgertronic
