// The server put together: storage, cameras, HTTP, signals.
#pragma once

#include "server/app/settings.hpp"

namespace app {

// Serves until SIGTERM or SIGINT, then drains; a second one ends the drain at once. SIGHUP reads certificates and the
// device list again.
// Prints one line `ready dualcam=HOST:PORT … http=HOST:PORT` to standard output when it can take work.
base::Result<> serve(const Settings& settings);

}  // namespace app
