// The seccomp allow-list: computing with threads on descriptors that are open.
#pragma once

#include "server/base/result.hpp"

namespace transcode {

// For every thread of the process, for good. Precondition: no_new_privs is set.
base::Result<> allow_only_computing();

}  // namespace transcode
