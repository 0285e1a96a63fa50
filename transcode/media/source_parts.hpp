// What the ways into a Source share. Each leaves the times as the file has them; settle() does the rest.
#pragma once

#include "transcode/media/source.hpp"
#include "transcode/streams/damage.hpp"
#include "transcode/streams/nal.hpp"

namespace transcode {

// From one picture to the next, where neither file nor stream says it: by what was named beside the file, else what the
// cameras of this protocol send.
constexpr std::int64_t assumed_ticks(std::uint32_t frame_rate) noexcept {
  constexpr std::uint32_t usual_rate = 20;
  return ticks_per_second / (frame_rate == 0 ? usual_rate : frame_rate);
}

// `usual_ticks`: assumed_ticks().
base::Result<Source> open_ptmf(base::ByteView file, std::int64_t usual_ticks);
base::Result<Source> open_annexb(base::ByteView file, std::int64_t usual_ticks);
base::Result<Source> open_container(storage::Format format, base::ByteView file, std::int64_t usual_ticks);
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
