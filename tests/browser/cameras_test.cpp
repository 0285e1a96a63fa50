// The real server with a relay, cameras on real sockets, and somebody who looks at them and tells them what to do:
// cameras.test.js in Chromium.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/support/child_process.hpp"
#include "tests/support/peer.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

using namespace std::chrono_literals;

constexpr auto for_the_browser = 300s;

// An address of the loopback that no other process has: it is made of this one's number.
std::string own_address() {
  const auto pid = static_cast<unsigned>(getpid());
  return "127." + std::to_string(((pid >> 14U) & 0x7fU) + 64) + "." + std::to_string((pid >> 6U) & 0xffU) + "." +
         std::to_string(((pid & 0x3fU) << 2U) + 1);
}

std::string relay_file(const std::string& address, std::uint16_t ptz_port) {
  return "[relay]\ninterfaces = [\"127.0.0.1\"]\n"
         "[[trendnet]]\nname = \"gate\"\nurl = \"http://127.0.0.1:" +
         std::to_string(ptz_port) +
         "\"\n[[mavlink]]\nname = \"air\"\nsystem = 1\npublic_url = \"http://127.0.0.1:8080\"\n"
         "link = [ { kind = \"udp-server\", address = \"" +
         address +
         "\", port = 14550 } ]\n"
         "camera = [ { name = \"pattern\", component = 105 } ]\n"
         "[[mavlink.remote]]\nname = \"drone\"\nsystem = 1\ncomponent = 100\n"
         "[[mavlink.remote]]\nname = \"other\"\nsystem = 2\ncomponent = 101\n";
}

TEST(BrowserCameras, AreShownAndTold) {
  if (!tests::has_node()) GTEST_SKIP() << "no Node, or not its packages: build the target mavlink_packages";
  const tests::TempFolder folder;
  tests::Peer ptz("tv_ip400.py");
  const std::string address = own_address();
  std::ofstream(folder / "relay.toml") << relay_file(address, ptz.port());
  tests::ServerProcess server({.data_dir = folder / "data", .flags = {"--relay", (folder / "relay.toml").string()}});
  ASSERT_TRUE(server.wait_ready()) << server.log();

  const std::string packages = "NODE_PATH=" BROWSER_PACKAGES ":" MAVLINK_PACKAGES;
  const std::string program = "CAMERA_PROGRAM=" CAMERA_PROGRAM;
  const auto log = folder / "browser.log";
  tests::ChildProcess child({"env", packages, program, "DUALCAMD_URL=" + server.http_url(),
                             "MAVLINK_ADDRESS=" + address + ":14550", "node", CAMERAS_SCRIPT},
                            log);
  const auto code = child.wait_exit(for_the_browser);
  std::ifstream file(log);
  EXPECT_EQ(code, 0) << std::string(std::istreambuf_iterator<char>(file), {}) << server.log();
}

}  // namespace
