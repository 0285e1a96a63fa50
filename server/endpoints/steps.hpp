// What a rule's steps need beyond the vocabulary, since it depends on how their targets are set up.
#pragma once

#include <span>

#include "server/base/result.hpp"
#include "server/endpoints/config.hpp"
#include "server/relay/hub/rule.hpp"

namespace endpoints {

// Errors: `invalid`, one fault a line, each with its rule.
base::Result<> check_steps(std::span<const hub::Rule> rules, const Config& config);

}  // namespace endpoints
