#include "transcode/media/libav.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <new>

namespace transcode {

namespace {
std::atomic<std::uint32_t> complaint_count{0};

void count_only(void* /*object*/, int level, const char* /*format*/, va_list /*arguments*/) noexcept {
  if (level <= AV_LOG_ERROR) complaint_count.fetch_add(1, std::memory_order_relaxed);
}

template <class Pointer>
Pointer owned(typename Pointer::pointer raw) {
  if (raw == nullptr) throw std::bad_alloc();
  return Pointer(raw);
}
}  // namespace

CodecParametersPtr new_parameters() {
  return owned<CodecParametersPtr>(avcodec_parameters_alloc());
}

CodecContextPtr new_context(const AVCodec* codec) {
  return owned<CodecContextPtr>(avcodec_alloc_context3(codec));
}

PacketPtr new_packet() {
  return owned<PacketPtr>(av_packet_alloc());
}

FramePtr new_frame() {
  return owned<FramePtr>(av_frame_alloc());
}

std::unexpected<base::Error> fail_av(int code, std::string_view what, base::Errc errc) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  if (code == AVERROR(ENOMEM)) errc = base::Errc::exhausted;
  return base::fail(errc, fmt::format("{}: {}.", what, text.data()));
}

void borrow(AVPacket& packet, base::ByteView bytes) noexcept {
  av_packet_unref(&packet);
  packet.data = const_cast<std::uint8_t*>(bytes.data());  // libav writes into buffers only, and this has none
  packet.size = static_cast<int>(bytes.size());
}

void set_extradata(AVCodecParameters& parameters, base::ByteView bytes) {
  av_free(parameters.extradata);
  parameters.extradata = nullptr;
  parameters.extradata_size = 0;
  auto* copy = static_cast<std::uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (copy == nullptr) throw std::bad_alloc();
  std::ranges::copy(bytes, copy);
  parameters.extradata = copy;
  parameters.extradata_size = static_cast<int>(bytes.size());
}

void count_complaints() noexcept {
  av_log_set_callback(count_only);
}

std::uint32_t complaints() noexcept {
  return complaint_count.load(std::memory_order_relaxed);
}

}  // namespace transcode
