// multicast-trigger.conf: how a camera learns its group, port and payload. It lies on the SD card or USB stick and is
// copied by the camera at power on, which reads it with Python's ConfigParser and, on any fault, ignores all of it
// without a word. So reading is as tolerant as that and no more, and every fault is told.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/relay/edgertronic/datagram.hpp"

namespace edgertronic {

constexpr std::string_view conf_file_name = "multicast-trigger.conf";
constexpr std::size_t max_conf_size = 16 * 1024;  // three lines and comments

struct MulticastSettings {
  std::string address{default_group};  // IPv4, 224.0.0.0 to 239.255.255.255
  std::uint16_t port = default_port;   // not 0
  std::uint32_t payload = default_payload;

  bool operator==(const MulticastSettings&) const = default;
};

// Errors: `invalid`, with the line and why the camera would ignore the file. All three keys have to be there; other
// keys and sections may be; of a key given twice the last one counts.
base::Result<MulticastSettings> parse_multicast_conf(std::string_view text);

// The file's text. Errors: `invalid`, when the address is no multicast address or the port is 0.
base::Result<std::string> format_multicast_conf(const MulticastSettings& settings);

// Four decimal numbers without leading zeros, the first from 224 to 239.
bool is_multicast_address(std::string_view text) noexcept;

}  // namespace edgertronic
