// A forked process that shuts itself in and then tries something; its end is what the tests look at.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "transcode/sandbox/sandbox.hpp"

namespace transcode {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;  // its runtime has mapped terabytes: no limit of address space fits
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

struct Ending {
  int exit_code = -1;  // -1: killed
  int signal = 0;
  std::string said;  // what it wrote to the descriptor `body` was given
};

// How a body that throws, and a sandbox that cannot be entered, end.
constexpr int threw = 201;
constexpr int not_entered = 202;

// Runs `body(descriptor)` in a forked process; its result, 0 to 199, becomes the exit code. Waits for the end.
Ending in_process(const std::function<int(int descriptor)>& body);
Ending in_sandbox(const SandboxLimits& limits, const std::function<int(int descriptor)>& body);

// errno of a raw system call; 0: it worked.
int error_of(long result);

}  // namespace transcode
