// The wire side of a MAVLink node over the loopback: who is taken from, what goes on, and what may act.
#include <gmock/gmock.h>

#include <algorithm>

#include "server/endpoints/mavlink_links.hpp"
#include "server/relay/mavlink/wire/enums.hpp"
#include "tests/support/client_socket.hpp"
#include "tests/support/datagram_socket.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/endpoints/fake_host.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using mavlink::Permission;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = MavlinkLinkConfig::Kind;

constexpr mavlink::Address ours{42, 100};
constexpr mavlink::Address drone{1, 1};
constexpr mavlink::Address station{255, 190};

mavlink::CommandLong shoot(mavlink::Address target = ours) {
  return {.command = mavlink::command::image_start_capture,
          .target_system = target.system,
          .target_component = target.component};
}

class MavlinkLinksTest : public testing::Test {
 protected:
  struct Heard {
    mavlink::Received received;
    base::Bytes bytes;
  };

  static MavlinkLinkConfig udp(std::string_view passphrase = {}) {
    MavlinkLinkConfig link;
    if (!passphrase.empty()) link.key = *mavlink::read_signing_key(passphrase);
    return link;
  }
  void open(std::vector<MavlinkLinkConfig> of, bool forward = false, std::vector<MavlinkSender> may_command = {}) {
    MavlinkConfig config;
    config.name = "air";
    config.links = std::move(of);
    config.forward = forward;
    config.may_command = std::move(may_command);
    config.most_commands_per_second = 1;  // and twice as many at once
    auto opened =
        MavlinkLinks::open(config, {},
                           {.heard =
                                [this](const mavlink::Received& received, const mavlink::Frame& frame) {
                                  heard.push_back({received, base::Bytes(frame.bytes.begin(), frame.bytes.end())});
                                },
                            .gone = [this](mavlink::Peer peer) { gone.push_back(peer); },
                            .noticed = [this](const mavlink::router::Notice& notice) { notices.push_back(notice); },
                            .refused = [this](const MavlinkLinks::Refusal& why, std::string_view,
                                              base::ByteView) { refusals.emplace_back(why.code); }},
                           host);
    ASSERT_TRUE(opened) << opened.error().message;
    links = std::move(*opened);
    links->start();
    links->set_own({ours});
  }
  template <class Condition>
  bool until(Condition&& condition) {
    return tests::eventually([&] {
      host.context().restart();
      host.context().run_for(1ms);
      return condition();
    });
  }
  base::Bytes frame(const mavlink::Message& message, mavlink::Address from = station,
                    std::string_view passphrase = {}) {
    auto made = mavlink::encode(message, from, sequence_++);
    if (!passphrase.empty()) {
      mavlink::Signer signer(*mavlink::read_signing_key(passphrase), 7, 0);
      signer.sign(made, base::utc_now());
    }
    const auto view = made.view();
    return {view.begin(), view.end()};
  }

  FakeHost host;
  std::vector<Heard> heard;
  std::vector<mavlink::Peer> gone;
  std::vector<mavlink::router::Notice> notices;
  std::vector<std::string> refusals;
  std::unique_ptr<MavlinkLinks> links;

 private:
  std::uint8_t sequence_ = 0;
};

TEST_F(MavlinkLinksTest, WhatIsHeardComesDecodedWithWhoSentIt) {
  open({udp()});
  const tests::DatagramSocket peer(links->port(1));
  const base::Bytes sent = frame(shoot());
  ASSERT_TRUE(peer.send(sent));
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  EXPECT_EQ(heard[0].received.from, station);
  EXPECT_EQ(heard[0].received.permission, Permission::granted);
  EXPECT_TRUE(std::holds_alternative<mavlink::CommandLong>(heard[0].received.message));
  EXPECT_EQ(heard[0].bytes, sent);
  EXPECT_EQ(links->peers(), 1U);
  EXPECT_THAT(links->address_of(heard[0].received.peer), testing::StartsWith("127.0.0.1:"));
  EXPECT_EQ(links->address_of({.link = 9, .number = 1}), "");
  EXPECT_EQ(links->address_of({.link = 0, .number = 1}), "");
  EXPECT_EQ(links->port(0), 0);
  EXPECT_EQ(links->port(2), 0);
  EXPECT_EQ(links->trouble(), "");
}

TEST_F(MavlinkLinksTest, AnswersGoToWhereTheirTargetWasHeard) {
  open({udp(), udp()});
  const tests::DatagramSocket one(links->port(1));
  const tests::DatagramSocket other(links->port(2));
  ASSERT_TRUE(one.send(frame(mavlink::Heartbeat{}, station)));
  ASSERT_TRUE(other.send(frame(mavlink::Heartbeat{}, drone)));
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
  links->send({.from = ours, .message = mavlink::CommandAck{.target_system = 255, .target_component = 190}, .to = {}});
  EXPECT_EQ(links->sent(), 1U);
  EXPECT_FALSE(one.receive().empty());
  links->send({.from = ours, .message = mavlink::Heartbeat{}, .to = {}});
  EXPECT_EQ(links->sent(), 3U) << "to everybody";
  EXPECT_FALSE(one.receive().empty());
  EXPECT_FALSE(other.receive().empty());
  EXPECT_EQ(links->not_sent(), 0U);
}

TEST_F(MavlinkLinksTest, ALinkWithAKeyTakesOnlyWhatIsSignedAndSigns) {
  open({udp("a passphrase")});
  const tests::DatagramSocket peer(links->port(1));
  ASSERT_TRUE(peer.send(frame(shoot())));
  ASSERT_TRUE(peer.send(frame(shoot(), station, "another one")));
  ASSERT_TRUE(until([&] { return refusals.size() == 2; }));
  EXPECT_EQ(refusals[0], "unsigned");
  EXPECT_EQ(refusals[1], "signature");
  EXPECT_THAT(heard, IsEmpty());
  EXPECT_EQ(links->refused_frames(), 2U);

  const base::Bytes good = frame(mavlink::Heartbeat{}, station, "a passphrase");
  ASSERT_TRUE(peer.send(good));
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  ASSERT_TRUE(peer.send(good));
  ASSERT_TRUE(until([&] { return refusals.size() == 3; }));
  EXPECT_EQ(refusals[2], "replayed");

  links->send({.from = ours, .message = mavlink::Heartbeat{}, .to = {}});
  const base::Bytes answer = peer.receive();
  mavlink::Signer signer(*mavlink::read_signing_key("a passphrase"), 9, 0);
  bool found = false;
  mavlink::FrameReader().feed(
      answer,
      [&](const mavlink::Frame& made) {
        found = true;
        EXPECT_TRUE(made.is_signed);
        EXPECT_EQ(signer.check(made, base::utc_now()), mavlink::SignatureFault::none);
      },
      [](mavlink::FrameFault fault, base::ByteView) { ADD_FAILURE() << to_string(fault); });
  EXPECT_TRUE(found);
  ASSERT_EQ(links->signing_times().count(1), 1U);
  EXPECT_GT(links->signing_times().at(1), mavlink::to_signing_time(base::utc_now()));
}

TEST_F(MavlinkLinksTest, FramesGoOnByteForByteOnlyWhereThatIsWanted) {
  open({udp(), udp()}, true);
  const tests::DatagramSocket one(links->port(1));
  const tests::DatagramSocket other(links->port(2));
  ASSERT_TRUE(other.send(frame(mavlink::Heartbeat{}, drone)));
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  const base::Bytes sent = frame(shoot(drone));
  ASSERT_TRUE(one.send(sent));
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
  EXPECT_EQ(other.receive(), sent);
  EXPECT_EQ(links->router().figures().forwarded, 1U);

  open({udp(), udp()}, false);
  heard.clear();
  const tests::DatagramSocket third(links->port(1));
  const tests::DatagramSocket fourth(links->port(2));
  ASSERT_TRUE(fourth.send(frame(mavlink::Heartbeat{}, drone)));
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  ASSERT_TRUE(third.send(frame(shoot(drone))));
  ASSERT_TRUE(until([&] { return heard.size() == 2; })) << "what others say to each other is heard all the same";
  EXPECT_EQ(links->router().figures().forwarded, 0U);
}

TEST_F(MavlinkLinksTest, FramesOverTcpMayBeCutAnywhere) {
  MavlinkLinkConfig tcp;
  tcp.kind = Kind::tcp_server;
  open({tcp});
  tests::ClientSocket first(links->port(1));
  tests::ClientSocket second(links->port(1));
  ASSERT_TRUE(until([&] { return links->peers() == 2; }));
  const base::Bytes a = frame(shoot());
  const base::Bytes b = frame(mavlink::Heartbeat{}, drone);
  // Byte by byte, and those of two peers between each other.
  for (std::size_t n = 0; n < std::max(a.size(), b.size()); ++n) {
    if (n < a.size()) {
      ASSERT_TRUE(first.send(base::ByteView(a).subspan(n, 1)));
    }
    if (n < b.size()) {
      ASSERT_TRUE(second.send(base::ByteView(b).subspan(n, 1)));
    }
    host.context().restart();
    host.context().poll();
  }
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
  EXPECT_THAT(refusals, IsEmpty());
  first.close();
  ASSERT_TRUE(until([&] { return gone.size() == 1; }));
  EXPECT_EQ(links->address_of(gone[0]), "");
  EXPECT_EQ(links->peers(), 1U);
}

TEST_F(MavlinkLinksTest, ADatagramEndsItsFrames) {
  open({udp()});
  const tests::DatagramSocket peer(links->port(1));
  const base::Bytes whole = frame(mavlink::Heartbeat{});
  const base::ByteView view(whole);
  ASSERT_TRUE(peer.send(view.first(10)));
  ASSERT_TRUE(peer.send(view.subspan(10)));
  ASSERT_TRUE(until([&] { return refusals.size() >= 2; }));
  EXPECT_EQ(refusals[0], "cut_off");
  EXPECT_THAT(heard, IsEmpty());
  base::Bytes two = frame(mavlink::Heartbeat{});
  const base::Bytes second = frame(mavlink::Heartbeat{});
  two.insert(two.end(), second.begin(), second.end());
  ASSERT_TRUE(peer.send(two));
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
}

TEST_F(MavlinkLinksTest, WhoCommandsTooMuchIsHeardAndNotObeyed) {
  open({udp()});
  const tests::DatagramSocket peer(links->port(1));
  for (int n = 0; n < 8; ++n) ASSERT_TRUE(peer.send(frame(shoot())));
  ASSERT_TRUE(until([&] { return heard.size() == 8; }));
  EXPECT_EQ(heard[0].received.permission, Permission::granted);
  EXPECT_EQ(heard[1].received.permission, Permission::granted);
  const auto too_fast =
      std::ranges::count(heard, Permission::too_fast, [](const Heard& one) { return one.received.permission; });
  EXPECT_GT(too_fast, 0);
  EXPECT_EQ(links->router().figures().too_many, static_cast<std::uint64_t>(too_fast));
  heard.clear();
  for (int n = 0; n < 8; ++n)
    ASSERT_TRUE(peer.send(frame(mavlink::CommandLong{.command = mavlink::command::request_message,
                                                     .target_system = ours.system,
                                                     .target_component = ours.component})));
  ASSERT_TRUE(until([&] { return heard.size() == 8; }));
  for (const Heard& one : heard) EXPECT_EQ(one.received.permission, Permission::granted) << "it only asks";
}

TEST_F(MavlinkLinksTest, OnlyThoseThatMayCommandDo) {
  open({udp()}, false, {{.system = 255, .component = 0}});
  const tests::DatagramSocket peer(links->port(1));
  ASSERT_TRUE(peer.send(frame(shoot(), {255, 1})));
  ASSERT_TRUE(peer.send(frame(shoot(), {254, 190})));
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
  EXPECT_EQ(heard[0].received.permission, Permission::granted);
  EXPECT_EQ(heard[1].received.permission, Permission::refused);
}

TEST_F(MavlinkLinksTest, AComponentOfOursFromOutsideIsNoticedAndNotHeard) {
  open({udp()});
  const tests::DatagramSocket peer(links->port(1));
  ASSERT_TRUE(peer.send(frame(mavlink::Heartbeat{}, ours)));
  ASSERT_TRUE(until([&] { return !notices.empty(); }));
  EXPECT_EQ(notices[0].what, mavlink::router::Notice::What::own_address);
  EXPECT_EQ(notices[0].who, ours);
  EXPECT_THAT(heard, IsEmpty());
}

TEST_F(MavlinkLinksTest, LinksOfOneGroupLeadToOnePlace) {
  MavlinkLinkConfig a;
  a.group = "radios";
  open({a, a}, true);
  const tests::DatagramSocket one(links->port(1));
  const tests::DatagramSocket other(links->port(2));
  ASSERT_TRUE(other.send(frame(mavlink::Heartbeat{}, drone)));
  ASSERT_TRUE(one.send(frame(mavlink::Heartbeat{}, station)));
  ASSERT_TRUE(until([&] { return heard.size() == 2; }));
  EXPECT_EQ(links->router().figures().forwarded, 0U);
}

TEST_F(MavlinkLinksTest, ALinkThatCannotBeOpenedSaysWhich) {
  open({udp()});
  MavlinkConfig config;
  config.name = "air";
  MavlinkLinkConfig same = udp();
  same.port = links->port(1);
  config.links = {udp(), same};
  const auto second = MavlinkLinks::open(config, {}, {}, host);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr("air, link 2"));
}

}  // namespace
}  // namespace endpoints
