// What the ways into a Source share. Each leaves the times as the file has them; settle() does the rest.
#pragma once

#include "transcode/media/source.hpp"
#include "transcode/streams/damage.hpp"
#include "transcode/streams/nal.hpp"

namespace transcode {

// Where neither file nor stream says how many pictures a second there are: what the cameras of this protocol send.
constexpr std::int64_t assumed_picture_ticks = ticks_per_second / 20;

base::Result<Source> open_ptmf(base::ByteView file);
base::Result<Source> open_annexb(base::ByteView file);
base::Result<Source> open_container(storage::Format format, base::ByteView file);
base::Result<Source> open_jpeg(base::ByteView file);

void note_damage(storage::MediaProbe& probe, const StreamDamage& damage);

// Of raw video: what a decoder is set up with, from the first key picture.
struct RawVideo {
  CodecParametersPtr parameters;
  AVRational frame_rate{0, 1};  // 0 where the stream does not say
};
base::Result<RawVideo> describe_video(VideoCodec codec, base::ByteView key_picture);

// Moves the times to begin at 0 and fills in the probe's counts and durations.
base::Result<> settle(Source& source);

}  // namespace transcode
