// What the commands `dualcam backup` and `dualcam restore` do with their options.
#pragma once

#include <string>

namespace backup {

struct CommandOptions {
  std::string catalog;
  std::string objects;
  std::string folder;
  bool reread = false;  // backup
  bool resume = false;  // restore
  bool json = false;
  bool quiet = false;
};

enum class Outcome : int {
  done = 0,
  incomplete =
      1,         // the store has lost or damaged objects; what is left of it is in the backup. Or the backup is damaged
  unusable = 2,  // wrong options, or a target that is not empty
  failed = 3,    // something could not be read or written
};

// A summary to standard output, what is wrong to standard error.
Outcome run_backup(const CommandOptions& options);
Outcome run_restore(const CommandOptions& options);

}  // namespace backup
