// Recordings and what is recorded, as JSON.
#pragma once

#include <span>
#include <string>

#include "server/recorder/options.hpp"
#include "server/recorder/shelf.hpp"

namespace http {

std::string recordings_json(std::span<const recorder::Entry> entries);  // {"items":[…]}
// Without a policy of its own: what the server is set to, and until is null.
std::string recording_policy_json(recorder::Mode mode, std::optional<base::UtcTime> until);

}  // namespace http
