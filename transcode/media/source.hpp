// A file taken apart, whatever it came in: pictures and sounds with their times, nothing decoded yet.
#pragma once

#include <optional>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "storage/formats/format.hpp"
#include "storage/formats/media_probe.hpp"
#include "transcode/media/libav.hpp"

namespace transcode {

// Times are ticks of media_clock, 0 where the first key picture is shown (the first sound, where there is no picture).
struct Picture {
  base::ByteView bytes;
  std::int64_t shown_at = 0;
  std::int64_t decoded_at = 0;  // rising, and never behind shown_at; below 0 where pictures are reordered
  bool key = false;
  bool hidden = false;  // decoded for others' sake, not shown
};

struct Sound {
  base::ByteView bytes;
  std::int64_t heard_at = 0;
};

struct VideoTrack {
  CodecParametersPtr parameters;  // with the parameter sets as extradata
  std::vector<Picture> pictures;  // in the order of decoding
  std::int64_t usual_ticks = 0;   // from one picture to the next; how long the last one is shown
};

struct SoundTrack {
  CodecParametersPtr parameters;
  std::vector<Sound> sounds;  // in order
};

struct Source {
  storage::MediaProbe probe;  // all but what only decoding tells
  std::optional<VideoTrack> video;
  std::optional<SoundTrack> sound;
  bool fast_start = false;       // an MP4 that plays while it loads
  std::vector<PacketPtr> owned;  // what the views show that are not of the file
};

// The file outlives the source. `frame_rate`: pictures a second, taken for true where the file says nothing sane; 0:
// not known, and the cameras' usual one is taken. An error, `corrupt`: neither picture nor sound is in it.
base::Result<Source> open_source(storage::Format format, base::ByteView file, std::uint32_t frame_rate = 0);

}  // namespace transcode
