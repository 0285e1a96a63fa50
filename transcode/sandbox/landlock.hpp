// Landlock: the kernel itself refuses files, connections and signals, whichever system call asks.
#pragma once

#include "server/base/result.hpp"

namespace transcode {

// For the calling thread and those it makes, for good: no path can be opened, changed or run, no TCP port bound or
// connected, and (where the kernel knows how) no abstract socket reached and no process outside signalled.
// Descriptors that are open stay usable. The ABI of the kernel; 0 where it has no Landlock, or an outer sandbox hides
// it. Precondition: no_new_privs is set.
base::Result<int> forbid_files_and_network();

}  // namespace transcode
