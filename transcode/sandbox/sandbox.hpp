// Shuts the calling process in, for good: what comes after can compute, read and write the descriptors it has, and
// nothing else. For a process that is about to look at hostile bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "server/base/result.hpp"

namespace transcode {

struct SandboxLimits {
  std::uint64_t memory_bytes = 0;  // RLIMIT_AS; 0: none
  std::chrono::seconds cpu{0};     // 0: none
  std::uint64_t file_bytes = 0;    // RLIMIT_FSIZE; 0: none
  int niceness = 0;
};

struct SandboxState {
  int landlock_abi = 0;  // 0: this kernel has none, and seccomp alone stands guard over files
};

// In this order: limits, death with the parent, no new privileges, no capabilities, no dump, Landlock without a single
// permission, and a seccomp allow-list. To be called by a process with one thread; threads made later are shut in as
// well. An error: the process must not go on.
// Files cannot be opened (EACCES: libraries look into /proc and /sys, and go on without); whatever else is not on the
// list kills the process with SIGSYS.
base::Result<SandboxState> enter_sandbox(const SandboxLimits& limits);

// Call it before enter_sandbox(): a forbidden system call then writes the line
// "failed The worker tried the forbidden system call 59 (execve)." to `descriptor` and ends the process. It cannot be
// undone from inside.
void report_forbidden_calls(int descriptor);

}  // namespace transcode
