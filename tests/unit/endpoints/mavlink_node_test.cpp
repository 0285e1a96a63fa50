// A MAVLink node over the loopback: what it keeps over restarts, and its words for people.
#include <gmock/gmock.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>

#include "server/endpoints/mavlink_node.hpp"
#include "server/endpoints/mavlink_pattern.hpp"
#include "server/relay/mavlink/wire/enums.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/endpoints/fake_host.hpp"
#include "tests/unit/endpoints/fake_mavlink_catalog.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr mavlink::Address drones{1, 100};
constexpr mavlink::Heartbeat camera_heartbeat{.type = mavlink::type::camera};

// A socket of the kernel's choice that our link speaks to.
class Listener {
 public:
  Listener() : socket_(context_, asio::ip::udp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    socket_.non_blocking(true);
  }
  std::uint16_t port() const { return socket_.local_endpoint().port(); }
  // What has come since, as bytes of frames.
  std::vector<base::Bytes> receive() {
    std::vector<base::Bytes> all;
    for (;;) {
      base::Bytes bytes(1500);
      std::error_code error;
      const std::size_t size = socket_.receive_from(asio::buffer(bytes), from_, 0, error);
      if (error) return all;
      bytes.resize(size);
      all.push_back(std::move(bytes));
    }
  }
  void answer(const mavlink::Message& message, mavlink::Address from, mavlink::Signer* signer = nullptr) {
    auto frame = mavlink::encode(message, from, sequence_++);
    if (signer != nullptr) signer->sign(frame, base::utc_now());
    socket_.send_to(asio::buffer(frame.view().data(), frame.view().size()), from_);
  }

 private:
  asio::io_context context_;
  asio::ip::udp::socket socket_;
  asio::ip::udp::endpoint from_;
  std::uint8_t sequence_ = 0;
};

class MavlinkNodeTest : public testing::Test {
 protected:
  MavlinkNodeTest() {
    config.name = "air";
    config.system = 42;
    MavlinkLinkConfig link;
    link.kind = MavlinkLinkConfig::Kind::udp_client;
    link.port = far.port();
    config.links = {link};
  }
  ~MavlinkNodeTest() override {
    node.reset();
    host.pool().finish();
  }
  void open() {
    node.reset();
    auto opened = MavlinkNode::open(
        config, catalog, "n",
        [this](const MavlinkCameraConfig& camera) -> base::Result<std::unique_ptr<MavlinkDevice>> {
          return std::make_unique<MavlinkPattern>(camera.name, nullptr, host);
        },
        host);
    ASSERT_TRUE(opened) << opened.error().message;
    node = std::move(*opened);
    node->start();
  }
  template <class Condition>
  bool until(Condition&& condition) {
    return tests::eventually([&] {
      host.context().restart();
      host.context().run_for(1ms);
      for (base::Bytes& bytes : far.receive()) {
        mavlink::FrameReader().feed(
            bytes,
            [&](const mavlink::Frame& frame) {
              if (const auto message = mavlink::decode(frame)) messages.push_back(*message);
            },
            [](mavlink::FrameFault, base::ByteView) {});
        frames.push_back(std::move(bytes));
      }
      return condition();
    });
  }
  template <class M>
  std::vector<M> all() const {
    std::vector<M> found;
    for (const auto& message : messages)
      if (const auto* const one = std::get_if<M>(&message)) found.push_back(*one);
    return found;
  }

  Listener far;
  FakeMavlinkCatalog catalog;
  FakeHost host;
  MavlinkConfig config;
  std::vector<base::Bytes> frames;
  std::vector<mavlink::Message> messages;
  std::unique_ptr<MavlinkNode> node;
};

// Of a signed frame: 48 bits behind the link id, which is behind the CRC.
mavlink::SigningTime signed_at(const base::Bytes& frame) {
  mavlink::SigningTime time = 0;
  for (std::size_t n = 6; n-- > 0;) time = time << 8 | frame.at(frame.size() - mavlink::signature_size + 1 + n);
  return time;
}

TEST_F(MavlinkNodeTest, SignaturesGoOnBehindTheLastRun) {
  config.links[0].key = *mavlink::read_signing_key("a passphrase");
  const mavlink::SigningTime in_an_hour = mavlink::to_signing_time(base::utc_now() + 1h);
  catalog.keep("signing/air/1", static_cast<std::int64_t>(in_an_hour));
  open();
  ASSERT_TRUE(until([&] { return !frames.empty(); }));
  EXPECT_GE(signed_at(frames[0]), in_an_hour);
}

TEST_F(MavlinkNodeTest, NumbersThatCouldNotBeKeptAreKeptTheNextTime) {
  config.links[0].key = *mavlink::read_signing_key("a passphrase");
  catalog.fail_writes(true);
  open();
  const int calls = catalog.calls();
  ASSERT_TRUE(until([&] { return catalog.calls() > calls + 1; }));
  EXPECT_FALSE(catalog.number("signing/air/1"));
  catalog.fail_writes(false);
  ASSERT_TRUE(until([&] { return catalog.number("signing/air/1").has_value(); }));
  EXPECT_GT(*catalog.number("signing/air/1"), static_cast<std::int64_t>(signed_at(frames.at(0))));
}

TEST_F(MavlinkNodeTest, ShotsAreNumberedBehindThoseOfTheLastRun) {
  catalog.keep("sequence/air", 500);
  open();
  ASSERT_TRUE(until([&] { return !frames.empty(); }));
  far.answer(camera_heartbeat, drones);
  ASSERT_TRUE(until([&] { return node->camera({.address = drones}).has_value(); }));
  hub::Command command;
  command.verb = "shoot";
  command.parameters = {{"camera", "1/100"}};
  std::optional<hub::Hub::Result> result;
  node->run(command, [&](const hub::Hub::Result& came) { result = came; });
  const auto shot = [&] {
    for (const auto& one : all<mavlink::CommandLong>())
      if (one.command == mavlink::command::image_start_capture) return std::optional(one);
    return std::optional<mavlink::CommandLong>();
  };
  ASSERT_TRUE(until([&] { return shot().has_value(); }));
  EXPECT_GT(shot()->param4, 600) << "as many as could be ordered before they were written down";
  EXPECT_TRUE(until([&] { return catalog.number("sequence/air").value_or(0) > 600; }));
  far.answer(mavlink::CommandAck{.command = mavlink::command::image_start_capture,
                                 .result = mavlink::result::denied,
                                 .target_system = 254,
                                 .target_component = 190},
             drones);
  ASSERT_TRUE(until([&] { return result.has_value(); }));
  EXPECT_EQ(result->outcome, hub::Outcome::failed);
  EXPECT_THAT(result->reason, HasSubstr("1/100: The camera answered: denied."));
}

TEST_F(MavlinkNodeTest, ItSaysWhatIsWrongWithACommandForNobody) {
  open();
  const auto told = [&](hub::Fields parameters) {
    hub::Command command;
    command.verb = "shoot";
    command.parameters = std::move(parameters);
    std::string reason;
    node->run(command, [&](const hub::Hub::Result& came) { reason = came.reason; });
    return reason;
  };
  EXPECT_EQ(told({}), "No camera is there.");
  EXPECT_EQ(told({{"camera", "drone"}}),
            "\"drone\" is no camera: that is SYSTEM/COMPONENT, as in 1/100, or, for one behind an autopilot, "
            "\"1/1 camera 2\".");
  config.ground_station = false;
  open();
  EXPECT_EQ(told({}), "The ground station is off.");
}

TEST_F(MavlinkNodeTest, WithoutItsCatalogItDoesNotOpen) {
  catalog.fail(true);
  const auto opened = MavlinkNode::open(config, catalog, "n", {}, host);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "The catalog is away.");
}

TEST_F(MavlinkNodeTest, CamerasAreOfTheAutopilotsSystemOnceItIsHeard) {
  config.system.reset();
  config.public_url = "http://10.0.0.5:8080";
  config.cameras = {{.name = "bars", .of = {}, .component = 100, .model = "bars"}};
  open();
  EXPECT_EQ(node->definition("bars"), "");
  EXPECT_THAT(node->address(), HasSubstr("of the autopilot"));
  ASSERT_TRUE(until([&] { return !frames.empty(); }));
  far.answer(camera_heartbeat, {7, 1});  // no autopilot, whatever its component
  far.answer(mavlink::Heartbeat{.type = mavlink::type::generic}, {7, 1});
  ASSERT_TRUE(until([&] { return node->address().contains("system 7"); }));
}

TEST_F(MavlinkNodeTest, OthersSeeItsCameras) {
  config.cameras = {{.name = "bars", .of = {}, .component = 100, .model = "bars"}};
  open();
  const auto heartbeats = [&] {
    return std::ranges::count_if(all<mavlink::Heartbeat>(),
                                 [](const auto& one) { return one.type == mavlink::type::camera; });
  };
  ASSERT_TRUE(until([&] { return heartbeats() > 0; }));
  const Health health = node->health();
  const auto entry = std::ranges::find(health.details, std::string("camera bars"), &hub::Field::name);
  ASSERT_NE(entry, health.details.end());
  EXPECT_EQ(entry->value, "online");
}

}  // namespace
}  // namespace endpoints
