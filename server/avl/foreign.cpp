#include "server/avl/foreign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/avl/codec.hpp"
#include "server/base/imei.hpp"

namespace avl {

namespace {
bool is_digit(std::uint8_t byte) noexcept {
  return byte >= '0' && byte <= '9';
}

// u16 15, then digits: as many of them as are there.
bool is_imei(base::ByteView in) noexcept {
  return in.size() >= 4 && in[0] == 0x00 && in[1] == 0x0f && std::ranges::all_of(in.subspan(2, 2), is_digit);
}

// 0000, u16 protocol, u64 IMEI, u32 settings of which bit 30 is always set.
std::string recognise_camera(base::ByteView in) {
  constexpr std::uint64_t longest_imei = 999'999'999'999'999;
  constexpr std::uint32_t always_set = 0x40000000;
  if (in.size() < foreign_size || base::load_be<std::uint16_t>(in.data()) != 0) return {};
  const auto protocol = base::load_be<std::uint16_t>(in.data() + 2);
  const auto imei = base::load_be<std::uint64_t>(in.data() + 4);
  const auto settings = base::load_be<std::uint32_t>(in.data() + 12);
  if (protocol == 0 || imei > longest_imei || (settings & always_set) == 0) return {};
  return fmt::format(
      "This is a camera, of device {}; its port is the camera port, not the trackers' port: set the camera's server "
      "port to it",
      imei);
}
}  // namespace

bool looks_like_tracker(base::ByteView in) noexcept {
  if (is_imei(in)) return true;
  if (in.size() > frame_head_size && base::load_be<std::uint32_t>(in.data()) == 0) {
    const auto length = base::load_be<std::uint32_t>(in.data() + 4);
    return length >= min_payload_size && length <= max_payload_size && parse_codec(in[frame_head_size]).has_value();
  }
  constexpr std::size_t imei_at = 6;  // of a datagram: length, packet id, 01, AVL packet id
  return in.size() >= imei_at + 4 && in[4] == 0x01 && is_imei(in.subspan(imei_at));
}

std::string recognise_foreign(base::ByteView in) {
  if (in.size() < 4) return {};
  const std::string_view text = base::as_text(in);
  for (const std::string_view method : {"GET ", "POST", "HEAD", "PUT ", "DELE", "OPTI", "CONN", "PATC", "PRI "})
    if (text.starts_with(method)) return "This is HTTP, not a tracker: a browser, a probe or a scanner";
  if (text.starts_with("SSH-")) return "This is SSH, not a tracker";
  if (in[0] == 0x16 && in[1] == 0x03 && in[2] <= 4)
    return "This is a TLS handshake, and this port is plain: give the tracker the port that speaks TLS, or switch its "
           "TLS off";
  return recognise_camera(in);
}

}  // namespace avl
