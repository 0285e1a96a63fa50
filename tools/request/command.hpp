// `dualcam request`: asks a camera for a file through the server's API, and sees it come.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "tools/http/access.hpp"

namespace request {

enum class Outcome : int {
  good = 0,      // stored, or where nobody waits for that: done
  bad = 1,       // refused, expired, failed, cancelled; or the server will not have the request
  unusable = 2,  // wrong options, or the server cannot be reached
};

// As they stand on the command line.
struct CommandOptions {
  std::string imei;
  bool video = false;
  bool photo = false;
  std::string at;      // a video's begin
  std::string length;  // a video's; empty: `usual_length`
  std::string around;  // instead of begin and length: a device event's id, or a time
  std::string before;  // of that; empty: the server's
  std::string after;
  bool front = false;
  bool rear = false;
  bool both = false;
  std::string camera;                  // adas, dsm, dash, front, rear
  std::optional<unsigned> resolution;  // a photo's
  std::string channel;                 // empty: the server's
  std::string deadline;                // the same
  bool wait = false;

  bool list = false;
  std::string cancel;  // the id of a request
  std::string watch;   // the same
  std::string state;   // of list
  unsigned limit = 20;

  bool json = false;
  bool quiet = false;  // nothing while it waits
  http::Access access;
  std::chrono::milliseconds poll = std::chrono::seconds{1};
  // So long may the server be away while it is waited for.
  std::chrono::milliseconds patience = std::chrono::seconds{60};
};

// Prints to standard output; errors, and progress on a terminal, to standard error.
Outcome run_command(const CommandOptions& options);

}  // namespace request
