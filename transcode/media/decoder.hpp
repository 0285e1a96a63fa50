// Compressed packets in, raw frames out. What the decoder complains of is counted and not an error: it shows what it
// can, as players do.
#pragma once

#include <functional>

#include "transcode/media/source.hpp"

namespace transcode {

// The frame is the decoder's until the call returns; its pts are ticks of media_clock. An error ends the decoding.
using TakeFrame = std::function<base::Result<>(AVFrame& frame)>;

class Decoder {
 public:
  // 0 threads: one per core.
  static base::Result<Decoder> open(const AVCodecParameters& parameters, unsigned threads);

  base::Result<> decode(const Picture& picture, const TakeFrame& take);
  base::Result<> decode(const Sound& sound, const TakeFrame& take);
  // What is still inside comes out. After this the decoder begins anew.
  base::Result<> finish(const TakeFrame& take);

  std::uint32_t errors() const noexcept { return errors_; }  // packets refused and frames marked as damaged

 private:
  explicit Decoder(CodecContextPtr context) : context_(std::move(context)) {}
  base::Result<> decode_packet(const TakeFrame& take);
  base::Result<> drain(const TakeFrame& take);

  CodecContextPtr context_;
  PacketPtr packet_ = new_packet();
  FramePtr frame_ = new_frame();
  std::uint32_t errors_ = 0;
};

bool is_damaged(const AVFrame& frame) noexcept;

}  // namespace transcode
