#include <algorithm>

#include "tests/support/datagram_socket.hpp"
#include "tests/unit/net_mavlink/link_fixture.hpp"

namespace net::mavlink {
namespace {
using namespace std::chrono_literals;

std::string as_text(const base::Bytes& bytes) {
  return std::string(base::as_text(bytes));
}

TEST(UdpServer, AnswersEachPeerAtItsOwnPort) {
  Driven server({.kind = Kind::udp_server});
  const tests::DatagramSocket first(server->port());
  const tests::DatagramSocket second(server->port());
  ASSERT_TRUE(first.send(base::as_bytes("one")));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  ASSERT_TRUE(second.send(base::as_bytes("two")));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 2; }));
  EXPECT_EQ(server.text[server.came[0]], "one");
  EXPECT_EQ(server.text[server.came[1]], "two");
  EXPECT_TRUE(server.datagrams);
  EXPECT_TRUE(server.from[server.came[0]].starts_with("127.0.0.1:"));

  EXPECT_TRUE(server.send(server.came[1], "for two"));
  EXPECT_TRUE(server.send(server.came[0], "for one"));
  EXPECT_EQ(as_text(first.receive()), "for one");
  EXPECT_EQ(as_text(second.receive()), "for two");
  EXPECT_EQ(server->peers().size(), 2U);
  EXPECT_EQ(server->figures().received, 2U);
  EXPECT_EQ(server->figures().sent_bytes, 14U);
}

TEST(UdpServer, ForgetsWhoIsSilent) {
  Driven server({.kind = Kind::udp_server, .peer_expiry = 20ms});
  const tests::DatagramSocket peer(server->port());
  ASSERT_TRUE(peer.send(base::as_bytes("here")));
  ASSERT_TRUE(server.until([&] { return server.went.size() == 1; }));
  EXPECT_EQ(server.went, server.came);
  EXPECT_TRUE(server->peers().empty());
  EXPECT_EQ(server->figures().expired, 1U);
  const auto refused = server->send(server.went[0], base::as_bytes("late"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::not_found);

  ASSERT_TRUE(peer.send(base::as_bytes("again")));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 2; }));
  EXPECT_NE(server.came[0], server.came[1]);
}

TEST(UdpServer, TakesFromItsNetworksOnlyAndFromSoManyPeers) {
  Driven server({.kind = Kind::udp_server, .allow = {"127.0.0.0/8"}, .most_peers = 1});
  const tests::DatagramSocket first(server->port());
  const tests::DatagramSocket second(server->port());
  ASSERT_TRUE(first.send(base::as_bytes("one")));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  ASSERT_TRUE(second.send(base::as_bytes("two")));
  ASSERT_TRUE(server.until([&] { return server->figures().refused == 1; }));
  EXPECT_EQ(server.came.size(), 1U);

  Driven elsewhere({.kind = Kind::udp_server, .allow = {"10.0.0.0/8"}});
  const tests::DatagramSocket stranger(elsewhere->port());
  ASSERT_TRUE(stranger.send(base::as_bytes("hello")));
  ASSERT_TRUE(elsewhere.until([&] { return elsewhere->figures().foreign == 1; }));
  EXPECT_TRUE(elsewhere.came.empty());
}

TEST(UdpServer, SaysWhatToDoWhereItCannotListen) {
  Driven server({.kind = Kind::udp_server});
  const base::Error taken = error_of({.kind = Kind::udp_server, .port = server->port()});
  EXPECT_EQ(taken.code, base::Errc::conflict);
  EXPECT_NE(taken.message.find("another program has this UDP port"), std::string::npos);
  const base::Error foreign = error_of({.kind = Kind::udp_server, .address = "192.0.2.1"});
  EXPECT_EQ(foreign.code, base::Errc::not_found);
  EXPECT_NE(foreign.message.find("no network interface"), std::string::npos);
  EXPECT_EQ(error_of({.kind = Kind::udp_server, .address = "camera.local"}).code, base::Errc::invalid);
  EXPECT_EQ(error_of({.kind = Kind::udp_server, .allow = {"10.0.0.0/99"}}).code, base::Errc::invalid);
}

TEST(UdpClient, SpeaksFirstAndHearsItsOtherEndOnly) {
  Driven server({.kind = Kind::udp_server});
  Driven client({.kind = Kind::udp_client, .port = server->port()});
  ASSERT_EQ(client.came.size(), 1U);
  ASSERT_TRUE(client.send(client.came[0], "hello"));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  ASSERT_TRUE(server.send(server.came[0], "welcome"));
  ASSERT_TRUE(client.until([&] { return client.text[client.came[0]] == "welcome"; }));

  const tests::DatagramSocket stranger(client->port());
  ASSERT_TRUE(stranger.send(base::as_bytes("me too")));
  ASSERT_TRUE(client.until([&] { return client->figures().foreign == 1; }));
  EXPECT_EQ(client.text[client.came[0]], "welcome");
  EXPECT_FALSE(client.send(client.came[0] + 1, "nobody"));
  EXPECT_EQ(client->peers().size(), 1U);
  EXPECT_EQ(error_of({.kind = Kind::udp_client}).code, base::Errc::invalid);
}

TEST(UdpClient, ABroadcastFindsItsOtherEndAndLosesIt) {
  // The loopback's own broadcast address: nothing leaves this host.
  Driven server({.kind = Kind::udp_server, .address = "0.0.0.0"});
  Driven client({.kind = Kind::udp_client,
                 .address = "127.255.255.255",
                 .port = server->port(),
                 .broadcast = true,
                 .broadcast_silence = 30ms});
  ASSERT_TRUE(client.send(client.came[0], "anybody?"));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  ASSERT_TRUE(server.send(server.came[0], "me"));
  ASSERT_TRUE(client.until([&] { return !client.text[client.came[0]].empty(); }));
  ASSERT_TRUE(client.until([&] { return client.went.size() == 1; }));
  ASSERT_EQ(client.came.size(), 2U);
  EXPECT_NE(client.came[1], client.came[0]);
  EXPECT_TRUE(client->peers().front().address.starts_with("127.255.255.255:"));
  EXPECT_EQ(client->figures().expired, 1U);
}

TEST(UdpLink, GoesOverIpv6) {
  asio::io_context context;
  auto probe = Link::open(context, {.name = "probe", .kind = Kind::udp_server, .address = "::1"});
  if (!probe) GTEST_SKIP() << probe.error().message;
  Driven server({.kind = Kind::udp_server, .address = "::1"});
  Driven client({.kind = Kind::udp_client, .address = "::1", .port = server->port()});
  ASSERT_TRUE(client.send(client.came[0], "six"));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  EXPECT_TRUE(server.from[server.came[0]].starts_with("[::1]:"));
}

TEST(UdpLink, EndsWithPeersAndTimersUnderWay) {
  Driven server({.kind = Kind::udp_server});
  const tests::DatagramSocket peer(server->port());
  ASSERT_TRUE(peer.send(base::as_bytes("here")));
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  server.end();
  server.run();
  EXPECT_TRUE(server.went.empty());
}

TEST(UdpLink, CountsWhatTheSystemDoesNotTake) {
  Driven server({.kind = Kind::udp_server});
  Driven client({.kind = Kind::udp_client, .port = server->port()});
  const std::string too_long(70'000, 'x');
  const auto sent = client->send(client.came[0], base::as_bytes(too_long));
  ASSERT_FALSE(sent);
  EXPECT_EQ(client->figures().not_sent, 1U);
  ASSERT_TRUE(client->trouble());
  EXPECT_TRUE(client.send(client.came[0], "short"));
  EXPECT_FALSE(client->trouble());
}

}  // namespace
}  // namespace net::mavlink
