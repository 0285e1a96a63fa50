// The real server with files of a real fleet, made ready by real workers, and somebody who looks at them: page.test.js
// in Chromium.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/child_process.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/http/client.hpp"

namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto for_the_fleet = 60s;
// A clip of three seconds takes one; a file that fails, a rest between two attempts, too.
constexpr auto for_the_workers = 120s;
constexpr auto for_the_browser = 300s;

class Browser : public testing::Test {
 protected:
  void run(std::vector<std::string> command, std::chrono::milliseconds limit) {
    const auto log = folder_ / "child.log";
    std::filesystem::remove(log);
    tests::ChildProcess child(std::move(command), log);
    const auto code = child.wait_exit(limit);
    std::ifstream file(log);
    ASSERT_EQ(code, 0) << std::string(std::istreambuf_iterator<char>(file), {});
  }

  void send(const std::vector<std::string>& what) {
    std::vector<std::string> command{DUALCAM_BINARY,     "sim",      "--server", dualcam_, "--api",
                                     server_.http_url(), "--verify", "sha256",   "--quiet"};
    command.insert(command.end(), what.begin(), what.end());
    run(std::move(command), for_the_fleet);
  }

  // Begins like pictures of HEVC, and has none.
  std::string broken_file() {
    const auto path = folder_ / "clip.h265";
    std::ofstream(path, std::ios::binary) << std::string("\0\0\0\1\x40\1", 6) << std::string(20'000, '\x5a');
    return path;
  }

  json items() { return json::parse(http::testing::get(server_.port("http"), "/api/v1/media").body).at("items"); }
  bool has(std::string_view kind, std::string_view form, std::string_view state) {
    const json all = items();
    return std::ranges::any_of(
        all, [&](const json& item) { return item.at("kind") == kind && item.at(form).at("state") == state; });
  }

  tests::TempFolder folder_;
  tests::ServerProcess server_{{.data_dir = folder_ / "data", .log_file = folder_ / "server.log"}};
  const bool ready_ = server_.wait_ready();
  const std::string dualcam_ = "127.0.0.1:" + std::to_string(server_.port());
};

TEST_F(Browser, ShowsWhatArrived) {
  ASSERT_TRUE(ready_) << server_.log();
  ASSERT_NO_FATAL_FAILURE(send({"--photos", "1", "--videos", "1", "--media", "ffmpeg", "--video-seconds", "3"}));
  ASSERT_NO_FATAL_FAILURE(send({"--imei-base", "356307042441021", "--dialect", "paths", "--file", broken_file()}));
  const auto all_made = [&] {
    return has("video", "playback", "ready") && has("photo", "thumbnail", "ready") &&
           has("video", "thumbnail", "failed");
  };
  ASSERT_TRUE(tests::eventually(all_made, for_the_workers)) << items().dump(1) << server_.log();
  run({"env", "NODE_PATH=" BROWSER_PACKAGES, "DUALCAMD_URL=" + server_.http_url(), "node", BROWSER_SCRIPT},
      for_the_browser);
}

}  // namespace
