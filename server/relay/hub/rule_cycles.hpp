// Rules that fire one another in a circle, over what others hear of what they send.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "server/relay/hub/rule.hpp"

namespace hub {

// The first circle there is, "rule a: field → stage; rule b: stage → field"; nothing: there is none. Unknown targets
// and verbs are nobody's edges.
std::optional<std::string> find_cycle(std::span<const Rule> rules, std::span<const EndpointInfo> endpoints,
                                      const Vocabulary& vocabulary);

}  // namespace hub
