#include <limits>

#include "tests/unit/relay/mavlink/shots/shots_fixture.hpp"

namespace mavlink::shots {
namespace {

TEST_F(ShotsTest, RecordingsStartAndStop) {
  hear(0, station, video(command::video_start_capture, camera_100));
  hear(100, station, video(command::video_start_capture, camera_100));
  hear(3'000, station, video(command::video_start_capture, camera_100, 1));
  hear(4'000, station, video(command::video_stop_capture, camera_100));
  hear(4'100, station, video(command::video_start_capture, camera_100));
  hear(4'200, station, video(command::video_stop_capture, camera_100));
  EXPECT_EQ(told(), "video_start+ video_stop+ video_start+ video_stop+");
}

TEST_F(ShotsTest, TheOldCommandOfRecordingsMeansTheSame) {
  CommandLong control = video(command::do_control_video, camera_100);
  control.param4 = 1;
  hear(0, station, video(command::video_start_capture, camera_100));
  hear(1, station, control);
  EXPECT_EQ(told(), "video_start+");
  control.param4 = 0;
  hear(5'000, station, control);
  EXPECT_EQ(told(), "video_start+ video_stop+");
  control.param4 = 7;
  hear(9'000, station, control);
  EXPECT_EQ(actions_.shots.size(), 2U);
}

TEST_F(ShotsTest, CommandsComeInBothForms) {
  hear(0, station, CommandInt{.x = 1, .command = command::do_digicam_control, .target_system = 1});
  EXPECT_EQ(told(), "command+");
  EXPECT_EQ(shot(0).params[4], 1.0F);
  EXPECT_EQ(shot(0).params[5], 0.0F);  // not given
  EXPECT_EQ(shot(0).camera.known, Camera::Known::no);
  hear(20'000, station,
       CommandInt{.param3 = 1,
                  .param4 = 3,
                  .command = command::image_start_capture,
                  .target_system = 1,
                  .target_component = 101});
  EXPECT_EQ(shot(1).seq, 3U);
  EXPECT_EQ(shot(1).camera.value, 101);
}

TEST_F(ShotsTest, OtherMessagesAreNoShots) {
  hear(0, station, CommandLong{.param5 = 0, .command = command::do_digicam_control});
  hear(0, station, CommandLong{.command = command::do_digicam_control});
  hear(0, station, CommandLong{.command = command::image_stop_capture});
  hear(0, autopilot, Heartbeat{});
  hear(0, camera_100, captured(-1));
  EXPECT_EQ(told(), "");
}

TEST_F(ShotsTest, CamerasAreKnownByWhatNamesThem) {
  struct Case {
    Address target;
    float asked;
    Camera camera;
  };
  using Known = Camera::Known;
  const std::vector<Case> cases{{{1, 100}, 3, {Known::component, 100}},
                                {{1, 1}, 2, {Known::number, 2}},
                                {{1, 1}, 102, {Known::component, 102}},
                                {{1, 0}, 0, {}},
                                {{1, 0}, -1, {}},
                                {{1, 1}, 300, {}}};
  std::int64_t t = 0;
  for (const Case& each : cases) {
    hear(t += 20'000, station, start_capture(each.target, 0, each.asked));
    EXPECT_EQ(actions_.shots.back().camera, each.camera) << each.asked;
    EXPECT_TRUE(actions_.shots.back().first);
  }
  // What is told to everybody by an autopilot is for its own cameras.
  hear(t += 20'000, autopilot, digicam({0, 0}));
  EXPECT_EQ(actions_.shots.back().system, 1);
  hear(t += 20'000, station, digicam({0, 0}));
  EXPECT_EQ(actions_.shots.back().system, 0);
}

TEST_F(ShotsTest, TimesSinceTheStartBecomeUtc) {
  hear(0, autopilot, CameraTrigger{.time_usec = 61'000'000, .seq = 1});
  EXPECT_EQ(shot(0).time, std::nullopt);  // of a start that nobody knows
  hear(1'000, autopilot, SystemTime{.time_unix_usec = 1'800'000'000'000'000, .time_boot_ms = 60'000});
  hear(10'000, autopilot, CameraTrigger{.time_usec = 69'000'000, .seq = 2});
  EXPECT_EQ(shot(1).time, base::UtcTime(std::chrono::seconds(1'800'000'009)));
  // The camera has no clock of its own.
  hear(20'000, camera_100, CameraImageCaptured{.time_boot_ms = 80'500, .image_index = 1});
  EXPECT_EQ(shot(2).time, base::UtcTime(std::chrono::milliseconds(1'800'000'020'500)));
  // A system that does not know UTC: ours.
  hear(30'000, {2, 1}, SystemTime{.time_unix_usec = 12, .time_boot_ms = 5'000});
  hear(31'000, {2, 1}, CameraTrigger{.time_usec = 5'900'000, .seq = 2});
  EXPECT_EQ(shot(3).time, at(30'900).utc);
  hear(40'000, {2, 1}, CameraTrigger{.time_usec = std::numeric_limits<std::uint64_t>::max(), .seq = 3});
  EXPECT_EQ(shot(4).time, std::nullopt);
}

TEST_F(ShotsTest, AFreshStartOfTheCameraForgetsItsImages) {
  hear(0, camera_100, CameraCaptureStatus{.time_boot_ms = 900'000, .image_count = 6});
  hear(100, camera_100, CameraImageCaptured{.time_boot_ms = 900'100, .image_index = 6});
  hear(20'000, camera_100, SystemTime{.time_boot_ms = 3'000});
  hear(21'000, camera_100, CameraImageCaptured{.time_boot_ms = 3'900, .image_index = 0});
  EXPECT_EQ(told(), "captured+ captured+");
}

TEST_F(ShotsTest, WhatAnImageSaysIsKept) {
  CameraImageCaptured image = captured(3);
  image.time_utc = 1'790'000'000'500'000;
  image.lat = 525000000;
  image.lon = -134000000;
  image.alt = 81'250;
  image.file_url = "http://10.0.0.9/3.jpg";
  hear(0, camera_100, image);
  EXPECT_EQ(shot(0).url, "http://10.0.0.9/3.jpg");
  EXPECT_NEAR(*shot(0).longitude, -13.4, 1e-9);
  EXPECT_DOUBLE_EQ(*shot(0).altitude, 81.25);
  EXPECT_EQ(shot(0).result, 1);
  image = captured(4);
  image.capture_result = 0;
  image.lat = std::numeric_limits<std::int32_t>::max();
  hear(20'000, camera_100, image);
  EXPECT_EQ(shot(1).result, 0);
  EXPECT_EQ(shot(1).latitude, std::nullopt);
  EXPECT_EQ(shot(1).heard.utc, at(20'000).utc);
}

TEST_F(ShotsTest, AFloodStaysBounded) {
  for (int n = 0; n < 5'000; ++n) {
    const Address from{static_cast<std::uint8_t>(1 + n % 250), static_cast<std::uint8_t>(7 + n % 200)};
    hear(n / 100, from, captured(n));
    hear(n / 100, from, CameraCaptureStatus{.time_boot_ms = 5, .image_count = 1});
    hear(n / 100, from, CameraTrigger{.seq = static_cast<std::uint32_t>(n)});
  }
  hear(60'000, camera_100, captured(1'000'000));
  EXPECT_TRUE(actions_.shots.back().first);
}

TEST(Kinds, HaveNames) {
  EXPECT_EQ(to_string(Kind::command), "command");
  EXPECT_EQ(to_string(Kind::feedback), "feedback");
  EXPECT_EQ(to_string(Kind::video_stop), "video_stop");
}

}  // namespace
}  // namespace mavlink::shots
