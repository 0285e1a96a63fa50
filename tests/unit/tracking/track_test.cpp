#include "server/tracking/track.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/tracking/report.hpp"
#include "tests/unit/tracking/frames.hpp"
#include "tests/unit/tracking/memory_tracking_catalog.hpp"

namespace tracking {
namespace {

using base::UtcTime;
using std::chrono::minutes;
using std::chrono::seconds;
using tests::Said;

const UtcTime t0 = *base::parse_iso8601("2026-11-21T10:00:00Z");

class TracksTest : public testing::Test {
 protected:
  void put(const std::vector<Said>& said, const base::Imei& imei = tests::imei()) {
    const base::Bytes payload = tests::payload(said);
    avl::Records records;
    ASSERT_TRUE(records.decode(avl::Codec::codec8e, payload));
    for (const auto& part : take_apart(imei, avl::Codec::codec8e, records, t0).parts) catalog_.put_records(part);
  }
  std::vector<std::int64_t> seconds_of(const base::Result<Track>& track) {
    std::vector<std::int64_t> all;
    if (!track) return {-1};
    for (const TrackPoint& point : track->points)
      all.push_back(std::chrono::duration_cast<seconds>(point.at - t0).count());
    return all;
  }

  tests::MemoryTrackingCatalog catalog_;
  Tracks tracks_{catalog_};
};

TEST_F(TracksTest, PointsByTimeEachOnce) {
  put({{.at = t0 + seconds{20}}, {.at = t0 + seconds{30}}});
  put({{.at = t0}, {.at = t0 + seconds{10}, .ignition = 1, .event_id = 239}, {.at = t0 + seconds{20}}});
  put({{.at = t0 + seconds{5}}}, tests::imei(1));
  const auto track = tracks_.between(tests::imei(), t0, t0 + minutes{1}, 100);
  EXPECT_THAT(seconds_of(track), testing::ElementsAre(0, 10, 20, 30)) << "a batch that came twice overlaps";
  EXPECT_TRUE(track->complete);
  EXPECT_EQ(track->points[1].event_id, 239);
  EXPECT_EQ(track->points[1].ignition, true);
  EXPECT_FALSE(track->points[0].ignition);
  EXPECT_DOUBLE_EQ(track->points[0].place->latitude, 54.687);
}

TEST_F(TracksTest, TheBatteryIsSaidWhereTheTrackerSaysOneThatCanBe) {
  put({{.at = t0}, {.at = t0 + seconds{1}, .battery = 100}, {.at = t0 + seconds{2}, .battery = 101}});
  const auto track = tracks_.between(tests::imei(), t0, t0 + minutes{1}, 100);
  ASSERT_EQ(track->points.size(), 3U);
  EXPECT_EQ(track->points[0].battery, std::nullopt);
  EXPECT_EQ(track->points[1].battery, 100);
  EXPECT_EQ(track->points[2].battery, std::nullopt);
}

TEST_F(TracksTest, TwoRecordsOfOneTimeAreTwo) {
  put({{.at = t0, .speed_kmh = 1}, {.at = t0, .speed_kmh = 2}});
  EXPECT_THAT(seconds_of(tracks_.between(tests::imei(), t0, t0 + seconds{1}, 100)), testing::ElementsAre(0, 0));
}

TEST_F(TracksTest, FromIsPartOfItAndToIsNot) {
  put({{.at = t0 - seconds{1}}, {.at = t0}, {.at = t0 + seconds{9}}, {.at = t0 + seconds{10}}});
  EXPECT_THAT(seconds_of(tracks_.between(tests::imei(), t0, t0 + seconds{10}, 100)), testing::ElementsAre(0, 9));
  EXPECT_TRUE(tracks_.between(tests::imei(), t0, t0, 100)->points.empty());
  EXPECT_EQ(catalog_.called("track_records"), 1U);
}

TEST_F(TracksTest, WhoeverGoesOnBehindTheLastPointMissesNothing) {
  for (int n = 0; n < 5; ++n) put({{.at = t0 + seconds{n}, .speed_kmh = 1}, {.at = t0 + seconds{n}, .speed_kmh = 2}});
  std::vector<std::int64_t> all;
  UtcTime from = t0;
  for (int page = 0; page < 20; ++page) {
    const auto track = tracks_.between(tests::imei(), from, t0 + minutes{1}, 3);
    for (const auto second : seconds_of(track)) all.push_back(second);
    if (track->complete) break;
    EXPECT_EQ(track->points.size(), 2U);
    from = track->points.back().at + std::chrono::milliseconds{1};
  }
  EXPECT_THAT(all, testing::ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4));
}

TEST_F(TracksTest, MoreBatchesThanAreReadAtOnce) {
  // Each batch reaches over those behind it: the earliest points are in batches that end late.
  constexpr int count = 1500;
  for (int n = 0; n < count; ++n) put({{.at = t0 + seconds{n}}, {.at = t0 + seconds{n} + minutes{50}}});
  const auto some = tracks_.between(tests::imei(), t0, t0 + std::chrono::hours{9}, 200);
  ASSERT_EQ(some->points.size(), 200U);
  EXPECT_FALSE(some->complete);
  for (std::size_t n = 0; n < some->points.size(); ++n) EXPECT_EQ(some->points[n].at, t0 + seconds{n});
  const auto all = tracks_.between(tests::imei(), t0, t0 + std::chrono::hours{9}, 10'000);
  EXPECT_EQ(all->points.size(), std::size_t{2 * count});
  EXPECT_TRUE(all->complete);
  EXPECT_TRUE(std::ranges::is_sorted(all->points, {}, &TrackPoint::at));
}

TEST_F(TracksTest, WhatIsNoRecordIsSaid) {
  catalog_.put_records({.imei = tests::imei(), .first_at = t0, .last_at = t0, .count = 1, .bytes = "no record"});
  const auto track = tracks_.between(tests::imei(), t0, t0 + seconds{1}, 100);
  ASSERT_FALSE(track);
  EXPECT_EQ(track.error().code, base::Errc::corrupt);
  EXPECT_THAT(track.error().message, testing::StartsWith("Stored records of " + tests::imei().str() +
                                                         " from 2026-11-21T10:00:00.000Z cannot be read: "));
  catalog_.fail("track_records");
  EXPECT_EQ(tracks_.between(tests::imei(), t0, t0 + seconds{1}, 1).error().code, base::Errc::unavailable);
}

TEST_F(TracksTest, APlaceOnTheWay) {
  put({{.at = t0, .latitude_e7 = 500'000'000, .longitude_e7 = 100'000'000, .speed_kmh = 40},
       {.at = t0 + seconds{50}, .satellites = 0},
       {.at = t0 + seconds{100}, .latitude_e7 = 510'000'000, .longitude_e7 = 120'000'000, .speed_kmh = 80}});
  const auto place = tracks_.place_at(tests::imei(), t0 + seconds{25});
  ASSERT_TRUE(place && *place);
  EXPECT_NEAR((*place)->latitude, 50.25, 1e-9);
  EXPECT_NEAR((*place)->longitude, 10.5, 1e-9);
  EXPECT_EQ((*place)->speed_kmh, 50U);
  EXPECT_NEAR((*tracks_.place_at(tests::imei(), t0))->latitude, 50, 1e-9);
  EXPECT_NEAR((*tracks_.place_at(tests::imei(), t0 + seconds{100}))->latitude, 51, 1e-9);
}

TEST_F(TracksTest, AcrossTheDateLineTheShortWay) {
  put({{.at = t0, .longitude_e7 = 1'799'000'000}, {.at = t0 + seconds{100}, .longitude_e7 = -1'797'000'000}});
  EXPECT_NEAR((*tracks_.place_at(tests::imei(), t0 + seconds{25}))->longitude, 180, 1e-9);
  EXPECT_NEAR((*tracks_.place_at(tests::imei(), t0 + seconds{75}))->longitude, -179.8, 1e-9);
}

TEST_F(TracksTest, AFixIsNearOrNone) {
  put({{.at = t0, .latitude_e7 = 500'000'000}});
  for (const auto away : {nearest_fix_within, -nearest_fix_within})
    EXPECT_NEAR((*tracks_.place_at(tests::imei(), t0 + away)).value().latitude, 50, 1e-9);
  for (const auto away :
       {nearest_fix_within + std::chrono::milliseconds{1}, -nearest_fix_within - std::chrono::milliseconds{1}})
    EXPECT_FALSE(*tracks_.place_at(tests::imei(), t0 + away));
}

}  // namespace
}  // namespace tracking
