#include "transcode/sandbox/system_calls.hpp"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <initializer_list>
#include <memory>

namespace transcode {

namespace {
struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, Release>;

constexpr auto allowed = std::to_array<int>({
    // memory; what maps or protects it has conditions, below
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(brk),
    SCMP_SYS(madvise),
    // open descriptors
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(ftruncate),
    SCMP_SYS(ftruncate64),
    SCMP_SYS(close),
    // threads
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getpriority),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    // signals within the process
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    // time, chance, and who am I
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
});

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define DUALCAM_SANDBOX_PIPES
#endif
#endif
#ifdef DUALCAM_SANDBOX_PIPES
// The runtime writes to a pipe to see whether memory can be read.
constexpr auto for_sanitizers = std::to_array<int>({SCMP_SYS(pipe), SCMP_SYS(pipe2)});
#else
constexpr std::array<int, 0> for_sanitizers{};
#endif

// Libraries look into /proc and /sys for the number of cores or a page size, and go on without.
constexpr auto looking_for_files = std::to_array<int>({
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(stat),
    SCMP_SYS(stat64),
    SCMP_SYS(lstat),
    SCMP_SYS(lstat64),
    SCMP_SYS(newfstatat),
    SCMP_SYS(fstatat64),
    SCMP_SYS(statx),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
});

// What glibc starts a thread with: everything is shared, and it is no process of its own. Namespaces are other bits.
constexpr std::uint64_t thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND |
                                       CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

constexpr scmp_arg_cmp argument_is(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
constexpr scmp_arg_cmp argument_without(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

class Rules {
 public:
  explicit Rules(scmp_filter_ctx filter) : filter_(filter) {}

  // Every condition holds, or the rule does not apply.
  void add(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions = {}) {
    const int added =
        seccomp_rule_add_array(filter_, action, call, static_cast<unsigned>(conditions.size()), std::data(conditions));
    if (added < 0 && error_ == 0) error_ = -added;
  }
  int error() const noexcept { return error_; }  // of the first that failed

 private:
  scmp_filter_ctx filter_;
  int error_ = 0;
};

void add_conditional(Rules& rules) {
  const auto self = static_cast<std::uint64_t>(getpid());
  // Code is what was loaded before; libraries' pages cannot be made writable and back.
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), {argument_without(2, PROT_EXEC)});
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap2), {argument_without(2, PROT_EXEC)});
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), {argument_without(2, PROT_EXEC)});
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(clone), {argument_is(0, thread_flags)});
  // Its flags are in memory, where a filter cannot see them; glibc then takes clone().
  rules.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), {argument_is(0, PR_SET_NAME)});
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(fcntl), {argument_is(1, F_GETFL)});
  // abort() is a signal to oneself, and the parent shall see it.
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(tgkill), {argument_is(0, self)});
  // Who handles SIGSYS is settled. One by one: "not 31" would let 31 through with a bit above its 32, which the kernel
  // does not look at.
  for (unsigned signal = 1; signal < NSIG; ++signal)
    if (signal != SIGSYS) rules.add(SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), {argument_is(0, signal)});
  // Stacks' sizes are asked for, not set.
  rules.add(SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), {argument_is(0, 0), argument_is(2, 0)});
  // x264 would be nicer still, and stdio asks whether it writes to a terminal.
  rules.add(SCMP_ACT_ERRNO(EPERM), SCMP_SYS(setpriority));
  rules.add(SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), {argument_is(1, TCGETS)});
}
}  // namespace

base::Result<> allow_only_computing() {
  const Filter filter(seccomp_init(SCMP_ACT_TRAP));
  if (!filter) return base::fail(base::Errc::exhausted, "There is no memory for a seccomp filter.");
  Rules rules(filter.get());
  for (const int call : allowed) rules.add(SCMP_ACT_ALLOW, call);
  for (const int call : for_sanitizers) rules.add(SCMP_ACT_ALLOW, call);
  for (const int call : looking_for_files) rules.add(SCMP_ACT_ERRNO(EACCES), call);
  add_conditional(rules);
  if (rules.error() != 0) return base::fail_errno(rules.error(), "A rule of the seccomp filter is refused");

  // System calls of another architecture (32 bits on 64) have other numbers: none is let through.
  int done = seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  if (done == 0) done = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (done == 0) done = seccomp_load(filter.get());
  if (done != 0) return base::fail_errno(-done, "The seccomp filter cannot be loaded");
  return {};
}

}  // namespace transcode
