// The C objects of FFmpeg, owned: each is freed where its owner ends. And what is bounded, whatever a file says.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace transcode {

// Of a picture: 8192×4096. Cameras send 1280×720 or 1920×1080; a decoder holds up to twenty at a time.
constexpr std::int64_t max_picture_pixels = 8192LL * 4096;
// Of a file: 6 hours at 60 a second would be 1.3 million pictures; a camera's clip has at most a few thousand.
constexpr std::size_t max_packets = 1'000'000;
constexpr std::int64_t max_duration_us = 6LL * 3600 * 1'000'000;

// Times of everything that is muxed. 90 kHz divides all frame rates in use, and the camera's 33.4 ms.
constexpr AVRational media_clock{1, 90'000};
constexpr std::int64_t ticks_per_second = 90'000;
constexpr std::int64_t to_ticks(std::int64_t us) noexcept {
  return (us * 9 + (us < 0 ? -50 : 50)) / 100;
}
constexpr std::int64_t to_us(std::int64_t ticks) noexcept {
  return (ticks * 100 + (ticks < 0 ? -4 : 4)) / 9;
}

struct LibavFree {
  void operator()(AVCodecContext* p) const noexcept { avcodec_free_context(&p); }
  void operator()(AVCodecParameters* p) const noexcept { avcodec_parameters_free(&p); }
  void operator()(AVCodecParserContext* p) const noexcept { av_parser_close(p); }
  void operator()(AVPacket* p) const noexcept { av_packet_free(&p); }
  void operator()(AVFrame* p) const noexcept { av_frame_free(&p); }
  void operator()(SwsContext* p) const noexcept { sws_freeContext(p); }
  void operator()(SwrContext* p) const noexcept { swr_free(&p); }
};
using CodecContextPtr = std::unique_ptr<AVCodecContext, LibavFree>;
using CodecParametersPtr = std::unique_ptr<AVCodecParameters, LibavFree>;
using ParserPtr = std::unique_ptr<AVCodecParserContext, LibavFree>;
using PacketPtr = std::unique_ptr<AVPacket, LibavFree>;
using FramePtr = std::unique_ptr<AVFrame, LibavFree>;
using SwsPtr = std::unique_ptr<SwsContext, LibavFree>;
using SwrPtr = std::unique_ptr<SwrContext, LibavFree>;

// Never null: without memory for a hundred bytes the process ends.
CodecParametersPtr new_parameters();
CodecContextPtr new_context(const AVCodec* codec);
PacketPtr new_packet();
FramePtr new_frame();

// "WHAT: Invalid data found when processing input." `errc` says whose fault it is.
std::unexpected<base::Error> fail_av(int code, std::string_view what, base::Errc errc = base::Errc::corrupt);

// A packet that shows `bytes` and does not own them; libav copies where it keeps any.
void borrow(AVPacket& packet, base::ByteView bytes) noexcept;

// A copy of `bytes` as extradata, with the padding libav asks for.
void set_extradata(AVCodecParameters& parameters, base::ByteView bytes);

// FFmpeg's messages go nowhere; complaints are counted. Process-wide, any thread.
void count_complaints() noexcept;
std::uint32_t complaints() noexcept;  // errors so far

}  // namespace transcode
