#include "transcode/media/picture_parser.hpp"

#include <limits>
#include <new>

namespace transcode {

AVCodecID codec_id(VideoCodec codec) noexcept {
  return codec == VideoCodec::hevc ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
}

PictureParser::PictureParser(VideoCodec codec)
    : context_(new_context(avcodec_find_decoder(codec_id(codec)))), parser_(av_parser_init(codec_id(codec))) {
  if (!parser_) throw std::bad_alloc();
  parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
}

std::optional<std::int64_t> PictureParser::read(base::ByteView picture) {
  // Parsers read a little beyond the end; a view of a mapped file has nothing there.
  padded_.assign(picture.begin(), picture.end());
  padded_.resize(padded_.size() + AV_INPUT_BUFFER_PADDING_SIZE);
  constexpr int unread = std::numeric_limits<int>::min();
  parser_->output_picture_number = unread;
  std::uint8_t* out = nullptr;
  int out_size = 0;
  av_parser_parse2(parser_.get(), context_.get(), &out, &out_size, padded_.data(), static_cast<int>(picture.size()),
                   AV_NOPTS_VALUE, AV_NOPTS_VALUE, -1);
  if (parser_->output_picture_number == unread) return std::nullopt;
  return parser_->output_picture_number;
}

// H.264 counts in fields, two of them a picture, and its parser leaves it at that; its decoder does not.
AVRational PictureParser::frame_rate() const noexcept {
  AVRational rate = context_->framerate;
  if (context_->codec_id == AV_CODEC_ID_H264 && rate.num > 0 && rate.den > 0)
    av_reduce(&rate.num, &rate.den, rate.num, 2LL * rate.den, std::numeric_limits<int>::max());
  return rate;
}

}  // namespace transcode
