// "dualcamd healthy": asks a running server how it is, as container platforms do, where no curl is at hand.
#pragma once

#include "server/app/settings.hpp"
#include "server/base/result.hpp"

namespace app {

struct HealthOptions {
  bool ready = false;  // that it can take work (/readyz), not only that it lives (/healthz)
};

// Of the server at http-listen on this machine; nothing: it is well. An error says what it answered, or that it did not
// within five seconds.
base::Result<> ask_health(const Settings& settings, const HealthOptions& options);

}  // namespace app
