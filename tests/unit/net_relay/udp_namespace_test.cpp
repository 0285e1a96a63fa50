// UDP over several interfaces, low ports and missing routes: in a network of the test's own.
#include "tests/support/network_namespace.hpp"
#include "tests/unit/net_relay/udp_fixture.hpp"

namespace net::relay {
namespace {

using base::Errc;
using std::chrono::milliseconds;

constexpr const char* group = "224.1.1.1";
constexpr std::uint16_t edgertronic_port = 600;
constexpr std::uint16_t shogun_port = 30;
// What must not come has this long to come.
constexpr milliseconds a_moment{100};

class UdpNamespaceTest : public testing::Test {
 protected:
  static void run(const std::function<void(asio::io_context&)>& body) {
    const auto done = tests::in_network_namespace([&] {
      asio::io_context context;
      body(context);
    });
    if (done.outcome == tests::Namespace::unavailable) GTEST_SKIP() << done.why;
    EXPECT_EQ(done.outcome, tests::Namespace::done) << done.why;
  }
  // a0 and b0 are ours, a1 and b1 those of the cameras.
  static void lay_cables() {
    ASSERT_TRUE(tests::add_cable("a0", "10.1.0.1", "a1", "10.1.0.2"));
    ASSERT_TRUE(tests::add_cable("b0", "10.2.0.1", "b1", "10.2.0.2"));
  }
};

TEST_F(UdpNamespaceTest, AGroupIsSentThroughEveryNamedInterfaceOnce) {
  run([](asio::io_context& context) {
    lay_cables();
    const BareSocket a(edgertronic_port, group, "a1");
    const BareSocket b(edgertronic_port, group, "b1");
    a.join(group, "a1");
    b.join(group, "b1");
    Listening out(context, {.name = "cameras",
                            .listens = false,
                            .interfaces = {"a0", "10.2.0.1", "a0"},
                            .destinations = {{group, edgertronic_port}}});
    ASSERT_TRUE(out);
    const auto sent = out->send(bytes_of("trigger"));
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_EQ(a.receive(), "trigger");
    EXPECT_EQ(b.receive(), "trigger");
    EXPECT_EQ(a.receive(a_moment), "");
    EXPECT_EQ(out->figures().sent, 2u);
  });
}

TEST_F(UdpNamespaceTest, WithoutNamesAllInterfacesAreUsedButNotTheLoopback) {
  run([](asio::io_context& context) {
    lay_cables();
    Listening in(context, {.name = "in", .port = edgertronic_port, .groups = {group}});
    ASSERT_TRUE(in);
    const BareSocket peer;
    for (const char* device : {"lo", "a1", "b1"}) {
      peer.multicast_through(device);
      ASSERT_TRUE(peer.send(device, group, edgertronic_port));
    }
    ASSERT_TRUE(in.wait_for(2));
    in.drain();
    ASSERT_EQ(in.came.size(), 2u);
    EXPECT_EQ(in.came[0].text, "a1");
    EXPECT_EQ(in.came[1].text, "b1");
  });
}

TEST_F(UdpNamespaceTest, WhatComesThroughAnInterfaceNobodyNamedIsNotTaken) {
  run([](asio::io_context& context) {
    lay_cables();
    Listening grouped(context, {.name = "in", .port = edgertronic_port, .groups = {group}, .interfaces = {"b0"}});
    Listening plain(context, {.name = "in", .port = shogun_port, .interfaces = {"b0"}});
    ASSERT_TRUE(grouped && plain);
    const BareSocket peer;
    for (const char* device : {"a1", "b1"}) {
      peer.multicast_through(device);
      ASSERT_TRUE(peer.send(device, group, edgertronic_port));
      const BareSocket broadcaster(0, "0.0.0.0", device);
      ASSERT_TRUE(broadcaster.send(device, "255.255.255.255", shogun_port));
    }
    ASSERT_TRUE(grouped.wait_for(1) && plain.wait_for(1));
    EXPECT_EQ(grouped.came[0].text, "b1");
    EXPECT_EQ(plain.came[0].text, "b1");
    plain.drain();
    EXPECT_EQ(plain.came.size(), 1u);
    // A broadcast comes back on the interface it leaves through, too.
    EXPECT_EQ(plain->figures().foreign, 3u);
  });
}

TEST_F(UdpNamespaceTest, TheLimitedBroadcastLeavesThroughEveryInterface) {
  run([](asio::io_context& context) {
    lay_cables();
    const BareSocket a(shogun_port, "0.0.0.0", "a1");
    const BareSocket b(shogun_port, "0.0.0.0", "b1");
    UdpOptions options{.name = "stage", .listens = false, .destinations = {{"255.255.255.255", shogun_port}}};
    Listening everywhere(context, options);
    ASSERT_TRUE(everywhere && everywhere->send(bytes_of("all")));
    EXPECT_EQ(everywhere->figures().sent, 4u);  // both ends of both cables, and not the loopback
    EXPECT_EQ(a.receive() + a.receive() + b.receive() + b.receive(), "allallallall");
    options.interfaces = {"a0", "b0"};
    Listening out(context, options);
    ASSERT_TRUE(out && out->send(bytes_of("start")));
    EXPECT_EQ(a.receive(), "start");
    EXPECT_EQ(b.receive(), "start");
    Listening one(context, {.name = "stage", .listens = false, .destinations = {{"10.2.0.255", shogun_port}}});
    ASSERT_TRUE(one && one->send(bytes_of("directed")));
    EXPECT_EQ(b.receive(), "directed");
    EXPECT_EQ(a.receive(a_moment), "");
  });
}

TEST_F(UdpNamespaceTest, OurBroadcastComesBackAndIsKnownAsOurOwn) {
  run([](asio::io_context& context) {
    lay_cables();
    Listening both(context, {.name = "stage",
                             .port = shogun_port,
                             .interfaces = {"a0"},
                             .destinations = {{"255.255.255.255", shogun_port}}});
    ASSERT_TRUE(both && both->send(bytes_of("start")));
    const BareSocket stage(shogun_port, "0.0.0.0", "a1");
    ASSERT_TRUE(both.wait_for(1));
    EXPECT_TRUE(both.came[0].own);
    EXPECT_EQ(both.came[0].peer.substr(0, 9), "10.1.0.1:");
  });
}

TEST_F(UdpNamespaceTest, TheTimeToLiveAndTheLoopbackAreAsAsked) {
  run([](asio::io_context& context) {
    lay_cables();
    Listening here(context, {.name = "in", .port = edgertronic_port, .groups = {group}, .interfaces = {"a0"}});
    const BareSocket camera(edgertronic_port, group, "a1");
    camera.join(group, "a1");
    camera.set(IPPROTO_IP, IP_RECVTTL, 1);
    UdpOptions options{
        .name = "out", .listens = false, .interfaces = {"a0"}, .ttl = 7, .destinations = {{group, edgertronic_port}}};
    Listening quiet(context, options);
    options.loopback = true;
    Listening heard(context, options);
    ASSERT_TRUE(here && quiet && heard);
    ASSERT_TRUE(quiet->send(bytes_of("quiet")));
    EXPECT_EQ(camera.receive_ttl(), 7);
    ASSERT_TRUE(heard->send(bytes_of("heard")));
    ASSERT_TRUE(here.wait_for(1));
    EXPECT_EQ(here.came[0].text, "heard");
  });
}

TEST_F(UdpNamespaceTest, AnInterfaceThatComesLaterIsJoinedThen) {
  run([](asio::io_context& context) {
    UdpOptions options{.name = "late",
                       .port = edgertronic_port,
                       .groups = {group},
                       .interfaces = {"a0"},
                       .destinations = {{group, edgertronic_port}}};
    const auto strict = UdpEndpoint::open(context, options);
    ASSERT_FALSE(strict);
    EXPECT_NE(strict.error().message.find("no network interface a0"), std::string::npos) << strict.error().message;
    options.interfaces_may_come_later = true;
    Listening in(context, options);
    ASSERT_TRUE(in);
    EXPECT_FALSE(in->join_again());
    const auto nowhere = in->send(bytes_of("lost"));
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().message.find("no network interface"), std::string::npos) << nowhere.error().message;
    for (std::size_t round = 1; round <= 2; ++round) {  // plugged in, out, and in again
      ASSERT_TRUE(tests::add_cable("a0", "10.1.0.1", "a1", "10.1.0.2"));
      const auto joined = in->join_again();
      ASSERT_TRUE(joined) << joined.error().message;
      EXPECT_TRUE(in->join_again());
      BareSocket camera(edgertronic_port, group, "a1");
      camera.join(group, "a1");
      camera.multicast_through("a1");
      ASSERT_TRUE(camera.send("hello", group, edgertronic_port));
      ASSERT_TRUE(in.wait_for(round));
      ASSERT_TRUE(in->send(bytes_of("trigger")));
      EXPECT_EQ(camera.receive(), "trigger");
      ASSERT_TRUE(tests::ip("link del a0"));
      EXPECT_FALSE(in->send(bytes_of("gone")));
      const auto gone = in->join_again();
      ASSERT_FALSE(gone);
      EXPECT_EQ(gone.error().code, Errc::not_found);
    }
  });
}

TEST_F(UdpNamespaceTest, AnInterfaceThatIsDownOrWithoutAnAddressIsSaid) {
  run([](asio::io_context& context) {
    ASSERT_TRUE(tests::ip("link add a0 type veth peer name a1"));
    const UdpOptions options{.name = "x", .port = edgertronic_port, .groups = {group}, .interfaces = {"a0"}};
    const auto down = UdpEndpoint::open(context, options);
    ASSERT_FALSE(down);
    EXPECT_NE(down.error().message.find("is down"), std::string::npos) << down.error().message;
    ASSERT_TRUE(tests::ip("link set a0 up"));
    const auto bare = UdpEndpoint::open(context, options);
    ASSERT_FALSE(bare);
    EXPECT_NE(bare.error().message.find("no IPv4 address"), std::string::npos) << bare.error().message;
  });
}

TEST_F(UdpNamespaceTest, WithoutARouteItSaysToNameAnInterface) {
  run([](asio::io_context& context) {  // only the loopback is there
    const auto in = UdpEndpoint::open(context, {.name = "x", .port = edgertronic_port, .groups = {group}});
    ASSERT_FALSE(in);
    EXPECT_EQ(in.error().os_error, ENETUNREACH);
    EXPECT_NE(in.error().message.find("name one"), std::string::npos) << in.error().message;
    Listening host(context, {.name = "x", .listens = false, .destinations = {{"10.9.9.9", 30}}});
    ASSERT_TRUE(host);
    const auto sent = host->send(bytes_of("x"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().os_error, ENETUNREACH);
    EXPECT_NE(sent.error().message.find("no route"), std::string::npos) << sent.error().message;
  });
}

TEST_F(UdpNamespaceTest, EveryDestinationHasItAlsoWhenOneFails) {
  run([](asio::io_context& context) {
    std::vector<std::unique_ptr<BareSocket>> peers;
    UdpOptions options{.name = "x", .listens = false};
    for (int n = 0; n < 40; ++n) {
      peers.push_back(std::make_unique<BareSocket>(std::uint16_t{0}, "127.0.0.1"));
      options.destinations.push_back({"127.0.0.1", peers.back()->port()});
      if (n == 20) options.destinations.push_back({"10.9.9.9", 9});
    }
    Listening out(context, options);
    ASSERT_TRUE(out);
    const auto sent = out->send(bytes_of("all"));
    for (const auto& peer : peers) EXPECT_EQ(peer->receive(), "all");
    EXPECT_EQ(out->figures().sent, 40u);
    EXPECT_EQ(out->figures().not_sent, 1u);
    ASSERT_FALSE(sent);
    EXPECT_NE(sent.error().message.find("10.9.9.9:9"), std::string::npos) << sent.error().message;
  });
}

TEST_F(UdpNamespaceTest, AProhibitingRouteIsSaid) {
  run([](asio::io_context& context) {
    ASSERT_TRUE(tests::ip("route add prohibit 10.9.0.0/16"));
    Listening host(context, {.name = "x", .listens = false, .destinations = {{"10.9.9.9", 30}}});
    ASSERT_TRUE(host);
    const auto sent = host->send(bytes_of("x"));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Errc::refused);
    EXPECT_NE(sent.error().message.find("does not permit"), std::string::npos) << sent.error().message;
  });
}

TEST_F(UdpNamespaceTest, LowPortsNeedACapabilityAndTheErrorNamesIt) {
  run([](asio::io_context& context) {
    for (const std::uint16_t port : {edgertronic_port, shogun_port})
      EXPECT_TRUE(UdpEndpoint::open(context, {.name = "x", .address = "127.0.0.1", .port = port}));
    tests::drop_capabilities();
    for (const std::uint16_t port : {edgertronic_port, shogun_port}) {
      const auto opened = UdpEndpoint::open(context, {.name = "x", .address = "127.0.0.1", .port = port});
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, Errc::refused);
      EXPECT_EQ(opened.error().os_error, EACCES);
      for (const char* words : {"CAP_NET_BIND_SERVICE", "setcap", "AmbientCapabilities", "another port"})
        EXPECT_NE(opened.error().message.find(words), std::string::npos) << opened.error().message;
    }
    EXPECT_TRUE(UdpEndpoint::open(context, {.name = "x", .address = "127.0.0.1"}));
  });
}

TEST_F(UdpNamespaceTest, MoreGroupsThanTheSystemLetsASocketHaveIsSaid) {
  run([](asio::io_context& context) {
    UdpOptions options{.name = "x", .interfaces = {"lo"}};
    for (int n = 1; n <= 60; ++n) options.groups.push_back("239.1.1." + std::to_string(n));
    const auto opened = UdpEndpoint::open(context, options);
    if (opened) GTEST_SKIP() << "This system lets a socket have 60 groups.";
    EXPECT_EQ(opened.error().code, Errc::exhausted);
    EXPECT_NE(opened.error().message.find("igmp_max_memberships"), std::string::npos) << opened.error().message;
  });
}

}  // namespace
}  // namespace net::relay
