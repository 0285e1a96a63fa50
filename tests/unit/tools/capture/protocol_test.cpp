// Who speaks what, told by the bytes.
#include "tools/capture/protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/avl/datagram.hpp"
#include "server/dualcam/wire.hpp"
#include "server/relay/edgertronic/datagram.hpp"
#include "server/relay/mavlink/wire/frame.hpp"
#include "server/relay/shogun/encode.hpp"

namespace captures {
namespace {

using base::Bytes;
using base::ByteView;

const base::Imei imei = *base::Imei::from_number(356307042441013);

Bytes bytes_of(ByteView view) {
  return {view.begin(), view.end()};
}

// An empty payload of that codec, framed: zeros, length, payload, a CRC that is right.
Bytes framed(const Bytes& payload) {
  Bytes out;
  avl::append_frame(payload, out);
  return out;
}

const Bytes no_records = {0x08, 0x00, 0x00};                                   // Codec 8
const Bytes question = {0x0c, 0x01, 0x05, 0x00, 0x00, 0x00, 0x01, 'x', 0x01};  // Codec 12, a command
const Bytes camera = bytes_of(
    dualcam::encode_init({.protocol = 5, .imei = 356307042441013, .settings = dualcam::settings_always}).view());
const Bytes camera_request = bytes_of(dualcam::encode_file_request(base::as_bytes("%photof")).view());

Bytes login() {
  Bytes out = {0x00, 0x0f};
  for (const char digit : imei.str()) out.push_back(static_cast<std::uint8_t>(digit));
  return out;
}

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct Connection {
  const char* name;
  Bytes first;
  Bytes second;
  Protocol protocol;
  std::optional<bool> first_is_device;
  bool says_imei;
};

TEST(Protocol, OfAConnection) {
  const Connection cases[] = {
      {"a camera", camera, camera_request, Protocol::camera, true, true},
      {"a camera, seen from the server", camera_request, camera, Protocol::camera, false, true},
      {"a camera's INIT behind the end of another", joined({1, 2, 3}, camera), {}, Protocol::camera, true, true},
      {"a tracker", login(), {0x01}, Protocol::tracker, true, true},
      {"a tracker, seen from the server", {0x01}, login(), Protocol::tracker, false, true},
      {"records without a login", framed(no_records), {}, Protocol::tracker, true, false},
      {"records behind the end of others", joined({9, 9, 9}, framed(no_records)), {}, Protocol::tracker, true, false},
      {"a command alone goes either way", framed(question), {}, Protocol::tracker, {}, false},
      {"a web browser", bytes_of(base::as_bytes("GET / HTTP/1.1\r\n\r\n")), {}, Protocol::unknown, {}, false},
      {"nothing", {}, {}, Protocol::unknown, {}, false},
      {"zeros", Bytes(100), Bytes(100), Protocol::unknown, {}, false},
  };
  for (const Connection& each : cases) {
    SCOPED_TRACE(each.name);
    const Spoken spoken = spoken_over_tcp(each.first, each.second);
    EXPECT_EQ(to_string(spoken.protocol), to_string(each.protocol));
    EXPECT_EQ(spoken.first_is_device, each.first_is_device);
    EXPECT_EQ(spoken.imei, each.says_imei ? std::optional(imei) : std::nullopt);
  }
}

TEST(Protocol, AnInitIsOneWithAValidImeiAndWhatEveryInitHas) {
  EXPECT_TRUE(is_init(camera));
  for (const std::size_t at : {std::size_t{0}, std::size_t{11}, std::size_t{12}}) {
    Bytes other = camera;
    other[at] ^= 0x80U;
    EXPECT_FALSE(is_init(other)) << at;
  }
  EXPECT_FALSE(is_init(ByteView(camera).first(camera.size() - 1)));
}

struct Datagrams {
  const char* name;
  std::vector<Bytes> first;
  std::vector<Bytes> second;
  Protocol protocol;
  std::optional<bool> first_is_device;
};

TEST(Protocol, OfDatagrams) {
  const Bytes tracker = avl::encode_datagram({.packet_id = 1, .avl_packet_id = 2, .imei = imei, .payload = no_records});
  const Bytes heartbeat = bytes_of(mavlink::encode(mavlink::Heartbeat{}, {.system = 1, .component = 1}, 0).view());
  const Bytes trigger = *edgertronic::encode(edgertronic::default_payload);
  const Bytes start = *shogun::encode({.kind = shogun::Kind::start, .name = "take 1"}, shogun::Flavour::manus);
  const Bytes noise = {1, 2, 3, 4};
  const Datagrams cases[] = {
      {"a tracker", {tracker}, {}, Protocol::tracker, true},
      {"a tracker that is second", {noise}, {tracker}, Protocol::tracker, false},
      {"a heartbeat", {heartbeat}, {}, Protocol::mavlink, {}},
      {"a heartbeat in two pieces",
       {{heartbeat.begin(), heartbeat.begin() + 5}, {heartbeat.begin() + 5, heartbeat.end()}},
       {},
       Protocol::mavlink,
       {}},
      {"a trigger", {trigger}, {}, Protocol::edgertronic, {}},
      {"a stage's start behind noise", {noise, start}, {}, Protocol::shogun, {}},
      {"noise", {noise}, {noise}, Protocol::unknown, {}},
      {"nothing", {}, {}, Protocol::unknown, {}},
  };
  for (const Datagrams& each : cases) {
    SCOPED_TRACE(each.name);
    const std::vector<ByteView> first(each.first.begin(), each.first.end());
    const std::vector<ByteView> second(each.second.begin(), each.second.end());
    const Spoken spoken = spoken_in_datagrams(first, second);
    EXPECT_EQ(to_string(spoken.protocol), to_string(each.protocol));
    EXPECT_EQ(spoken.first_is_device, each.first_is_device);
    EXPECT_EQ(spoken.imei, each.protocol == Protocol::tracker ? std::optional(imei) : std::nullopt);
  }
}

}  // namespace
}  // namespace captures
