// What the command `dualcam import` does with its options.
#pragma once

#include <cstdint>
#include <string>

namespace importing {

struct CommandOptions {
  std::string folder;
  std::string data_dir;
  std::string catalog;
  std::string objects;
  std::string layout = "any";  // or "traccar"
  std::string imei;
  std::string time_zone;  // empty: this machine's
  std::string camera = "unknown";
  std::uint32_t max_mebibytes = 1024;  // far above any clip, far below what would fill a disk unnoticed
  unsigned jobs = 4;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;
};

// What can be given.
constexpr unsigned most_jobs = 32;
constexpr unsigned most_mebibytes = 4095;  // sizes of spooled files have 32 bits

enum class Outcome : int {
  done = 0,
  incomplete = 1,  // files were refused
  unusable = 2,    // wrong options, or a server has the data directory
  failed = 3,      // catalog or object store could not be read or written; not everything was looked at
};

// The report to standard output, what ended it early to standard error.
Outcome run_command(const CommandOptions& options);

}  // namespace importing
