// Thumbnail and contact strip.
extern "C" {
#include <libavutil/imgutils.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "transcode/media/byte_io.hpp"
#include "transcode/media/decoder.hpp"
#include "transcode/media/encoder.hpp"
#include "transcode/media/outputs.hpp"
#include "transcode/media/scaler.hpp"

namespace transcode {

namespace {

constexpr std::size_t strip_pictures = 5;
constexpr unsigned keys_to_look_at = 6;  // a camera that wakes up shows a black picture or two
constexpr double least_contrast = 6;     // standard deviation of brightness; a night scene has 10, a covered lens 2
constexpr int jpeg_quantiser = 4;        // of mjpeg's 2..31: about what others call quality 80
constexpr int min_side = 16;

// The picture alone: no picture before it is needed, and none behind it is looked at.
base::Result<FramePtr> decode_key(const VideoTrack& video, const Picture& picture) {
  auto decoder = Decoder::open(*video.parameters, 1);
  if (!decoder) return std::unexpected(decoder.error());
  FramePtr shown;
  const auto take = [&](AVFrame& frame) -> base::Result<> {
    if (shown || frame.width <= 0 || frame.height <= 0) return {};
    shown = new_frame();
    av_frame_move_ref(shown.get(), &frame);
    return {};
  };
  if (auto decoded = decoder->decode(picture, take); !decoded) return std::unexpected(decoded.error());
  if (auto rest = decoder->finish(take); !rest) return std::unexpected(rest.error());
  return shown;  // null: nothing came out
}

// Standard deviation of the brightness of every few pixels; of pictures in 8-bit 4:2:0.
double contrast(const AVFrame& frame) {
  constexpr int step = 3;
  double sum = 0, squares = 0, count = 0;
  for (int y = 0; y < frame.height; y += step)
    for (int x = 0; x < frame.width; x += step) {
      const double value = frame.data[0][static_cast<std::ptrdiff_t>(y) * frame.linesize[0] + x];
      sum += value, squares += value * value, ++count;
    }
  const double mean = sum / count;
  return std::sqrt(std::max(squares / count - mean * mean, 0.0));
}

PictureForm small_form(const AVFrame& frame, std::uint32_t wanted_width) {
  const auto even = [](std::int64_t side) { return static_cast<int>(std::max<std::int64_t>(side / 2 * 2, min_side)); };
  const std::int64_t width = std::min<std::int64_t>(wanted_width, frame.width);  // never larger than the picture
  const std::int64_t height = (width * frame.height + frame.width / 2) / frame.width;
  return {.width = even(width), .height = even(height), .full_range = true};
}

base::Result<> write_jpeg(const AVFrame& picture, int descriptor) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (codec == nullptr) return base::fail(base::Errc::unavailable, "This build of FFmpeg has no JPEG encoder.");
  auto context = new_context(codec);
  context->width = picture.width;
  context->height = picture.height;
  context->pix_fmt = AV_PIX_FMT_YUVJ420P;
  context->color_range = AVCOL_RANGE_JPEG;
  context->time_base = media_clock;
  context->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  context->global_quality = jpeg_quantiser * FF_QP2LAMBDA;
  context->thread_count = 1;
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0)
    return fail_av(code, "A JPEG of this size cannot be made");
  Encoder encoder(std::move(context));
  const auto write = [&](AVPacket& packet) {
    return write_whole(descriptor, {packet.data, static_cast<std::size_t>(packet.size)});
  };
  FramePtr frame(av_frame_clone(&picture));
  if (!frame) throw std::bad_alloc();
  frame->pts = 0;
  frame->quality = jpeg_quantiser * FF_QP2LAMBDA;
  if (auto encoded = encoder.encode(*frame, write); !encoded) return encoded;
  return encoder.finish(write);
}

std::vector<const Picture*> key_pictures(const VideoTrack& video) {
  std::vector<const Picture*> keys;
  for (const Picture& picture : video.pictures)
    if (picture.key && !picture.hidden) keys.push_back(&picture);
  return keys;
}

// The key picture nearest to the middle of each fifth of the clip.
std::vector<const Picture*> spread(const std::vector<const Picture*>& keys, const VideoTrack& video) {
  std::vector<const Picture*> chosen;
  const std::int64_t length = video.pictures.back().shown_at + video.usual_ticks;
  for (std::size_t n = 0; n < strip_pictures; ++n) {
    const std::int64_t wanted =
        length / static_cast<std::int64_t>(2 * strip_pictures) * static_cast<std::int64_t>(2 * n + 1);
    const auto distance = [&](const Picture* key) { return std::abs(key->shown_at - wanted); };
    chosen.push_back(*std::ranges::min_element(keys, {}, distance));
  }
  return chosen;
}

}  // namespace

base::Result<bool> write_thumbnail(const VideoTrack& video, const Encoding& encoding, int descriptor) {
  FramePtr best;
  double best_contrast = -1;
  unsigned looked_at = 0;
  for (const Picture* key : key_pictures(video)) {
    if (looked_at++ == keys_to_look_at || best_contrast >= least_contrast) break;
    auto frame = decode_key(video, *key);
    if (!frame) return std::unexpected(frame.error());
    if (!*frame) continue;
    auto small = Scaler(small_form(**frame, encoding.thumbnail_width)).scale(**frame);
    if (!small) continue;
    // A damaged one only when nothing better comes.
    const double value = is_damaged(**frame) ? 0 : contrast(**small);
    if (value <= best_contrast) continue;
    best = std::move(*small);
    best_contrast = value;
  }
  if (!best) return false;
  if (auto written = write_jpeg(*best, descriptor); !written) return std::unexpected(written.error());
  return true;
}

base::Result<bool> write_strip(const VideoTrack& video, const Encoding& encoding, int descriptor) {
  const auto keys = key_pictures(video);
  if (keys.empty()) return false;
  FramePtr strip;
  PictureForm form;
  const Picture* decoded = nullptr;
  FramePtr frame;
  std::size_t place = 0;
  for (const Picture* key : spread(keys, video)) {
    if (key != decoded) {
      auto shown = decode_key(video, *key);
      if (!shown) return std::unexpected(shown.error());
      if (*shown) frame = std::move(*shown);  // else the one before it stands in
      decoded = key;
    }
    if (frame && !strip) {
      form = small_form(*frame, encoding.thumbnail_width);
      auto empty = allocate({.width = form.width * static_cast<int>(strip_pictures), .height = form.height});
      if (!empty) return std::unexpected(empty.error());
      strip = std::move(*empty);
      const std::ptrdiff_t strides[4] = {strip->linesize[0], strip->linesize[1], strip->linesize[2], 0};
      av_image_fill_black(strip->data, strides, AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_JPEG, strip->width, strip->height);
    }
    const std::size_t at = place++ * static_cast<std::size_t>(form.width);
    if (!frame) continue;
    std::uint8_t* const planes[4] = {strip->data[0] + at, strip->data[1] + at / 2, strip->data[2] + at / 2, nullptr};
    if (auto scaled = Scaler(form).scale_into(*frame, planes, strip->linesize); !scaled) return false;
  }
  if (!strip) return false;
  if (auto written = write_jpeg(*strip, descriptor); !written) return std::unexpected(written.error());
  return true;
}

}  // namespace transcode
