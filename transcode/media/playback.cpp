#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "transcode/media/decode_ahead.hpp"
#include "transcode/media/encoder.hpp"
#include "transcode/media/outputs.hpp"
#include "transcode/media/scaler.hpp"

namespace transcode {

namespace {

constexpr std::int64_t key_ticks = 2 * ticks_per_second;  // how far a player must go back to seek
constexpr std::uint32_t min_side = 16;                    // x264 takes no less than a macroblock usefully

PictureForm form_of(const AVFrame& frame, const Encoding& encoding) {
  const auto even = [](std::int64_t side) { return static_cast<int>(std::max<std::int64_t>(side / 2 * 2, min_side)); };
  PictureForm form{.width = even(frame.width), .height = even(frame.height), .full_range = is_full_range(frame)};
  const std::int64_t highest = encoding.max_height;
  if (highest == 0 || frame.height <= highest) return form;
  form.height = even(highest);
  form.width = even((std::int64_t{frame.width} * form.height + frame.height / 2) / frame.height);
  return form;
}

base::Result<Encoder> open_x264(const PictureForm& form, const AVFrame& first, const Encoding& encoding,
                                std::int64_t usual_ticks) {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) return base::fail(base::Errc::unavailable, "This build of FFmpeg has no libx264.");
  auto context = new_context(codec);
  context->width = form.width;
  context->height = form.height;
  context->pix_fmt = form.pixel_format();
  context->color_range = form.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context->colorspace = first.colorspace;
  context->color_primaries = first.color_primaries;
  context->color_trc = first.color_trc;
  context->sample_aspect_ratio = first.sample_aspect_ratio;
  context->time_base = media_clock;
  context->framerate = AVRational{static_cast<int>(ticks_per_second), static_cast<int>(usual_ticks)};
  context->gop_size = static_cast<int>(std::max<std::int64_t>(key_ticks / usual_ticks, 1));
  context->thread_count = static_cast<int>(encoding.threads);
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "preset", encoding.preset.c_str(), 0);
  av_dict_set_int(&options, "crf", encoding.crf, 0);
  av_dict_set(&options, "profile", "high", 0);
  const int code = avcodec_open2(context.get(), codec, &options);
  av_dict_free(&options);
  if (code == AVERROR_EXTERNAL)  // parameters that it does not take are EINVAL
    return base::fail(base::Errc::exhausted, fmt::format("libx264 has no memory for {}x{} with preset {}.", form.width,
                                                         form.height, encoding.preset));
  if (code < 0)
    return fail_av(code,
                   fmt::format("libx264 does not take {}x{} with preset {} and crf {}", form.width, form.height,
                               encoding.preset, encoding.crf),
                   base::Errc::invalid);
  return Encoder(std::move(context));
}

// Encoder and file are set up when the first picture is there: only then is its form known.
class Playback {
 public:
  Playback(const VideoTrack& video, const SoundToWrite* sound, const Encoding& encoding, int descriptor)
      : video_(video), sound_(sound), encoding_(encoding), descriptor_(descriptor) {}

  base::Result<> take(AVFrame& frame) {
    if (frame.width <= 0 || frame.height <= 0) return {};
    if (!encoder_)
      if (auto begun = begin(frame); !begun) return begun;
    // The encoder takes rising times only, and damaged streams give others.
    if (frame.pts == AV_NOPTS_VALUE || frame.pts <= last_shown_) frame.pts = last_shown_ + 1;
    last_shown_ = frame.pts;
    if (has_form(frame, form_)) return encode(frame);
    auto scaled = scaler_->scale(frame);
    if (!scaled) return std::unexpected(scaled.error());
    return encode(**scaled);
  }

  base::Result<> finish() {
    if (auto rest = encoder_->finish([this](AVPacket& packet) { return write(packet); }); !rest) return rest;
    return writer_->finish();
  }

  bool begun() const noexcept { return encoder_.has_value(); }

 private:
  base::Result<> begin(const AVFrame& frame) {
    form_ = form_of(frame, encoding_);
    scaler_.emplace(form_);
    auto encoder = open_x264(form_, frame, encoding_, video_.usual_ticks);
    if (!encoder) return std::unexpected(encoder.error());
    encoder_ = std::move(*encoder);
    parameters_ = encoder_->parameters();
    auto writer = Mp4Writer::begin(descriptor_, parameters_.get(), video_.pictures.size(), sound_);
    if (!writer) return std::unexpected(writer.error());
    writer_ = std::move(*writer);
    return {};
  }

  base::Result<> encode(AVFrame& frame) {
    frame.pict_type = AV_PICTURE_TYPE_NONE;  // else every key picture of the camera becomes one of ours
    frame.key_frame = 0;
    return encoder_->encode(frame, [this](AVPacket& packet) { return write(packet); });
  }

  base::Result<> write(AVPacket& packet) {
    packet.duration = video_.usual_ticks;
    return writer_->write_picture(packet);
  }

  const VideoTrack& video_;
  const SoundToWrite* sound_;
  const Encoding& encoding_;
  int descriptor_;
  PictureForm form_;
  std::optional<Scaler> scaler_;
  std::optional<Encoder> encoder_;
  CodecParametersPtr parameters_;
  std::unique_ptr<Mp4Writer> writer_;
  std::int64_t last_shown_ = -1;
};

base::Result<Decoded> write_sound_alone(const SoundToWrite* sound, int descriptor) {
  if (sound == nullptr) return Decoded{};
  auto writer = Mp4Writer::begin(descriptor, nullptr, 0, sound);
  if (!writer) return std::unexpected(writer.error());
  if (auto finished = (*writer)->finish(); !finished) return std::unexpected(finished.error());
  return Decoded{.made = true};
}

}  // namespace

base::Result<Decoded> write_playback(const Source& source, const SoundToWrite* sound, const Encoding& encoding,
                                     int descriptor, const std::function<void(double)>& progress) {
  if (!source.video) return write_sound_alone(sound, descriptor);
  const VideoTrack& video = *source.video;
  auto decoder = Decoder::open(*video.parameters, encoding.threads);
  if (!decoder) return std::unexpected(decoder.error());
  const std::uint32_t complaints_before = complaints();
  Playback playback(video, sound, encoding, descriptor);
  double done = 0;
  const auto take = [&](AVFrame& frame) {
    progress(std::min(++done / static_cast<double>(video.pictures.size()), 1.0));
    return playback.take(frame);
  };
  if (auto decoded = decode_ahead(*decoder, video.pictures, take); !decoded) return std::unexpected(decoded.error());
  if (!playback.begun()) return base::fail(base::Errc::corrupt, "Not one picture of the file can be decoded.");
  // HEVC's decoder marks no frame for which another was missing, but it complains; several times of one, sometimes.
  const std::uint32_t errors = std::max(decoder->errors(), complaints() - complaints_before);
  if (auto finished = playback.finish(); !finished) return std::unexpected(finished.error());
  return Decoded{.made = true, .errors = std::min(errors, source.probe.frames)};
}

}  // namespace transcode
