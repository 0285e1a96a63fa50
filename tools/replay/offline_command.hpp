// `dualcam replay --offline`, `--diff` and `--extract`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/capture/camera_files.hpp"
#include "tools/capture/capture.hpp"

namespace replay {

// Exit codes of `dualcam replay`.
enum class Outcome : int {
  good = 0,
  different = 1,  // or incomplete, or something failed
  unusable = 2,   // wrong options, or a file that is no capture
};

struct OfflineOptions {
  bool step = false;
  std::optional<std::chrono::microseconds> from;   // of each conversation's clock; what is before is not shown
  std::optional<std::chrono::microseconds> until;  // what is behind it is not shown
  unsigned runs = 1;
  bool json = false;
  bool quiet = false;  // no actions, only how it came out
};

// `capture` is borrowed, `files` are those of it.
struct Chosen {
  const captures::Capture& capture;
  const std::vector<captures::CameraFile>& files;
  const std::vector<std::size_t>& conversations;
};

// Both print to standard output. What ends early because of Ctrl-C is not good.
Outcome run_offline(const Chosen& chosen, const OfflineOptions& options);
Outcome run_diff(const Chosen& chosen, bool json);
// The files of the chosen conversations into a folder. Not good where one of them is not whole, or was there already.
Outcome run_extract(const Chosen& chosen, const std::string& folder, bool json);

}  // namespace replay
