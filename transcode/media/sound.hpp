// The sound of a file, as it goes into an MP4: AAC.
#pragma once

#include <optional>

#include "transcode/media/mp4_writer.hpp"
#include "transcode/media/source.hpp"

namespace transcode {

// AAC is taken over as it is. Anything else is decoded, put where its times say, and encoded: gaps are silence, what
// overlaps or lies before 0 is cut off. Nothing when no sound can be decoded.
base::Result<std::optional<SoundToWrite>> make_sound(const SoundTrack& track);

}  // namespace transcode
