#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <filesystem>
#include <utility>

#include "tests/support/client_socket.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/net_mavlink/link_fixture.hpp"

namespace net::mavlink {
namespace {
using namespace std::chrono_literals;

std::string as_text(const base::Bytes& bytes) {
  return std::string(base::as_text(bytes));
}

TEST(TcpServer, ServesSeveralAndKnowsWhenTheyGo) {
  Driven server({.kind = Kind::tcp_server});
  tests::ClientSocket first(server->port());
  tests::ClientSocket second(server->port());
  ASSERT_TRUE(server.until([&] { return server.came.size() == 2; }));
  ASSERT_TRUE(second.send(base::as_bytes("two")));
  ASSERT_TRUE(server.until([&] { return server.text[server.came[1]] == "two"; }));
  EXPECT_FALSE(server.datagrams);
  EXPECT_TRUE(server.send(server.came[0], "for one"));
  server.run();
  EXPECT_EQ(as_text(first.read_exactly(7)), "for one");
  first.close();
  ASSERT_TRUE(server.until([&] { return server.went.size() == 1; }));
  EXPECT_EQ(server.went[0], server.came[0]);
  EXPECT_FALSE(server.send(server.went[0], "late"));
  ASSERT_EQ(server->peers().size(), 1U);
  EXPECT_TRUE(server->peers().front().heard);
}

TEST(TcpServer, HasPlacesForSoManyAndFromItsNetworksOnly) {
  Driven server({.kind = Kind::tcp_server, .most_peers = 1});
  tests::ClientSocket first(server->port());
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  tests::ClientSocket second(server->port());
  ASSERT_TRUE(server.until([&] { return server->figures().refused == 1; }));
  EXPECT_TRUE(second.ended());

  Driven elsewhere({.kind = Kind::tcp_server, .allow = {"10.0.0.0/8"}});
  tests::ClientSocket stranger(elsewhere->port());
  ASSERT_TRUE(elsewhere.until([&] { return elsewhere->figures().foreign == 1; }));
  EXPECT_TRUE(stranger.ended());
  EXPECT_TRUE(elsewhere.came.empty());
}

TEST(TcpServer, EndsTheSilentAndThoseThatTakeNothing) {
  Driven server({.kind = Kind::tcp_server, .idle_timeout = 30ms});
  tests::ClientSocket silent(server->port());
  ASSERT_TRUE(server.until([&] { return server.went.size() == 1; }));
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(server->figures().expired, 1U);

  Driven stuck({.kind = Kind::tcp_server, .write_timeout = 50ms, .most_queued = 64 << 20});
  tests::ClientSocket deaf(stuck->port());
  ASSERT_TRUE(stuck.until([&] { return stuck.came.size() == 1; }));
  const std::string much(32 << 20, 'x');  // more than the buffers of a connection
  ASSERT_TRUE(stuck.send(stuck.came[0], much));
  ASSERT_TRUE(stuck.until([&] { return stuck.went.size() == 1; }));
}

TEST(TcpServer, AFullQueueTakesNoMore) {
  Driven server({.kind = Kind::tcp_server, .most_queued = 100});
  tests::ClientSocket client(server->port());
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  const std::string frame(60, 'x');
  EXPECT_TRUE(server.send(server.came[0], frame));
  const auto second = server->send(server.came[0], base::as_bytes(frame));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Errc::exhausted);
  EXPECT_EQ(server->figures().not_sent, 1U);
  server.run();
  EXPECT_EQ(as_text(client.read_exactly(60)), frame);
  ASSERT_TRUE(server.until([&] { return server.send(server.came[0], frame); }));
}

TEST(TcpServer, SendsInOrderWhatCameWhileItWasSending) {
  Driven server({.kind = Kind::tcp_server});
  tests::ClientSocket client(server->port());
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  for (const char* each : {"one ", "two ", "three"}) EXPECT_TRUE(server.send(server.came[0], each));
  ASSERT_TRUE(client.send(base::as_bytes("read")));
  ASSERT_TRUE(server.until([&] { return !server.text[server.came[0]].empty(); }));
  server.run();
  EXPECT_EQ(as_text(client.read_exactly(13)), "one two three");
  EXPECT_EQ(server->figures().sent, 3U);
}

TEST(TcpServer, EndsItsConnectionsWithItself) {
  Driven server({.kind = Kind::tcp_server});
  tests::ClientSocket client(server->port());
  ASSERT_TRUE(server.until([&] { return server.came.size() == 1; }));
  ASSERT_TRUE(server.send(server.came[0], "last words"));
  server.end();
  server.run();
  EXPECT_TRUE(server.went.empty());
  EXPECT_TRUE(client.ended());
}

TEST(TcpServer, SaysWhatToDoWhereItCannotListen) {
  Driven server({.kind = Kind::tcp_server});
  const base::Error taken = error_of({.kind = Kind::tcp_server, .port = server->port()});
  EXPECT_EQ(taken.code, base::Errc::conflict);
  EXPECT_NE(taken.message.find("ss -tlpn"), std::string::npos);
}

TEST(TcpClient, ConnectsAgainAsAnotherPeer) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = acceptor.local_endpoint().port();
  Driven client({.kind = Kind::tcp_client, .port = port, .first_pause = 5ms, .longest_pause = 20ms});
  ASSERT_TRUE(client.until([&] { return client.came.size() == 1; }));
  {
    asio::ip::tcp::socket served = acceptor.accept();
    served.send(asio::buffer(std::string("hello")));
    ASSERT_TRUE(client.until([&] { return client.text[client.came[0]] == "hello"; }));
    ASSERT_TRUE(client.send(client.came[0], "hi"));
    client.run();
    std::array<char, 2> got{};
    asio::read(served, asio::buffer(got));
    EXPECT_EQ(std::string_view(got.data(), 2), "hi");
  }
  ASSERT_TRUE(client.until([&] { return client.went.size() == 1; }));
  ASSERT_TRUE(client->trouble());
  EXPECT_NE(client->trouble()->message.find("the other end closed it"), std::string::npos);
  ASSERT_TRUE(client.until([&] { return client.came.size() == 2; }));
  EXPECT_NE(client.came[0], client.came[1]);
  EXPECT_FALSE(client->trouble());
  EXPECT_EQ(client->figures().reopened, 1U);
}

TEST(TcpClient, TriesUntilSomebodyListens) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  const auto where = acceptor.local_endpoint();
  acceptor.close();
  Driven client({.kind = Kind::tcp_client, .port = where.port(), .first_pause = 2ms, .longest_pause = 10ms});
  ASSERT_TRUE(client.until([&] { return client->trouble().has_value(); }));
  EXPECT_NE(client->trouble()->message.find("nobody listens there"), std::string::npos);
  EXPECT_TRUE(client->peers().empty());
  EXPECT_FALSE(client.send(1, "nobody"));
  EXPECT_EQ(client->figures().not_sent, 1U);
  acceptor = asio::ip::tcp::acceptor(context, where);
  ASSERT_TRUE(client.until([&] { return client.came.size() == 1; }));
  client.end();  // while it reads
  client.run();
  EXPECT_TRUE(client.went.empty());
}

TEST(TcpClient, EndsWhileItWaitsToTryAgain) {
  asio::io_context context;
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  const auto where = acceptor.local_endpoint();
  acceptor.close();
  Driven client({.kind = Kind::tcp_client, .port = where.port()});
  ASSERT_TRUE(client.until([&] { return client->trouble().has_value(); }));
  client.end();
  client.run();
  EXPECT_TRUE(client.came.empty());
  Driven another({.kind = Kind::tcp_client, .port = where.port()});
  another.end();  // while it connects
  another.run();
  EXPECT_TRUE(another.came.empty());
}

TEST(TcpClient, NeedsAnAddressAndAPort) {
  EXPECT_EQ(error_of({.kind = Kind::tcp_client}).code, base::Errc::invalid);
  EXPECT_EQ(error_of({.kind = Kind::tcp_client, .address = "camera.local", .port = 1}).code, base::Errc::invalid);
  EXPECT_EQ(error_of({.kind = Kind::tcp_server, .address = "camera.local"}).code, base::Errc::invalid);
}

// A line with two ends, one of them a device of the system, under a name that stays.
class Line {
 public:
  Line() : name_(folder_.path() / "line") {}
  ~Line() { unplug(); }
  std::string name() const { return name_.string(); }
  void plug() {
    std::array<char, 128> device{};
    ASSERT_EQ(openpty(&here_, &there_, device.data(), nullptr, nullptr), 0);
    termios raw{};
    tcgetattr(there_, &raw);
    cfmakeraw(&raw);
    tcsetattr(there_, TCSANOW, &raw);
    std::filesystem::remove(name_);
    std::filesystem::create_symlink(device.data(), name_);
  }
  void unplug() {
    std::error_code ignored;
    std::filesystem::remove(name_, ignored);
    for (int* each : {&here_, &there_})
      if (*each >= 0) ::close(std::exchange(*each, -1));
  }
  bool write(std::string_view text) const {
    return ::write(here_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }
  std::string read(std::size_t size) const {
    std::string text(size, '\0');
    const ssize_t got = ::read(here_, text.data(), size);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }

 private:
  tests::TempFolder folder_;
  std::filesystem::path name_;
  int here_ = -1;
  int there_ = -1;
};

TEST(Serial, IsOpenedAgainWhenTheDeviceComesBack) {
  Line line;
  Driven link({.kind = Kind::serial, .device = line.name(), .first_pause = 2ms, .longest_pause = 10ms});
  ASSERT_TRUE(link.until([&] { return link->trouble().has_value(); }));
  EXPECT_EQ(link->trouble()->code, base::Errc::not_found);
  EXPECT_NE(link->trouble()->message.find("Plug it in"), std::string::npos);

  line.plug();
  ASSERT_TRUE(link.until([&] { return link.came.size() == 1; }));
  ASSERT_TRUE(line.write("from the autopilot"));
  ASSERT_TRUE(link.until([&] { return link.text[link.came[0]] == "from the autopilot"; }));
  ASSERT_TRUE(link.send(link.came[0], "to it"));
  link.run();
  EXPECT_EQ(line.read(5), "to it");
  EXPECT_EQ(link.from[link.came[0]], line.name());

  line.unplug();
  ASSERT_TRUE(link.until([&] { return link.went.size() == 1; }));
  line.plug();
  ASSERT_TRUE(link.until([&] { return link.came.size() == 2; }));
  ASSERT_TRUE(line.write("back"));
  ASSERT_TRUE(link.until([&] { return link.text[link.came[1]] == "back"; }));
  EXPECT_EQ(link->figures().reopened, 1U);
}

TEST(Serial, SaysWhatIsNoSerialLine) {
  Driven link({.kind = Kind::serial, .device = "/dev/null", .first_pause = 2ms});
  ASSERT_TRUE(link.until([&] { return link->trouble().has_value(); }));
  EXPECT_NE(link->trouble()->message.find("no serial line"), std::string::npos);
  EXPECT_EQ(error_of({.kind = Kind::serial}).code, base::Errc::invalid);
  EXPECT_EQ(error_of({.kind = Kind::serial, .device = "/dev/null", .baud = 0}).code, base::Errc::invalid);
}

TEST(Link, KindsHaveNames) {
  EXPECT_EQ(to_string(Kind::udp_server), "udp_server");
  EXPECT_EQ(to_string(Kind::udp_client), "udp_client");
  EXPECT_EQ(to_string(Kind::tcp_client), "tcp_client");
  EXPECT_EQ(to_string(Kind::tcp_server), "tcp_server");
  EXPECT_EQ(to_string(Kind::serial), "serial");
}

}  // namespace
}  // namespace net::mavlink
