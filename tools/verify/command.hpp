// `dualcam verify` as a function.
#pragma once

#include <string>
#include <vector>

#include "tools/verify/report.hpp"

namespace verify {

struct CommandOptions {
  std::string objects;   // URL of an object store
  std::string segments;  // or a folder of segments
  std::string catalog;   // URL; empty: what is not sealed is not looked at
  std::string imei;
  std::string head;
  std::vector<std::string> files;
  unsigned jobs = 4;
  bool no_content = false;
  bool json = false;
  bool quiet = false;
};

// Prints the report to standard output, what is wrong with the options to standard error.
Outcome run_command(const CommandOptions& options);

}  // namespace verify
