// What a receiver of webhooks knows us by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"

namespace events {

// "t=SECONDS,v1=HEX": the HMAC-SHA256, in lower case, of "SECONDS.BODY", with seconds since 1970-01-01 UTC. They are
// signed with it so that a receiver can refuse what somebody has kept and sends again. Nothing where OpenSSL fails.
std::optional<std::string> signature(std::string_view secret, base::UtcTime now, std::string_view body);

}  // namespace events
