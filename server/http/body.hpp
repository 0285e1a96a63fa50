// Bodies of requests.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace http {

// The text under `name` in a JSON object; the error is a sentence for whoever sent it.
base::Result<std::string> text_member(std::string_view body, std::string_view name);

}  // namespace http
