// Raw frames in, compressed packets out.
#pragma once

#include <functional>

#include "transcode/media/libav.hpp"

namespace transcode {

using TakePacket = std::function<base::Result<>(AVPacket& packet)>;

class Encoder {
 public:
  // `context` is set up and open.
  explicit Encoder(CodecContextPtr context) : context_(std::move(context)) {}
  const AVCodecContext& context() const noexcept { return *context_; }
  CodecParametersPtr parameters() const;

  base::Result<> encode(const AVFrame& frame, const TakePacket& take) { return send(&frame, take); }
  base::Result<> finish(const TakePacket& take) { return send(nullptr, take); }

 private:
  base::Result<> send(const AVFrame* frame, const TakePacket& take);
  CodecContextPtr context_;
  PacketPtr packet_ = new_packet();
};

}  // namespace transcode
