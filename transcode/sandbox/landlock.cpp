#include "transcode/sandbox/landlock.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace transcode {

namespace {
// The distribution's headers are older than the kernels it runs on. Numbers from the kernel's
// Documentation/userspace-api/landlock.rst; they are ABI and never change.
constexpr unsigned ask_version = 1U << 0;
constexpr std::uint64_t fs_first_abi = (1ULL << 13) - 1;         // execute, read, write, remove, make…
constexpr std::uint64_t fs_refer = 1ULL << 13;                   // 2
constexpr std::uint64_t fs_truncate = 1ULL << 14;                // 3
constexpr std::uint64_t net_bind_and_connect_tcp = 3;            // 4
constexpr std::uint64_t fs_ioctl_dev = 1ULL << 15;               // 5
constexpr std::uint64_t scope_abstract_sockets_and_signals = 3;  // 6

struct Ruleset {
  std::uint64_t fs = 0;
  std::uint64_t net = 0;
  std::uint64_t scoped = 0;
};

// What is named and has no rule is forbidden; naming what the kernel does not know is an error.
Ruleset everything(int abi) noexcept {
  Ruleset all{.fs = fs_first_abi};
  if (abi >= 2) all.fs |= fs_refer;
  if (abi >= 3) all.fs |= fs_truncate;
  if (abi >= 4) all.net = net_bind_and_connect_tcp;
  if (abi >= 5) all.fs |= fs_ioctl_dev;
  if (abi >= 6) all.scoped = scope_abstract_sockets_and_signals;
  return all;
}
}  // namespace

base::Result<int> forbid_files_and_network() {
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, ask_version);
  if (abi <= 0) return 0;
  const Ruleset all = everything(static_cast<int>(abi));
  const long ruleset = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
  if (ruleset < 0) return base::fail_errno(errno, "A Landlock ruleset cannot be made");
  const long done = syscall(SYS_landlock_restrict_self, ruleset, 0);
  const int error = errno;
  close(static_cast<int>(ruleset));
  if (done != 0) return base::fail_errno(error, "Landlock cannot be entered");
  return static_cast<int>(abi);
}

}  // namespace transcode
