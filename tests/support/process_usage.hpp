// What a process has used so far, as the kernel counts it: for measurements of a server started by a test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>

namespace tests {

struct ProcessUsage {
  std::chrono::nanoseconds cpu{0};    // all threads, user and system
  std::chrono::milliseconds user{0};  // in ticks of 10 ms
  std::chrono::milliseconds system{0};
  std::uint64_t resident_bytes = 0;
  std::uint64_t peak_resident_bytes = 0;
};

// Zeros where the process is gone.
ProcessUsage usage_of(pid_t process);
// Only the first member: one system call.
std::chrono::nanoseconds cpu_time_of(pid_t process);

inline double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace tests
