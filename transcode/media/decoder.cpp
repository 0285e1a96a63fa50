#include "transcode/media/decoder.hpp"

#include <fmt/format.h>

namespace transcode {

bool is_damaged(const AVFrame& frame) noexcept {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

base::Result<Decoder> Decoder::open(const AVCodecParameters& parameters, unsigned threads) {
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  const auto what = fmt::format("No decoder takes {}", avcodec_get_name(parameters.codec_id));
  if (codec == nullptr) return base::fail(base::Errc::corrupt, what + ".");
  auto context = new_context(codec);
  if (const int code = avcodec_parameters_to_context(context.get(), &parameters); code < 0) return fail_av(code, what);
  context->max_pixels = max_picture_pixels;
  context->pkt_timebase = media_clock;
  context->thread_count = static_cast<int>(threads);
  context->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;  // a damaged picture shows more than none
  if (const int code = avcodec_open2(context.get(), codec, nullptr); code < 0) return fail_av(code, what);
  return Decoder(std::move(context));
}

base::Result<> Decoder::decode(const Picture& picture, const TakeFrame& take) {
  borrow(*packet_, picture.bytes);
  packet_->pts = picture.shown_at;
  packet_->dts = picture.decoded_at;
  if (picture.key) packet_->flags |= AV_PKT_FLAG_KEY;
  if (picture.hidden) packet_->flags |= AV_PKT_FLAG_DISCARD;
  return decode_packet(take);
}

base::Result<> Decoder::decode(const Sound& sound, const TakeFrame& take) {
  borrow(*packet_, sound.bytes);
  packet_->pts = packet_->dts = sound.heard_at;
  packet_->flags |= AV_PKT_FLAG_KEY;
  return decode_packet(take);
}

base::Result<> Decoder::decode_packet(const TakeFrame& take) {
  const int code = avcodec_send_packet(context_.get(), packet_.get());
  if (code == AVERROR(ENOMEM)) return fail_av(code, "A picture cannot be decoded", base::Errc::exhausted);
  if (code < 0) ++errors_;
  return drain(take);
}

base::Result<> Decoder::finish(const TakeFrame& take) {
  avcodec_send_packet(context_.get(), nullptr);
  auto drained = drain(take);
  avcodec_flush_buffers(context_.get());
  return drained;
}

base::Result<> Decoder::drain(const TakeFrame& take) {
  constexpr unsigned max_errors_in_a_row = 64;  // one per thread at most; a decoder that says more has lost its way
  for (unsigned errors = 0; errors < max_errors_in_a_row;) {
    const int code = avcodec_receive_frame(context_.get(), frame_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code == AVERROR(ENOMEM)) return fail_av(code, "A picture cannot be decoded", base::Errc::exhausted);
    if (code < 0) {
      ++errors_, ++errors;
      continue;
    }
    errors = 0;
    if (is_damaged(*frame_)) ++errors_;
    if (frame_->pts == AV_NOPTS_VALUE) frame_->pts = frame_->best_effort_timestamp;
    auto taken = take(*frame_);
    av_frame_unref(frame_.get());
    if (!taken) return taken;
  }
  return {};
}

}  // namespace transcode
