// From the crash to the screen: a tracker reports an SOS, a rule asks for the clip around it, the camera brings it, and
// it can be played.
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "server/base/clock.hpp"
#include "tests/e2e/playback.hpp"
#include "tests/support/child_process.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {
namespace {

using nlohmann::json;

constexpr unsigned clip_seconds = 3;

class SosClip : public PlaybackTest {
 protected:
  // A tracker with a camera beside it, both simulated, until the test ends.
  void drive() {
    simulator_ = std::make_unique<tests::ChildProcess>(
        std::vector<std::string>{DUALCAM_BINARY,
                                 "sim",
                                 "--server",
                                 fmt::format("127.0.0.1:{}", server().port()),
                                 "--avl",
                                 fmt::format("127.0.0.1:{}", server().port("avl")),
                                 "--api",
                                 server().http_url(),
                                 "--photos",
                                 "0",
                                 "--videos",
                                 "0",
                                 "--media",
                                 "ffmpeg",
                                 "--video-seconds",
                                 std::to_string(clip_seconds),
                                 "--record-interval",
                                 "0.5",
                                 "--sos",
                                 "1",
                                 "--quiet"},
        folder_ / "sim.log");
  }
  // As if somebody pressed Ctrl-C: it compares what is stored with what was sent.
  std::optional<int> stop_driving() {
    simulator_->signal(SIGINT);
    return simulator_->wait_exit(tests::patience);
  }
  std::string simulator_log() const {
    std::ifstream file(folder_ / "sim.log");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  json only_request() {
    const json page = ask("/api/v1/capture-requests");
    return page.contains("items") && page["items"].size() == 1 ? page["items"][0] : json::object();
  }

  std::unique_ptr<tests::ChildProcess> simulator_;
};

TEST_F(SosClip, IsAskedForStoredAndPlayable) {
  start({"--sos-clip", "front", "--sos-before", "2s", "--sos-after", "1s"});
  drive();
  ASSERT_TRUE(tests::eventually([&] { return only_request().value("state", "") == "stored"; }, long_enough))
      << only_request().dump(1) << simulator_log();
  EXPECT_EQ(stop_driving(), 0) << simulator_log();
  const json request = only_request();
  EXPECT_EQ(request["origin"], "rule sos");
  EXPECT_EQ(request["duration_s"], clip_seconds);
  const json event = ask("/api/v1/device-events/" + request["event_id"].get<std::string>());
  EXPECT_EQ(event["kind"], "sos");
  const auto begin = base::parse_iso8601(request["from"].get<std::string>());
  const auto crash = base::parse_iso8601(event["at"].get<std::string>());
  ASSERT_TRUE(begin && crash);
  EXPECT_EQ(*begin, std::chrono::floor<std::chrono::seconds>(*crash - std::chrono::seconds{2}));

  const std::string id = request["parts"][0]["files"][0]["media_id"];
  const json media = ask("/api/v1/media/" + id);
  EXPECT_EQ(media["request_id"], request["id"]);
  EXPECT_EQ(media["kind"], "video");
  EXPECT_EQ(media["camera"], "front");
  EXPECT_EQ(media["captured_at"], request["from"]);
  EXPECT_TRUE(media["latitude"].is_number() && media["longitude"].is_number()) << media.dump(1);

  ASSERT_TRUE(comes(id, "playback", "ready")) << ask("/api/v1/media/" + id).dump(1);
  const auto answer = http::testing::get(server().port("http"), "/api/v1/media/" + id + "/playback");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "video/mp4");
  const auto path = folder_ / "playback.mp4";
  std::ofstream(path, std::ios::binary) << answer.body;
  const auto probed = run(fmt::format(
      "ffprobe -v error -select_streams v -count_frames -show_entries stream=codec_name,nb_read_frames -of csv=p=0 "
      "'{}'",
      path.string()));
  EXPECT_EQ(probed.output, "h264,60\n") << "20 pictures a second";
}

}  // namespace
}  // namespace e2e
