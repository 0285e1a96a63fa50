// Decoded sound put where its times say, without gap or overlap, in one form: float, 48 kHz.
#pragma once

#include <functional>
#include <vector>

#include "transcode/media/libav.hpp"

namespace transcode {

// An AAC encoder begins 1024 samples early. At 48 kHz that is 21 ms, so that a player which does not know of it is
// still in step; at the camera's 8 kHz it would be 128 ms.
constexpr int sound_rate = 48'000;

class SoundLine {
 public:
  using Samples = std::vector<std::vector<float>>;  // per channel
  using TakeSamples = std::function<base::Result<>(const Samples&)>;

  SoundLine(int channels, TakeSamples take) : take_(std::move(take)), samples_(static_cast<std::size_t>(channels)) {}
  // The frame, and the silence before it. Its pts are ticks. Frames of another form than the first are passed over.
  base::Result<> place(const AVFrame& frame);
  // The rest that is inside the resampler.
  base::Result<> finish();
  bool begun() const noexcept { return resampler_ != nullptr; }

 private:
  base::Result<> begin(const AVFrame& frame);
  base::Result<> fill(std::int64_t count);
  base::Result<> convert(const std::uint8_t* const* data, int count);

  TakeSamples take_;
  SwrPtr resampler_;
  FramePtr silence_;  // in the form of the input
  AVSampleFormat format_ = AV_SAMPLE_FMT_NONE;
  int rate_ = 0;
  int channels_ = 0;
  std::int64_t taken_ = 0;  // of the input's samples, since time 0
  Samples samples_;
};

}  // namespace transcode
