#include "tools/capture/protocol.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include "server/avl/codec.hpp"
#include "server/avl/datagram.hpp"
#include "server/avl/foreign.hpp"
#include "server/avl/framer.hpp"
#include "server/dualcam/framer.hpp"
#include "server/relay/edgertronic/datagram.hpp"
#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/shogun/decode.hpp"

namespace captures {

using base::ByteView;
using base::load_be;

std::string_view to_string(Side side) noexcept {
  return side == Side::device ? "device" : "server";
}

std::string_view to_string(Transport transport) noexcept {
  return transport == Transport::tcp ? "tcp" : "udp";
}

std::string_view to_string(Protocol protocol) noexcept {
  switch (protocol) {
    case Protocol::camera: return "camera";
    case Protocol::tracker: return "tracker";
    case Protocol::mavlink: return "mavlink";
    case Protocol::edgertronic: return "edgertronic";
    case Protocol::shogun: return "shogun";
    case Protocol::unknown: break;
  }
  return "unknown";
}

namespace {
// Of a connection whose beginning is not in the capture: two frames of the largest kind are within it.
constexpr std::size_t most_searched = 64 * 1024;
constexpr std::size_t most_datagrams = 64;
constexpr std::size_t login_size = 17;

ByteView head(ByteView bytes, std::size_t most) {
  return bytes.first(std::min(bytes.size(), most));
}
}  // namespace

bool is_init(ByteView bytes) noexcept {
  // 255: none is known beyond 6, and a high byte would be somebody else's number.
  constexpr std::uint16_t highest_protocol = 255;
  if (bytes.size() < dualcam::init_size || load_be<std::uint16_t>(bytes.data()) != 0) return false;
  const dualcam::Init init = dualcam::parse_init(bytes);
  return init.protocol != 0 && init.protocol <= highest_protocol && (init.settings >> 30U) == 1 &&
         base::Imei::from_number(init.imei).has_value();
}

namespace {
std::optional<base::Imei> imei_of_camera(ByteView bytes) {
  for (std::size_t at = 0; at + dualcam::init_size <= bytes.size(); ++at)
    if (bytes[at] == 0 && bytes[at + 1] == 0 && is_init(bytes.subspan(at)))
      return base::Imei::from_number(dualcam::parse_init(bytes.subspan(at)).imei);
  return std::nullopt;
}

bool carries_a_file(dualcam::Command command) noexcept {
  return command == dualcam::Command::data || command == dualcam::Command::enhanced_data ||
         command == dualcam::Command::sync;
}

// Two frames of a file, one behind the other.
bool has_camera_frames(ByteView bytes) {
  for (std::size_t at = 0; at + dualcam::header_size <= bytes.size(); ++at) {
    if (bytes[at] != 0) continue;
    const auto first = dualcam::next_frame(bytes.subspan(at));
    if (first.framing != dualcam::Framing::whole || !carries_a_file(first.frame.command)) continue;
    const auto second = dualcam::next_frame(bytes.subspan(at + first.frame.size));
    if (second.framing == dualcam::Framing::whole && carries_a_file(second.frame.command)) return true;
  }
  return false;
}

bool speaks_camera(ByteView bytes) {
  return is_init(bytes) || imei_of_camera(head(bytes, most_searched)).has_value() ||
         has_camera_frames(head(bytes, most_searched));
}

// Codec 12 and its kin go both ways; records and the login come from a device only.
enum class TrackerSide : std::uint8_t { none, either, device };

TrackerSide tracker_side(ByteView bytes) {
  const auto begins_with_records = [](ByteView in) {
    const auto codec = avl::parse_codec(in[avl::frame_head_size]);
    return codec == avl::Codec::codec8 || codec == avl::Codec::codec8e;
  };
  if (avl::looks_like_tracker(bytes)) {
    const bool login = load_be<std::uint16_t>(bytes.data()) != 0;
    return login || begins_with_records(bytes) ? TrackerSide::device : TrackerSide::either;
  }
  const ByteView in = head(bytes, most_searched);
  for (std::size_t at = 1; at + avl::frame_head_size < in.size(); ++at) {
    if (!avl::looks_like_tracker(in.subspan(at)) || load_be<std::uint32_t>(&in[at]) != 0) continue;
    if (std::holds_alternative<avl::FrameView>(avl::next_frame(in.subspan(at)).what))
      return begins_with_records(in.subspan(at)) ? TrackerSide::device : TrackerSide::either;
  }
  return TrackerSide::none;
}

std::optional<base::Imei> imei_of_login(ByteView bytes) {
  if (bytes.size() < login_size || load_be<std::uint16_t>(bytes.data()) != login_size - 2) return std::nullopt;
  return base::Imei::parse(base::as_text(bytes.subspan(2, login_size - 2)));
}
}  // namespace

Spoken spoken_over_tcp(ByteView first, ByteView second) {
  const std::array<ByteView, 2> sides{first, second};
  for (const bool is_first : {true, false}) {
    const ByteView bytes = sides[is_first ? 0 : 1];
    if (speaks_camera(bytes))
      return {.protocol = Protocol::camera, .first_is_device = is_first, .imei = imei_of_camera(bytes)};
  }
  const std::array<TrackerSide, 2> trackers{tracker_side(first), tracker_side(second)};
  Spoken spoken;
  if (trackers == std::array{TrackerSide::none, TrackerSide::none}) return spoken;
  spoken.protocol = Protocol::tracker;
  if ((trackers[0] == TrackerSide::device) != (trackers[1] == TrackerSide::device)) {
    spoken.first_is_device = trackers[0] == TrackerSide::device;
    spoken.imei = imei_of_login(*spoken.first_is_device ? first : second);
  }
  return spoken;
}

namespace {
bool has_mavlink(std::span<const ByteView> datagrams) {
  bool found = false;
  mavlink::FrameReader reader;
  const auto look = [&](const mavlink::Frame& frame) { found = found || frame.checked; };
  const auto refused = [](mavlink::FrameFault, ByteView) {};
  // As a stream: what goes over TCP and serial links is recorded as pieces of one.
  for (const ByteView datagram : datagrams) reader.feed(datagram, look, refused);
  reader.end(look, refused);
  return found;
}

bool is_notification(ByteView datagram) {
  return shogun::decode(datagram).has_value() || shogun::decode(datagram, shogun::Flavour::xsens).has_value();
}

bool is_trigger(ByteView datagram) {
  return edgertronic::decode(datagram).has_value();
}
}  // namespace

Spoken spoken_in_datagrams(std::span<const ByteView> first, std::span<const ByteView> second) {
  const std::array<std::span<const ByteView>, 2> sides{first.first(std::min(first.size(), most_datagrams)),
                                                       second.first(std::min(second.size(), most_datagrams))};
  for (const bool is_first : {true, false})
    for (const ByteView datagram : sides[is_first ? 0 : 1])
      if (const auto decoded = avl::decode_datagram(datagram))
        return {.protocol = Protocol::tracker, .first_is_device = is_first, .imei = decoded->imei};
  for (const auto side : sides) {
    if (has_mavlink(side)) return {.protocol = Protocol::mavlink, .first_is_device = {}, .imei = {}};
    if (std::ranges::any_of(side, is_notification))
      return {.protocol = Protocol::shogun, .first_is_device = {}, .imei = {}};
    if (std::ranges::any_of(side, is_trigger))
      return {.protocol = Protocol::edgertronic, .first_is_device = {}, .imei = {}};
  }
  return {};
}

}  // namespace captures
