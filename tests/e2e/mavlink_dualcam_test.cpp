// The cameras of a vehicle behind MAVLink, the whole way: a ground station asks, the tracker is told, the camera brings
// the file, and only then does the ground station hear of it.
#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "server/base/clock.hpp"
#include "tests/e2e/mavlink_fixture.hpp"
#include "tests/e2e/wire_tracker.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {

namespace {
using namespace std::chrono_literals;
using dualcam::FileClass;

constexpr std::int64_t accepted = 0;
constexpr std::int64_t rejected_for_now = 1;
constexpr std::int64_t unsupported = 3;
constexpr std::uint16_t component = 100;
constexpr std::uint8_t battery_percent = 87;
constexpr std::int64_t latitude_e7 = 546'872'000;  // of record_at()
constexpr std::int64_t longitude_e7 = 252'797'000;
// Making a clip and what browsers play of it takes ffmpeg; on a machine that is busy with other tests a while.
constexpr std::chrono::milliseconds long_enough{90'000};

const std::pair<std::string, std::string> from_camera{"from.1", std::to_string(component)};

std::string on_camera(std::string_view what, std::string_view more = {}) {
  return fmt::format(R"({{"do": "{}", "system": 1, "component": {}, "retries": 0{}{}}})", what, component,
                     more.empty() ? "" : ", ", more);
}
}  // namespace

class MavlinkDualcams : public Mavlink {
 protected:
  // The front camera of the truck, whose tracker is not there yet, and a station that has nothing to look at.
  void start_truck() {
    start_mavlink(fmt::format("\n[[dualcam]]\nname = \"truck\"\nimei = \"{}\"\n", imei(0)) +
                  node(R"({ name = "truck-front", of = "truck", side = "front" })"));
    ground_.emplace("ground_station.mjs", station({"--trace", "--no-definition"}));
  }
  tests::Peer& ground() { return *ground_; }
  std::int64_t told(const std::string& json) { return result(*ground_, json); }

  // The tracker calls, says where it is, and the station finds the camera.
  void tracker_comes(std::optional<std::uint8_t> battery = {}) {
    tracker_.emplace(server(), imei(0));
    ASSERT_TRUE(tracker_->login());
    avl::OutgoingRecord record = record_at(base::utc_now());
    if (battery) record.elements.push_back(avl::element(avl::io::battery_level, *battery, 1));
    ASSERT_TRUE(tracker_->report({record}));
  }
  WireTracker& tracker() { return *tracker_; }
  static CameraFile asked_for(FileClass file_class, base::UtcTime captured) {
    CameraFile file = make_file(1, 30'000, file_class);
    file.captured_ms = captured.time_since_epoch().count();
    return file;
  }
  std::string video_status() {
    return ground().ask(on_camera("request", R"("message": 262)")).text("fields.video_status");
  }
  std::optional<Row> message(std::string_view name, std::size_t from = 0) {
    return ground().wait_for(event_of("received", {{"name", std::string(name)}, from_camera}), tests::patience, from);
  }

 private:
  std::optional<tests::Peer> ground_;
  std::optional<WireTracker> tracker_;
};

TEST_F(MavlinkDualcams, AnImageIsAskedOfTheTrackerAndToldOfWhenTheCameraHasBroughtIt) {
  start_truck();
  EXPECT_EQ(told(on_camera("shoot")), rejected_for_now) << "nobody is there";
  ASSERT_NO_FATAL_FAILURE(tracker_comes());
  wait_known(ground());

  const base::UtcTime before = base::utc_now();
  std::size_t from = ground().lines().size();
  EXPECT_EQ(told(on_camera("shoot")), accepted) << "at once";
  EXPECT_TRUE(ground().wait_for(event_of("capture_status", {{"image_status", "1"}}), tests::patience, from));
  EXPECT_EQ(tracker().next_command(), "camreq:1,1");
  ASSERT_TRUE(tracker().reply(accepted_photo(1)));
  const CameraFile photo = asked_for(FileClass::photo_front, base::utc_now());
  WireCamera camera(server(), imei(0));
  const auto first = camera.offer(photo);
  ASSERT_TRUE(first);
  ASSERT_TRUE(camera.send_packets(photo, *first, 10));
  EXPECT_EQ(ground().ask(on_camera("request", R"("message": 262)")).text("fields.image_status"), "1");
  EXPECT_EQ(ground().count("image"), 0U) << "its file is not stored";
  ASSERT_TRUE(camera.send_packets(photo, 11, photo.packets()));
  ASSERT_TRUE(camera.acknowledged());

  const auto image = ground().wait_event("image");
  ASSERT_TRUE(image);
  const auto stored = files();
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(image->text("index"), "0");
  EXPECT_EQ(image->text("result"), "1");
  EXPECT_EQ(image->text("url"), public_url() + "/api/v1/media/" + stored[0].text("id") + "/content");
  EXPECT_EQ(sha256_at(ground(), image->text("url")), stored[0].text("sha256"));
  EXPECT_EQ(stored[0].integer("size"), static_cast<std::int64_t>(photo.bytes.size()));
  EXPECT_EQ(image->integer("lat"), latitude_e7) << "from the tracker: the camera said none";
  EXPECT_EQ(image->integer("lon"), longitude_e7);
  EXPECT_GE(image->number("time_utc"), static_cast<double>(before.time_since_epoch().count()) * 1000 - 1e6);
  EXPECT_TRUE(ground().wait_for(event_of("capture_status", {{"image_status", "0"}, {"image_count", "1"}}),
                                tests::patience, from));
}

TEST_F(MavlinkDualcams, AnImageThatTheDeviceRefusesIsToldOfAsAFailure) {
  start_truck();
  ASSERT_NO_FATAL_FAILURE(tracker_comes());
  wait_known(ground());
  EXPECT_EQ(told(on_camera("shoot")), accepted);
  ASSERT_TRUE(tracker().next_command());
  ASSERT_TRUE(tracker().reply(refused_by_device));
  const auto image = ground().wait_event("image");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->text("result"), "0");
  EXPECT_EQ(image->text("index"), "0");
  EXPECT_EQ(image->text("url"), "");
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(ground().wait_for(event_of("capture_status", {{"image_status", "0"}, {"image_count", "1"}})));
}

TEST_F(MavlinkDualcams, AVideoIsTheClipBetweenStartAndStop) {
  start_truck();
  ASSERT_NO_FATAL_FAILURE(tracker_comes());
  wait_known(ground());
  const auto comes = [&](std::string_view status, std::size_t from) {
    return ground().wait_for(event_of("capture_status", {{"video_status", std::string(status)}}), tests::patience,
                             from);
  };
  std::size_t from = ground().lines().size();
  const base::UtcTime began = base::utc_now();
  EXPECT_EQ(told(on_camera("record")), accepted);
  EXPECT_TRUE(comes("1", from));
  EXPECT_EQ(video_status(), "1");
  from = ground().lines().size();
  EXPECT_EQ(told(on_camera("stop_recording")), accepted);
  EXPECT_TRUE(comes("0", from));
  const base::UtcTime ended = base::utc_now();

  const auto command = tracker().next_command();
  ASSERT_TRUE(command && command->starts_with("camreq:0,1,")) << command.value_or("none");
  const std::size_t comma = command->rfind(',');
  const base::UtcTime clip{std::chrono::seconds{std::stoll(command->substr(std::string("camreq:0,1,").size()))}};
  const int seconds = std::stoi(command->substr(comma + 1));
  EXPECT_GE(clip, std::chrono::floor<std::chrono::seconds>(began));
  EXPECT_LE(clip, ended);
  EXPECT_GE(seconds, 1);
  EXPECT_LE(clip + std::chrono::seconds{seconds}, ended + 2s);
  ASSERT_TRUE(tracker().reply(accepted_video(1, seconds, clip)));
  ASSERT_TRUE(WireCamera(server(), imei(0)).upload(asked_for(FileClass::video_front, clip)));
  const auto stored = files("kind=video");
  ASSERT_EQ(stored.size(), 1U);
  EXPECT_EQ(stored[0].text("captured_at"), base::to_iso8601(clip));
  EXPECT_FALSE(stored[0].text("request_id").empty());
  EXPECT_EQ(video_status(), "0");
  EXPECT_EQ(ground().count("image"), 0U) << "a video is none";
}

TEST_F(MavlinkDualcams, HeartbeatsEndWithTheTrackersLinkAndComeBackWithIt) {
  start_truck();
  ASSERT_NO_FATAL_FAILURE(tracker_comes());
  wait_known(ground());
  std::size_t from = ground().lines().size();
  tracker().socket().close();
  EXPECT_TRUE(ground().wait_event("lost_camera", tests::patience, from));
  EXPECT_EQ(told(on_camera("record")), rejected_for_now);
  EXPECT_EQ(told(on_camera("command", R"("command": 512, "params": [262])")), accepted) << "it may be asked still";
  from = ground().lines().size();
  ASSERT_NO_FATAL_FAILURE(tracker_comes());
  EXPECT_TRUE(ground().wait_event("found", tests::patience, from));
}

TEST_F(MavlinkDualcams, TheBatteryOfTheTrackerIsToldWhereItIsKnown) {
  start_truck();
  ASSERT_NO_FATAL_FAILURE(tracker_comes());
  wait_known(ground());
  const std::string ask = on_camera("command", R"("command": 512, "params": [147])");
  EXPECT_EQ(told(ask), unsupported);
  ASSERT_NO_FATAL_FAILURE(tracker_comes(battery_percent));
  const auto pushed = message("BATTERY_STATUS");
  ASSERT_TRUE(pushed);
  EXPECT_EQ(pushed->integer("fields.battery_remaining"), battery_percent);
  EXPECT_EQ(pushed->integer("fields.current_battery"), -1) << "not known";
  EXPECT_EQ(told(ask), accepted);
}

// A vehicle that takes real pictures: what a ground station is told to look at can be looked at.
TEST_F(MavlinkDualcams, ASimulatedVehicleBringsImagesAndTheNewestClipIsAStream) {
  start_truck();
  tests::ChildProcess vehicle({DUALCAM_BINARY,
                               "sim",
                               "--server",
                               fmt::format("127.0.0.1:{}", server().port()),
                               "--avl",
                               fmt::format("127.0.0.1:{}", server().port("avl")),
                               "--api",
                               public_url(),
                               "--photos",
                               "0",
                               "--videos",
                               "0",
                               "--media",
                               "ffmpeg",
                               "--record-interval",
                               "0.5",
                               "--record-batch",
                               "1",
                               "--imei-base",
                               std::to_string(imei(0)),
                               "--quiet"},
                              folder_ / "sim.log");
  wait_known(ground());
  EXPECT_EQ(told(on_camera("shoot")), accepted);
  const auto image = ground().wait_event("image", long_enough);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->text("result"), "1");
  const auto photos = files("kind=photo");
  ASSERT_EQ(photos.size(), 1U);
  EXPECT_EQ(sha256_at(ground(), image->text("url")), photos[0].text("sha256"));
  EXPECT_NEAR(image->number("lat"), photos[0].number("latitude") * 1e7, 1);
  EXPECT_NEAR(image->number("lon"), photos[0].number("longitude") * 1e7, 1);

  EXPECT_EQ(told(on_camera("record")), accepted);
  EXPECT_EQ(told(on_camera("stop_recording")), accepted);
  ASSERT_TRUE(tests::eventually([&] { return files("kind=video").size() == 1; }, long_enough));
  const std::string clip = fmt::format("/api/v1/media/{}/playback", files("kind=video")[0].text("id"));
  ASSERT_TRUE(tests::eventually([&] { return http_status(clip) == 200; }, long_enough));
  const Row stream = ground().ask(on_camera("request", R"("message": 269, "index": 1)"));
  EXPECT_EQ(stream.text("fields.name"), "latest clip");
  const std::string address = stream.text("fields.uri");
  ASSERT_TRUE(address.starts_with(public_url())) << address;
  const auto newest = http::testing::get(server().port("http"), address.substr(public_url().size()));
  EXPECT_EQ(newest.status, 302);
  EXPECT_EQ(newest.header("location"), clip);
  const auto played = http::testing::get(server().port("http"), clip);
  EXPECT_EQ(played.header("content-type"), "video/mp4");
  EXPECT_FALSE(played.body.empty());
}

// Whoever commands faster than is taken is told to try again, and not that it never may.
TEST_F(MavlinkDualcams, TooManyCommandsAreForLaterAndQuestionsAreNot) {
  start_mavlink(node(R"({ name = "pattern" })", "max_commands_per_second = 1"));
  tests::Peer station("ground_station.mjs", Mavlink::station({"--no-definition"}));
  wait_known(station);
  const std::string mode = on_camera("mode", R"("mode": 0)");
  EXPECT_EQ(result(station, mode), accepted);
  bool was_rejected = false;
  for (int n = 0; n < 200 && !was_rejected; ++n) {
    const auto came = result(station, mode);
    EXPECT_TRUE(came == accepted || came == rejected_for_now) << came;
    was_rejected = came == rejected_for_now;
  }
  EXPECT_TRUE(was_rejected);
  for (int n = 0; n < 20; ++n)
    EXPECT_EQ(result(station, on_camera("command", R"("command": 512, "params": [262])")), accepted);
  EXPECT_EQ(result(station, on_camera("command", R"("command": 519, "params": [1])")), accepted);
  EXPECT_TRUE(tests::eventually([&] { return result(station, mode) == accepted; }));
}

}  // namespace e2e
