// Many images for one command of ours, and images that were not taken.
#include "tests/unit/relay/mavlink/shots/shots_fixture.hpp"

namespace mavlink::shots {

namespace {
CommandLong series(Address to, float seconds, float total) {
  return {.param2 = seconds,
          .param3 = total,
          .command = command::image_start_capture,
          .target_system = to.system,
          .target_component = to.component};
}
CommandLong stop(Address to) {
  return {.command = command::image_stop_capture, .target_system = to.system, .target_component = to.component};
}
}  // namespace

TEST_F(ShotsTest, ImagesOfASeriesOfOursAreNoNewsAndTheNextOneIs) {
  sent(0, series(camera_100, 2, 3));
  for (int n = 0; n < 3; ++n) hear(10 + 2'000 * n, camera_100, captured(n));
  EXPECT_EQ(actions_.shots.size(), 3U);
  EXPECT_EQ(firsts(), 0U);
  EXPECT_TRUE(std::ranges::all_of(actions_.shots, &Shot::ours));
  hear(8'000, camera_100, captured(3));
  EXPECT_EQ(firsts(), 1U);
  EXPECT_FALSE(actions_.shots.back().ours);
}

TEST_F(ShotsTest, ASeriesOfOursIsOfItsCamera) {
  sent(0, series(camera_100, 2, 3));
  hear(10, camera_100, captured(0));
  hear(2'000, camera_101, captured(0));
  EXPECT_EQ(firsts(), 1U);
}

TEST_F(ShotsTest, ASeriesOfOursWithoutAnEndLastsUntilItIsStopped) {
  sent(0, series(camera_100, 1, 0));
  for (int n = 0; n < 100; ++n) hear(10 + 1'000 * n, camera_100, captured(n));
  sent(100'000, stop(camera_100));
  hear(100'100, camera_100, captured(100));  // it was being taken
  EXPECT_EQ(firsts(), 0U);
  hear(110'000, camera_100, captured(101));
  EXPECT_EQ(firsts(), 1U);
}

TEST_F(ShotsTest, ASeriesThatNeverCameIsOverInTime) {
  sent(0, series(camera_100, 1, 3));
  hear(20'000, camera_100, captured(0));
  EXPECT_EQ(firsts(), 1U);
}

TEST_F(ShotsTest, AnOrderOfOursIsNotTheImageBeforeIt) {
  hear(0, camera_100, captured(0));
  sent(100, start_capture(camera_100, 1));
  sent(200, series(camera_100, 0.1F, 2));
  for (int n = 1; n < 4; ++n) hear(200 + 100 * n, camera_100, captured(n));
  EXPECT_EQ(told(), "captured+ captured captured captured");
}

TEST_F(ShotsTest, AnImageThatWasNotTakenIsToldOfOnceWithoutANumber) {
  CameraImageCaptured failed = captured(-1);
  failed.capture_result = 0;
  hear(0, camera_100, failed);
  hear(10, camera_100, failed);
  EXPECT_EQ(told(), "captured+");
  EXPECT_EQ(shot(0).result, 0);
  hear(5'000, camera_100, captured(7));
  hear(5'100, camera_100, failed);
  EXPECT_EQ(firsts(), 3U);
}

}  // namespace mavlink::shots
