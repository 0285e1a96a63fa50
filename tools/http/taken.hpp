// What the server says of requests that it will not have, or cannot do.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "tools/http/client.hpp"

namespace http {

// Answers of 200 to 299 as they are. Others are errors with the server's own sentence and its faults: `unavailable`, it
// is in trouble; else `refused`. Where a token is missing the sentence says how to give one.
base::Result<Answer> taken(base::Result<Answer> answer);

// UTF-8 for a terminal: control characters, which it would obey, are "?". Much of what a server tells came over a wire.
std::string harmless(std::string_view text);

}  // namespace http
