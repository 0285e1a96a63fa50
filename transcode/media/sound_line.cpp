#include "transcode/media/sound_line.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace transcode {

namespace {
// A camera's times waver by a few milliseconds, and sound must not be torn for that; a record is 40 ms, and one that is
// missing must be heard as such.
constexpr std::int64_t tolerance_ticks = ticks_per_second * 30 / 1000;
constexpr int max_rate = 192'000;
constexpr int silence_samples = 8192;  // at a time: bounds the memory of a long silence
constexpr std::size_t max_input_channels = 8;
}  // namespace

base::Result<> SoundLine::begin(const AVFrame& frame) {
  const auto channels = static_cast<std::size_t>(std::max(frame.ch_layout.nb_channels, 0));
  if (frame.sample_rate <= 0 || frame.sample_rate > max_rate || channels == 0 || channels > max_input_channels)
    return base::fail(base::Errc::corrupt, "The sound has a form that cannot be converted.");
  AVChannelLayout out{};
  av_channel_layout_default(&out, static_cast<int>(samples_.size()));
  AVChannelLayout in{};  // the order of channels may be unknown; their number is what counts
  av_channel_layout_default(&in, frame.ch_layout.nb_channels);
  SwrContext* context = nullptr;
  const int code = swr_alloc_set_opts2(&context, &out, AV_SAMPLE_FMT_FLTP, sound_rate, &in,
                                       static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  SwrPtr resampler(context);
  if (code < 0) return fail_av(code, "The sound cannot be converted");
  if (const int opened = swr_init(resampler.get()); opened < 0) return fail_av(opened, "The sound cannot be converted");
  resampler_ = std::move(resampler);
  format_ = static_cast<AVSampleFormat>(frame.format);
  rate_ = frame.sample_rate;
  channels_ = frame.ch_layout.nb_channels;
  silence_ = new_frame();
  silence_->format = format_;
  silence_->nb_samples = silence_samples;
  silence_->ch_layout = in;
  if (av_frame_get_buffer(silence_.get(), 0) < 0) throw std::bad_alloc();
  av_samples_set_silence(silence_->extended_data, 0, silence_samples, channels_, format_);
  return {};
}

// No data: what is left inside comes out, and no more may go in.
base::Result<> SoundLine::convert(const std::uint8_t* const* data, int count) {
  const int room = swr_get_out_samples(resampler_.get(), count);
  if (room <= 0) return {};
  std::array<std::uint8_t*, max_input_channels> planes{};
  for (std::size_t n = 0; n < samples_.size(); ++n) {
    samples_[n].resize(static_cast<std::size_t>(room));
    planes[n] = reinterpret_cast<std::uint8_t*>(samples_[n].data());
  }
  const int made = swr_convert(resampler_.get(), planes.data(), room, const_cast<const std::uint8_t**>(data), count);
  for (auto& channel : samples_) channel.resize(static_cast<std::size_t>(std::max(made, 0)));
  return take_(samples_);
}

base::Result<> SoundLine::fill(std::int64_t count) {
  for (; count > 0; count -= silence_samples) {
    const int part = static_cast<int>(std::min<std::int64_t>(count, silence_samples));
    if (auto filled = convert(silence_->extended_data, part); !filled) return filled;
  }
  return {};
}

base::Result<> SoundLine::place(const AVFrame& frame) {
  if (!resampler_)
    if (auto begun = begin(frame); !begun) return begun;
  const bool same_form =
      frame.format == format_ && frame.sample_rate == rate_ && frame.ch_layout.nb_channels == channels_;
  if (!same_form || frame.nb_samples <= 0 || frame.pts == AV_NOPTS_VALUE) return {};

  const std::int64_t due = av_rescale(frame.pts, rate_, ticks_per_second);
  const std::int64_t tolerance = taken_ == 0 ? 0 : av_rescale(tolerance_ticks, rate_, ticks_per_second);
  const std::int64_t gap = due - taken_;
  if (gap > tolerance) {
    taken_ = due;
    if (auto filled = fill(gap); !filled) return filled;
  }
  const int cut = gap < -tolerance ? static_cast<int>(std::min<std::int64_t>(-gap, frame.nb_samples)) : 0;
  if (cut == frame.nb_samples) return {};
  taken_ += frame.nb_samples - cut;
  const bool planar = av_sample_fmt_is_planar(format_) != 0;
  const int step = av_get_bytes_per_sample(format_) * (planar ? 1 : channels_);
  std::array<const std::uint8_t*, max_input_channels> planes{};
  for (std::size_t n = 0; n < (planar ? static_cast<std::size_t>(channels_) : 1U); ++n)
    planes[n] = frame.extended_data[n] + static_cast<std::ptrdiff_t>(cut) * step;
  return convert(planes.data(), frame.nb_samples - cut);
}

base::Result<> SoundLine::finish() {
  return resampler_ ? convert(nullptr, 0) : base::Result<>{};
}

}  // namespace transcode
