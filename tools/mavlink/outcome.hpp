// How a `dualcam mavlink …` ends.
#pragma once

#include "server/base/result.hpp"

namespace mavlink::tool {

enum class Outcome : int {
  good = 0,
  bad = 1,     // the camera refused, did not answer, or told of no image; or it was interrupted
  nobody = 2,  // no camera was found; wrong options; or there is no way to send and hear
};

// Prints the error's sentence to standard error: `refused` is bad, everything else `nobody`.
Outcome complain(const base::Error& error);

}  // namespace mavlink::tool
