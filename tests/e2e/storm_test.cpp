// A device that sends more than its share: less is asked of it, what is not asked for stays with it, events come all
// the same, and everything comes when the window has slid.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/e2e/fixture.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/verdict.hpp"

namespace e2e {
namespace {

using dualcam::FileClass;

constexpr std::uint8_t crash = 3;
constexpr std::uint8_t periodic = 9;

class Storm : public EndToEnd {
 protected:
  CameraFile next_file(FileClass file_class, std::uint8_t trigger) {
    CameraFile file = make_file(++files_, 5'000, file_class);
    file.trigger = trigger;
    return file;
  }
  // Each with a connection of its own.
  bool takes(FileClass file_class, std::uint8_t trigger, std::uint64_t device = imei(1)) {
    return WireCamera(server(), device).upload(next_file(file_class, trigger));
  }
  bool declines(FileClass file_class, std::uint8_t trigger) {
    return WireCamera(server(), imei(1)).declined(next_file(file_class, trigger));
  }
  std::string intake(std::uint64_t device, const std::string& member = "state") {
    const auto found = nlohmann::json::parse(http_body(fmt::format("/api/v1/devices/{}", device)), nullptr, false);
    if (!found.is_object() || !found.contains("intake")) return "none";
    const auto& value = found["intake"][member];
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  bool becomes(const std::string& state, std::uint64_t device = imei(1)) {
    return tests::eventually([&] { return intake(device) == state; });
  }
  std::size_t said(const std::string& text) {
    const std::string log = server().log();
    std::size_t count = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  }
  bool measured(const std::string& line) {
    return tests::eventually([&] { return http_body("/metrics").find(line) != std::string::npos; });
  }

  unsigned files_ = 0;
};

TEST_F(Storm, PhotosFirstThenOnlyEvents) {
  start({"--storm-files", "4", "--linger", "500ms"});
  EXPECT_TRUE(takes(FileClass::photo_front, periodic));
  EXPECT_EQ(intake(imei(1)), "everything");
  EXPECT_EQ(intake(imei(1), "since"), "null");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(takes(FileClass::video_front, periodic));
  EXPECT_TRUE(becomes("photos")) << "4 of 4";
  EXPECT_EQ(intake(imei(1), "reason"),
            "4 files with 20000 bytes came within 1 h, its budget is 4 files and 1073741824 bytes; videos wait in the "
            "camera, except those of events and requests");
  EXPECT_TRUE(declines(FileClass::video_front, periodic));
  EXPECT_TRUE(takes(FileClass::video_front, crash));
  EXPECT_TRUE(takes(FileClass::video_rear, 0)) << "somebody asked for it";
  EXPECT_TRUE(takes(FileClass::photo_front, periodic));
  EXPECT_TRUE(takes(FileClass::photo_rear, periodic));
  EXPECT_TRUE(becomes("events")) << "8 of 4";
  EXPECT_TRUE(declines(FileClass::photo_front, periodic));
  EXPECT_TRUE(takes(FileClass::photo_front, crash));
  EXPECT_TRUE(takes(FileClass::video_front, periodic, imei(2))) << "another device has a budget of its own";

  for (int i = 0; i < 20; ++i) EXPECT_TRUE(declines(FileClass::video_front, periodic));
  EXPECT_EQ(said("less is taken of a device"), 2U) << "once a change, not once a connection";
  EXPECT_TRUE(measured(R"(dualcamd_declined_files_total{kind="video",taken="events"} 20)"));
}

TEST_F(Storm, TheStateOutlivesARestart) {
  start({"--storm-files", "2"});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(takes(FileClass::photo_front, periodic));
  EXPECT_TRUE(becomes("events"));
  server().kill_hard();
  start({"--storm-files", "2"});
  EXPECT_TRUE(measured(R"(dualcamd_limited_devices{taken="events"} 1)"));
  EXPECT_TRUE(declines(FileClass::photo_front, periodic));
  EXPECT_EQ(said("is taken of a device"), 2U) << "those of before the restart";

  ASSERT_EQ(server().terminate(), 0);
  start({"--storm-files", "0", "--storm-bytes", "0"});
  EXPECT_TRUE(becomes("everything")) << "switched off";
  EXPECT_TRUE(takes(FileClass::video_front, periodic));
}

TEST_F(Storm, ASessionThatGoesOnIsNoWayRound) {
  start({"--storm-files", "3"});
  WireCamera camera(server(), imei(1));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(camera.upload(next_file(FileClass::video_front, periodic)));
  EXPECT_TRUE(camera.upload(next_file(FileClass::photo_front, periodic)));
  EXPECT_TRUE(camera.upload(next_file(FileClass::video_front, crash)));
  EXPECT_TRUE(camera.declined(next_file(FileClass::video_front, periodic)));
}

TEST_F(Storm, BytesHaveABudgetToo) {
  start({"--storm-files", "0", "--storm-bytes", "9KB"});
  EXPECT_TRUE(takes(FileClass::video_front, periodic));
  EXPECT_TRUE(takes(FileClass::video_front, periodic));
  EXPECT_TRUE(declines(FileClass::video_front, periodic));
}

// Simulated cameras: what waits is delivered by the cameras' own coming back, byte for byte and once.
TEST_F(Storm, WhatWaitsComesWhenTheWindowHasSlid) {
  start({"--storm-files", "8", "--storm-window", "15s"});
  sim::FleetOptions options;
  options.port = std::to_string(server().port());
  options.cameras = 3;
  options.camera.reconnect_delay = sim::Time{500'000};
  options.plan = {.photos = 10, .videos = 2, .first_capture_ms = 1'790'000'000'000, .trigger = periodic};
  const auto maker = sim::FileMaker::create({.media = sim::FileMaker::Media::synthetic, .video_seconds = 1});
  ASSERT_TRUE(maker) << maker.error().message;
  sim::Fleet fleet(options, *maker);
  ASSERT_TRUE(fleet.start());
  for (unsigned i = 0; i < options.cameras; ++i)
    EXPECT_TRUE(becomes("photos", sim::camera_options(options, i).imei)) << i;
  EXPECT_TRUE(tests::eventually([&] { return fleet.counts().acknowledged == options.cameras * options.plan.photos; }))
      << "every photo, no video";
  EXPECT_FALSE(fleet.finished());
  EXPECT_TRUE(measured(R"(dualcamd_limited_devices{taken="photos"} 3)"));
  constexpr std::chrono::seconds plenty{60};
  EXPECT_TRUE(tests::eventually([&] { return fleet.finished(); }, plenty));
  fleet.request_stop();
  fleet.wait();
  const auto reports = fleet.reports();
  for (const sim::CameraReport& report : reports) {
    EXPECT_TRUE(report.left.empty());
    EXPECT_EQ(report.statistics.violations, 0U) << report.statistics.violation;
    EXPECT_TRUE(becomes("everything", report.imei));
  }
  const auto verdict = sim::judge({.api = server().http_url(), .token = {}, .content = true}, {}, **maker, reports);
  ASSERT_TRUE(verdict) << verdict.error().message;
  for (const sim::Problem& problem : verdict->problems) ADD_FAILURE() << problem.text;
  EXPECT_EQ(verdict->identical, 36U);
  EXPECT_EQ(said("more is taken of a device again"), 3U);
}

}  // namespace
}  // namespace e2e
