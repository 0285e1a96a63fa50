// `dualcam request` as a person runs it, with a simulated tracker and its camera at the other end.
#include <fmt/format.h>

#include "server/base/clock.hpp"
#include "tests/e2e/playback.hpp"
#include "tests/support/child_process.hpp"

namespace e2e {
namespace {

using nlohmann::json;

class RequestTool : public PlaybackTest {
 protected:
  // A tracker with a camera beside it until the test ends. `more`: arguments of `dualcam sim`.
  void drive(const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{DUALCAM_BINARY, "sim",
                                     "--server",     fmt::format("127.0.0.1:{}", server().port()),
                                     "--avl",        fmt::format("127.0.0.1:{}", server().port("avl")),
                                     "--imei-base",  std::to_string(imei(1)),
                                     "--photos",     "0",
                                     "--videos",     "0",
                                     "--media",      "synthetic",
                                     "--no-verify",  "--quiet"};
    command.insert(command.end(), more.begin(), more.end());
    simulator_ = std::make_unique<tests::ChildProcess>(std::move(command), folder_ / "sim.log");
  }
  Ran request(const std::string& what) {
    return run(fmt::format("'{}' request {} --api {} {}", DUALCAM_BINARY, imei(1), server().http_url(), what));
  }
  json only_request() {
    const json page = ask("/api/v1/capture-requests");
    return page.contains("items") && page["items"].size() == 1 ? page["items"][0] : json::object();
  }

  std::unique_ptr<tests::ChildProcess> simulator_;
};

TEST_F(RequestTool, WaitsUntilThePhotosAreStored) {
  start();
  drive();
  const Ran ran = request("--photo --both --wait");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  const json request = only_request();
  EXPECT_EQ(request["state"], "stored") << ran.output;
  const json& files = request["parts"][0]["files"];
  ASSERT_EQ(files.size(), 2U);
  for (const json& file : files) {
    const std::string id = file["media_id"];
    EXPECT_NE(ran.output.find(id), std::string::npos) << "it says which files they are\n" << ran.output;
    EXPECT_EQ(ask("/api/v1/media/" + id)["request_id"], request["id"]);
  }
}

TEST_F(RequestTool, WaitsUntilTheClipIsStored) {
  start();
  drive();
  const std::string at =
      base::to_iso8601(std::chrono::floor<std::chrono::seconds>(base::utc_now()) - std::chrono::minutes{10});
  const Ran ran = request("--video --front --for 3s --wait --at " + at);
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  const json request = only_request();
  EXPECT_EQ(request["state"], "stored");
  const json media = ask("/api/v1/media/" + request["parts"][0]["files"][0].value("media_id", ""));
  EXPECT_EQ(media["captured_at"], request["from"]);
  EXPECT_EQ(media["kind"], "video");
}

TEST_F(RequestTool, SaysWhatTheDeviceRefused) {
  start();
  drive({"--avl-refuse", "1"});
  const Ran ran = request("--photo --front --wait");
  EXPECT_EQ(ran.exit_code, 1) << ran.output;
  const json request = only_request();
  EXPECT_EQ(request["state"], "refused");
  EXPECT_NE(ran.output.find(request.value("reason", "?")), std::string::npos) << ran.output;
}

TEST_F(RequestTool, TellsADeviceThatIsSilentFromAServerThatIsAway) {
  start({"--capture-reply-timeout", "200ms", "--capture-rest", "100ms", "--capture-attempts", "2"});
  drive({"--avl-silent", "1"});
  const Ran silent = request("--photo --front --wait");
  EXPECT_EQ(silent.exit_code, 1) << silent.output;
  EXPECT_EQ(only_request()["state"], "failed") << silent.output;
  const std::string url = server().http_url();
  server().kill_hard();
  const Ran away = run(fmt::format("'{}' request {} --api {} --photo --front", DUALCAM_BINARY, imei(1), url));
  EXPECT_EQ(away.exit_code, 2) << away.output;
}

}  // namespace
}  // namespace e2e
