#include "tools/sim/fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "server/base/imei.hpp"
#include "tests/unit/tools/tcp_server.hpp"
#include "tools/sim/wheel.hpp"

namespace sim {
namespace {

std::shared_ptr<const FileMaker> maker() {
  static const std::shared_ptr<const FileMaker> made =
      *FileMaker::create({.media = FileMaker::Media::synthetic, .video_seconds = 1});
  return made;
}

FleetOptions options_for(const TcpServer& server, unsigned cameras) {
  FleetOptions options;
  options.port = server.port();
  options.cameras = cameras;
  options.mixed = true;
  options.plan = {.photos = 1, .videos = 1, .seed = 5};
  options.camera.reconnect_delay = Time{20'000};
  options.camera.longest_stall = Time{600'000};
  options.camera.silence = Time{100'000};
  return options;
}

// Everything acknowledged is stored with its bytes, everything stored was acknowledged.
void expect_equal(const std::vector<CameraReport>& reports, const std::vector<StoredFile>& stored) {
  std::multiset<std::pair<std::uint64_t, base::Bytes>> sent, found;
  for (const CameraReport& report : reports)
    for (const FileSpec& spec : report.acknowledged) sent.emplace(report.imei, maker()->open(spec)->all());
  for (const StoredFile& file : stored) found.emplace(file.imei, file.bytes);
  EXPECT_TRUE(sent == found) << sent.size() << " sent, " << found.size() << " stored";
}

TEST(Fleet, DeliversOverTcp) {
  TcpServer server;
  std::mutex mutex;
  std::set<std::pair<std::uint32_t, std::uint32_t>> heard;
  Fleet fleet(options_for(server, 50), maker(),
              {.acknowledged =
                   [&](std::uint32_t camera, const FileSpec& spec) {
                     const std::lock_guard lock(mutex);
                     heard.insert({camera, spec.number});
                   },
               .resumed = {}});
  ASSERT_TRUE(fleet.run());
  EXPECT_TRUE(fleet.finished());
  EXPECT_EQ(heard.size(), 100U);
  EXPECT_EQ(fleet.counts().acknowledged, 100U);
  EXPECT_EQ(fleet.counts().connected, 0U);
  expect_equal(fleet.reports(), server.stop());
}

TEST(Fleet, DeliversWithEveryFaultOverTcp) {
  TcpServer server;
  FleetOptions options = options_for(server, 60);
  options.faults = FaultOptions::all();
  options.faults.cap = 1;
  Fleet fleet(options, maker());
  ASSERT_TRUE(fleet.run());
  EXPECT_EQ(fleet.counts().acknowledged, 120U);
  EXPECT_GT(fleet.counts().faults, 60U);
  const std::vector<CameraReport> reports = fleet.reports();
  for (const CameraReport& report : reports) EXPECT_EQ(report.statistics.violations, 0U) << report.statistics.violation;
  expect_equal(reports, server.stop());
}

TEST(Fleet, StopsInTheMiddle) {
  TcpServer server;
  FleetOptions options = options_for(server, 10);
  options.camera.bytes_per_second = 1'000;  // would take a minute and more
  Fleet fleet(options, maker());
  ASSERT_TRUE(fleet.start());
  while (fleet.counts().connected < 10) std::this_thread::yield();
  fleet.request_stop();
  fleet.wait();
  EXPECT_TRUE(fleet.finished());
  const std::vector<CameraReport> reports = fleet.reports();
  EXPECT_EQ(reports.size(), 10U);
  for (const CameraReport& report : reports) EXPECT_EQ(report.left.size(), 2U);
}

TEST(Fleet, SaysThatAServerNameIsWrong) {
  FleetOptions options;
  options.host = "no such host";
  Fleet fleet(options, maker());
  const auto started = fleet.start();
  ASSERT_FALSE(started);
  EXPECT_TRUE(started.error().message.starts_with("The server no such host:7700 has no address"));
}

TEST(Fleet, GivesEachCameraItsOwnImei) {
  FleetOptions options;
  std::set<std::uint64_t> imeis;
  for (std::uint32_t n = 0; n < 1000; ++n) {
    const std::uint64_t imei = camera_options(options, n).imei;
    EXPECT_TRUE(base::Imei::from_number(imei)) << imei;
    imeis.insert(imei);
  }
  EXPECT_EQ(imeis.size(), 1000U);
  EXPECT_EQ(*imeis.begin(), 356307042441013U);
}

TEST(Rate, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(*parse_rate("full"), 0U);
  EXPECT_EQ(*parse_rate("19KB/s"), 19'000U);
  EXPECT_EQ(*parse_rate("3.7KB/s"), 3'700U);
  EXPECT_EQ(*parse_rate("2MB/s"), 2'000'000U);
  EXPECT_EQ(*parse_rate("500B/s"), 500U);
  for (const char* wrong : {"", "fast", "0", "-1KB/s", "19Kb", "1e99"}) EXPECT_FALSE(parse_rate(wrong)) << wrong;
}

TEST(TimerWheel, CallsEachOnceAndNotEarly) {
  Wheel wheel;
  std::vector<std::uint32_t> called;
  const auto visit = [&](std::uint32_t id) { called.push_back(id); };
  wheel.add(1, Time{25'000});
  wheel.add(2, Time{60'000'000});  // some rounds away
  wheel.add(3, Time{10'000});
  wheel.advance(Time{9'999}, visit);
  EXPECT_TRUE(called.empty());
  wheel.advance(Time{20'000}, visit);
  EXPECT_EQ(called, std::vector<std::uint32_t>{3});
  wheel.advance(Time{30'000}, visit);
  EXPECT_EQ(called, (std::vector<std::uint32_t>{3, 1}));
  wheel.advance(Time{59'990'000}, visit);
  EXPECT_EQ(called.size(), 2U);
  wheel.advance(Time{60'000'000}, visit);
  EXPECT_EQ(called, (std::vector<std::uint32_t>{3, 1, 2}));
}

}  // namespace
}  // namespace sim
