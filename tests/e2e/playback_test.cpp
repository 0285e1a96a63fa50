// From the camera to the screen: what the simulated fleet uploads is made ready by sandboxed workers, and the real
// ffprobe and ffmpeg say that it is what a browser plays.
#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "storage/objects/object_store.hpp"
#include "tests/e2e/playback.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {
namespace {

using nlohmann::json;

constexpr unsigned clip_seconds = 3;
constexpr unsigned clip_frames = 60;
constexpr double frame_s = 1.0 / 20;
constexpr double in_step_s = 0.040;

class Playback : public PlaybackTest {
 protected:
  // As a file on the disk, for ffprobe.
  std::filesystem::path fetch(const std::string& id, const std::string& what, const std::string& type) {
    const auto answer = http::testing::get(server().port("http"), "/api/v1/media/" + id + "/" + what);
    EXPECT_EQ(answer.status, 200) << what << ": " << answer.body.substr(0, 500);
    EXPECT_EQ(answer.header("content-type"), type);
    const auto path = folder_ / (id + "." + what);
    std::ofstream(path, std::ios::binary) << answer.body;
    return path;
  }

  static json probe(const std::filesystem::path& file) {
    const auto probed =
        run(fmt::format("ffprobe -v error -count_frames -show_streams -show_format -of json '{}'", file.string()));
    EXPECT_EQ(probed.exit_code, 0) << probed.output;
    return json::parse(probed.output, nullptr, false);
  }

  static void expect_clip(const std::filesystem::path& file, const std::string& codec) {
    const json found = probe(file);
    ASSERT_EQ(found["streams"].size(), 2U) << found.dump(1);
    const json& video = found["streams"][0];
    const json& sound = found["streams"][1];
    EXPECT_EQ(video["codec_name"], codec);
    EXPECT_EQ(video["nb_read_frames"], std::to_string(clip_frames));
    EXPECT_EQ(video["width"], 1280);
    EXPECT_EQ(sound["codec_name"], "aac");
    const auto number = [](const json& of, const char* name) { return std::stod(of[name].get<std::string>()); };
    EXPECT_NEAR(number(video, "duration"), clip_seconds, frame_s);
    EXPECT_NEAR(number(found["format"], "duration"), clip_seconds, frame_s);
    EXPECT_NEAR(number(video, "start_time"), number(sound, "start_time"), in_step_s);
    EXPECT_NEAR(number(sound, "duration"), clip_seconds, in_step_s + frame_s);
    const auto decoded = run(fmt::format("ffmpeg -v warning -xerror -i '{}' -f null -", file.string()));
    EXPECT_EQ(decoded.exit_code, 0);
    EXPECT_EQ(decoded.output, "") << "a decoder complains";
  }
};

TEST_F(Playback, AClipIsPlayableAndAPhotoHasAThumbnail) {
  start();
  send_fleet(fmt::format("--photos 1 --videos 1 --media ffmpeg --video-seconds {}", clip_seconds));
  const auto videos = media("video");
  ASSERT_EQ(videos.size(), 1U);
  const std::string video = videos[0]["id"];
  ASSERT_TRUE(comes(video, "thumbnail", "ready")) << ask("/api/v1/media/" + video).dump(1);
  ASSERT_TRUE(comes(video, "playback", "ready")) << ask("/api/v1/media/" + video).dump(1);
  expect_clip(fetch(video, "playback", "video/mp4"), "h264");
  expect_clip(fetch(video, "remux", "video/mp4"), "hevc");
  EXPECT_EQ(probe(fetch(video, "remux", "video/mp4"))["streams"][0]["codec_tag_string"], "hvc1");
  EXPECT_EQ(probe(fetch(video, "thumbnail", "image/jpeg"))["streams"][0]["width"], 320);
  EXPECT_EQ(probe(fetch(video, "strip", "image/jpeg"))["streams"][0]["codec_name"], "mjpeg");

  const json found = ask("/api/v1/media/" + video + "/probe");
  EXPECT_EQ(found["container"], "ptmf");
  EXPECT_EQ(found["video"]["frames"], clip_frames);
  EXPECT_EQ(found["whole"], true);
  EXPECT_EQ(found["sound"]["codec"], "pcm_alaw");

  const auto photos = media("photo");
  ASSERT_EQ(photos.size(), 1U);
  const std::string photo = photos[0]["id"];
  ASSERT_TRUE(comes(photo, "thumbnail", "ready"));
  EXPECT_EQ(probe(fetch(photo, "thumbnail", "image/jpeg"))["streams"][0]["width"], 320);
  EXPECT_EQ(ask("/api/v1/media/" + photo)["playback"]["state"], "none");
  EXPECT_EQ(http_status("/api/v1/media/" + photo + "/playback"), 404);
}

TEST_F(Playback, OnDemandItIsMadeWhenSomebodyAsks) {
  start({"--transcode-playback", "on-demand", "--transcode-remux", "drop"});
  send_fleet("--photos 0 --videos 1 --media ffmpeg --video-seconds 1");
  const auto videos = media("video");
  ASSERT_EQ(videos.size(), 1U);
  const std::string id = videos[0]["id"];
  ASSERT_TRUE(comes(id, "thumbnail", "ready"));
  EXPECT_EQ(ask("/api/v1/media/" + id)["playback"]["state"], "waiting");
  EXPECT_EQ(http_status("/api/v1/media/" + id + "/remux"), 404);
  EXPECT_EQ(http_status("/api/v1/media/" + id + "/playback"), 202);
  ASSERT_TRUE(comes(id, "playback", "ready"));
  EXPECT_EQ(http_status("/api/v1/media/" + id + "/playback"), 200);
}

TEST_F(Playback, AFileThatCannotBeShownIsOnThePoisonListUntilSomebodyTriesAgain) {
  start();
  const auto path = folder_ / "clip.h265";
  // Begins like a stream of pictures, and has none.
  std::ofstream(path, std::ios::binary) << std::string("\0\0\0\1\x40\1", 6) << std::string(20'000, '\x5a');
  send_fleet(fmt::format("--dialect paths --file '{}'", path.string()));
  const json page = ask("/api/v1/media");
  ASSERT_EQ(page["items"].size(), 1U);
  const std::string id = page["items"][0]["id"];
  ASSERT_TRUE(comes(id, "thumbnail", "failed")) << ask("/api/v1/media/" + id).dump(1);
  const json poisoned = ask("/api/v1/jobs?state=failed");
  ASSERT_EQ(poisoned["items"].size(), 1U);
  EXPECT_EQ(poisoned["items"][0]["media_id"], id);
  EXPECT_NE(poisoned["items"][0]["reason"], "");
  EXPECT_EQ(http_status("/api/v1/media/" + id + "/thumbnail"), 409);
  EXPECT_EQ(http_status("/api/v1/media/" + id + "/content"), 200) << "the original is there all the same";

  const auto again = http::testing::request(server().port("http"), "POST", "/api/v1/media/" + id + "/retry");
  EXPECT_EQ(again.status, 200) << again.body;
  ASSERT_TRUE(comes(id, "thumbnail", "failed"));
}

TEST_F(Playback, WhatIsDeletedLeavesNothingBehind) {
  start();
  send_fleet("--photos 0 --videos 1 --media ffmpeg --video-seconds 1");
  const auto videos = media("video");
  ASSERT_EQ(videos.size(), 1U);
  const std::string id = videos[0]["id"];
  ASSERT_TRUE(comes(id, "playback", "ready"));
  EXPECT_EQ(http::testing::request(server().port("http"), "DELETE", "/api/v1/media/" + id).status, 200);
  EXPECT_EQ(http_status("/api/v1/media/" + id + "/playback"), 410);

  const auto flag = std::ranges::find(backend_, "--objects");
  const auto objects = storage::open_object_store_to_read(
      flag == backend_.end() ? "file:" + (data_dir_ / "objects").string() : *(flag + 1));
  ASSERT_TRUE(objects) << objects.error().message;
  EXPECT_TRUE(tests::eventually([&] {
    unsigned left = 0;
    for (const std::string prefix : {"media/", "derived/"})
      EXPECT_TRUE((*objects)->list(prefix, [&](const storage::ObjectInfo& object) {
        left += object.key.find(id) != std::string::npos;
        return true;
      }));
    return left == 0;
  }));
}

// The server is killed while a worker encodes: nothing of it stays, and the next start makes the clip.
TEST_F(Playback, AServerThatIsKilledGoesOnWhereItWas) {
  start({"--transcode-preset", "veryslow"});
  send_fleet("--photos 0 --videos 1 --media ffmpeg --video-seconds 20");
  const auto videos = media("video");
  ASSERT_EQ(videos.size(), 1U);
  const std::string id = videos[0]["id"];
  ASSERT_TRUE(comes(id, "playback", "running"));
  server().kill_hard();
  start({"--transcode-preset", "ultrafast"});
  ASSERT_TRUE(comes(id, "playback", "ready")) << ask("/api/v1/media/" + id).dump(1);
  const json found = probe(fetch(id, "playback", "video/mp4"));
  EXPECT_EQ(found["streams"][0]["nb_read_frames"], "400");
}

}  // namespace
}  // namespace e2e
