// A program started by a test: its output in a file, ended by pid, and killed should the test die.
// Start it from a thread that outlives it. One thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tests {

class ChildProcess {
 public:
  // `command` is a program of PATH with its arguments; its output is appended to `log`. `input` becomes its standard
  // input and stays the caller's; without one it has that of the test.
  ChildProcess(std::vector<std::string> command, const std::filesystem::path& log, int input = -1);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  // kill -9

  pid_t pid() const noexcept { return pid_; }
  bool running();
  void signal(int number) const;
  std::optional<int> wait_exit(std::chrono::milliseconds limit);  // exit code, or minus the signal
  // SIGTERM, and after `limit` SIGKILL.
  void end(std::chrono::milliseconds limit);

 private:
  bool reap(int options);
  pid_t pid_ = -1;
  std::optional<int> exit_;
};

}  // namespace tests
