#include "server/net/listener.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

#include "server/dualcam/wire.hpp"
#include "tests/support/client_socket.hpp"

namespace net {
namespace {

using base::Bytes;
using tests::ClientSocket;

class ListenerTest : public testing::Test {
 protected:
  base::Result<std::shared_ptr<Listener>> open(const std::string& host, std::uint16_t port, bool first = true) {
    return Listener::open(
        context_, host, port, first,
        [this](asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer) {
          accepted_.push_back(std::move(socket));
          peers_.push_back(peer.address().to_string());
        },
        [this](const asio::ip::tcp::endpoint&) { ++refused_; });
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
  std::vector<asio::ip::tcp::socket> accepted_;
  std::vector<std::string> peers_;
  int refused_ = 0;
};

TEST_F(ListenerTest, AcceptsEverybody) {
  const auto listener = open("127.0.0.1", 0);
  ASSERT_TRUE(listener);
  (*listener)->start();
  std::vector<ClientSocket> clients;
  constexpr std::size_t count = 150;  // more than one turn takes
  for (std::size_t i = 0; i < count; ++i) clients.emplace_back((*listener)->port(), "127.0.0.7");
  EXPECT_TRUE(run_until([&] { return accepted_.size() == count; }));
  EXPECT_EQ(peers_.back(), "127.0.0.7");
  clients.emplace_back((*listener)->port());
  EXPECT_TRUE(run_until([&] { return accepted_.size() == count + 1; })) << "and goes on";
  (*listener)->close();
}

TEST_F(ListenerTest, ListenersOfOneServerShareTheirPort) {
  const auto first = open("127.0.0.1", 0);
  ASSERT_TRUE(first);
  const auto second = open("127.0.0.1", (*first)->port(), false);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->port(), (*first)->port());
}

TEST_F(ListenerTest, APortInUseIsASentence) {
  const auto first = open("127.0.0.1", 0);
  ASSERT_TRUE(first);
  const std::uint16_t port = (*first)->port();
  for (const char* host : {"127.0.0.1", "0.0.0.0"}) {
    const auto second = open(host, port);
    ASSERT_FALSE(second) << host;
    EXPECT_EQ(second.error().code, base::Errc::conflict);
    EXPECT_EQ(second.error().message,
              fmt::format("Cameras cannot connect to {}:{}: another program listens there already. Stop it, or choose "
                          "another address or port.",
                          host, port));
  }
}

TEST_F(ListenerTest, AddressesThatAreNone) {
  const auto name = open("localhost", 0);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().code, base::Errc::invalid);
  EXPECT_EQ(name.error().message, "localhost is no IP address to listen on. Use 0.0.0.0 or [::] for all.");
  const auto foreign = open("192.0.2.1", 0);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().message, "Cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

TEST_F(ListenerTest, ClosedTakesNobody) {
  const auto listener = open("127.0.0.1", 0);
  ASSERT_TRUE(listener);
  (*listener)->start();
  const std::uint16_t port = (*listener)->port();
  (*listener)->close();
  run_until([] { return true; });
  EXPECT_FALSE(ClientSocket(port).connected());
}

TEST_F(ListenerTest, RefusalIsCloseAndTheEnd) {
  const auto listener = open("127.0.0.1", 0);
  ASSERT_TRUE(listener);
  (*listener)->start();
  ClientSocket client((*listener)->port());
  // Its INIT is here already: the end must be no reset, which may overtake what was sent before it.
  client.send(dualcam::encode_init({.protocol = 5, .imei = 356307042441013, .settings = 0}).view());
  ASSERT_TRUE(run_until([&] { return accepted_.size() == 1 && accepted_[0].available() == dualcam::init_size; }));
  refuse_politely(accepted_[0]);
  EXPECT_EQ(client.read_exactly(100), (Bytes{0, 0, 0, 0}));
  std::uint8_t byte = 0;
  EXPECT_EQ(::recv(client.descriptor(), &byte, 1, 0), 0) << "an orderly end";
}

// The limit is one of the process: the rest happens in a child.
int polite_at_the_descriptor_limit() {
  asio::io_context context;
  std::vector<asio::ip::tcp::socket> accepted;
  int refused = 0;
  const auto listener = Listener::open(
      context, "127.0.0.1", 0, true,
      [&](asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint&) { accepted.push_back(std::move(socket)); },
      [&](const asio::ip::tcp::endpoint&) { ++refused; });
  if (!listener) return 2;
  (*listener)->start();
  std::vector<ClientSocket> clients;
  for (int i = 0; i < 3; ++i) clients.emplace_back((*listener)->port());
  const int lowest_free = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(lowest_free);
  const rlimit none_left{.rlim_cur = static_cast<rlim_t>(lowest_free), .rlim_max = static_cast<rlim_t>(lowest_free)};
  if (setrlimit(RLIMIT_NOFILE, &none_left) != 0) return 3;
  const auto run = [&](auto&& condition) {
    return tests::eventually([&] {
      context.restart();
      context.run_for(std::chrono::milliseconds{1});
      return condition();
    });
  };
  if (!run([&] { return refused == 3; })) return 4;
  for (auto& client : clients)
    if (client.read_exactly(4) != Bytes{0, 0, 0, 0} || !client.ended()) return 5;
  // One that leaves makes room for the next.
  clients.pop_back();
  ClientSocket next((*listener)->port());
  if (!next.connected()) return 6;
  if (!run([&] { return refused == 4; })) return 7;  // its own end took the place
  clients.clear();
  if (accepted.size() != 0) return 8;
  return 0;
}

TEST(ListenerDeathTest, SaysGoodbyeAtTheDescriptorLimit) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "The sanitizer's own check of virtual tables needs a descriptor and calls its absence an error.";
#endif
#endif
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::_Exit(polite_at_the_descriptor_limit()), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace net
