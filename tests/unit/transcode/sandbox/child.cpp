#include "tests/unit/transcode/sandbox/child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace transcode {

Ending in_process(const std::function<int(int)>& body) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    close(ends[0]);
    try {
      _exit(body(ends[1]));
    } catch (...) {
      _exit(threw);
    }
  }
  close(ends[1]);
  Ending ending;
  std::array<char, 512> piece{};
  for (ssize_t got = 0; (got = read(ends[0], piece.data(), piece.size())) > 0;)
    ending.said.append(piece.data(), static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("the process cannot be waited for");
  if (WIFEXITED(status))
    ending.exit_code = WEXITSTATUS(status);
  else
    ending.signal = WTERMSIG(status);
  return ending;
}

Ending in_sandbox(const SandboxLimits& limits, const std::function<int(int)>& body) {
  return in_process([&](int descriptor) { return enter_sandbox(limits) ? body(descriptor) : not_entered; });
}

int error_of(long result) {
  return result < 0 ? errno : 0;
}

}  // namespace transcode
