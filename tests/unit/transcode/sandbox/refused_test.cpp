// From the inside: what is refused, call by call.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "tests/unit/transcode/sandbox/child.hpp"

namespace transcode {
namespace {

struct Attempt {
  const char* what;
  long (*call)();  // -1 and errno, as system calls do
};

std::ostream& operator<<(std::ostream& out, const Attempt& attempt) {
  return out << attempt.what;
}

std::string test_name(const testing::TestParamInfo<Attempt>& info) {
  std::string name = info.param.what;
  for (char& c : name)
    if (c == ' ' || c == '-') c = '_';
  return name;
}

// ---- quietly: EACCES, since libraries look around innocently
class Looking : public testing::TestWithParam<Attempt> {};

TEST_P(Looking, IsRefused) {
  const Ending ending = in_sandbox({}, [](int) { return error_of(GetParam().call()); });
  EXPECT_EQ(ending.exit_code, EACCES);
}

constexpr const char* a_file = "/etc/passwd";
constexpr const char* a_new_file = "/tmp/dualcam-out-of-the-sandbox";
std::array<char, 4096> room;

const Attempt looking[] = {
    {"open for reading", [] { return syscall(SYS_openat, AT_FDCWD, a_file, O_RDONLY); }},
    {"open for writing", [] { return syscall(SYS_openat, AT_FDCWD, a_new_file, O_WRONLY | O_CREAT, 0600); }},
    {"open below a descriptor", [] { return syscall(SYS_openat, 1, "passwd", O_RDONLY); }},
    {"open proc", [] { return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR); }},
    {"open by libc", [] { return static_cast<long>(open(a_file, O_RDONLY)); }},
    {"access", [] { return syscall(SYS_faccessat, AT_FDCWD, a_file, R_OK); }},
    {"stat", [] { return syscall(SYS_newfstatat, AT_FDCWD, a_file, room.data(), 0); }},
    {"statx", [] { return syscall(SYS_statx, AT_FDCWD, a_file, 0, 0, room.data()); }},
    {"readlink", [] { return syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", room.data(), 100); }}};
INSTANTIATE_TEST_SUITE_P(Sandbox, Looking, testing::ValuesIn(looking), test_name);

// ---- by the end of the process
class Forbidden : public testing::TestWithParam<Attempt> {};

TEST_P(Forbidden, EndsTheProcess) {
  const Ending ending = in_sandbox({}, [](int) { return error_of(GetParam().call()); });
  EXPECT_EQ(ending.signal, SIGSYS) << "exit code " << ending.exit_code;
}

char* const no_arguments[] = {nullptr};

const Attempt with_files[] = {
    {"openat2",
     [] {
       const open_how how{.flags = O_RDONLY, .mode = 0, .resolve = RESOLVE_BENEATH};
       return syscall(SYS_openat2, 1, "passwd", &how, sizeof how);
     }},
    {"unlink", [] { return syscall(SYS_unlinkat, AT_FDCWD, a_new_file, 0); }},
    {"mkdir", [] { return syscall(SYS_mkdirat, AT_FDCWD, a_new_file, 0700); }},
    {"rename", [] { return syscall(SYS_renameat2, AT_FDCWD, a_new_file, AT_FDCWD, a_file, 0); }},
    {"link", [] { return syscall(SYS_linkat, AT_FDCWD, a_file, AT_FDCWD, a_new_file, 0); }},
    {"symlink", [] { return syscall(SYS_symlinkat, a_file, AT_FDCWD, a_new_file); }},
    {"mknod", [] { return syscall(SYS_mknodat, AT_FDCWD, a_new_file, 0600, 0); }},
    {"chmod", [] { return syscall(SYS_fchmodat, AT_FDCWD, a_new_file, 0777); }},
    {"truncate", [] { return syscall(SYS_truncate, a_new_file, 0); }},
    {"chdir", [] { return syscall(SYS_chdir, "/"); }},
    {"chroot", [] { return syscall(SYS_chroot, "/"); }},
    {"getdents", [] { return syscall(SYS_getdents64, 1, room.data(), room.size()); }},
    {"open by handle", [] { return syscall(SYS_open_by_handle_at, 1, room.data(), O_RDONLY); }},
    {"mount", [] { return syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, nullptr); }},
    {"umount", [] { return syscall(SYS_umount2, "/mnt", 0); }},
    {"pivot root", [] { return syscall(SYS_pivot_root, "/", "/"); }},
    {"memfd", [] { return syscall(SYS_memfd_create, "code", 0); }},
    {"inotify", [] { return syscall(SYS_inotify_init1, 0); }},
    {"dup", [] { return syscall(SYS_dup, 1); }},
    {"splice", [] { return syscall(SYS_splice, 0, nullptr, 1, nullptr, 1, 0); }},
    {"ioctl", [] { return syscall(SYS_ioctl, 0, TIOCSTI, "x"); }},
    {"fcntl", [] { return syscall(SYS_fcntl, 0, F_SETOWN, 1); }}};
INSTANTIATE_TEST_SUITE_P(Files, Forbidden, testing::ValuesIn(with_files), test_name);

const Attempt with_sockets[] = {{"socketpair",
                                 [] {
                                   std::array<int, 2> pair{};
                                   return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair.data());
                                 }},
                                {"connect",
                                 [] {
                                   sockaddr_in to{};
                                   to.sin_family = AF_INET;
                                   return syscall(SYS_connect, 0, &to, sizeof to);
                                 }},
                                {"bind", [] { return syscall(SYS_bind, 0, room.data(), sizeof(sockaddr_un)); }},
                                {"listen", [] { return syscall(SYS_listen, 0, 1); }},
                                {"accept", [] { return syscall(SYS_accept4, 0, nullptr, nullptr, 0); }},
                                {"sendmsg", [] { return syscall(SYS_sendmsg, 0, room.data(), 0); }},
                                {"recvmsg", [] { return syscall(SYS_recvmsg, 0, room.data(), 0); }}};
INSTANTIATE_TEST_SUITE_P(Sockets, Forbidden, testing::ValuesIn(with_sockets), test_name);

const Attempt with_processes[] = {
    {"execve", [] { return syscall(SYS_execve, "/bin/true", no_arguments, no_arguments); }},
    {"execveat", [] { return syscall(SYS_execveat, 0, "", no_arguments, no_arguments, AT_EMPTY_PATH); }},
    {"process clone", [] { return syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
    {"namespace clone", [] { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
    {"namespace with a thread",
     [] { return syscall(SYS_clone, 0x3d0f00 | CLONE_NEWNET, nullptr, nullptr, nullptr, nullptr); }},
#ifdef SYS_fork
    {"fork", [] { return syscall(SYS_fork); }},
    {"vfork", [] { return syscall(SYS_vfork); }},
#endif
    {"ptrace", [] { return syscall(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr); }},
    {"ptrace of the parent", [] { return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), nullptr, nullptr); }},
    {"reading another memory",
     [] {
       iovec local{room.data(), room.size()};
       return syscall(SYS_process_vm_readv, getppid(), &local, 1, &local, 1, 0);
     }},
    {"writing another memory",
     [] {
       iovec local{room.data(), room.size()};
       return syscall(SYS_process_vm_writev, getppid(), &local, 1, &local, 1, 0);
     }},
    {"kill of the parent", [] { return syscall(SYS_kill, getppid(), SIGTERM); }},
    {"tgkill of the parent", [] { return syscall(SYS_tgkill, getppid(), getppid(), SIGTERM); }},
    {"tkill", [] { return syscall(SYS_tkill, getppid(), SIGTERM); }},
    {"sigqueue", [] { return syscall(SYS_rt_sigqueueinfo, getppid(), SIGTERM, room.data()); }},
    {"pidfd open", [] { return syscall(SYS_pidfd_open, getppid(), 0); }},
    {"pidfd getfd", [] { return syscall(SYS_pidfd_getfd, 0, 0, 0); }},
    {"setpgid", [] { return syscall(SYS_setpgid, 0, 0); }},
    {"setuid", [] { return syscall(SYS_setuid, 0); }},
    {"capset", [] { return syscall(SYS_capset, room.data(), nullptr); }},
    {"setrlimit",
     [] {
       const rlimit more{RLIM_INFINITY, RLIM_INFINITY};
       return syscall(SYS_prlimit64, 0, RLIMIT_AS, &more, nullptr);
     }},
    {"limits of the parent", [] { return syscall(SYS_prlimit64, getppid(), RLIMIT_AS, nullptr, room.data()); }},
    {"scheduler", [] { return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, room.data()); }}};
INSTANTIATE_TEST_SUITE_P(Processes, Forbidden, testing::ValuesIn(with_processes), test_name);

const Attempt with_the_kernel[] = {
    {"io uring", [] { return syscall(SYS_io_uring_setup, 1, room.data()); }},
    {"aio", [] { return syscall(SYS_io_setup, 1, room.data()); }},
    {"setns", [] { return syscall(SYS_setns, 0, 0); }},
    {"unshare", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, room.data(), 32); }},
    {"perf", [] { return syscall(SYS_perf_event_open, room.data(), 0, -1, -1, 0); }},
    {"keyctl", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
    {"add key", [] { return syscall(SYS_add_key, "user", "x", "y", 1, 0); }},
    {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
    {"shared memory", [] { return syscall(SYS_shmget, 1, 4096, 0); }},
    {"another seccomp filter", [] { return syscall(SYS_seccomp, 1, 0, room.data()); }},
    {"personality", [] { return syscall(SYS_personality, 0x0400000); }},  // READ_IMPLIES_EXEC
    {"dumpable again", [] { return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0); }},
    {"outlive the parent", [] { return syscall(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0); }},
    {"executable memory",
     [] { return syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"memory made executable",
     [] {
       void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
       return syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
     }},
    {"protection keys", [] { return syscall(SYS_pkey_mprotect, room.data(), 4096, PROT_EXEC, -1); }},
    {"own handler of SIGSYS", [] {
       const auto with_a_bit_above = 0x1'0000'0000L | SIGSYS;
       return syscall(SYS_rt_sigaction, with_a_bit_above, room.data(), nullptr, 8);
     }}};
INSTANTIATE_TEST_SUITE_P(Kernel, Forbidden, testing::ValuesIn(with_the_kernel), test_name);

TEST(Sandbox, HasSocketsOfNoFamily) {
  for (int family = 0; family < AF_MAX; ++family) {
    const Ending ending = in_sandbox({}, [&](int) { return error_of(syscall(SYS_socket, family, SOCK_DGRAM, 0)); });
    EXPECT_EQ(ending.signal, SIGSYS) << "family " << family << ", exit code " << ending.exit_code;
  }
}

TEST(Sandbox, HasNoNewKindOfClone) {
  const Ending ending = in_sandbox({}, [](int) { return error_of(syscall(SYS_clone3, room.data(), 64)); });
  EXPECT_EQ(ending.exit_code, ENOSYS);
}

TEST(Sandbox, KeepsTheMapOfLibrariesAsItIs) {
  // What is mapped executable cannot be written to: mprotect may take rights, and not give them to code.
  const Ending ending = in_sandbox({}, [](int) {
    const auto page = reinterpret_cast<std::uintptr_t>(&getppid) & ~std::uintptr_t{4095};
    return error_of(syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
  });
  EXPECT_EQ(ending.signal, SIGSYS);
}

#ifdef __x86_64__
TEST(Sandbox, LetsNoCallOf32BitsThrough) {
  const Ending ending = in_sandbox({}, [](int) {
    long result = 20;  // getpid there, writev here
    asm volatile("int $0x80" : "+a"(result) : : "memory");
    return 0;
  });
  // SIGSEGV where the kernel has no such calls at all.
  EXPECT_TRUE(ending.signal == SIGSYS || ending.signal == SIGSEGV) << ending.signal << " " << ending.exit_code;
}
#endif

TEST(Sandbox, NamesTheForbiddenCall) {
  const Ending ending = in_process([](int descriptor) {
    report_forbidden_calls(descriptor);
    if (!enter_sandbox({})) return not_entered;
    return error_of(syscall(SYS_execve, "/bin/true", no_arguments, no_arguments));
  });
  EXPECT_EQ(ending.exit_code, EXIT_FAILURE);
  EXPECT_EQ(ending.said,
            "failed The worker tried the forbidden system call " + std::to_string(SYS_execve) + " (execve).\n");
}

TEST(Sandbox, WhoReportsForbiddenCallsIsSettled) {
  const Ending ending = in_process([](int descriptor) {
    report_forbidden_calls(descriptor);
    if (!enter_sandbox({})) return not_entered;
    syscall(SYS_rt_sigaction, SIGSYS, room.data(), nullptr, 8);  // a sanitizer's runtime would keep it from the kernel
    return error_of(syscall(SYS_ptrace, PTRACE_TRACEME, 0, nullptr, nullptr));
  });
  EXPECT_EQ(ending.exit_code, EXIT_FAILURE);
  EXPECT_NE(ending.said.find("(rt_sigaction)"), std::string::npos) << ending.said;
}

TEST(Sandbox, BlockingTheSignalHelpsNobody) {
  const Ending ending = in_sandbox({}, [](int) {
    sigset_t all;
    sigfillset(&all);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, nullptr, 8);
    return error_of(syscall(SYS_kill, getppid(), 0));
  });
  EXPECT_EQ(ending.signal, SIGSYS);
}

}  // namespace
}  // namespace transcode
