#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace tests {

ChildProcess::ChildProcess(std::vector<std::string> command, const std::filesystem::path& log, int input) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (input >= 0) dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  if (output >= 0) close(output);
  if (pid_ < 0) throw std::runtime_error("no process can be started for " + command.front());
}

ChildProcess::~ChildProcess() {
  signal(SIGKILL);
  reap(0);
}

bool ChildProcess::reap(int options) {
  if (exit_) return true;
  int status = 0;
  if (waitpid(pid_, &status, options) != pid_) return false;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

bool ChildProcess::running() {
  return !reap(WNOHANG);
}

void ChildProcess::signal(int number) const {
  if (!exit_) kill(pid_, number);
}

std::optional<int> ChildProcess::wait_exit(std::chrono::milliseconds limit) {
  eventually([&] { return reap(WNOHANG); }, limit);
  return exit_;
}

void ChildProcess::end(std::chrono::milliseconds limit) {
  signal(SIGTERM);
  if (wait_exit(limit)) return;
  signal(SIGKILL);
  reap(0);
}

}  // namespace tests
