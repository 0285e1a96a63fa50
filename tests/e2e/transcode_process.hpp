// The real `dualcam-transcode` as a child process, with its log in a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/eventually.hpp"

namespace e2e {

// Both streams go into `log`. One thread at a time.
class TranscodeProcess {
 public:
  TranscodeProcess(const std::vector<std::string>& arguments, std::filesystem::path log);

  // The `ready` line has come. False when the process ended before it, or nothing came in time.
  bool wait_ready();
  std::uint16_t port() const;  // of --http-listen, by the ready line; 0 where it has none
  std::string log() const;
  pid_t pid() const noexcept { return process_.pid(); }

  std::optional<int> wait_exit() { return process_.wait_exit(tests::patience); }  // exit code, or minus the signal
  std::optional<int> terminate();
  void kill_hard();

 private:
  std::string ready_line() const;

  std::filesystem::path log_;
  tests::ChildProcess process_;
};

}  // namespace e2e
