#include "server/net/proxy_greeting.hpp"

#include <gtest/gtest.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/read.hpp>

#include "tests/support/client_socket.hpp"

namespace net {
namespace {

using asio::ip::tcp;
using tests::ClientSocket;

TEST(Networks, AreWrittenAsPeopleDo) {
  const struct {
    const char* network;
    const char* inside;
    const char* outside;
  } rows[] = {{"10.0.0.0/8", "10.255.0.1", "11.0.0.1"},        {"192.168.17.0/27", "192.168.17.31", "192.168.17.32"},
              {"127.0.0.1", "127.0.0.1", "127.0.0.2"},         {"fd00::/8", "fdff::1", "fe00::1"},
              {"2001:db8::1", "2001:db8::1", "2001:db8::2"},   {"10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.0.0.1"},
              {"::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.1"}, {"0.0.0.0/0", "255.1.2.3", "2001:db8::1"}};
  for (const auto& row : rows) {
    const auto network = Network::parse(row.network);
    ASSERT_TRUE(network) << row.network;
    EXPECT_TRUE(contains({*network}, asio::ip::make_address(row.inside))) << row.network;
    EXPECT_FALSE(contains({*network}, asio::ip::make_address(row.outside))) << row.network;
  }
  EXPECT_FALSE(contains({}, asio::ip::make_address("10.0.0.1")));
}

TEST(Networks, NonsenseIsASentence) {
  for (const char* text : {"", "balancer", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129", "10.0.0/8"})
    EXPECT_EQ(Network::parse(text).error().message,
              std::string(text) +
                  " is no network. Write an address, or one with the number of its leading bits, for "
                  "example 10.0.0.0/8 or fd00::/8.");
}

class ProxyGreetingTest : public testing::Test {
 protected:
  // A client, and the server's end of its connection being greeted.
  ClientSocket connect() {
    ClientSocket client(acceptor_.local_endpoint().port());
    tcp::endpoint peer;
    tcp::socket socket = acceptor_.accept(peer);
    std::make_shared<ProxyGreeting>(
        std::move(socket), peer,
        [this](tcp::socket greeted, const tcp::endpoint& camera) {
          greeted_.emplace(std::move(greeted));
          camera_ = camera.address().to_string();
        },
        [this](const tcp::endpoint&, const std::string& why) { failure_ = why; })
        ->start();
    return client;
  }
  template <class Condition>
  bool run_until(Condition&& condition) {
    return tests::eventually([&] {
      context_.restart();
      context_.run_for(std::chrono::milliseconds{1});
      return condition();
    });
  }

  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::optional<tcp::socket> greeted_;
  std::string camera_;
  std::string failure_;
};

TEST_F(ProxyGreetingTest, TakesTheHeaderAndLeavesTheRest) {
  ClientSocket client = connect();
  ASSERT_TRUE(client.send(base::as_bytes("PROXY TCP4 198.51.100.7 203.0.113.1 34471 7700\r\nINIT")));
  ASSERT_TRUE(run_until([&] { return greeted_.has_value(); })) << failure_;
  EXPECT_EQ(camera_, "198.51.100.7");
  std::array<char, 4> rest{};
  asio::read(*greeted_, asio::buffer(rest));
  EXPECT_EQ(std::string(rest.data(), rest.size()), "INIT");
}

TEST_F(ProxyGreetingTest, WaitsForAHeaderInPieces) {
  ClientSocket client = connect();
  for (const char* piece : {"PRO", "XY TCP4 198.51.100.7 203.", "0.113.1 34471 7700\r"}) {
    ASSERT_TRUE(client.send(base::as_bytes(piece)));
    EXPECT_FALSE(run_until([&, turn = 0]() mutable { return greeted_ || ++turn == 50; }) && greeted_);
  }
  ASSERT_TRUE(client.send(base::as_bytes("\n")));
  EXPECT_TRUE(run_until([&] { return greeted_.has_value(); })) << failure_;
}

TEST_F(ProxyGreetingTest, ClosesWhatBringsNoHeader) {
  ClientSocket client = connect();
  ASSERT_TRUE(client.send(base::as_bytes("GET / HTTP/1.1\r\n\r\n")));
  ASSERT_TRUE(run_until([&] { return !failure_.empty(); }));
  EXPECT_EQ(failure_, "no PROXY header, which was expected from this balancer: 474554202f204854");
  EXPECT_TRUE(client.ended());
}

TEST_F(ProxyGreetingTest, ABalancerThatOnlyLooksIsNoFailure) {
  {
    ClientSocket client = connect();
  }
  EXPECT_TRUE(run_until([&, turn = 0]() mutable { return ++turn == 20; }));
  EXPECT_EQ(failure_, "");
  EXPECT_FALSE(greeted_);
}

TEST_F(ProxyGreetingTest, ASilentOneIsGivenUp) {
  ClientSocket client = connect();
  ASSERT_TRUE(run_until([&] { return !failure_.empty(); }));
  EXPECT_EQ(failure_, "no PROXY header came in time");
  EXPECT_TRUE(client.ended());
}

}  // namespace
}  // namespace net
