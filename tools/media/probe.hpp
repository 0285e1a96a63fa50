// `dualcam probe`: what is inside media files, and whether they are whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/media/source.hpp"

namespace media {

enum class Outcome : int {
  good = 0,
  bad = 1,         // a file is no media, or is damaged, or cannot be converted
  unusable = 2,    // wrong options, or there is no worker
  unreadable = 3,  // a file cannot be read or written
};

struct Probed {
  std::string path;
  std::uint64_t size = 0;
  storage::Format format = storage::Format::unknown;
  transcode::Report report;
  std::string problem;  // a sentence; the report is empty then
  Outcome outcome = Outcome::good;
};

struct ProbeOptions {
  std::vector<std::string> files;
  bool json = false;
  Bench bench;
};

// Prints to standard output; what is wrong with the options, to standard error. The worst outcome of all files.
Outcome run_probe(const ProbeOptions& options);

std::string as_table(const std::vector<Probed>& files);
std::string as_json(const std::vector<Probed>& files);
constexpr std::string_view whole = "whole";
// That, or what is missing.
std::string condition(const storage::MediaProbe& probe);

}  // namespace media
