// key=value of the command line.
#pragma once

#include <string>
#include <vector>

#include "server/base/json.hpp"
#include "server/base/result.hpp"

namespace trigger {

// Writes an object of them; the value is all behind the first "=", perhaps nothing. `invalid`: one has no "=", or no
// key, or a key comes twice.
base::Result<> write_assignments(base::JsonWriter& json, const std::vector<std::string>& assignments);

}  // namespace trigger
