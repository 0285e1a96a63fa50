// The camera files of a capture, written into a folder.
//
//   IMEI-CLASS-yyyymmddThhmmss[-n].jpg|ptmf|mp4|…[.incomplete]    and beside each the same with .json behind it
//
// The time is that of its START, in UTC. Names are made here: nothing of them is a device's text. One that is not whole
// ends in ".incomplete", with zeros in what is missing, and its JSON lists the ranges.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "tools/capture/camera_files.hpp"

namespace captures {

struct ExtractOptions {
  bool overwrite = false;  // files of the same name
  bool incomplete = true;  // write those that are not whole, too
};

struct ExtractedFile {
  std::string name;      // in the folder
  std::size_t file = 0;  // which of the camera files
  bool complete = false;
  std::uint64_t size = 0;
};

struct ExtractSummary {
  std::vector<ExtractedFile> written;
  std::vector<std::string> existing;  // names that are in the folder already, and were left as they are
  std::uint64_t left_out = 0;         // incomplete ones that were not asked for
  std::uint64_t empty = 0;            // announced, and the capture has not a byte of it: not written
};

// The folder is made where it is not there; the one above it has to be. A file gets its name when all of it is written.
// Errors: what the operating system says, and where; what was written before stays.
base::Result<ExtractSummary> extract(const Capture& capture, const std::vector<CameraFile>& files,
                                     const std::string& folder, const ExtractOptions& options = {});

// What the JSON beside a file says. `name` is the file's.
base::Result<std::string> describe(const Capture& capture, const CameraFile& file, std::string_view name);

}  // namespace captures
