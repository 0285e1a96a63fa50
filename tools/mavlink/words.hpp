// Words of the command line. All errors are `invalid`, with how it is written.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/net/mavlink/link.hpp"
#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/wire/signing.hpp"
#include "tools/mavlink/commands.hpp"

namespace mavlink::tool {

base::Result<std::chrono::milliseconds> parse_length(std::string_view text);  // "300ms", "10s", "5m", "2h"
base::Result<Address> parse_address(std::string_view text);                   // "1/100"
base::Result<std::uint32_t> parse_message(std::string_view text);             // "HEARTBEAT", "heartbeat" or "0"

// The address may be a name: it is looked up. Also `not_found`: nobody knows that name.
base::Result<net::mavlink::LinkOptions> parse_link(const LinkChoice& choice);
std::string in_words(const net::mavlink::LinkOptions& link, std::uint16_t port);  // "UDP 127.0.0.1:14550"

// Nothing: no file was named. Also `not_found` and `io`.
base::Result<std::optional<SigningKey>> read_key(const std::string& path);

}  // namespace mavlink::tool
