// A progressive MP4 that plays while it loads: the index stands in front of pictures and sound, in room that is kept
// for it from the start; what of that room is left over is a `free` box.
#pragma once

#include <memory>
#include <vector>

#include "server/base/result.hpp"
#include "transcode/media/byte_io.hpp"
#include "transcode/media/libav.hpp"

namespace transcode {

// Sound as it goes into the file, in the sound's own time base: AAC.
struct SoundToWrite {
  CodecParametersPtr parameters;
  AVRational time_base{1, 1};
  std::vector<PacketPtr> packets;  // in order
};

class Mp4Writer {
 public:
  // `video` may be null, as `sound` may; both outlive the writer. `pictures`: as many as there will be at most.
  static base::Result<std::unique_ptr<Mp4Writer>> begin(int descriptor, const AVCodecParameters* video,
                                                        std::size_t pictures, const SoundToWrite* sound);
  Mp4Writer(const Mp4Writer&) = delete;
  Mp4Writer& operator=(const Mp4Writer&) = delete;

  // In the order of decoding; times are ticks of media_clock. Sound goes in beside it.
  base::Result<> write_picture(AVPacket& packet);
  base::Result<> finish();

 private:
  explicit Mp4Writer(int descriptor) : output_(descriptor) {}
  base::Result<> add_streams(const AVCodecParameters* video, const SoundToWrite* sound);
  base::Result<> write_sound_until(std::int64_t ticks);
  base::Result<> write(AVPacket& packet, AVRational time_base, const AVStream& stream);

  base::Error why(int code);

  struct MuxerFree {
    void operator()(AVFormatContext* context) const noexcept { avformat_free_context(context); }
  };
  DescriptorOutput output_;
  std::unique_ptr<AVFormatContext, MuxerFree> muxer_;
  AVStream* video_ = nullptr;
  AVStream* sound_ = nullptr;
  const SoundToWrite* sound_to_write_ = nullptr;
  std::size_t next_sound_ = 0;
  std::int64_t sound_until_ = 0;  // ticks
};

}  // namespace transcode
