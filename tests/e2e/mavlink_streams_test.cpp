// MAVLink over TCP and over a serial line: `dualcam mavlink` at the other end, and ground stations of another
// implementation behind a second node.
#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "tests/e2e/mavlink_fixture.hpp"
#include "tests/support/child_process.hpp"

namespace e2e {

namespace {
// Two devices of the system with a cable between them.
class Cable {
 public:
  Cable() {
    for (End& end : ends_) open(end);
    carries_ = std::jthread([this](const std::stop_token& stop) { carry(stop); });
  }
  ~Cable() {
    carries_.request_stop();
    carries_.join();
    for (const End& end : ends_) {
      close(end.here);
      close(end.there);
    }
  }
  Cable(const Cable&) = delete;
  Cable& operator=(const Cable&) = delete;
  const std::string& device(std::size_t end) const { return ends_[end].device; }

 private:
  struct End {
    int here = -1;
    int there = -1;  // kept open: a line does not go away when nobody has it open
    std::string device;
  };

  static void open(End& end) {
    std::array<char, 128> name{};
    if (openpty(&end.here, &end.there, name.data(), nullptr, nullptr) != 0)
      throw std::runtime_error("no pseudo terminals here");
    termios raw{};
    tcgetattr(end.there, &raw);
    cfmakeraw(&raw);
    tcsetattr(end.there, TCSANOW, &raw);
    end.device = name.data();
  }
  void carry(const std::stop_token& stop) const {
    constexpr int look_ms = 20;  // for the end
    std::array<char, 4096> bytes{};
    while (!stop.stop_requested()) {
      std::array<pollfd, 2> both{pollfd{ends_[0].here, POLLIN, 0}, pollfd{ends_[1].here, POLLIN, 0}};
      if (poll(both.data(), both.size(), look_ms) <= 0) continue;
      for (std::size_t n = 0; n < both.size(); ++n) {
        if ((both[n].revents & POLLIN) == 0) continue;
        const ssize_t size = read(ends_[n].here, bytes.data(), bytes.size());
        // What does not fit is lost, as on a line that nobody reads.
        if (size > 0) std::ignore = write(ends_[1 - n].here, bytes.data(), static_cast<std::size_t>(size));
      }
    }
  }

  std::array<End, 2> ends_;
  std::jthread carries_;
};
}  // namespace

class MavlinkStreams : public Mavlink {
 protected:
  static constexpr std::uint16_t tcp_port = 15'760;
  static std::string tcp(std::string_view kind) {
    return fmt::format("  {{ kind = \"{}\", address = \"{}\", port = {} }},\n", kind, listening_address(2), tcp_port);
  }
  static std::string tcp_address() { return fmt::format("{}:{}", listening_address(2), tcp_port); }

  // What `dualcam mavlink` says, and that it went well.
  std::string tool(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {DUALCAM_BINARY, "mavlink"});
    const auto log = folder_ / fmt::format("tool-{}", ++runs_);
    tests::ChildProcess program(arguments, log);
    EXPECT_EQ(program.wait_exit(tests::patience), 0) << arguments[2];
    std::stringstream printed;
    printed << std::ifstream(log).rdbuf();
    return printed.str();
  }
  void expect_tool_works(const std::vector<std::string>& way) const {
    const auto with = [&](std::vector<std::string> arguments) {
      arguments.insert(arguments.end(), way.begin(), way.end());
      return tool(std::move(arguments));
    };
    EXPECT_NE(with({"list", "--wait", "3s"}).find("1/100   dualcamd pattern"), std::string::npos);
    EXPECT_NE(with({"shoot"}).find("image 0: taken "), std::string::npos);
    EXPECT_NE(with({"watch", "--message", "HEARTBEAT", "--from", "1/100", "--count", "2"}).find("HEARTBEAT"),
              std::string::npos);
    EXPECT_EQ(files().size(), 1U);
  }

 private:
  mutable int runs_ = 0;
};

TEST_F(MavlinkStreams, TheToolListsShootsAndWatchesOverTcp) {
  start_mavlink(node(R"({ name = "pattern" })", {}, tcp("tcp-server")));
  expect_tool_works({"--tcp", tcp_address()});
}

TEST_F(MavlinkStreams, TheToolListsShootsAndWatchesOverASerialLine) {
  const Cable cable;
  start_mavlink(node(R"({ name = "pattern" })", {},
                     fmt::format("  {{ kind = \"serial\", device = \"{}\", baud = 115200 }},\n", cable.device(0))));
  expect_tool_works({"--serial", cable.device(1) + ":115200"});
}

// The server is the client: the other node listens, and passes on to a ground station what comes.
TEST_F(MavlinkStreams, AGroundStationBehindATcpClientAndBehindASerialLine) {
  const Cable cable;
  const auto serial = [&](std::size_t end) {
    return fmt::format("  {{ kind = \"serial\", device = \"{}\", baud = 115200 }},\n", cable.device(end));
  };
  start_mavlink(node(R"({ name = "pattern" })", "ground_station = false", tcp("tcp-client") + serial(0)) +
                fmt::format("[[mavlink]]\nname = \"tcp\"\nground_station = false\nforward = true\nlink = [\n{}{}]\n",
                            tcp("tcp-server"), link(0)) +
                fmt::format("[[mavlink]]\nname = \"radio\"\nground_station = false\nforward = true\nlink = [\n{}{}]\n",
                            serial(1), link(1)));
  for (const int way : {0, 1}) {
    tests::Peer ground("ground_station.mjs", station({}, way));
    wait_known(ground);
    EXPECT_EQ(result(ground, R"({"do": "shoot"})"), 0);
    EXPECT_TRUE(ground.wait_for(event_of("image", {{"index", std::to_string(way)}})));
    EXPECT_EQ(newest(ground, "definition")->text("status"), "200");
  }
  EXPECT_EQ(files().size(), 2U);
}

}  // namespace e2e
