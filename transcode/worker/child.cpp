#include "transcode/worker/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

extern char** environ;

namespace transcode {

namespace {
// Above every number that is given, so that no dup2 overwrites a descriptor that is still to be passed.
constexpr int first_spare = 64;

constexpr std::array<std::string_view, 7> passed_on{
    "PATH=",          "LD_LIBRARY_PATH=", "LLVM_PROFILE_FILE=", "ASAN_OPTIONS=",
    "UBSAN_OPTIONS=", "TSAN_OPTIONS=",    "LSAN_OPTIONS="};

std::vector<char*> small_environment() {
  std::vector<char*> variables;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (std::ranges::any_of(passed_on,
                            [&](std::string_view name) { return std::string_view(*variable).starts_with(name); }))
      variables.push_back(*variable);
  variables.push_back(nullptr);
  return variables;
}

class Actions {
 public:
  Actions() { posix_spawn_file_actions_init(&actions_); }
  ~Actions() { posix_spawn_file_actions_destroy(&actions_); }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  // Every number below `end` that nothing is given for is /dev/null, and from there on all are closed.
  int fill(const std::vector<Descriptor>& sources, const std::vector<Child::Given>& given) {
    int end = STDERR_FILENO + 1;
    for (const Child::Given& one : given) end = std::max(end, one.number + 1);
    int error = 0;
    for (int number = 0; number < end && error == 0; ++number) {
      const auto one = std::ranges::find(given, number, &Child::Given::number);
      error = one == given.end() ? posix_spawn_file_actions_addopen(&actions_, number, "/dev/null", O_RDWR, 0)
                                 : posix_spawn_file_actions_adddup2(
                                       &actions_, sources[static_cast<std::size_t>(one - given.begin())].get(), number);
    }
    return error == 0 ? posix_spawn_file_actions_addclosefrom_np(&actions_, end) : error;
  }
  const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// The threads of a server block signals and it ignores some: neither is for the child.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const noexcept { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

base::Result<std::vector<Descriptor>> move_up(const std::vector<Child::Given>& given) {
  std::vector<Descriptor> sources;
  for (const Child::Given& one : given) {
    sources.emplace_back(fcntl(one.descriptor, F_DUPFD_CLOEXEC, first_spare));
    if (!sources.back().is_open())
      return base::fail_errno(errno, fmt::format("Descriptor {} cannot be passed to a worker", one.descriptor));
  }
  return sources;
}
}  // namespace

base::Result<Child> Child::start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                 const std::vector<Given>& given) {
  const auto sources = move_up(given);
  if (!sources) return std::unexpected(sources.error());
  Actions actions;
  int error = actions.fill(*sources, given);
  std::vector<std::string> words{program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<char*> environment = small_environment();
  const Attributes attributes;
  pid_t pid = -1;
  if (error == 0)
    error = posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), argv.data(), environment.data());
  if (error != 0) return base::fail_errno(error, fmt::format("{} cannot be started", program.string()));
  return Child(pid);
}

Child::Child(pid_t pid) : pid_(pid), ended_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))) {}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      ended_(std::move(other.ended_)),
      reaped_(other.reaped_),
      status_(other.status_) {}

Child::~Child() {
  if (pid_ < 0) return;
  kill();
  wait();
}

bool Child::has_ended() {
  return reap(WNOHANG);
}

// The number is the child's until it is reaped, and that only happens here.
void Child::kill() noexcept {
  if (!reaped_) ::kill(pid_, SIGKILL);
}

int Child::wait() {
  while (!reap(0)) {
  }
  return status_;
}

bool Child::reap(int options) {
  if (reaped_) return true;
  const pid_t got = waitpid(pid_, &status_, options);
  // ECHILD: somebody else has reaped it, or SIGCHLD is ignored; it is gone, and nobody knows how.
  if (got < 0 && errno == ECHILD) status_ = W_EXITCODE(0, SIGKILL);
  reaped_ = got == pid_ || (got < 0 && errno == ECHILD);
  return reaped_;
}

}  // namespace transcode
