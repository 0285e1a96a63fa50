// What libavcodec's parser tells of a picture without decoding it.
#pragma once

#include <optional>

#include "transcode/media/libav.hpp"
#include "transcode/streams/nal.hpp"

namespace transcode {

AVCodecID codec_id(VideoCodec codec) noexcept;

class PictureParser {
 public:
  explicit PictureParser(VideoCodec codec);
  // One whole picture. Its picture order count; nothing where it cannot be read.
  std::optional<std::int64_t> read(base::ByteView picture);
  // Of the last one that was read; 0 and AV_PIX_FMT_NONE while not known.
  int width() const noexcept { return parser_->width; }
  int height() const noexcept { return parser_->height; }
  int pixel_format() const noexcept { return parser_->format; }
  AVRational frame_rate() const noexcept;
  int profile() const noexcept { return context_->profile; }

 private:
  CodecContextPtr context_;
  ParserPtr parser_;
  base::Bytes padded_;
};

}  // namespace transcode
