// The links of a MAVLink node: who is passed on to whom, signatures, networks, TCP.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <set>
#include <stdexcept>

#include "server/base/bytes.hpp"
#include "tests/e2e/mavlink_relay_fixture.hpp"

namespace e2e {

namespace {
class MavlinkLinks : public MavlinkRelay {
 protected:
  std::string key_file(std::string_view passphrase) const {
    const auto path = folder_ / "key";
    std::ofstream(path) << passphrase << '\n';
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return fmt::format(", key_file = \"{}\"", path.string());
  }
};

// An end of UDP that sends and hears bytes as they are.
class Wire {
 public:
  Wire() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in own = address("127.0.0.1", 0);
    socklen_t size = sizeof own;
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&own), size) != 0 ||
        getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &size) != 0)
      throw std::runtime_error("no UDP on the loopback");
    port_ = ntohs(own.sin_port);
  }
  ~Wire() { close(socket_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  std::uint16_t port() const { return port_; }
  void send(const std::string& host, std::uint16_t port, base::ByteView bytes) const {
    const sockaddr_in to = address(host, port);
    const auto sent = sendto(socket_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
    EXPECT_EQ(sent, static_cast<ssize_t>(bytes.size()));
  }
  // The next datagram; empty after `limit`.
  base::Bytes receive(std::chrono::milliseconds limit = tests::patience) const {
    pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, static_cast<int>(limit.count())) != 1) return {};
    base::Bytes bytes(1500);
    const ssize_t size = recv(socket_, bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }

 private:
  static sockaddr_in address(const std::string& host, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    inet_pton(AF_INET, host.c_str(), &made.sin_addr);
    return made;
  }
  int socket_;
  std::uint16_t port_ = 0;
};

// Of the system 42: a heartbeat, one that is signed with a key we have not, MAVLink 1, a message that nobody knows, one
// that is cut off to nothing.
constexpr std::array<const char*, 5> foreign_frames{
    "fd090000c92a640000008e410000080f161d24f93d",
    "fd090100ca2a640000008e410000080f161d243f5f0300e06f9e7519b4cb4c67cb52",
    "fe0ccc2a640207ca9a3b000000004d0c0200ae81",
    "fd030000cb2a64401f000102031234",
    "fd000000c82a640000002c31",
};
}  // namespace

TEST_F(MavlinkLinks, FramesGoFromLinkToLinkByteForByteIfSwitchedOn) {
  const Wire vehicle;
  const Wire station;
  const auto start_with = [&](std::string_view more) {
    start_relay(
        node({listens(), fmt::format(R"({{ kind = "udp-client", address = "127.0.0.1", port = {} }})", station.port())},
             more));
  };
  const auto say_all = [&] {
    for (const char* const hex : foreign_frames) vehicle.send(listening_address(), link_port, *base::from_hex(hex));
  };
  const auto is_foreign = [](const base::Bytes& bytes) {
    constexpr std::size_t source_in_2 = 5;
    constexpr std::size_t source_in_1 = 3;
    return bytes.size() > source_in_2 && bytes[bytes[0] == 0xFD ? source_in_2 : source_in_1] == 42;
  };
  start_with("");
  say_all();
  EXPECT_GE(wait_camera("air", [](const Row& row) { return row.integer("figures.frames") >= 5; })
                .integer("figures.forwarded", 0),
            0);
  EXPECT_EQ(ask("GET", "/api/v1/cameras/air").body.integer("figures.forwarded"), 0);

  start_with("forward = true");
  say_all();
  std::vector<std::string> passed;
  while (passed.size() < foreign_frames.size()) {
    const base::Bytes bytes = station.receive();
    if (bytes.empty()) break;
    if (is_foreign(bytes)) passed.push_back(base::to_hex(bytes));
  }
  EXPECT_EQ(passed, std::vector<std::string>(foreign_frames.begin(), foreign_frames.end()));
}

TEST_F(MavlinkLinks, WhatIsSignedIsHeardAndNothingElse) {
  tests::Peer camera(camera_program, to_server(0, {"--key", "correct horse"}));
  tests::Peer stranger(camera_program, to_server(0, {"--system", "2"}));
  tests::Peer forger(camera_program, to_server(0, {"--system", "3", "--key", "wrong horse"}));
  start_relay(node({listens(0, key_file("correct horse"))}, remote("drone", 100)));
  wait_online("drone");
  const Row shot = told("drone", R"({"verb": "shoot"})");
  EXPECT_EQ(shot.text("outcome"), "confirmed") << shot.raw();
  const auto command = camera.wait_event("command");
  ASSERT_TRUE(command);
  EXPECT_TRUE(command->flag("signed"));
  std::set<std::string> reasons;
  EXPECT_TRUE(tests::eventually([&] {
    for (const Row& row : rows("outcome=refused")) reasons.insert(row.text("reason"));
    return reasons.size() == 2;
  }));
  const Row air = ask("GET", "/api/v1/cameras/air").body;
  EXPECT_FALSE(air.has("properties.remote 2/100")) << air.raw();
  EXPECT_FALSE(air.has("properties.remote 3/100")) << air.raw();

  // Timestamps go on behind a kill: the camera would refuse older ones.
  server().kill_hard();
  start_again();
  wait_online("drone");
  EXPECT_EQ(told("drone", R"({"verb": "shoot"})").text("outcome"), "confirmed");
  EXPECT_EQ(camera.count("refused"), 0U);
}

TEST_F(MavlinkLinks, OnlyNetworksThatAreAllowedAreHeard) {
  tests::Peer camera(camera_program, to_server());
  tests::Peer other(camera_program, to_server(0, {"--system", "2", "--listen", "127.0.0.2:0"}));
  start_relay(node({listens(0, R"(, allow = ["127.0.0.1/32"])")}, remote("drone", 100)));
  wait_online("drone");
  EXPECT_EQ(told("air", R"({"verb": "shoot"})").text("outcome"), "confirmed");
  EXPECT_EQ(other.count("command"), 0U);
  EXPECT_FALSE(ask("GET", "/api/v1/cameras/air").body.has("properties.remote 2/100"));
}

TEST_F(MavlinkLinks, TwoNodesOverTcpOneCommandsTheOthersCamera) {
  start_relay(fmt::format(R"(
[[mavlink]]
name = "vehicle"
ground_station = false
link = [ {{ kind = "tcp-server", address = "{0}", port = {1} }} ]
camera = [ {{ name = "pattern" }} ]
[[mavlink]]
name = "ground"
system = 2
link = [ {{ kind = "tcp-client", address = "{0}", port = {1} }} ]
remote = [ {{ name = "roof", system = 1, component = 100 }} ]
[[rule]]
name = "shot"
when = {{ source = "vehicle", kind = "shot" }}
do = [ {{ target = "roof", verb = "zoom", percent = 1 }} ]
)",
                          listening_address(), link_port));
  EXPECT_EQ(wait_online("roof").text("properties.model"), "dualcamd pattern");
  const Row shot = told("roof", R"({"verb": "shoot"})");
  EXPECT_EQ(shot.text("outcome"), "confirmed") << shot.raw();
  // The one node's order is somebody else's for the other.
  EXPECT_EQ(wait_row(having({{"kind", "shot"}, {"endpoint", "vehicle"}})).text("fields.sender"), "254/190");
}

}  // namespace e2e
