// What the command line wishes, as the API wants to be told it. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "tools/request/command.hpp"

namespace request {

constexpr std::chrono::seconds usual_length{10};

// "10s", "2m", "24h", "7d", or a number of seconds. `invalid` otherwise, or above 30 days.
base::Result<std::chrono::seconds> parse_length(std::string_view text);

// The body of the POST. Errors: `invalid`, what of the options does not go together and what would. What the server
// judges (how long, how old) is left to it.
base::Result<std::string> request_body(const CommandOptions& options, base::UtcTime now);

}  // namespace request
