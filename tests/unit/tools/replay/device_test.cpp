// Recorded devices against servers in memory.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/tools/replay/virtual_server.hpp"
#include "tools/replay/camera_device.hpp"
#include "tools/replay/plans.hpp"

namespace replay {
namespace {

using captures::Event;
using captures::Side;
using test::Recipe;

struct Played {
  bool done = false;
  VirtualSpool spool;
  DeviceReport report;
  captures::Capture capture;
};

// The first camera of a capture against a server that has `has` already.
std::unique_ptr<Played> play_against(const captures::Capture& capture, const VirtualSpool& has, Pace pace,
                                     std::uint64_t imei = 356307042441013,
                                     const dualcam::ClassOrder& order = dualcam::photos_first) {
  const auto files = captures::camera_files(capture);
  const Plans plans = make_plans(capture, files, test::all_of(capture));
  auto played = std::make_unique<Played>();
  played->spool = has;
  CameraDevice device(plans.devices.at(0), *base::Imei::from_number(imei), pace, Time{0});
  test::Tape tape;
  played->done = test::play(device, played->spool, &tape, order);
  played->report = device.report();
  played->capture = std::move(tape.capture);
  return played;
}

constexpr Pace as_recorded{};
const Pace fastest{.speed = std::nullopt};

class Device : public testing::TestWithParam<std::tuple<sim::Dialect, unsigned>> {};

TEST_P(Device, BringsTheSameBytesToAFreshServerAsFastAsItCan) {
  const auto [dialect, seed] = GetParam();
  Recipe recipe{.dialect = dialect, .faults = sim::FaultOptions::all(), .seed = seed, .photos = 4};
  recipe.faults.scale(2);
  const auto recorded = test::record(recipe);
  ASSERT_TRUE(recorded->done);
  const auto played = play_against(recorded->capture, {}, fastest);
  ASSERT_TRUE(played->done);
  EXPECT_EQ(test::stored_in(played->spool), test::stored_in(recorded->spool));
  EXPECT_GE(played->report.files_acknowledged, played->report.files);
  EXPECT_TRUE(played->report.failures.empty()) << played->report.failures.front();
}

INSTANTIATE_TEST_SUITE_P(Dialects, Device,
                         testing::Combine(testing::Values(sim::Dialect::identifiers, sim::Dialect::paths,
                                                          sim::Dialect::enhanced),
                                          testing::Range(1U, 9U)));

TEST(CameraReplay, AtItsOwnPaceEveryByteIsTheRecordedOne) {
  sim::FaultOptions faults;
  for (const sim::Fault each : {sim::Fault::corrupt, sim::Fault::truncate, sim::Fault::drop, sim::Fault::resync})
    faults.probability[static_cast<std::size_t>(each)] = 0.02;
  const auto recorded = test::record({.faults = faults, .seed = 5});
  const auto played = play_against(recorded->capture, {}, as_recorded);
  ASSERT_TRUE(played->done);
  EXPECT_EQ(played->report.divergences, 0U) << played->report.first_divergence;
  ASSERT_EQ(played->capture.conversations.size(), recorded->capture.conversations.size());
  for (std::size_t n = 0; n < played->capture.conversations.size(); ++n) {
    const captures::Conversation& was = recorded->capture.conversations[n];
    const captures::Conversation& is = played->capture.conversations[n];
    EXPECT_EQ(is.device_bytes, was.device_bytes) << n;
    EXPECT_EQ(is.server_bytes, was.server_bytes) << n;
    const auto length = [](const captures::Conversation& each) {
      return each.events.back().time - each.events.front().time;
    };
    EXPECT_EQ(length(is), length(was)) << n;
  }
}

TEST(CameraReplay, TwiceAsFastTakesHalfTheTime) {
  const auto recorded = test::record({});
  const auto length = [](const captures::Capture& each) {
    return each.conversations[0].events.back().time - each.conversations[0].events.front().time;
  };
  const auto played = play_against(recorded->capture, {}, {.speed = 2});
  ASSERT_TRUE(played->done);
  const auto half = length(recorded->capture) / 2;
  EXPECT_GE(length(played->capture), half - std::chrono::milliseconds{1});
  EXPECT_LE(length(played->capture), half + std::chrono::milliseconds{1});
}

TEST(CameraReplay, AnotherOrderOfTheServerIsAnsweredFromTheCapture) {
  using dualcam::FileClass;
  const auto recorded = test::record({.photos = 4});
  const auto played = play_against(
      recorded->capture, {}, as_recorded, 356307042441013,
      {FileClass::path, FileClass::video_rear, FileClass::video_front, FileClass::photo_rear, FileClass::photo_front});
  ASSERT_TRUE(played->done);
  EXPECT_GE(played->report.divergences, 1U);
  EXPECT_NE(played->report.first_divergence.find("META REQ %photor; in the recording the server says META REQ %photof"),
            std::string::npos)
      << played->report.first_divergence;
  EXPECT_EQ(test::stored_in(played->spool), test::stored_in(recorded->spool));
}

TEST(CameraReplay, AServerThatHasEverythingAsksForTheEndsOnly) {
  const auto recorded = test::record({.photos = 2});
  const auto played = play_against(recorded->capture, recorded->spool, fastest);
  ASSERT_TRUE(played->done);
  EXPECT_GE(played->report.divergences, 1U);
  EXPECT_EQ(played->report.files_acknowledged, 2U);
  EXPECT_LT(played->report.wire_bytes, recorded->capture.conversations[0].device_bytes.size());
}

TEST(CameraReplay, ACopyIsAnotherDeviceWithTheSameFiles) {
  const auto recorded = test::record({});
  constexpr std::uint64_t other = 356307042441021;
  const auto played = play_against(recorded->capture, {}, fastest, other);
  ASSERT_TRUE(played->done);
  EXPECT_EQ(played->report.divergences, 0U) << played->report.first_divergence;
  EXPECT_EQ(test::stored_in(played->spool), test::stored_in(recorded->spool));
  EXPECT_EQ(dualcam::parse_init(played->capture.conversations[0].device_bytes).imei, other);
  for (const auto& [key, file] : played->spool.files()) EXPECT_TRUE(key.starts_with(std::to_string(other))) << key;
}

TEST(CameraReplay, WhatTheCaptureHasLostIsSaidAndTheRestIsBrought) {
  const auto recorded = test::record({.photos = 3});
  captures::Capture damaged = recorded->capture;
  captures::Conversation& conversation = damaged.conversations.front();
  std::size_t seen = 0;
  // A piece of the second file.
  const auto files = captures::camera_files(damaged);
  ASSERT_EQ(files.size(), 3U);
  for (Event& event : conversation.events) {
    if (event.kind != Event::Kind::bytes || event.from != Side::device) continue;
    if (event.time > files[1].begun && event.size > 500 && seen++ == 5) {
      event.kind = Event::Kind::missing;
      conversation.damage.missing_bytes += event.size;
    }
  }
  const auto played = play_against(damaged, {}, fastest);
  ASSERT_TRUE(played->done);
  EXPECT_EQ(test::stored_in(played->spool).size(), 2U);
  ASSERT_EQ(played->report.incomplete.size(), 1U);
  EXPECT_NE(played->report.incomplete[0].find("does not hold every byte"), std::string::npos);
}

TEST(CameraReplay, AServerThatSaysNothingIsWaitedForSoLong) {
  const auto recorded = test::record({.photos = 1});
  const auto files = captures::camera_files(recorded->capture);
  const Plans plans = make_plans(recorded->capture, files, {0});
  const Pace pace{.speed = std::nullopt, .wait = Time{5'000'000}};
  CameraDevice device(plans.devices.at(0), *plans.devices[0].imei, pace, Time{0});
  Time now{0};
  unsigned connections = 0;
  for (Step step = device.poll(now, *std::make_unique<base::Bytes>()); step.kind != Step::Kind::done;) {
    if (step.kind == Step::Kind::connect) {
      ++connections;
      device.connected(now);
    }
    if (step.kind == Step::Kind::wait) now = step.until;
    ASSERT_LT(now, Time{300'000'000});
    base::Bytes out;
    step = device.poll(now, out);
  }
  EXPECT_LE(connections, most_tries + 1);
  EXPECT_FALSE(device.report().failures.empty());
  EXPECT_NE(device.report().first_divergence.find("said nothing"), std::string::npos);
}

}  // namespace
}  // namespace replay
