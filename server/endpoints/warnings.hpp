// What is no fault of a configuration and goes wrong all the same.
#pragma once

#include <string>
#include <vector>

#include "server/endpoints/config.hpp"

namespace endpoints {

// Sentences: files of several cameras that would get one name; MAVLink links that anybody may use, and keys that
// anybody on this host may read. Looks at those files.
std::vector<std::string> warnings_of(const Config& config);

}  // namespace endpoints
