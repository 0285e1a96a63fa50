// From the inside: what must work, and where the limits bite. From the outside: what the kernel says of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/transcode/sandbox/child.hpp"
#include "transcode/sandbox/landlock.hpp"

namespace transcode {
namespace {

using namespace std::chrono_literals;

// An unnamed file, open for reading and writing, of `content`.
class OpenFile {
 public:
  explicit OpenFile(std::string_view content) : descriptor_(open((folder_ / "f").c_str(), O_RDWR | O_CREAT, 0600)) {
    if (write(descriptor_, content.data(), content.size()) < 0) throw std::runtime_error("no file");
  }
  ~OpenFile() { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const noexcept { return descriptor_; }

 private:
  tests::TempFolder folder_;
  int descriptor_;
};

TEST(Sandbox, ComputesWithThreads) {
  const Ending ending = in_sandbox({}, [](int) {
    std::atomic<int> sum = 0;
    std::vector<std::thread> threads;
    for (int n = 1; n <= 8; ++n)
      threads.emplace_back([&sum, n] {
        pthread_setname_np(pthread_self(), "decoder");
        const std::vector<int> some(100'000, 1);
        std::this_thread::yield();
        std::this_thread::sleep_for(1ms);
        sum += n * some.back();
      });
    for (std::thread& thread : threads) thread.join();
    return sum.load();
  });
  EXPECT_EQ(ending.exit_code, 36) << "signal " << ending.signal;
}

TEST(Sandbox, HasMemory) {
  const Ending ending = in_sandbox({}, [](int) {
    std::vector<std::vector<char>> blocks;
    for (std::size_t size = 1; size <= 64UL << 20; size *= 2) blocks.emplace_back(size, 'x');
    blocks.erase(blocks.begin(), blocks.begin() + 10);
    blocks.back().resize(100UL << 20);
    return blocks.back().front() == 'x' ? 0 : 1;
  });
  EXPECT_EQ(ending.exit_code, 0) << "signal " << ending.signal;
}

TEST(Sandbox, ReadsAndWritesItsDescriptors) {
  const OpenFile file("content");
  const Ending ending = in_sandbox({}, [&](int descriptor) {
    std::array<char, 7> bytes{};
    if (pread(file.get(), bytes.data(), bytes.size(), 0) != 7) return 1;
    void* map = mmap(nullptr, 7, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (map == MAP_FAILED || *static_cast<char*>(map) != 'c') return 2;
    if (pwrite(file.get(), "C", 1, 0) != 1) return 3;
    if (lseek(file.get(), 0, SEEK_END) != 7) return 4;
    if (ftruncate(file.get(), 3) != 0) return 5;
    return write(descriptor, bytes.data(), bytes.size()) == 7 ? 0 : 6;
  });
  EXPECT_EQ(ending.exit_code, 0) << "signal " << ending.signal;
  EXPECT_EQ(ending.said, "content");
  EXPECT_EQ(lseek(file.get(), 0, SEEK_END), 3);
}

TEST(Sandbox, ThrowsCatchesAndAsksForTheTime) {
  const Ending ending = in_sandbox({}, [](int) {
    try {
      if (std::chrono::system_clock::now() > std::chrono::system_clock::time_point{}) throw std::runtime_error("x");
    } catch (const std::runtime_error&) {
      return 7;
    }
    return 8;
  });
  EXPECT_EQ(ending.exit_code, 7) << "signal " << ending.signal;
}

TEST(Sandbox, ACrashIsSeenAsWhatItIs) {
  EXPECT_EQ(in_sandbox({}, [](int) -> int { std::abort(); }).signal, SIGABRT);
  EXPECT_EQ(in_sandbox({},
                       [](int) {
                         signal(SIGSEGV, SIG_DFL);  // a sanitizer's own handler would end it otherwise
                         return raise(SIGSEGV);
                       })
                .signal,
            SIGSEGV);
}

TEST(Sandbox, AThreadIsShutInAsWell) {
  const Ending ending = in_sandbox({}, [](int) {
    int error = 0;
    std::thread([&] { error = open("/etc/passwd", O_RDONLY) < 0 ? errno : 0; }).join();
    return error;
  });
  EXPECT_EQ(ending.exit_code, EACCES);
}

// ---- limits

int compute_for_ever() {
  std::atomic<unsigned> turns = 0;
  while (++turns != 0 || turns.load() == 0) {
  }
  return 0;
}

TEST(SandboxLimit, OfMemoryFailsAllocations) {
  if (sanitized) GTEST_SKIP() << "The sanitizer's runtime needs terabytes of address space.";
  const Ending ending = in_sandbox({.memory_bytes = 256UL << 20}, [](int) {
    const std::vector<char> fits(32UL << 20);
    try {
      const std::vector<char> does_not(512UL << 20);
      return 1;
    } catch (const std::bad_alloc&) {
      return 2;
    }
  });
  EXPECT_EQ(ending.exit_code, 2) << "signal " << ending.signal;
}

TEST(SandboxLimit, OfCpuEndsAnEndlessLoop) {
  const Ending ending = in_sandbox({.cpu = 1s}, [](int) { return compute_for_ever(); });
  EXPECT_EQ(ending.signal, SIGXCPU);
}

TEST(SandboxLimit, OfCpuCannotBeIgnored) {
  const Ending ending = in_sandbox({.cpu = 1s}, [](int) {
    signal(SIGXCPU, SIG_IGN);
    return compute_for_ever();
  });
  EXPECT_EQ(ending.signal, SIGKILL);
}

TEST(SandboxLimit, OfFilesEndsTheProcess) {
  const OpenFile file("");
  const Ending ending = in_sandbox({.file_bytes = 1000}, [&](int) {
    if (ftruncate(file.get(), 1000) != 0) return 1;
    return error_of(pwrite(file.get(), "x", 1, 1000));
  });
  EXPECT_EQ(ending.signal, SIGXFSZ) << ending.exit_code;
  EXPECT_EQ(lseek(file.get(), 0, SEEK_END), 1000);
}

TEST(SandboxLimit, OfFilesIsNoneOfPipes) {
  const Ending ending = in_sandbox(
      {.file_bytes = 4}, [](int descriptor) { return write(descriptor, "more than four", 14) == 14 ? 0 : 1; });
  EXPECT_EQ(ending.said, "more than four");
}

TEST(SandboxLimit, AboveWhatTheProcessMayHaveIsLowered) {
  const Ending ending = in_process([](int) {
    const rlimit little{.rlim_cur = 500, .rlim_max = 500};
    setrlimit(RLIMIT_FSIZE, &little);
    if (!enter_sandbox({.file_bytes = 1000})) return not_entered;
    rlimit now{};
    getrlimit(RLIMIT_FSIZE, &now);
    return now.rlim_cur == 500 ? 0 : 1;
  });
  EXPECT_EQ(ending.exit_code, 0);
}

// ---- from the outside

// A sandboxed process that waits in a read until this object goes.
class Waiting {
 public:
  explicit Waiting(const SandboxLimits& limits) {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0 || pipe(hold_.data()) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      close(hold_[1]);
      char byte = enter_sandbox(limits) ? 'y' : 'n';
      if (write(ready[1], &byte, 1) == 1 && read(hold_[0], &byte, 1) >= 0) _exit(0);
      _exit(1);
    }
    close(ready[1]);
    char byte = 0;
    entered_ = read(ready[0], &byte, 1) == 1 && byte == 'y';
    close(ready[0]);
  }
  ~Waiting() {
    close(hold_[0]);
    close(hold_[1]);
    waitpid(pid_, nullptr, 0);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  bool entered() const noexcept { return entered_; }
  pid_t pid() const noexcept { return pid_; }
  // The value of a line of /proc/PID/status.
  std::string status(std::string_view key) const {
    std::ifstream in("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(key)) return line.substr(line.find_first_not_of(" \t", key.size() + 1));
    return {};
  }

 private:
  std::array<int, 2> hold_{};
  pid_t pid_ = -1;
  bool entered_ = false;
};

TEST(Sandbox, TheKernelSaysSo) {
  const Waiting process({.niceness = 7});
  ASSERT_TRUE(process.entered());
  EXPECT_EQ(process.status("NoNewPrivs"), "1");
  EXPECT_EQ(process.status("Seccomp"), "2");
  EXPECT_EQ(process.status("CapEff"), "0000000000000000");
  EXPECT_EQ(process.status("CapPrm"), "0000000000000000");
  EXPECT_EQ(getpriority(PRIO_PROCESS, static_cast<id_t>(process.pid())), 7);
  EXPECT_EQ(sched_getscheduler(process.pid()), SCHED_BATCH);
  rlimit core{};
  ASSERT_EQ(prlimit(process.pid(), RLIMIT_CORE, nullptr, &core), 0);
  EXPECT_EQ(core.rlim_max, 0U);
}

TEST(Sandbox, DiesWithItsParent) {
  std::array<int, 2> life{};
  ASSERT_EQ(pipe(life.data()), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    std::array<int, 2> ready{};
    if (pipe(ready.data()) != 0) _exit(1);
    if (fork() == 0) {
      const bool entered = enter_sandbox({}).has_value();
      if (write(ready[1], entered ? "y" : "n", 1) != 1) _exit(1);
      for (;;) std::this_thread::sleep_for(1h);
    }
    char byte = 0;
    _exit(read(ready[0], &byte, 1) == 1 && byte == 'y' ? 0 : 1);
  }
  close(life[1]);
  int status = 0;
  ASSERT_EQ(waitpid(parent, &status, 0), parent);
  EXPECT_EQ(status, 0);
  char byte = 0;
  EXPECT_EQ(read(life[0], &byte, 1), 0) << "the end of the file comes when nobody holds the other end any more";
  close(life[0]);
}

TEST(Sandbox, AnOrdinaryUserCanEnterItToo) {
  if (geteuid() != 0) GTEST_SKIP() << "These tests run as an ordinary user already.";
  const Ending ending = in_process([](int) {
    constexpr uid_t nobody = 65'534;
    if (setgid(nobody) != 0 || setuid(nobody) != 0) return 1;
    if (!enter_sandbox({.niceness = 5})) return not_entered;
    return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
  });
  EXPECT_EQ(ending.exit_code, EACCES);
}

void refuse(const std::vector<int>& calls, std::uint32_t error) {
  const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ALLOW), &seccomp_release);
  for (const int call : calls)
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(error), call, 0) != 0) throw std::runtime_error("no rule");
  if (seccomp_load(filter.get()) != 0) throw std::runtime_error("no filter");
}

// As a container's runtime does it: Landlock is unknown to its filter.
void hide_landlock(std::uint32_t error) {
  refuse({SCMP_SYS(landlock_create_ruleset), SCMP_SYS(landlock_add_rule), SCMP_SYS(landlock_restrict_self)}, error);
}

// systemd's CapabilityBoundingSet= and SystemCallFilter=~@privileged.
TEST(Sandbox, IsEnteredByWhoHasNoCapabilitiesAndMayNotAskForThem) {
  const Ending ending = in_process([](int) {
    constexpr uid_t nobody = 65'534;
    if (geteuid() == 0 && (setgid(nobody) != 0 || setuid(nobody) != 0)) return 1;
    refuse({SCMP_SYS(capset)}, EPERM);
    if (!enter_sandbox({})) return not_entered;
    return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
  });
  EXPECT_EQ(ending.exit_code, EACCES);
}

TEST(Sandbox, IsNotEnteredWithCapabilitiesThatCannotBeDropped) {
  if (getuid() != 0) GTEST_SKIP() << "Only root has capabilities to drop.";
  const Ending ending = in_process([](int) {
    refuse({SCMP_SYS(capset)}, EPERM);
    return enter_sandbox({}) ? 0 : not_entered;
  });
  EXPECT_EQ(ending.exit_code, not_entered);
}

TEST(Sandbox, StandsWithoutLandlockAndSaysSo) {
  for (const int error : {ENOSYS, EPERM, EOPNOTSUPP}) {
    const Ending ending = in_process([error](int) {
      hide_landlock(static_cast<std::uint32_t>(error));
      const auto state = enter_sandbox({});
      if (!state) return not_entered;
      if (state->landlock_abi != 0) return 1;
      return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0;
    });
    EXPECT_EQ(ending.exit_code, EACCES);
  }
}

// ---- Landlock alone, without seccomp before it

Ending under_landlock(const std::function<int()>& body) {
  return in_process([&](int) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const auto abi = forbid_files_and_network();
    if (!abi) return not_entered;
    return *abi == 0 ? 0 : body();
  });
}

bool has_landlock() {
  return in_process([](int) {
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
           return forbid_files_and_network().value_or(0);
         }).exit_code > 0;
}

TEST(Landlock, RefusesFilesByItself) {
  if (!has_landlock()) GTEST_SKIP() << "This kernel has no Landlock.";
  const tests::TempFolder folder;
  const std::string name = folder / "new";
  EXPECT_EQ(under_landlock([] { return error_of(open("/etc/passwd", O_RDONLY)); }).exit_code, EACCES);
  EXPECT_EQ(under_landlock([] { return error_of(open("/", O_RDONLY | O_DIRECTORY)); }).exit_code, EACCES);
  EXPECT_EQ(under_landlock([&] { return error_of(open(name.c_str(), O_WRONLY | O_CREAT, 0600)); }).exit_code, EACCES);
  EXPECT_EQ(under_landlock([&] { return error_of(mkdir(name.c_str(), 0700)); }).exit_code, EACCES);
  EXPECT_EQ(under_landlock([&] { return error_of(rmdir(folder.path().c_str())); }).exit_code, EACCES);
  EXPECT_EQ(under_landlock([] { return error_of(execl("/bin/true", "true", nullptr)); }).exit_code, EACCES);
}

TEST(Landlock, RefusesConnectionsByItself) {
  const Ending ending = in_process([](int) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    constexpr int first_abi_with_tcp = 4;
    if (forbid_files_and_network().value_or(0) < first_abi_with_tcp) return 0;
    const int socket_descriptor = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(9);
    return error_of(connect(socket_descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to));
  });
  if (ending.exit_code == 0) GTEST_SKIP() << "This kernel's Landlock knows no network.";
  EXPECT_EQ(ending.exit_code, EACCES);
}

TEST(Landlock, RefusesSignalsByItself) {
  const Ending ending = in_process([](int) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    constexpr int first_abi_with_scopes = 6;
    if (forbid_files_and_network().value_or(0) < first_abi_with_scopes) return 0;
    return error_of(kill(getppid(), SIGCONT));
  });
  if (ending.exit_code == 0) GTEST_SKIP() << "This kernel's Landlock knows no scopes.";
  EXPECT_EQ(ending.exit_code, EPERM);
}

}  // namespace
}  // namespace transcode
