#include "server/avl/framer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace avl {

namespace {
constexpr std::uint8_t keep_alive = 0xff;

Found need_more() {
  return {NeedMore{}, 0};
}
Found lost(std::string reason) {
  return {BadFrame{std::move(reason)}, 0};
}
}  // namespace

Found next_frame(base::ByteView in) {
  if (in.empty()) return need_more();
  if (in[0] == keep_alive) return {KeepAlive{}, 1};
  const base::ByteView preamble = in.first(std::min<std::size_t>(in.size(), 4));
  if (!std::ranges::all_of(preamble, [](std::uint8_t byte) { return byte == 0; }))
    return lost(fmt::format("a frame begins with four zero bytes, not with {}", base::to_hex(preamble)));
  if (in.size() < frame_head_size) return need_more();
  const auto length = base::load_be<std::uint32_t>(in.data() + 4);
  if (length < min_payload_size || length > max_payload_size)
    return lost(fmt::format("a frame says that it holds {} bytes; between {} and {} are possible", length,
                            min_payload_size, max_payload_size));
  const std::size_t size = frame_head_size + length + frame_tail_size;
  if (in.size() < size) return need_more();

  const base::ByteView payload = in.subspan(frame_head_size, length);
  const auto crc = base::load_be<std::uint32_t>(in.data() + frame_head_size + length);
  if (const std::uint16_t right = crc16_ibm(payload); crc != right)
    return {BadFrame{fmt::format("a frame of {} bytes has CRC {:08x}, its bytes have {:08x}", length, crc, right)},
            size};
  const std::optional<Codec> codec = parse_codec(payload[0]);
  if (!codec)
    return {BadFrame{fmt::format("a frame is of codec 0x{:02x}; known are 8, 8 Extended (0x8e), 12, 13 and 14: set "
                                 "the tracker's data protocol to Codec 8 Extended",
                                 payload[0])},
            size};
  return {FrameView{*codec, payload}, size};
}

}  // namespace avl
