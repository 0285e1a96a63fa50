#include "server/tracking/follow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tracking/frames.hpp"

namespace tracking {
namespace {

using base::UtcTime;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::DeviceEvent;
using storage::DeviceEventKind;
using storage::Lasting;
using tests::Said;

const UtcTime t0 = *base::parse_iso8601("2026-11-21T10:00:00Z");

Report report_of(const std::vector<Said>& said, UtcTime received = t0 + hours{2}) {
  const base::Bytes payload = tests::payload(said);
  avl::Records records;
  EXPECT_TRUE(records.decode(avl::Codec::codec8e, payload));
  return take_apart(tests::imei(), avl::Codec::codec8e, records, received);
}

std::string text_of(const DeviceEvent& event) {
  const char* kind = event.kind == DeviceEventKind::sos            ? "sos"
                     : event.kind == DeviceEventKind::front_camera ? "front"
                                                                   : "rear";
  return std::string(kind) + " " + event.name + " @" +
         std::to_string(std::chrono::duration_cast<seconds>(event.at - t0).count());
}

class FollowTest : public testing::Test {
 protected:
  bool follow(const std::vector<Said>& said) {
    events_.clear();
    std::vector<DeviceEvent> events;
    const bool changed = tracking::follow(report_of(said), known_, events);
    known_.just_read = false;
    for (const DeviceEvent& each : events) events_.push_back(text_of(each));
    return changed;
  }
  // As another node, or this one after a restart, would go on.
  void read_again() { known_.just_read = true; }

  Known known_;
  std::vector<std::string> events_;
};

TEST_F(FollowTest, TheNewestRecordIsHowADeviceIs) {
  EXPECT_TRUE(follow({{.at = t0, .ignition = 0}, {.at = t0 + seconds{10}, .ignition = 1, .speed_kmh = 33}}));
  ASSERT_TRUE(known_.state);
  const storage::DeviceState& state = *known_.state;
  EXPECT_EQ(state.imei, tests::imei());
  EXPECT_EQ(state.recorded_at, t0 + seconds{10});
  EXPECT_EQ(state.received_at, t0 + hours{2});
  EXPECT_EQ(state.place->speed_kmh, 33U);
  EXPECT_DOUBLE_EQ(state.place->latitude, 54.687);
  EXPECT_EQ(state.place_at, t0 + seconds{10});
  EXPECT_EQ(state.ignition, (Lasting{1, t0 + seconds{10}}));
  EXPECT_FALSE(state.front_camera) << "it said nothing of it";
  EXPECT_TRUE(events_.empty()) << "ignition is no event";
}

TEST_F(FollowTest, WithoutAFixTheLastPlaceStays) {
  follow({{.at = t0, .speed_kmh = 7}});
  EXPECT_TRUE(follow({{.at = t0 + seconds{5}, .satellites = 0, .speed_kmh = 99}}));
  EXPECT_EQ(known_.state->recorded_at, t0 + seconds{5});
  EXPECT_EQ(known_.state->place->speed_kmh, 7U);
  EXPECT_EQ(known_.state->place_at, t0);
}

TEST_F(FollowTest, ACameraStateLastsSinceItsFirstRecord) {
  follow({{.at = t0, .front = 1, .rear = 0}, {.at = t0 + seconds{20}, .front = 1, .rear = 0}});
  EXPECT_THAT(events_, testing::ElementsAre("front no_card @0", "rear not_detected @0"));
  EXPECT_TRUE(follow({{.at = t0 + seconds{40}, .front = 1}, {.at = t0 + seconds{60}}}));
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(known_.state->front_camera, (Lasting{1, t0}));
  follow({{.at = t0 + seconds{80}, .front = 4}, {.at = t0 + seconds{100}, .front = 1}});
  EXPECT_THAT(events_, testing::ElementsAre("front card_faulty @80", "front no_card @100"));
  EXPECT_EQ(known_.state->front_camera, (Lasting{1, t0 + seconds{100}}));
  EXPECT_EQ(known_.state->rear_camera, (Lasting{0, t0}));
  follow({{.at = t0 + seconds{120}, .front = 77}});
  EXPECT_THAT(events_, testing::ElementsAre("front state_77 @120"));
}

TEST_F(FollowTest, RecordsOfAFrameCountByTheirTime) {
  follow({{.at = t0 + seconds{40}, .front = 1}, {.at = t0, .front = 0}, {.at = t0 + seconds{20}, .front = 0}});
  EXPECT_THAT(events_, testing::ElementsAre("front not_detected @0", "front no_card @40"));
  EXPECT_EQ(known_.state->recorded_at, t0 + seconds{40});
}

TEST_F(FollowTest, WhatComesLateChangesNothing) {
  follow({{.at = t0, .front = 1, .ignition = 1}});
  const auto before = known_.state;
  for (const bool anew : {false, true}) {
    if (anew) read_again();
    EXPECT_FALSE(follow({{.at = t0 - hours{1}, .front = 0, .ignition = 0, .speed_kmh = 99},
                         {.at = t0 - minutes{30}, .front = 2, .rear = 3}}));
    EXPECT_TRUE(events_.empty()) << anew;
    EXPECT_EQ(known_.state, before);
  }
}

TEST_F(FollowTest, AnSosIsAnEventHoweverLate) {
  follow({{.at = t0}});
  EXPECT_FALSE(follow({{.at = t0 - minutes{10}, .sos = 3}, {.at = t0 - minutes{9}, .sos = 0}}));
  EXPECT_THAT(events_, testing::ElementsAre("sos crash @-600", "sos server_request @-540"));
}

TEST_F(FollowTest, OnlyTheRecordThatASosCausedIsOne) {
  auto said = report_of({{.at = t0, .sos = 1}});
  EXPECT_EQ(said.observations[0].sos, 1U);
  const std::array records{avl::OutgoingRecord{.record = {.time = t0, .event_id = 239},
                                               .elements = {avl::element(avl::io::sos_trigger, 1, 1)}}};
  const base::Bytes payload = *avl::encode_records(avl::Codec::codec8e, records);
  avl::Records decoded;
  ASSERT_TRUE(decoded.decode(avl::Codec::codec8e, payload));
  EXPECT_FALSE(take_apart(tests::imei(), avl::Codec::codec8e, decoded, t0).observations[0].sos);
}

TEST_F(FollowTest, ASentAgainFrameIsNoNews) {
  const std::vector<Said> frame{{.at = t0, .front = 1}, {.at = t0 + seconds{20}, .front = 0}};
  follow(frame);
  const auto before = known_.state;
  EXPECT_FALSE(follow(frame));
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(known_.state, before);
}

TEST_F(FollowTest, EventsThatMayBeLostAreToldAgain) {
  follow({{.at = t0 - minutes{1}, .front = 1}});
  const std::vector<Said> frame{
      {.at = t0, .front = 2}, {.at = t0 + seconds{20}, .front = 1}, {.at = t0 + seconds{40}, .front = 0}};
  follow(frame);
  EXPECT_EQ(events_.size(), 3U);
  // Killed before they were added: the state is there, the frame was not answered, and comes again, with a new record.
  read_again();
  auto longer = frame;
  longer.push_back({.at = t0 + seconds{60}, .front = 1});
  EXPECT_TRUE(follow(longer));
  EXPECT_THAT(events_, testing::ElementsAre("front no_card @20", "front not_detected @40", "front no_card @60"))
      << "of the first nobody can tell whether it began there";
  // One record, with which the state that is known began.
  read_again();
  EXPECT_FALSE(follow({{.at = t0 + seconds{60}, .front = 1}}));
  EXPECT_THAT(events_, testing::ElementsAre("front no_card @60"));
  read_again();
  EXPECT_TRUE(follow({{.at = t0 + seconds{80}, .front = 1}}));
  EXPECT_TRUE(events_.empty()) << "it was so before";
}

TEST_F(FollowTest, ClocksThatAreWrongAreNotTheLatest) {
  follow({{.at = t0, .front = 1}});
  const auto before = known_.state;
  const UtcTime received = t0 + hours{2};
  EXPECT_FALSE(follow({{.at = received + furthest_ahead + seconds{1}, .front = 0}}));
  EXPECT_FALSE(follow({{.at = earliest_believed - seconds{1}, .front = 0}}));
  EXPECT_TRUE(events_.empty());
  EXPECT_EQ(known_.state, before);
  EXPECT_TRUE(follow({{.at = received + furthest_ahead, .front = 0}})) << "time zones";
  known_ = {};
  EXPECT_FALSE(follow({{.at = UtcTime{}, .sos = 3}}));
  EXPECT_FALSE(known_.state) << "nothing is known of it but that";
  EXPECT_EQ(events_.size(), 1U) << "a crash is one whatever the clock says";
}

TEST(ReportTest, PartsAreNoLongerThanTheyMayBe) {
  const auto report = report_of({{.at = t0},
                                 {.at = t0 + minutes{40}},
                                 {.at = t0 + minutes{60}},
                                 {.at = t0 + minutes{60} + std::chrono::milliseconds{1}},
                                 {.at = t0 + minutes{30}},
                                 {.at = t0 - hours{400}}});
  ASSERT_EQ(report.parts.size(), 3U);
  EXPECT_EQ(report.parts[0].count, 3U);
  EXPECT_EQ(report.parts[0].first_at, t0);
  EXPECT_EQ(report.parts[0].last_at, t0 + minutes{60});
  EXPECT_EQ(report.parts[1].count, 2U);
  EXPECT_EQ(report.parts[1].first_at, t0 + minutes{30});
  EXPECT_EQ(report.parts[2].count, 1U);
  std::vector<UtcTime> read;
  for (const storage::TrackRecords& part : report.parts) {
    EXPECT_EQ(part.codec, 0x8e);
    avl::Records records;
    ASSERT_TRUE(records.decode_stored(avl::Codec::codec8e, part.count, base::as_bytes(part.bytes)));
    for (const avl::Record& record : records.all()) read.push_back(record.time);
  }
  EXPECT_THAT(read,
              testing::ElementsAre(t0, t0 + minutes{40}, t0 + minutes{60},
                                   t0 + minutes{60} + std::chrono::milliseconds{1}, t0 + minutes{30}, t0 - hours{400}));
}

}  // namespace
}  // namespace tracking
