#include "tests/support/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tests {

namespace {
constexpr int exit_no_exec = 127;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

bool has_flag(const std::vector<std::string>& flags, std::string_view name) {
  return std::ranges::any_of(flags, [&](const std::string& flag) { return flag == name; });
}

std::vector<std::string> arguments_of(const ServerStart& start) {
  std::vector<std::string> all{DUALCAMD_BINARY, "serve", "--data-dir", start.data_dir.string()};
  for (const char* listener : {"--dualcam-listen", "--avl-listen", "--http-listen"})
    if (!has_flag(start.flags, listener)) all.insert(all.end(), {listener, "127.0.0.1:0"});
  all.insert(all.end(), start.flags.begin(), start.flags.end());
  return all;
}

std::string_view name_of(std::string_view variable) {
  return variable.substr(0, variable.find('='));
}

// The test's own, but for those that `more` sets.
std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** each = environ; *each != nullptr; ++each)
    if (std::ranges::find(more, name_of(*each), name_of) == more.end()) all.emplace_back(*each);
  return all;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// All that exec needs, made before fork(): nothing may be allocated in between.
struct Command {
  Command(std::vector<std::string> given, const std::vector<std::string>& more_environment)
      : arguments(std::move(given)), environment(environment_with(more_environment)) {}

  [[noreturn]] void execute() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execve(argument_pointers[0], argument_pointers.data(), environment_pointers.data());
    _exit(exit_no_exec);
  }

  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argument_pointers = pointers(arguments);
  std::vector<char*> environment_pointers = pointers(environment);
};
}  // namespace

ServerProcess::ServerProcess(ServerStart start) {
  log_file_ = start.log_file.empty() ? std::filesystem::path(start.data_dir.string() + ".log") : start.log_file;
  if (start.ignores_log) log_file_ = "/dev/null";
  Command command(arguments_of(start), start.environment);
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const int log = open(log_file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(pipe[1], STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    const rlimit limit{.rlim_cur = start.max_descriptors, .rlim_max = start.max_descriptors};
    if (start.max_descriptors != 0) setrlimit(RLIMIT_NOFILE, &limit);
    command.execute();
  }
  close(pipe[1]);
  if (log >= 0) close(log);
  output_ = pipe[0];
  if (pid_ < 0) throw std::runtime_error("no process");
}

ServerProcess::~ServerProcess() {
  kill_hard();
  close(output_);
}

bool ServerProcess::wait_ready(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!ready_line_.ends_with('\n')) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd wanted{.fd = output_, .events = POLLIN, .revents = 0};
    if (left <= 0 || poll(&wanted, 1, static_cast<int>(left)) <= 0) return false;
    std::array<char, 512> some{};
    const ssize_t got = read(output_, some.data(), some.size());
    if (got <= 0) return false;
    ready_line_.append(some.data(), static_cast<std::size_t>(got));
  }
  return ready_line_.starts_with("ready ");
}

std::uint16_t ServerProcess::port(std::string_view name, std::size_t index) const {
  std::istringstream words(ready_line_);
  const std::string wanted = std::string(name) + '=';
  for (std::string word; words >> word;) {
    if (!word.starts_with(wanted) || index-- != 0) continue;
    std::uint16_t port = 0;
    const std::string_view digits = std::string_view(word).substr(word.rfind(':') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
    return port;
  }
  return 0;
}

std::string ServerProcess::http_url() const {
  return "http://127.0.0.1:" + std::to_string(port("http"));
}

void ServerProcess::signal(int number) const {
  if (!exit_) ::kill(pid_, number);
}

bool ServerProcess::reap(int options) {
  if (exit_) return true;
  int status = 0;
  if (waitpid(pid_, &status, options) != pid_) return false;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

bool ServerProcess::running() {
  return !reap(WNOHANG);
}

std::optional<int> ServerProcess::wait_exit(std::chrono::milliseconds limit) {
  eventually([&] { return reap(WNOHANG); }, limit);
  return exit_;
}

std::optional<int> ServerProcess::terminate(std::chrono::milliseconds limit) {
  signal(SIGTERM);
  return wait_exit(limit);
}

void ServerProcess::kill_hard() {
  signal(SIGKILL);
  reap(0);
}

std::string ServerProcess::log() const {
  return read_file(log_file_);
}

bool ServerProcess::wait_log(std::string_view text, std::chrono::milliseconds limit) const {
  return eventually([&] { return log_has(text); }, limit);
}

std::uint64_t ServerProcess::resident_bytes() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Ran run_dualcamd(const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  std::vector<std::string> all{DUALCAMD_BINARY};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Command command(std::move(all), environment);
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    command.execute();
  }
  close(out[1]);
  close(err[1]);
  Ran ran;
  const auto drain = [](int descriptor, std::string& into) {
    std::array<char, 4096> some{};
    for (ssize_t got = 0; (got = read(descriptor, some.data(), some.size())) > 0;)
      into.append(some.data(), static_cast<std::size_t>(got));
    close(descriptor);
  };
  std::thread errors([&] { drain(err[0], ran.err); });
  drain(out[0], ran.out);
  errors.join();
  int status = 0;
  waitpid(pid, &status, 0);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return ran;
}

}  // namespace tests
