#include "tests/support/process_usage.hpp"

#include <time.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace tests {

namespace {
std::chrono::milliseconds from_ticks(std::uint64_t ticks) {
  return std::chrono::milliseconds(ticks * 1000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK)));
}

// /proc/PID/stat: the name in the second field may hold spaces and brackets, so counting begins behind its last
// bracket.
void read_times(pid_t process, ProcessUsage& usage) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t bracket = line.rfind(')');
  if (bracket == std::string::npos) return;
  std::istringstream fields(line.substr(bracket + 1));
  constexpr int fields_before_user_time = 11;  // state (field 3) to cmajflt (field 13)
  std::string skipped;
  for (int n = 0; n < fields_before_user_time; ++n) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  fields >> user >> system;
  usage.user = from_ticks(user);
  usage.system = from_ticks(system);
}

void read_memory(pid_t process, ProcessUsage& usage) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string name; file >> name; file.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    std::uint64_t kilobytes = 0;
    if (name == "VmHWM:" && file >> kilobytes) usage.peak_resident_bytes = kilobytes * 1024;
    if (name == "VmRSS:" && file >> kilobytes) usage.resident_bytes = kilobytes * 1024;
  }
}
}  // namespace

std::chrono::nanoseconds cpu_time_of(pid_t process) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

ProcessUsage usage_of(pid_t process) {
  ProcessUsage usage{.cpu = cpu_time_of(process)};
  read_times(process, usage);
  read_memory(process, usage);
  return usage;
}

}  // namespace tests
