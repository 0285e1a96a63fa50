// UDP on the loopback: what any machine can do.
#include <asio/post.hpp>

#include "tests/unit/net_relay/udp_fixture.hpp"

namespace net::relay {
namespace {

using base::Errc;
using std::chrono::milliseconds;

constexpr const char* group = "239.255.77.1";

class UdpEndpointTest : public testing::Test {
 protected:
  static UdpOptions listener() { return {.name = "test", .address = "127.0.0.1"}; }
  static UdpOptions group_listener(std::uint16_t port = 0) {
    return {.name = "test", .port = port, .groups = {group}, .interfaces = {"127.0.0.1"}};
  }
  static UdpOptions sender(const std::string& address, std::uint16_t port) {
    return {.name = "out", .listens = false, .interfaces = {"lo"}, .destinations = {{address, port}}};
  }
  base::Error refused(UdpOptions options) {
    const auto opened = UdpEndpoint::open(context, std::move(options));
    EXPECT_FALSE(opened);
    return opened ? base::Error{} : opened.error();
  }

  asio::io_context context;
};

TEST_F(UdpEndpointTest, TakesADatagramAndSaysWhoSentIt) {
  Listening in(context, listener());
  const BareSocket peer(0, "127.0.0.1");
  ASSERT_TRUE(peer.send("hello", "127.0.0.1", in->port()));
  ASSERT_TRUE(in.wait_for(1));
  EXPECT_EQ(in.came[0].text, "hello");
  EXPECT_EQ(in.came[0].peer, "127.0.0.1:" + std::to_string(peer.port()));
  EXPECT_FALSE(in.came[0].own);
  EXPECT_FALSE(in.came[0].truncated);
  EXPECT_EQ(in->figures().received, 1u);
}

TEST_F(UdpEndpointTest, SaysWhenTheKernelHadItAndNotWhenItWasRead) {
  Listening in(context, listener());
  const BareSocket peer;
  // The kernel begins to note times a moment after the first socket asks for it, so the first may be late.
  const auto is_exact = [&] {
    in.came.clear();
    const auto before = base::steady_now();
    EXPECT_TRUE(peer.send("x", "127.0.0.1", in->port()));
    const auto sent = base::steady_now();
    while (base::steady_now() < sent + milliseconds{60}) {  // it lies in the socket for a while
    }
    if (!in.wait_for(1)) return false;
    // The clocks are read one after the other.
    return in.came[0].at >= before - milliseconds{1} && in.came[0].at <= sent + milliseconds{20};
  };
  EXPECT_TRUE(tests::eventually(is_exact));
}

TEST_F(UdpEndpointTest, AnEmptyDatagramIsOneAndALongOneIsTold) {
  Listening in(context, listener());
  const BareSocket peer;
  ASSERT_TRUE(peer.send("", "127.0.0.1", in->port()));
  ASSERT_TRUE(peer.send(std::string(longest_datagram, 'x'), "127.0.0.1", in->port()));
  ASSERT_TRUE(peer.send(std::string(longest_datagram + 1, 'y'), "127.0.0.1", in->port()));
  ASSERT_TRUE(in.wait_for(3));
  EXPECT_TRUE(in.came[0].text.empty());
  EXPECT_FALSE(in.came[1].truncated);
  EXPECT_TRUE(in.came[2].truncated);
  EXPECT_EQ(in.came[2].text, std::string(longest_datagram, 'y'));
}

TEST_F(UdpEndpointTest, MulticastOnTheLoopbackComesOnceAndIsKnownAsOurOwn) {
  Listening in(context, group_listener());
  Listening out(context, sender(group, in->port()));
  ASSERT_TRUE(out->send(bytes_of("ours")));
  const BareSocket peer;
  peer.multicast_through("lo");
  ASSERT_TRUE(peer.send("theirs", group, in->port()));
  ASSERT_TRUE(in.wait_for(2));
  in.drain();
  ASSERT_EQ(in.came.size(), 2u);
  EXPECT_EQ(in.came[0].text, "ours");
  EXPECT_TRUE(in.came[0].own);
  EXPECT_EQ(in.came[1].text, "theirs");
  EXPECT_FALSE(in.came[1].own);
  EXPECT_EQ(out->figures().sent, 1u);
}

TEST_F(UdpEndpointTest, AnotherProgramThatSendsFromThePortWeListenOnIsNotUs) {
  UdpOptions options = group_listener();
  Listening first(context, options);
  options.port = first->port();
  options.destinations = {{group, first->port()}};
  Listening both(context, options);
  const BareSocket program(first->port());
  program.multicast_through("lo");
  ASSERT_TRUE(program.send("theirs", group, first->port()));
  ASSERT_TRUE(both->send(bytes_of("ours")));
  ASSERT_TRUE(both.wait_for(2));
  EXPECT_FALSE(both.came[0].own);
  EXPECT_TRUE(both.came[1].own);
}

TEST_F(UdpEndpointTest, SendsFromThePortItListensOnWhereAsked) {
  const BareSocket peer(0, "127.0.0.1");
  UdpOptions options = listener();
  options.sends_from_its_port = true;
  options.destinations = {{"127.0.0.1", peer.port()}};
  Listening both(context, options);
  ASSERT_TRUE(both->send(bytes_of("question")));
  EXPECT_EQ(peer.receive(), "question");
  EXPECT_EQ(peer.last_port(), both->port());
  ASSERT_TRUE(peer.send("answer", "127.0.0.1", peer.last_port()));
  ASSERT_TRUE(both.wait_for(1));
  EXPECT_EQ(both.came[0].text, "answer");
}

TEST_F(UdpEndpointTest, TwoProgramsShareAGroupsPortAndBothHearIt) {
  Listening one(context, group_listener());
  Listening two(context, group_listener(one->port()));
  const BareSocket peer;
  peer.multicast_through("lo");
  ASSERT_TRUE(peer.send("both", group, one->port()));
  EXPECT_TRUE(one.wait_for(1));
  EXPECT_TRUE(two.wait_for(1));
}

TEST_F(UdpEndpointTest, OtherGroupsOnThePortStayOut) {
  constexpr const char* second = "239.255.77.2";
  constexpr const char* foreign = "239.255.77.3";
  UdpOptions options = group_listener();
  options.groups.emplace_back(second);
  Listening in(context, options);
  // Somebody on this host has joined it: Linux would hand it to every socket of the port.
  const BareSocket other(in->port());
  other.join(foreign, "lo");
  const BareSocket peer;
  peer.multicast_through("lo");
  ASSERT_TRUE(peer.send("foreign", foreign, in->port()));
  ASSERT_TRUE(peer.send("to the host", "127.0.0.1", in->port()));
  ASSERT_TRUE(peer.send("first", group, in->port()));
  ASSERT_TRUE(peer.send("second", second, in->port()));
  ASSERT_TRUE(in.wait_for(2));
  in.drain();
  ASSERT_EQ(in.came.size(), 2u);
  EXPECT_EQ(in.came[0].text, "first");
  EXPECT_EQ(in.came[1].text, "second");
}

TEST_F(UdpEndpointTest, BroadcastGoesOutAndComesIn) {
  UdpOptions options{.name = "test", .shares_port = true};
  Listening in(context, options);
  Listening out(context, sender("127.255.255.255", in->port()));
  ASSERT_TRUE(out->send(bytes_of("to all")));
  ASSERT_TRUE(in.wait_for(1));
  EXPECT_EQ(in.came[0].text, "to all");
  EXPECT_TRUE(in.came[0].own);
}

TEST_F(UdpEndpointTest, OnlyAllowedSourcesAreHeard) {
  UdpOptions options = listener();
  options.allow = {"127.0.0.8/30"};
  Listening in(context, options);
  const BareSocket stranger(0, "127.0.0.1");
  const BareSocket friendly(0, "127.0.0.10");
  ASSERT_TRUE(stranger.send("no", "127.0.0.1", in->port()));
  ASSERT_TRUE(friendly.send("yes", "127.0.0.1", in->port()));
  ASSERT_TRUE(in.wait_for(1));
  EXPECT_EQ(in.came[0].text, "yes");
  EXPECT_EQ(in->figures().foreign, 1u);
  EXPECT_EQ(in->figures().received, 2u);
}

TEST_F(UdpEndpointTest, TooMuchForADatagramIsSaid) {
  Listening out(context, sender("127.0.0.1", 9));
  const auto sent = out->send(base::Bytes(70'000));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::invalid);
  EXPECT_EQ(out->figures().not_sent, 1u);
}

TEST_F(UdpEndpointTest, WhatTheKernelDroppedIsCounted) {
  Listening in(context, listener());
  const BareSocket peer;
  // More than any receive buffer of a sensible system holds, as each costs about a kilobyte there at least.
  constexpr std::uint64_t flood = 30'000;
  for (std::uint64_t n = 0; n < flood; ++n) ASSERT_TRUE(peer.send("x", "127.0.0.1", in->port()));
  in.drain();
  ASSERT_TRUE(peer.send("last", "127.0.0.1", in->port()));
  while (in.came.empty() || in.came.back().text != "last") ASSERT_TRUE(in.wait_for(in.came.size() + 1));
  EXPECT_GT(in->figures().dropped, 0u);
  EXPECT_EQ(in->figures().received + in->figures().dropped, flood + 1);
}

TEST_F(UdpEndpointTest, AStormLeavesTurnsToOthers) {
  Listening in(context, listener());
  const BareSocket peer;
  for (int n = 0; n < 200; ++n) ASSERT_TRUE(peer.send("x", "127.0.0.1", in->port()));
  std::optional<std::size_t> had;
  std::function<void()> look = [&] {
    if (in.came.empty()) return asio::post(context, look);
    had = in.came.size();
  };
  asio::post(context, look);
  ASSERT_TRUE(in.wait_for(200));
  ASSERT_TRUE(had);
  EXPECT_LT(*had, 200u);
}

TEST_F(UdpEndpointTest, MayEndWithinItsOwnCallback) {
  auto opened = UdpEndpoint::open(context, listener());
  ASSERT_TRUE(opened);
  const auto port = (*opened)->port();
  const BareSocket peer;
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(peer.send("end", "127.0.0.1", port));
  int calls = 0;
  (*opened)->start([&](const Datagram&) {
    ++calls;
    opened->reset();
  });
  context.run_for(tests::patience);  // ends as nothing is left to do
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(*opened, nullptr);
}

TEST_F(UdpEndpointTest, APortThatIsTakenIsSaid) {
  const BareSocket owner(0, "127.0.0.1", {}, false);
  UdpOptions options = listener();
  options.port = owner.port();
  const auto error = refused(options);
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(error.os_error, EADDRINUSE);
  EXPECT_NE(error.message.find(std::to_string(owner.port())), std::string::npos);
}

TEST_F(UdpEndpointTest, WrongOptionsAreSaidInSentences) {
  struct Row {
    const char* words;
    UdpOptions options;
  };
  const Row rows[] = {
      {"no IP address", {.name = "x", .address = "localhost"}},
      {"IPv4", {.name = "x", .address = "::1"}},
      {"IPv6 address ff02::1", {.name = "x", .groups = {"ff02::1"}}},
      {"no multicast group", {.name = "x", .groups = {"10.0.0.1"}}},
      {"IPv6", {.name = "x", .destinations = {{"fe80::1", 30}}}},
      {"nowhere", {.name = "x", .destinations = {{"127.0.0.1", 0}}}},
      {"nowhere", {.name = "x", .destinations = {{"0.0.0.0", 30}}}},
      {"time to live", {.name = "x", .ttl = 256}},
      {"no network", {.name = "x", .allow = {"10.0.0.0/33"}}},
      {"no network interface nowhere0", {.name = "x", .interfaces = {"nowhere0"}}},
      {"does not listen", {.name = "x", .listens = false, .groups = {group}}},
      {"no network interface of this host has it", {.name = "x", .address = "203.0.113.77"}},
  };
  for (const Row& row : rows) {
    const auto error = refused(row.options);
    EXPECT_NE(error.message.find(row.words), std::string::npos) << error.message;
    EXPECT_EQ(error.message.back(), '.') << error.message;
  }
}

}  // namespace
}  // namespace net::relay
