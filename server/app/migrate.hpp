// `dualcamd migrate`: the catalog's schema, without a server.
#pragma once

#include "server/app/settings.hpp"

namespace app {

struct MigrateOptions {
  bool dry_run = false;  // only says what would be applied; makes and changes nothing
  bool json = false;     // one line for programs instead of lines for people
};

// Brings the catalog's schema up to date and says on standard output what was applied.
base::Result<> migrate(const Settings& settings, const MigrateOptions& options);

}  // namespace app
