// Small whole files of every kind the worker knows, made by the ffmpeg program. The same bytes at every run.
#pragma once

#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "storage/formats/format.hpp"

namespace mutants {

struct BaseFile {
  std::string name;
  storage::Format format = storage::Format::unknown;
  base::Bytes bytes;
};

// Throws where there is no ffmpeg, or it cannot make them.
std::vector<BaseFile> make_base_files();

}  // namespace mutants
