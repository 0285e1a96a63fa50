// How a `dualcam trigger …` ends.
#pragma once

#include <string_view>

#include "server/base/result.hpp"

namespace trigger {

enum class Outcome : int {
  good = 0,
  bad = 1,       // the server will not have it, or what was fired did not go as it should
  unusable = 2,  // wrong options; or nothing can be sent, heard or reached
};

// Prints the error's sentence to standard error: `refused` is bad, everything else unusable.
Outcome complain(const base::Error& error);

}  // namespace trigger
