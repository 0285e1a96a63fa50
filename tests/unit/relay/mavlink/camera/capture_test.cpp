#include <gtest/gtest.h>

#include "bench.hpp"

namespace mavlink::camera {
namespace {

constexpr auto start = command::image_start_capture;

TEST(CameraCapture, SeriesDoesNotDriftAndEndsByItself) {
  Bench bench;
  EXPECT_EQ(bench.command(start, {0, 2, 3}), result::accepted);
  for (int i = 0; i < 10; ++i) {
    if (bench.asked<TakeImage>() > bench.log.size()) {
      bench.run(milliseconds{300});
      bench.image();
      bench.run(milliseconds{700});
    } else {
      bench.run(seconds{1});
    }
  }
  EXPECT_EQ(bench.asked<TakeImage>(), 3U);
  ASSERT_EQ(bench.log.size(), 3U);
  EXPECT_EQ(*bench.log[1].taken_at - *bench.log[0].taken_at, seconds{2});
  EXPECT_EQ(*bench.log[2].taken_at - *bench.log[1].taken_at, seconds{2});
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_status, 0);
  EXPECT_EQ(bench.camera.figures().skipped, 0U);
}

TEST(CameraCapture, SlowCameraSkipsAndNothingPilesUp) {
  Bench bench;
  bench.command(start, {0, 1, 0});
  for (int i = 0; i < 4; ++i) {
    bench.run(milliseconds{2500});  // each image takes that long
    EXPECT_EQ(bench.asked<TakeImage>(), bench.log.size() + 1);
    bench.image();
    bench.run(milliseconds{500});  // to the next whole second
  }
  EXPECT_EQ(bench.log.size(), 4U);
  EXPECT_EQ(bench.camera.figures().skipped, 8U);
  EXPECT_EQ(bench.camera.figures().shots, 5U);
}

TEST(CameraCapture, CountedSeriesWithASlowCameraStillTakesAll) {
  Bench bench;
  bench.command(start, {0, 1, 3});
  for (int i = 0; i < 3; ++i) {
    bench.run(milliseconds{1500});
    ASSERT_EQ(bench.asked<TakeImage>(), bench.log.size() + 1);
    bench.image();
    bench.run(milliseconds{500});
  }
  bench.run(seconds{10});
  EXPECT_EQ(bench.asked<TakeImage>(), 3U);
}

TEST(CameraCapture, WakingUpLateTakesOneImage) {
  Bench bench;
  bench.command(start, {0, 1, 0});
  bench.image();
  bench.now.steady += milliseconds{5200};
  bench.camera.wake(bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  EXPECT_EQ(bench.camera.figures().skipped, 4U);
  bench.image();
  bench.run(milliseconds{799});
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  bench.run(milliseconds{1});
  EXPECT_EQ(bench.asked<TakeImage>(), 3U);
}

TEST(CameraCapture, SeriesSentAgainGoesOnAndAnotherTakesItsPlace) {
  Bench bench;
  bench.command(start, {0, 5, 0});
  bench.image();
  bench.run(seconds{1});
  EXPECT_EQ(bench.command(start, {0, 5, 0}), result::accepted);
  bench.run(seconds{3});
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  EXPECT_EQ(bench.command(start, {0, 7, 0}), result::accepted);
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_interval, 7);
}

TEST(CameraCapture, IntervalsShorterThanTheCameraCanAreMadeLonger) {
  Bench bench;
  bench.command(start, {0, 0.01F, 0});
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_interval, 1);
  bench.command(start, {0, 0, 4});  // as fast as it goes
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_interval, 1);
}

TEST(CameraCapture, BadParametersAreDenied) {
  Bench bench;
  for (const auto& bad :
       {command_long(start, {8, 0, 1}), command_long(start, {-1, 0, 1}), command_long(start, {0.5F, 0, 1}),
        command_long(start, {101, 0, 1}), command_long(start, {0, -1, 2}), command_long(start, {0, 1, -1}),
        command_long(start, {0, 1, 2.5F}), command_long(start, {0, 1, 1e30F}), command_long(start, {0, 1e9F, 2}),
        command_long(start, {}), command_long(start, {0, std::numeric_limits<float>::infinity(), 0}),
        command_long(command::image_stop_capture, {9})}) {
    bench.clear();
    bench.hear(bad);
    EXPECT_EQ(bench.sent<CommandAck>().at(0).result, result::denied);
    EXPECT_EQ(bench.notes.size(), 1U);
  }
  EXPECT_EQ(bench.asks.size(), 0U);
  EXPECT_EQ(bench.camera.figures().refused, 12U);
  bench.hear(command_long(start, {7, 0, 1}));
  bench.image();
  bench.hear(command_long(start, {100, 0, 1}));  // our own component
  bench.image();
  EXPECT_EQ(bench.log.size(), 2U);
}

TEST(CameraCapture, ShotsWaitForOneAnotherUpToABound) {
  Bench bench;
  int accepted = 0;
  for (int i = 0; i < 8; ++i) accepted += bench.command(start, {0, 0, 1, 0}) == result::accepted ? 1 : 0;
  EXPECT_EQ(accepted, 5);
  EXPECT_EQ(bench.command(command::do_digicam_control, {0, 0, 0, 0, 1}), result::temporarily_rejected);
  while (bench.asked<TakeImage>() > bench.log.size()) bench.image();
  EXPECT_EQ(bench.log.size(), 5U);
}

TEST(CameraCapture, RefusedShotMayBeTriedAgainWithItsNumber) {
  Bench bench(full_description(), 0, false);
  EXPECT_EQ(bench.command(start, {0, 0, 1, 3}), result::temporarily_rejected);
  bench.camera.online(bench.now, bench.out);
  EXPECT_EQ(bench.command(start, {0, 0, 1, 3}), result::accepted);
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
}

TEST(CameraCapture, NumberIsForgottenAfterAWhile) {
  Bench bench;
  bench.command(start, {0, 0, 1, 1});
  bench.image();
  bench.run(seconds{241});  // a program started anew
  bench.command(start, {0, 0, 1, 1});
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
}

TEST(CameraCapture, ConfirmationTellsARepeatedCommand) {
  Bench bench;
  const auto shoot = [&](std::uint8_t confirmation) {
    bench.hear(command_long(command::do_digicam_control, {0, 0, 0, 0, 1}, {1, 100}, confirmation));
  };
  shoot(1);  // the first one was lost
  bench.image();
  shoot(2);
  EXPECT_EQ(bench.log.size(), 1U);
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  shoot(0);
  bench.image();
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  bench.run(seconds{11});
  shoot(1);
  EXPECT_EQ(bench.asked<TakeImage>(), 3U);
  EXPECT_EQ(bench.sent<CommandAck>().size(), 4U);
}

TEST(CameraCapture, OneShotToldInTwoWaysIsOne) {
  Bench bench;
  const auto digicam = command_long(command::do_digicam_control, {not_given, not_given, not_given, not_given, 1});
  bench.hear(command_long(start, {0, 0, 1, 1}), {1, 1});
  bench.hear(digicam, {1, 1});
  bench.image();
  bench.run(seconds{1});
  bench.hear(digicam, {1, 1});  // the other way round, now
  bench.hear(command_long(start, {0, 0, 1, 2}), {1, 1});
  bench.image();
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  EXPECT_EQ(bench.sent<CommandAck>().size(), 4U);
  bench.run(seconds{1});
  bench.hear(digicam, {1, 1});
  bench.image();
  bench.hear(digicam, {1, 1});  // the same way twice is two
  EXPECT_EQ(bench.asked<TakeImage>(), 4U);
}

TEST(CameraCapture, CommandIntMeansTheSame) {
  Bench bench;
  bench.hear(command_int(start, {0, 0, 1, 5}));
  bench.hear(command_long(start, {0, 0, 1, 5}));
  bench.image();
  bench.run(seconds{1});
  bench.hear(command_int(command::do_digicam_control, {0, 0, 0, 0, 1}));
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  EXPECT_EQ(bench.sent<CommandAck>().size(), 3U);
  bench.hear(command_int(start, {0, 0, 1, 6}, {1, 101}));
  EXPECT_EQ(bench.sent<CommandAck>().size(), 3U);
}

TEST(CameraCapture, TriggerControlStopsAndHoldsASeries) {
  Bench bench;
  const auto control = command::do_trigger_control;
  bench.command(start, {0, 1, 0});
  bench.image();
  EXPECT_EQ(bench.command(control, {1, -1, 1}), result::accepted);
  bench.run(milliseconds{5500});
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  EXPECT_EQ(bench.command(control, {not_given, not_given, 0}), result::accepted);
  bench.run(milliseconds{500});
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  EXPECT_EQ(bench.camera.figures().skipped, 0U);
  bench.image();
  EXPECT_EQ(bench.command(control, {}), result::accepted);  // nothing given, nothing done
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_status, 2);
  EXPECT_EQ(bench.command(control, {0}), result::accepted);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_status, 0);
  EXPECT_EQ(bench.command(control, {0, 0, 0, 99}), result::denied);
  EXPECT_EQ(bench.command(control, {2}), result::denied);
  EXPECT_EQ(bench.command(control, {1, 0, 2}), result::denied);
  EXPECT_EQ(bench.command(start, {0, 0, 1, 0}), result::accepted);  // a hand on the button
  EXPECT_EQ(bench.asked<TakeImage>(), 3U);
}

TEST(CameraCapture, SilentCameraIsAFailureAndALateImageIsToldStill) {
  Bench bench;
  bench.command(start, {0, 0, 1, 1});
  bench.run(seconds{61});
  ASSERT_EQ(bench.sent<CameraImageCaptured>().size(), 1U);
  EXPECT_EQ(bench.sent<CameraImageCaptured>()[0].capture_result, 0);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_status, 0);
  bench.image(false);  // told already
  EXPECT_EQ(bench.sent<CameraImageCaptured>().size(), 1U);
  bench.image();
  ASSERT_EQ(bench.sent<CameraImageCaptured>().size(), 2U);
  EXPECT_EQ(bench.sent<CameraImageCaptured>()[1].capture_result, 1);
  EXPECT_EQ(bench.sent<CameraImageCaptured>()[1].image_index, 1);
}

TEST(CameraCapture, ACameraOnASlowNetworkHasItsOwnTime) {
  auto description = full_description();
  description.longest_ask = std::chrono::minutes{10};
  Bench bench(description);
  bench.command(start, {0, 0, 1, 1});
  bench.run(seconds{599});
  EXPECT_TRUE(bench.sent<CameraImageCaptured>().empty());
  bench.image();
  ASSERT_EQ(bench.sent<CameraImageCaptured>().size(), 1U);
  EXPECT_EQ(bench.sent<CameraImageCaptured>()[0].capture_result, 1);
  bench.command(start, {0, 0, 1, 2});
  bench.run(seconds{601});
  EXPECT_EQ(bench.sent<CameraImageCaptured>().back().capture_result, 0);
}

TEST(CameraCapture, RefusalOfTheCameraIsAFailure) {
  Bench bench;
  bench.command(start, {0, 0, 1, 1});
  bench.done(true);  // says nothing of where the image is
  EXPECT_TRUE(bench.log.empty());
  bench.done(false);
  ASSERT_EQ(bench.log.size(), 1U);
  EXPECT_FALSE(bench.log[0].ok);
  EXPECT_EQ(bench.camera.figures().failures, 1U);
  bench.done(false);
  EXPECT_EQ(bench.log.size(), 1U);
}

TEST(CameraCapture, SeriesWaitsWhileTheCameraIsAway) {
  Bench bench;
  bench.command(start, {0, 1, 0});
  bench.image();
  bench.camera.offline(bench.now, bench.out);
  bench.run(milliseconds{3500});
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  bench.camera.online(bench.now, bench.out);
  bench.camera.online(bench.now, bench.out);
  bench.run(milliseconds{500});
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  EXPECT_EQ(bench.camera.figures().skipped, 3U);
}

TEST(CameraCapture, ModeAndAbilityDecideWhatIsTaken) {
  auto description = full_description();
  description.capabilities &= ~std::uint32_t{capability::image_in_video_mode | capability::video_in_image_mode};
  Bench bench(description);
  EXPECT_EQ(bench.command(command::video_start_capture, {0, 0}), result::temporarily_rejected);
  bench.camera.settings({.mode = camera_mode::video}, bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.command(start, {0, 0, 1, 1}), result::temporarily_rejected);
  EXPECT_EQ(bench.command(command::do_digicam_control, {0, 0, 0, 0, 1}), result::temporarily_rejected);
  EXPECT_EQ(bench.command(command::video_start_capture, {0, 0}), result::accepted);

  description.capabilities = 0;
  description.zoom_types = 0;
  description.focus_types = 0;
  Bench none(description);
  for (const auto id : {start, command::image_stop_capture, command::do_trigger_control, command::do_digicam_control})
    EXPECT_EQ(none.command(id, {}), result::unsupported);
}

TEST(CameraCapture, CancelEndsASeriesOfThoseWhoMay) {
  Bench bench;
  const CommandCancel cancel{.command = start, .target_system = 1, .target_component = 100};
  bench.hear(cancel);
  EXPECT_TRUE(bench.all.empty());
  bench.command(start, {0, 1, 0});
  bench.image();
  bench.clear();
  bench.hear(cancel, station, station_peer, Permission::refused);
  EXPECT_TRUE(bench.all.empty());
  bench.hear(cancel);
  EXPECT_EQ(bench.sent<CommandAck>().at(0).result, result::cancelled);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_status, 0);
  bench.hear(CommandCancel{.command = start, .target_system = 1, .target_component = 7});
  EXPECT_EQ(bench.sent<CommandAck>().size(), 1U);
}

}  // namespace
}  // namespace mavlink::camera
