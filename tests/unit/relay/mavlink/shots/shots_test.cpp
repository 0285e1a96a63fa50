#include "tests/unit/relay/mavlink/shots/shots_fixture.hpp"

namespace mavlink::shots {
namespace {

std::vector<std::uint8_t> some(std::initializer_list<std::uint8_t> ids) {
  return ids;
}

// PX4: three signs at once, and its own word of the image later.
TEST_F(ShotsTest, Px4SaysItFourTimes) {
  hear(0, autopilot, CameraTrigger{.time_usec = 1'790'000'000'000'000, .seq = 7});
  hear(1, autopilot, start_capture(camera_100, 7));
  hear(2, autopilot, digicam(camera_100));
  hear(180, autopilot, captured(6, 1));
  EXPECT_EQ(told(), "trigger+ command captured");
  for (const Shot& each : actions_.shots) EXPECT_EQ(each.id, shot(0).id);
  EXPECT_EQ(shot(0).seq, 7U);
  EXPECT_EQ(shot(0).time, base::UtcTime(std::chrono::seconds(1'790'000'000)));
  EXPECT_EQ(shot(1).target, camera_100);
  EXPECT_EQ(shot(1).camera.value, 100);
  EXPECT_EQ(shot(1).params[2], 1.0F);
  EXPECT_EQ(shot(2).image_index, 6);
  EXPECT_EQ(shots_.figures().shots, 1U);
}

TEST_F(ShotsTest, Px4AtFiveHertzIsOneShotEach) {
  for (int n = 0; n < 20; ++n) {
    const int t = n * 200;
    hear(t, autopilot, CameraTrigger{.seq = std::uint32_t(n)});
    hear(t + 1, autopilot, start_capture(camera_100, float(n + 1)));
    hear(t + 2, autopilot, digicam(camera_100));
    if (n > 0) hear(t + 50, autopilot, captured(n - 1, 1));
  }
  EXPECT_EQ(firsts(), 20U);
  EXPECT_EQ(std::ranges::count(actions_.shots, Kind::command, &Shot::kind), 20);
  EXPECT_EQ(std::ranges::count(actions_.shots, Kind::captured, &Shot::kind), 19);
}

TEST_F(ShotsTest, InAnyOrderAndTwiceItIsOneShot) {
  std::vector<std::pair<Address, Message>> signs{{autopilot, CameraTrigger{.seq = 3}},
                                                 {autopilot, start_capture(camera_100, 4)},
                                                 {autopilot, digicam({1, 0})},
                                                 {camera_100, captured(12)}};
  std::vector<std::size_t> order{0, 1, 2, 3};
  std::int64_t t = 0;
  std::uint32_t seq = 0;
  do {
    actions_.shots.clear();
    std::get<CameraTrigger>(signs[0].second).seq = ++seq;
    std::get<CommandLong>(signs[1].second).param4 = static_cast<float>(1000 + seq);
    std::get<CameraImageCaptured>(signs[3].second).image_index = static_cast<std::int32_t>(seq);
    t += 20'000;
    for (const std::size_t n : order) {
      hear(t += 10, signs[n].first, signs[n].second);
      hear(t += 10, signs[n].first, signs[n].second);
    }
    EXPECT_EQ(firsts(), 1U) << told();
    EXPECT_EQ(actions_.shots.size(), 3U) << told();
    EXPECT_TRUE(shot(0).first);
  } while (std::ranges::next_permutation(order).found);
}

// ArduPilot: the command to everyone it knows, then where it was.
TEST_F(ShotsTest, ArdupilotTellsEverybody) {
  for (const std::uint8_t component : some({100, 154, 190})) hear(0, autopilot, digicam({1, component}));
  hear(90, autopilot,
       CameraFeedback{
           .time_usec = 1'790'000'000'250'000, .lat = 525000000, .lng = 134000000, .alt_msl = 80.5F, .img_idx = 4});
  hear(95, autopilot, CameraFeedback{.img_idx = 4});
  EXPECT_EQ(told(), "command+ feedback");
  EXPECT_NEAR(*shot(1).latitude, 52.5, 1e-9);
  EXPECT_NEAR(*shot(1).longitude, 13.4, 1e-9);
  EXPECT_DOUBLE_EQ(*shot(1).altitude, 80.5);
  EXPECT_EQ(shot(1).time, base::UtcTime(std::chrono::milliseconds(1'790'000'000'250)));
  EXPECT_EQ(shot(1).camera.value, 1);
}

TEST_F(ShotsTest, ArdupilotAtFourHertzIsOneShotEach) {
  for (int n = 0; n < 12; ++n) {
    for (const std::uint8_t component : some({100, 154})) hear(n * 250, autopilot, digicam({1, component}));
    hear(n * 250 + 100, autopilot, CameraFeedback{.img_idx = static_cast<std::uint16_t>(n)});
  }
  EXPECT_EQ(firsts(), 12U);
}

TEST_F(ShotsTest, ACameraTellsAgainOfWhatItToldOfBefore) {
  hear(0, camera_100, captured(5));
  hear(1'000, camera_100, captured(6));
  hear(2'000, camera_100, captured(8));
  hear(2'100, camera_100, captured(7));  // overtaken
  for (const int index : {5, 6, 7, 8}) hear(8'000, camera_100, captured(index));
  hear(8'100, camera_100, captured(4));  // missed by us, asked for by another
  hear(8'200, camera_100, captured(9));
  EXPECT_EQ(told(), "captured+ captured+ captured+ captured+ captured+");
  EXPECT_EQ(shots_.figures().repeated, 5U);
}

TEST_F(ShotsTest, ANewLogOfTheCameraBeginsAnew) {
  hear(0, camera_100, captured(40));
  hear(10, camera_100, CameraCaptureStatus{.image_count = 41});
  hear(20'000, camera_100, captured(0));
  EXPECT_EQ(firsts(), 1U);
  hear(20'100, camera_100, CameraCaptureStatus{.image_count = 0});
  hear(30'000, camera_100, captured(0));
  EXPECT_EQ(firsts(), 2U);
}

TEST_F(ShotsTest, WhatACameraTookBeforeWeWereHereIsNoNews) {
  hear(0, camera_100, CameraCaptureStatus{.image_count = 10});
  for (int index = 0; index < 10; ++index) hear(100, camera_100, captured(index));
  EXPECT_EQ(told(), "");
  hear(200, camera_100, captured(10));
  EXPECT_EQ(told(), "captured+");
  // A camera that says nothing of its count, but what time it is.
  hear(300, camera_101, SystemTime{.time_boot_ms = 500'000});
  for (int index = 0; index < 10; ++index)
    hear(400, camera_101, CameraImageCaptured{.time_boot_ms = std::uint32_t(1'000 * index + 1), .image_index = index});
  EXPECT_EQ(firsts(), 1U);
  hear(500, camera_101, CameraImageCaptured{.time_boot_ms = 500'150, .image_index = 10});
  EXPECT_EQ(firsts(), 2U);
}

TEST_F(ShotsTest, ASlowCameraConfirmsWhatWasAskedFor) {
  hear(0, station, start_capture(camera_100, 1));
  hear(3'000, camera_100, captured(0));
  EXPECT_EQ(told(), "command+ captured");
  hear(20'000, station, start_capture(camera_100, 2));
  hear(25'001, camera_100, captured(1));
  EXPECT_EQ(firsts(), 3U);
}

TEST_F(ShotsTest, TwoCamerasOfASystemAreTwo) {
  hear(0, station, start_capture(camera_100));
  hear(10, station, start_capture(camera_101));
  hear(200, camera_101, captured(3));
  hear(210, camera_100, captured(3));
  EXPECT_EQ(told(), "command+ command+ captured captured");
  EXPECT_EQ(shot(2).id, shot(1).id);
  EXPECT_EQ(shot(3).id, shot(0).id);
  // Attached to the autopilot, by number.
  hear(20'000, station, start_capture(autopilot, 0, 1));
  hear(20'010, station, start_capture(autopilot, 0, 2));
  hear(20'100, autopilot, captured(1, 2));
  hear(20'200, autopilot, captured(1, 1));
  EXPECT_EQ(firsts(), 4U);
  EXPECT_EQ(shot(6).id, shot(5).id);
  EXPECT_EQ(shot(7).id, shot(4).id);
}

TEST_F(ShotsTest, ACommandForAllCamerasIsOneShotWithTheImagesOfEach) {
  hear(0, station, start_capture({1, 0}));
  hear(100, camera_100, captured(0));
  hear(110, camera_101, captured(0));
  EXPECT_EQ(told(), "command+ captured captured");
  // And for all systems.
  hear(20'000, station, start_capture({0, 0}));
  hear(20'100, {1, 100}, captured(1));
  hear(20'110, {2, 100}, captured(0));
  EXPECT_EQ(told(), "command+ captured captured command+ captured captured");
}

TEST_F(ShotsTest, SystemsDoNotMixUp) {
  for (const std::uint8_t system : some({1, 2, 3})) hear(0, {system, 1}, CameraTrigger{.seq = 1});
  for (const std::uint8_t system : some({3, 1, 2})) hear(5, {system, 1}, start_capture({system, 100}, 1));
  for (const std::uint8_t system : some({2, 3, 1})) hear(90, {system, 100}, captured(1));
  EXPECT_EQ(firsts(), 3U);
  EXPECT_EQ(actions_.shots.size(), 9U);
  for (const Shot& each : actions_.shots) EXPECT_EQ(each.id, each.system);
}

TEST_F(ShotsTest, ARepeatedCommandIsTheSame) {
  hear(0, station, digicam(camera_100));
  hear(3'000, station, digicam(camera_100, 1));
  hear(6'000, station, digicam(camera_100, 2));
  EXPECT_EQ(told(), "command+");
  hear(6'500, station, digicam(camera_100));      // a new one
  hear(20'000, station, digicam(camera_100, 1));  // whose first was lost
  EXPECT_EQ(firsts(), 3U);
  hear(40'000, station, start_capture(camera_100, 9));
  hear(41'000, station, start_capture(camera_100, 9));
  EXPECT_EQ(firsts(), 4U);
}

TEST_F(ShotsTest, ASeriesIsACommandAndItsImages) {
  hear(0, station,
       CommandLong{.param2 = 2,
                   .param3 = 0,
                   .param4 = 5,
                   .command = command::image_start_capture,
                   .target_system = 1,
                   .target_component = 100});
  EXPECT_EQ(shot(0).seq, std::nullopt);
  for (int n = 0; n < 4; ++n) hear(100 + n * 2'000, camera_100, captured(n));
  EXPECT_EQ(told(), "command+ captured captured+ captured+ captured+");
}

TEST_F(ShotsTest, WhatWeAskForIsOurs) {
  sent(0, start_capture(camera_100, 1));
  hear(10, ours, start_capture(camera_100, 1));
  hear(200, camera_100, captured(0));
  EXPECT_EQ(told(), "captured");
  EXPECT_TRUE(shot(0).ours);
  EXPECT_EQ(shots_.figures().shots, 0U);
  hear(20'000, camera_100, captured(1));
  EXPECT_EQ(told(), "captured captured+");
  EXPECT_FALSE(shot(1).ours);
}

TEST_F(ShotsTest, WhoMayNotCommandIsNotHeard) {
  hear(0, station, start_capture(camera_100, 1), Permission::too_fast);
  hear(1, autopilot, CameraTrigger{.seq = 1}, Permission::refused);
  EXPECT_EQ(told(), "");
  EXPECT_EQ(shots_.figures().refused, 2U);
  hear(2, camera_100, captured(0), Permission::refused);
  EXPECT_EQ(told(), "captured+");
  EXPECT_FALSE(shot(0).may_command);
}

}  // namespace
}  // namespace mavlink::shots
