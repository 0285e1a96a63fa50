// Whether everything the relay would fire can be fired: what is asked before an event that comes once.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "server/http/relay.hpp"

namespace http {

struct Unready {
  std::string name;    // of the endpoint; empty: all of them
  std::string reason;  // a sentence
};

// Of the endpoints that act: those that are switched off, and those known to be away or in trouble. Of one that never
// says how it is, nothing is known against it.
std::vector<Unready> unready_of(std::span<const RelayCamera> cameras, std::span<const hub::ArmState> arms);

}  // namespace http
