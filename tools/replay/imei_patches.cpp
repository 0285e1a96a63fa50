#include "tools/replay/imei_patches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/avl/framer.hpp"

namespace replay {

using base::Bytes;
using base::ByteView;
using captures::Event;

namespace {
// INIT: 0000, the protocol, the IMEI as a number.
constexpr std::size_t init_imei_at = 4;
// Login: 000f, fifteen digits. A datagram has the same behind six bytes.
constexpr std::size_t login_digits_at = 2;
constexpr std::size_t login_size = 17;
constexpr std::size_t datagram_login_at = 6;

Bytes number_form(const base::Imei& imei) {
  Bytes bytes(sizeof(std::uint64_t));
  base::store_be(bytes.data(), imei.number());
  return bytes;
}
Bytes digits_form(const base::Imei& imei) {
  const std::string digits = imei.str();
  return {digits.begin(), digits.end()};
}
// Sixteen digits, the first a zero.
Bytes bcd_form(const base::Imei& imei) {
  return *base::from_hex("0" + imei.str());
}

bool is_login(ByteView bytes, const Bytes& digits) {
  return bytes.size() >= login_size && bytes[0] == 0 && bytes[1] == digits.size() &&
         std::ranges::equal(bytes.subspan(login_digits_at, digits.size()), digits);
}

Patches in_camera(ByteView bytes, const base::Imei& from, const base::Imei& to) {
  const Bytes old = number_form(from);
  Patches patches;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto rest = bytes.subspan(at);
    const auto found = std::ranges::search(rest, old);
    if (found.empty()) break;
    const std::size_t place = at + static_cast<std::size_t>(found.begin() - rest.begin());
    const bool init = place >= init_imei_at && bytes[place - init_imei_at] == 0 && bytes[place - init_imei_at + 1] == 0;
    if (init) patches[place] = number_form(to);
    at = place + old.size();
  }
  return patches;
}

void patch_frame(ByteView frame, std::size_t at, const base::Imei& from, const base::Imei& to, Patches& patches) {
  const std::size_t payload_size = frame.size() - avl::frame_head_size - avl::frame_tail_size;
  Bytes payload(frame.begin() + avl::frame_head_size,
                frame.begin() + static_cast<std::ptrdiff_t>(avl::frame_head_size + payload_size));
  const auto found = std::ranges::search(payload, bcd_form(from));
  if (found.empty()) return;
  std::ranges::copy(bcd_form(to), found.begin());
  Bytes made;
  avl::append_frame(payload, made);
  patches[at] = std::move(made);
}

Patches in_link(ByteView bytes, const base::Imei& from, const base::Imei& to) {
  const Bytes digits = digits_form(from);
  Patches patches;
  for (std::size_t at = 0; at < bytes.size();) {
    const ByteView rest = bytes.subspan(at);
    if (is_login(rest, digits)) {
      patches[at + login_digits_at] = digits_form(to);
      at += login_size;
      continue;
    }
    const avl::Found found = avl::next_frame(rest);
    if (found.size == 0) break;
    const auto* const frame = std::get_if<avl::FrameView>(&found.what);
    if (frame != nullptr && frame->codec == avl::Codec::codec14)
      patch_frame(rest.first(found.size), at, from, to, patches);
    at += found.size;
  }
  return patches;
}

Patches in_datagrams(const captures::Conversation& conversation, const base::Imei& from, const base::Imei& to) {
  const Bytes digits = digits_form(from);
  Patches patches;
  for (const Event& event : conversation.events) {
    if (event.from != captures::Side::device || event.kind != Event::Kind::bytes) continue;
    const ByteView bytes = conversation.bytes(event);
    if (bytes.size() > datagram_login_at && is_login(bytes.subspan(datagram_login_at), digits))
      patches[event.at + datagram_login_at + login_digits_at] = digits_form(to);
  }
  return patches;
}
}  // namespace

Patches imei_patches(const captures::Conversation& conversation, const base::Imei& to) {
  if (!conversation.imei || *conversation.imei == to) return {};
  const base::Imei& from = *conversation.imei;
  if (conversation.protocol == captures::Protocol::camera) return in_camera(conversation.device_bytes, from, to);
  if (conversation.protocol != captures::Protocol::tracker) return {};
  return conversation.transport == captures::Transport::udp ? in_datagrams(conversation, from, to)
                                                            : in_link(conversation.device_bytes, from, to);
}

void append_patched(const captures::Conversation& conversation, std::size_t at, std::size_t size,
                    const Patches& patches, Bytes& out) {
  const std::size_t begun = out.size();
  const ByteView bytes = ByteView(conversation.device_bytes).subspan(at, size);
  out.insert(out.end(), bytes.begin(), bytes.end());
  auto patch = patches.upper_bound(at);
  if (patch != patches.begin()) --patch;  // it may reach into what begins here
  for (; patch != patches.end() && patch->first < at + size; ++patch) {
    const std::size_t from = std::max(patch->first, at);
    const std::size_t to = std::min(patch->first + patch->second.size(), at + size);
    for (std::size_t n = from; n < to; ++n) out[begun + n - at] = patch->second[n - patch->first];
  }
}

}  // namespace replay
