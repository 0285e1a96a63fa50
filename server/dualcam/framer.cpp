#include "server/dualcam/framer.hpp"

#include <algorithm>
#include <array>

#include "server/dualcam/crc16.hpp"

namespace dualcam {

using base::ByteView;
using base::load_be;

namespace {
struct LengthRange {
  std::size_t lowest;
  std::size_t highest;
};

std::optional<LengthRange> length_range(std::uint16_t id) noexcept {
  switch (static_cast<Command>(id)) {
    case Command::start: return LengthRange{6, 6};
    case Command::sync:
    case Command::status: return LengthRange{4, 4};
    case Command::data: return LengthRange{crc_size, max_data_length};
    case Command::enhanced_data: return LengthRange{enhanced_overhead, max_enhanced_length};
    case Command::meta: return LengthRange{0, max_meta_length};
    case Command::path: return LengthRange{1, max_path_length + 1};
    default: return std::nullopt;
  }
}

// Checking one candidate costs a CRC over a whole frame. Bytes made to look like headers must not multiply that work:
// real truncations leave one candidate, so eight are plenty.
constexpr int max_candidates = 8;
}  // namespace

FramingResult next_frame(ByteView in) noexcept {
  if (in.size() < 2) return {};
  const auto id = load_be<std::uint16_t>(in.data());
  const auto range = length_range(id);
  if (!range) return {Framing::lost, {}};
  if (in.size() < header_size) return {};
  const std::size_t length = load_be<std::uint16_t>(in.data() + 2);
  if (length < range->lowest || length > range->highest) return {Framing::lost, {}};
  const std::size_t size = header_size + length;
  if (in.size() < size) return {};
  return {Framing::whole, {static_cast<Command>(id), in.subspan(header_size, length), size}};
}

DataView data_of(const FrameView& frame) noexcept {
  DataView data;
  data.bytes = frame.body.first(frame.body.size() - crc_size);
  data.crc = load_be<std::uint16_t>(frame.body.data() + frame.body.size() - crc_size);
  if (frame.command == Command::enhanced_data) {
    data.offset = load_be<std::uint32_t>(data.bytes.data());
    data.bytes = data.bytes.subspan(sizeof(std::uint32_t));
  }
  return data;
}

bool continues(const DataView& data, const WantedData& wanted) noexcept {
  return crc16(data.offset ? std::uint16_t{0} : wanted.running_crc, data.bytes) == data.crc;
}

namespace {
bool fits(const DataView& data, const WantedData& wanted) noexcept {
  if (data.bytes.size() < wanted.min_length || data.bytes.size() > wanted.max_length) return false;
  return !data.offset || *data.offset == wanted.offset;
}
}  // namespace

std::size_t find_bytes(ByteView in, ByteView pattern) noexcept {
  const auto found = std::search(in.begin(), in.end(), pattern.begin(), pattern.end());
  return static_cast<std::size_t>(found - in.begin());
}

SearchResult find_retransmission(ByteView in, std::size_t range, const WantedData& wanted) noexcept {
  std::array<std::uint8_t, 2> id;
  base::store_be(id.data(), static_cast<std::uint16_t>(wanted.command));
  SearchResult result;
  int candidates = 0;
  for (std::size_t at = 1; at <= range && at < in.size() && candidates < max_candidates; ++at) {
    const ByteView rest = in.subspan(at);
    if (rest[0] != id[0] || (rest.size() > 1 && rest[1] != id[1])) continue;
    const auto [framing, frame] = next_frame(rest);
    if (framing == Framing::incomplete) {
      // A header at the very end of the range may be the next frame: worth a look, not worth waiting for.
      if (at < range && result.search == Search::none) result = {Search::incomplete, at};
      continue;
    }
    if (framing == Framing::lost) continue;
    const DataView data = data_of(frame);
    if (!fits(data, wanted)) continue;
    ++candidates;
    if (continues(data, wanted)) return {Search::found, at};
  }
  return result;
}

namespace {
bool starts_with(ByteView bytes, std::string_view text) noexcept {
  return base::as_text(bytes).starts_with(text);
}

bool is_digit(std::uint8_t byte) noexcept {
  return byte >= '0' && byte <= '9';
}

bool is_avl_codec(std::uint8_t codec) noexcept {
  static constexpr std::array<std::uint8_t, 5> codecs{0x08, 0x8e, 0x0c, 0x0d, 0x0e};
  return std::ranges::find(codecs, codec) != codecs.end();
}
}  // namespace

std::string_view recognise_foreign_traffic(ByteView first_bytes) noexcept {
  const ByteView in = first_bytes;
  if (in.size() < 4) return {};
  // A tracker's login: u16 15 and fifteen digits. Its data: four zeros, u32 length, codec.
  if (in[0] == 0x00 && in[1] == 0x0f && is_digit(in[2]) && is_digit(in[3])) return "AVL traffic (a tracker's login)";
  if (in.size() > 8 && load_be<std::uint32_t>(in.data()) == 0 && is_avl_codec(in[8]))
    return "AVL traffic (tracker records)";
  for (const std::string_view method : {"GET ", "POST", "HEAD", "PUT ", "DELE", "OPTI", "CONN", "PATC", "PRI "})
    if (starts_with(in, method)) return "HTTP";
  if (in[0] == 0x16 && in[1] == 0x03 && in[2] <= 4) return "a TLS handshake (this listener is plain)";
  if (starts_with(in, "SSH-")) return "SSH";
  return {};
}

}  // namespace dualcam
