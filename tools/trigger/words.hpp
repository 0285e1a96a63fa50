// Words of the command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "server/base/result.hpp"
#include "server/net/relay/udp_endpoint.hpp"

namespace trigger {

// All errors are `invalid`, with how it is written.
base::Result<std::uint32_t> parse_payload(std::string_view text);                            // "0x05AA9544", or decimal
base::Result<net::relay::UdpOptions::Destination> parse_destination(std::string_view text);  // "10.0.0.7:30"
base::Result<std::chrono::milliseconds> parse_length(std::string_view text);  // "300ms", "10s", "5m", "2h"

}  // namespace trigger
