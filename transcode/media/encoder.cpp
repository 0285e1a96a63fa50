#include "transcode/media/encoder.hpp"

#include <fmt/format.h>

#include <new>

namespace transcode {

CodecParametersPtr Encoder::parameters() const {
  auto parameters = new_parameters();
  if (avcodec_parameters_from_context(parameters.get(), context_.get()) < 0) throw std::bad_alloc();
  return parameters;
}

base::Result<> Encoder::send(const AVFrame* frame, const TakePacket& take) {
  const auto failed = [&](int code) {
    // x264 has one code for all troubles; with parameters that it has taken, memory is what is left.
    if (code == AVERROR_EXTERNAL)
      return base::fail(base::Errc::exhausted, fmt::format("{} ran out of memory at {}x{}.", context_->codec->name,
                                                           context_->width, context_->height));
    return fail_av(code, fmt::format("Encoding {} failed", context_->codec->name), base::Errc::io);
  };
  if (const int code = avcodec_send_frame(context_.get(), frame); code < 0) return failed(code);
  while (true) {
    const int code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return failed(code);
    auto taken = take(*packet_);
    av_packet_unref(packet_.get());
    if (!taken) return taken;
  }
}

}  // namespace transcode
