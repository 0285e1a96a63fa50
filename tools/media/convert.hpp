// `dualcam convert`: an MP4 that plays everywhere, of a file from any server.
#pragma once

#include <string>
#include <vector>

#include "tools/media/probe.hpp"

namespace media {

struct ConvertOptions {
  std::string file;
  std::string out;        // empty: FILE with .mp4 at its end, or nothing when only a thumbnail is wanted
  std::string thumbnail;  // empty: none
  bool copy = false;      // the camera's own pictures in an MP4, instead of H.264
  bool force = false;     // replaces what is there
  bool json = false;
  transcode::Encoding encoding{.max_height = 0};  // as large as they are
  Bench bench;
};

// Prints what was made to standard output, errors to standard error. Ctrl-C leaves nothing behind.
Outcome run_convert(const ConvertOptions& options);

}  // namespace media
