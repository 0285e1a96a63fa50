// Real HEVC and A-law through the ffmpeg program, put into PTMF records. Called once per run, before the cameras.
#pragma once

#include <memory>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "tools/sim/clip.hpp"

namespace sim {

bool have_ffmpeg();

// A few clips of `seconds` at 1280×720, 20 pictures a second, with a tone. Takes a second or two of CPU per clip.
base::Result<std::vector<std::shared_ptr<const Clip>>> make_ffmpeg_clips(unsigned seconds);

// One picture of an Annex-B stream; `key` when it holds an IDR or CRA slice.
struct AccessUnit {
  base::Bytes bytes;
  bool key = false;
};
// Cuts an HEVC Annex-B stream into pictures: parameter sets and SEI go with the picture after them.
std::vector<AccessUnit> split_access_units(base::ByteView stream);

}  // namespace sim
