#include "transcode/sandbox/sandbox.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "transcode/sandbox/landlock.hpp"
#include "transcode/sandbox/system_calls.hpp"

namespace transcode {

namespace {
constexpr rlim_t most_descriptors = 16;  // of numbers below; those of a job are ten at most
constexpr rlim_t cpu_grace_s = 2;        // from SIGXCPU, which can be caught, to SIGKILL, which cannot

base::Result<> set_limit(int resource, rlim_t soft, rlim_t hard, std::string_view what) {
  rlimit before{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &before) != 0)
    return base::fail_errno(errno, fmt::format("The limit of {} cannot be read", what));
  const rlimit wanted{.rlim_cur = std::min(soft, before.rlim_max), .rlim_max = std::min(hard, before.rlim_max)};
  if (setrlimit(static_cast<__rlimit_resource_t>(resource), &wanted) != 0)
    return base::fail_errno(errno, fmt::format("The limit of {} cannot be set", what));
  return {};
}

base::Result<> set_limits(const SandboxLimits& limits) {
  struct Limit {
    int resource;
    rlim_t soft;
    rlim_t hard;
    std::string_view what;
  };
  const auto bound = [](rlim_t number) { return number == 0 ? RLIM_INFINITY : number; };
  const auto cpu = static_cast<rlim_t>(limits.cpu.count());
  for (const Limit& limit :
       std::to_array<Limit>({{RLIMIT_CORE, 0, 0, "core files"},
                             {RLIMIT_NOFILE, most_descriptors, most_descriptors, "descriptors"},
                             {RLIMIT_FSIZE, bound(limits.file_bytes), bound(limits.file_bytes), "the size of files"},
                             {RLIMIT_CPU, bound(cpu), cpu == 0 ? RLIM_INFINITY : cpu + cpu_grace_s, "CPU time"},
                             {RLIMIT_AS, bound(limits.memory_bytes), bound(limits.memory_bytes), "memory"}}))
    if (auto set = set_limit(limit.resource, limit.soft, limit.hard, limit.what); !set) return set;
  return {};
}

// A courtesy to the rest of the machine; a container may refuse it, and the job is done all the same.
void step_back(int niceness) {
  if (getpriority(PRIO_PROCESS, 0) < niceness) setpriority(PRIO_PROCESS, 0, niceness);
  const sched_param none{};
  if (sched_getscheduler(0) == SCHED_OTHER) sched_setscheduler(0, SCHED_BATCH, &none);
}

base::Result<> die_with_parent() {
  const pid_t parent = getppid();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return base::fail_errno(errno, "The death signal cannot be set");
  if (getppid() != parent) return base::fail(base::Errc::unavailable, "The process that started this one has gone.");
  return {};
}

using Capabilities = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

bool has_some(const Capabilities& all) {
  return std::ranges::any_of(
      all, [](const __user_cap_data_struct& of) { return (of.effective | of.permitted | of.inheritable) != 0; });
}

// root without capabilities is one user among others. Who has none need not ask: a service manager's filter of system
// calls refuses capset() to those it took all capabilities from.
base::Result<> drop_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  Capabilities held{};
  if (syscall(SYS_capget, &header, held.data()) == 0 && !has_some(held)) return {};
  Capabilities none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return base::fail_errno(errno, "Capabilities cannot be dropped");
  return {};
}

base::Result<> give_up_privileges() {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return base::fail_errno(errno, "no_new_privs cannot be set");
  if (auto dropped = drop_capabilities(); !dropped) return dropped;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return base::fail_errno(errno, "Dumps cannot be switched off");
  return {};
}
}  // namespace

base::Result<SandboxState> enter_sandbox(const SandboxLimits& limits) {
  step_back(limits.niceness);
  if (auto set = set_limits(limits); !set) return std::unexpected(set.error());
  if (auto set = die_with_parent(); !set) return std::unexpected(set.error());
  if (auto given = give_up_privileges(); !given) return std::unexpected(given.error());
  const auto landlock = forbid_files_and_network();
  if (!landlock) return std::unexpected(landlock.error());
  if (auto entered = allow_only_computing(); !entered) return std::unexpected(entered.error());
  return SandboxState{.landlock_abi = *landlock};
}

}  // namespace transcode
