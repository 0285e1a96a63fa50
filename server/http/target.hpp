// The target of a request: "/api/v1/media?imei=…". Percent-encoding is undone after splitting, so that an encoded '/'
// or '&' stays inside its segment or value. '+' is a plus sign (RFC 3986), which lets 10:00+02:00 through as typed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/result.hpp"

namespace http {

struct Target {
  std::vector<std::string> segments;  // of the path, decoded; none for "/"
  std::vector<std::pair<std::string, std::string>> query;
};

// Origin form, or absolute form as proxies send it. `invalid` on broken percent-encoding, control characters, and
// anything else.
base::Result<Target> parse_target(std::string_view text);

}  // namespace http
