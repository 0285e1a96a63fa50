// The real `dualcamd serve` as a child process: on free ports of the loopback, with its log in a file, ended by pid.
// A process that is still there at the end, or whose test dies, is killed: start it from a thread that outlives it.
// One thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/eventually.hpp"

namespace tests {

struct ServerStart {
  std::filesystem::path data_dir;
  // Behind `serve --data-dir …`. Without a --dualcam-listen, --avl-listen or --http-listen among them the server takes
  // free ports.
  std::vector<std::string> flags;
  std::vector<std::string> environment;  // NAME=value, beside or instead of what the test itself has
  std::filesystem::path log_file;        // appended to; empty: DATA_DIR.log
  std::uint64_t max_descriptors = 0;     // RLIMIT_NOFILE; 0: as the test has it
  bool ignores_log = false;              // no log file: for measurements
};

class ServerProcess {
 public:
  explicit ServerProcess(ServerStart start);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess();

  // The `ready` line has come. False when the process ended or nothing came in time.
  bool wait_ready(std::chrono::milliseconds limit = patience);
  const std::string& ready_line() const noexcept { return ready_line_; }
  // Of "dualcam", "dualcam-tls", "avl", "avl-tls", "avl-udp" or "http" in the ready line, the `index`-th of its name; 0
  // where there is none.
  std::uint16_t port(std::string_view name = "dualcam", std::size_t index = 0) const;
  std::string http_url() const;  // http://127.0.0.1:PORT

  pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;
  // The exit code, or minus the number of the signal that ended it; nothing when it still runs after `limit`.
  std::optional<int> wait_exit(std::chrono::milliseconds limit = patience);
  // SIGTERM and wait_exit().
  std::optional<int> terminate(std::chrono::milliseconds limit = patience);
  void kill_hard();  // SIGKILL, and waits
  bool running();

  std::string log() const;
  bool log_has(std::string_view text) const { return log().find(text) != std::string::npos; }
  bool wait_log(std::string_view text, std::chrono::milliseconds limit = patience) const;
  std::uint64_t resident_bytes() const;  // 0 when it is gone

 private:
  bool reap(int options);

  std::filesystem::path log_file_;
  pid_t pid_ = -1;
  int output_ = -1;  // its standard output
  std::optional<int> exit_;
  std::string ready_line_;
};

// Runs `dualcamd` with these arguments to its end; what it printed, both streams.
struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};
Ran run_dualcamd(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {});

}  // namespace tests
