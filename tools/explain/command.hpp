// `dualcam explain` as a function.
#pragma once

#include <string>

#include "tools/explain/report.hpp"

namespace explain {

struct CommandOptions {
  std::string file;  // a path, or "-" for standard input; unused when `hex` is not empty
  std::string hex;
  From from = From::either;
  bool json = false;
};

enum class Outcome : int {
  sound = 0,     // everything was understood and fits
  problems = 1,  // bad CRCs, lost framing, another protocol, …
  unusable = 2,  // no input to explain
};

Outcome run_command(const CommandOptions& options);

}  // namespace explain
