// What is made of a Source. Each writes to the beginning of an empty file, and says whether there was anything to make.
#pragma once

#include <functional>

#include "transcode/media/mp4_writer.hpp"
#include "transcode/media/source.hpp"
#include "transcode/order/order.hpp"

namespace transcode {

// The pictures as they are, the sound beside them. `sound` may be null.
base::Result<bool> write_remux(const Source& source, const SoundToWrite* sound, int descriptor);

struct Decoded {
  bool made = false;
  std::uint32_t errors = 0;  // pictures the decoder complained of
};
// H.264. `progress`: 0 to 1.
base::Result<Decoded> write_playback(const Source& source, const SoundToWrite* sound, const Encoding& encoding,
                                     int descriptor, const std::function<void(double)>& progress);

// JPEGs of key pictures, which are all that is decoded.
base::Result<bool> write_thumbnail(const VideoTrack& video, const Encoding& encoding, int descriptor);
base::Result<bool> write_strip(const VideoTrack& video, const Encoding& encoding, int descriptor);

}  // namespace transcode
