// `dualcam sim` as a function: makes the files, runs the fleet with a progress line, asks the server what it has.
#pragma once

#include <optional>
#include <string>

#include "tools/sim/files.hpp"
#include "tools/sim/fleet.hpp"

namespace sim {

struct CommandOptions {
  FleetOptions fleet;
  FileMaker::Options media;
  std::string api = "http://127.0.0.1:8080";
  std::string api_token;  // sent as a bearer token when not empty
  bool verify = true;
  bool verify_content = true;          // false: the server's word on sha256 and size is enough
  std::chrono::seconds time_limit{0};  // 0: none
  bool json = false;                   // one JSON document on standard output, nothing else
  bool quiet = false;                  // only the verdict
};

// Exit codes of `dualcam sim`.
enum class Outcome : int {
  identical = 0,   // every file delivered, and (unless not asked) stored byte for byte
  different = 1,   // the server misses files, or has others than were sent
  unusable = 2,    // wrong options, no ffmpeg, server or API not reachable
  unfinished = 3,  // time limit or Ctrl-C before everything was delivered
};

// Blocks until the end of the run; SIGINT and SIGTERM end it early.
Outcome run_command(const CommandOptions& options);

}  // namespace sim
