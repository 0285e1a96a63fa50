// `dualcamd scrub`: catalog and objects compared by hand.
#pragma once

#include "server/app/settings.hpp"

namespace app {

struct ScrubCommand {
  bool json = false;        // one document for programs instead of lines for people
  bool rehash_all = false;  // reads every stored file, not a sample
};

// Says on standard output what was found. True when nothing was. Where catalog or objects are files of this machine, no
// server may run on the data directory.
base::Result<bool> scrub(const Settings& settings, const ScrubCommand& command);

}  // namespace app
