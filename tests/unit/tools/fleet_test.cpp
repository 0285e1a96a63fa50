#include "tools/sim/fleet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <thread>

#include "server/avl/camera_request.hpp"
#include "server/base/imei.hpp"
#include "tests/unit/tools/avl_tcp_server.hpp"
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

FleetOptions with_trackers(FleetOptions options, const AvlTcpServer& server) {
  FleetOptions::Avl& avl = options.avl.emplace();
  avl.port = server.port();
  avl.tracker.drive = Time{1'500'000};
  avl.tracker.record_interval = Time{50'000};
  avl.tracker.reply_delay = Time{20'000};
  avl.tracker.camera_delay = Time{50'000};
  avl.tracker.reconnect_delay = Time{20'000};
  return options;
}

TEST(Fleet, TrackersHaveTheirCamerasBringWhatIsAskedFor) {
  TcpServer server;
  AvlTcpServer avl_server("camreq:1,3");
  FleetOptions options = with_trackers(options_for(server, 30), avl_server);
  options.mixed = false;
  options.plan = {.photos = 0, .videos = 0, .seed = 5};
  Fleet fleet(options, maker());
  ASSERT_TRUE(fleet.run());
  EXPECT_EQ(fleet.counts().acknowledged, 60U);
  EXPECT_EQ(fleet.counts().planned, 60U);
  EXPECT_EQ(fleet.counts().commands, 30U);
  const std::vector<CameraReport> reports = fleet.reports();
  const auto seen = avl_server.stop();
  ASSERT_EQ(seen.size(), 30U);
  std::uint64_t records = 0;
  for (const CameraReport& report : reports) {
    ASSERT_TRUE(report.tracker);
    EXPECT_EQ(report.tracker->violations, 0U) << report.tracker->violation;
    EXPECT_EQ(report.tracker->answered, report.tracker->records);
    EXPECT_EQ(report.records_left, 0U);
    EXPECT_FALSE(report.answer_times.empty());
    EXPECT_EQ(seen.at(report.imei).records, report.tracker->sent);
    EXPECT_TRUE(std::holds_alternative<avl::Accepted>(avl::read_answer(seen.at(report.imei).said)));
    EXPECT_EQ(report.acknowledged.size(), 2U);
    for (const FileSpec& spec : report.acknowledged) EXPECT_TRUE(spec.requested);
    records += report.tracker->answered;
  }
  EXPECT_EQ(fleet.counts().records, records);
  expect_equal(reports, server.stop());
}

TEST(Fleet, TrackersAndPlansGoTogether) {
  TcpServer server;
  AvlTcpServer avl_server("camreq:1,1");
  FleetOptions options = with_trackers(options_for(server, 20), avl_server);
  options.avl->tracker.drop = 0.2;
  options.avl->tracker.refuse = 0.5;
  Fleet fleet(options, maker());
  ASSERT_TRUE(fleet.run());
  unsigned accepted = 0, refused = 0, links = 0;
  std::uint64_t repeated = 0;
  for (const CameraReport& report : fleet.reports()) {
    accepted += report.tracker->accepted;
    refused += report.tracker->refused;
    links += report.tracker->connects;
    repeated += report.tracker->sent - report.tracker->answered;
    EXPECT_EQ(report.tracker->answered, report.tracker->records);
  }
  EXPECT_GT(accepted, 0U);
  EXPECT_GT(refused, 0U);
  EXPECT_GT(links, 20U);
  EXPECT_GT(repeated, 0U) << "no link ended before an answer";
  EXPECT_EQ(fleet.counts().acknowledged, 40U + accepted);
  expect_equal(fleet.reports(), server.stop());
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
