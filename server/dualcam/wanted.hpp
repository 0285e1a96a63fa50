// Whether a file is taken at present: what its camera says of it, held against what is taken of its device.
#pragma once

#include "server/base/intake_state.hpp"
#include "server/base/media.hpp"
#include "server/dualcam/metadata.hpp"

namespace dualcam {

// Something happened, or somebody asked for the file. Not: what a timer made, and what nobody can tell.
bool is_event(const Metadata& metadata);

// `kind` is what the file is taken for. One of unknown kind may be as long as a video.
bool is_wanted(base::IntakeState taken, base::MediaKind kind, const Metadata& metadata);

}  // namespace dualcam
