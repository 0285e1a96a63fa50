#include "server/relay/shogun/takes.hpp"

#include <gtest/gtest.h>

#include "server/relay/shogun/lead_time.hpp"
#include "tests/unit/relay/shogun/documents.hpp"

namespace shogun {
namespace {

using base::SteadyTime;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime t0{hours{1}};

Notification note(Kind kind, std::string name, std::string path = "D:/T") {
  return {.kind = kind, .name = std::move(name), .database_path = std::move(path)};
}

std::string words(const std::vector<TakeChange>& changes) {
  std::string text;
  for (const TakeChange& change : changes)
    text +=
        (text.empty() ? "" : ", ") + std::string(to_string(change.event)) + " " + std::to_string(change.take.number);
  return text;
}

TEST(Takes, StartStopAndCompleteAreOne) {
  Takes takes;
  EXPECT_EQ(words(takes.add(*test::read(test::start), t0)), "started 1");
  EXPECT_EQ(words(takes.add(*test::read(test::stop), t0 + seconds{20})), "stopped 1");
  const auto over = takes.add(*test::read(test::complete), t0 + seconds{50});
  ASSERT_EQ(words(over), "completed 1");
  const Take& take = over[0].take;
  EXPECT_EQ(take.name, "dance");
  EXPECT_EQ(take.notes, "first & last");
  EXPECT_EQ(take.started, t0 + milliseconds{33});
  EXPECT_EQ(take.stopped, t0 + seconds{20} + milliseconds{33});
  EXPECT_EQ(take.completed, t0 + seconds{50});
  EXPECT_EQ(take.result, Result::success);
  EXPECT_EQ(takes.under_way(), 0U);
  EXPECT_EQ(words(takes.add(*test::read(test::start), t0 + seconds{60})), "started 2");
}

TEST(Takes, ATimeCodeArmsAndDoesNotStart) {
  Takes takes;
  EXPECT_EQ(words(takes.add(*test::read(test::timecode_start), t0)), "armed 1");
  EXPECT_EQ(takes.takes()[0].started, std::nullopt);
  Notification edited = *test::read(test::timecode_start);
  edited.timecode = parse_timecode("1 0 0 0 0 0 0 4").value();
  EXPECT_EQ(words(takes.add(edited, t0 + seconds{1})), "armed_again 1");
  EXPECT_EQ(takes.takes()[0].start_code, edited.timecode);
  EXPECT_EQ(words(takes.add(*test::read(test::timecode_stop), t0 + seconds{2})), "armed_again 1");
  EXPECT_EQ(to_clock(takes.takes()[0].stop_code.value()), "00:46:27:15");
  EXPECT_EQ(words(takes.add(note(Kind::start, "slip"), t0 + seconds{9})), "started 1");
  EXPECT_EQ(takes.takes()[0].armed, t0 + seconds{2});
  EXPECT_EQ(takes.takes()[0].started, t0 + seconds{9});
}

TEST(Takes, ADurationIsKeptWhileRecording) {
  Takes takes;
  takes.add(note(Kind::start, "memorise"), t0);
  EXPECT_EQ(words(takes.add(*test::read(test::duration_stop), t0)), "armed_again 1");
  EXPECT_EQ(takes.takes()[0].planned->frames, 12867U);
  EXPECT_EQ(words(takes.add(note(Kind::stop, "memorise"), t0 + seconds{77})), "stopped 1");
}

TEST(Takes, AnArmedTakeMayBeStoppedWithoutAStartOnTheWire) {
  Takes takes;
  takes.add(*test::read(test::timecode_start), t0);
  EXPECT_EQ(words(takes.add(note(Kind::stop, "slip"), t0 + seconds{9})), "stopped 1");
}

TEST(Takes, AfterCancelNothingIsWaitedFor) {
  Takes takes;
  takes.add(note(Kind::start, "a"), t0);
  Notification cancel = note(Kind::stop, "a");
  cancel.result = Result::cancel;
  EXPECT_EQ(words(takes.add(cancel, t0)), "cancelled 1");
  EXPECT_EQ(takes.under_way(), 0U);
}

TEST(Takes, OrphansAreTold) {
  Takes takes;
  EXPECT_EQ(words(takes.add(note(Kind::complete, "a"), t0)), "orphan_complete 1");
  EXPECT_EQ(words(takes.add(note(Kind::stop, "b"), t0)), "orphan_stop 2");
  EXPECT_EQ(words(takes.add(note(Kind::complete, "b"), t0)), "completed 2");
  takes.add(note(Kind::start, "c"), t0);
  EXPECT_EQ(words(takes.add(note(Kind::complete, "c"), t0)), "completed_without_stop 3");
  Notification cancel = note(Kind::stop, "d");
  cancel.result = Result::cancel;
  EXPECT_EQ(words(takes.add(cancel, t0)), "orphan_stop 4, cancelled 4");
  EXPECT_EQ(takes.under_way(), 0U);
}

TEST(Takes, TheFolderTellsTakesApart) {
  Takes takes;
  takes.add(note(Kind::start, "a", "D:/1"), t0);
  takes.add(note(Kind::start, "a", "D:/2"), t0);
  EXPECT_EQ(words(takes.add(note(Kind::stop, "a", "D:/1"), t0)), "stopped 1");
  EXPECT_EQ(words(takes.add(note(Kind::stop, "a", "D:/3"), t0)), "orphan_stop 3");
  EXPECT_EQ(words(takes.add(note(Kind::stop, "a", "D:/2"), t0)), "stopped 2");
}

TEST(Takes, AStopThatTellsLessFitsTheNewest) {
  Takes takes;
  takes.add(note(Kind::start, "a"), t0);
  takes.add(note(Kind::start, "b"), t0);
  takes.add(note(Kind::start, "c"), t0);
  EXPECT_EQ(words(takes.add(note(Kind::stop, "b", ""), t0)), "stopped 2");
  EXPECT_EQ(words(takes.add(note(Kind::stop, "", ""), t0)), "stopped 3");
  EXPECT_EQ(words(takes.add(note(Kind::stop, "", ""), t0)), "stopped 1");
}

TEST(Takes, TheStageConfirmsWhatARemoteControlAskedFor) {
  Takes takes;
  takes.add(note(Kind::start, "a"), t0);
  EXPECT_EQ(words(takes.add(note(Kind::start, "a"), t0 + seconds{2})), "started_again 1");
  EXPECT_EQ(takes.takes()[0].started, t0);
  takes.add(note(Kind::stop, "a"), t0 + seconds{20});
  Notification confirmed = note(Kind::stop, "a");
  confirmed.result = Result::success;
  const auto again = takes.add(confirmed, t0 + seconds{21});
  EXPECT_EQ(words(again), "stopped_again 1");
  EXPECT_EQ(again[0].take.result, Result::success);
}

TEST(Takes, AnotherStartOfTheSameNameEndsTheTake) {
  Takes takes;
  takes.add(note(Kind::start, "a"), t0);
  EXPECT_EQ(words(takes.add(note(Kind::start, "a"), t0 + seconds{30})), "never_stopped 1, started 2");
  takes.add(note(Kind::stop, "a"), t0 + seconds{31});
  EXPECT_EQ(words(takes.add(note(Kind::start, "a"), t0 + seconds{32})), "never_completed 2, started 3");
  EXPECT_EQ(takes.under_way(), 1U);
}

TEST(Takes, ManusRenamesWithTheStop) {
  Takes takes({.stop_may_rename = true});
  takes.add(note(Kind::start, "a", ""), t0);
  const auto changes = takes.add(note(Kind::stop, "better", ""), t0);
  EXPECT_EQ(words(changes), "stopped 1");
  EXPECT_EQ(changes[0].take.name, "better");
  Takes strict;
  strict.add(note(Kind::start, "a", ""), t0);
  EXPECT_EQ(words(strict.add(note(Kind::stop, "better", ""), t0)), "orphan_stop 2");
}

TEST(Takes, WhatIsWaitedForInVainExpires) {
  const TakeLimits limits;
  Takes takes(limits);
  takes.add(note(Kind::start, "a"), t0);
  takes.add(*test::read(test::timecode_start), t0);
  takes.add(note(Kind::stop, "c"), t0);
  EXPECT_EQ(takes.next_expiry(), t0 + limits.recording);
  EXPECT_EQ(words(takes.expire(t0 + limits.recording - seconds{1})), "");
  EXPECT_EQ(words(takes.expire(t0 + limits.recording)), "never_stopped 1");
  EXPECT_EQ(words(takes.expire(t0 + limits.armed)), "never_started 2, never_completed 3");
  EXPECT_EQ(takes.next_expiry(), std::nullopt);
}

TEST(Takes, MemoryIsBounded) {
  Takes takes({.most = 3});
  for (int i = 0; i < 3; ++i) takes.add(note(Kind::start, std::to_string(i)), t0 + seconds{i});
  takes.add(note(Kind::start, "0"), t0 + seconds{5});  // news of the first
  EXPECT_EQ(words(takes.add(note(Kind::start, "3"), t0 + seconds{6})), "forgotten 2, started 4");
  for (int i = 0; i < 1000; ++i) takes.add(note(Kind::stop, "x" + std::to_string(i)), t0 + seconds{7});
  EXPECT_EQ(takes.under_way(), 3U);
}

TEST(Takes, KindsThatAreNoTakesChangeNothing) {
  Takes takes;
  for (const Kind kind : {Kind::name, Kind::identify, Kind::start_acknowledged, Kind::stop_acknowledged})
    EXPECT_EQ(words(takes.add(note(kind, "a"), t0)), "");
}

TEST(Takes, EventsThatEndATake) {
  int ending = 0;
  for (int number = 0; number < take_events; ++number) {
    EXPECT_FALSE(to_string(static_cast<TakeEvent>(number)).empty());
    ending += ends_take(static_cast<TakeEvent>(number)) ? 1 : 0;
  }
  EXPECT_EQ(ending, 8);
  EXPECT_FALSE(ends_take(TakeEvent::orphan_stop));
}

// ---- Lead time

TEST(LeadTime, AnEventIsTheDelayAfterItsDatagram) {
  EXPECT_EQ(event_time(t0, milliseconds{33}), t0 + milliseconds{33});
  EXPECT_EQ(event_time(t0, milliseconds{-20}), t0);
  EXPECT_EQ(fire_time(t0 + milliseconds{33}, milliseconds{10}), t0 + milliseconds{23});
  EXPECT_LT(fire_time(t0 + milliseconds{33}, milliseconds{50}), t0);
}

TEST(LeadTime, PassedOnLaterThereIsLessLeft) {
  const SteadyTime event = event_time(t0, milliseconds{33});
  EXPECT_EQ(remaining_delay(event, t0), milliseconds{33});
  EXPECT_EQ(remaining_delay(event, t0 + milliseconds{13}), milliseconds{20});
  EXPECT_EQ(remaining_delay(event, t0 + std::chrono::microseconds{400}), milliseconds{33});
  EXPECT_EQ(remaining_delay(event, t0 + milliseconds{33}), milliseconds{0});
  EXPECT_EQ(remaining_delay(event, t0 + seconds{5}), milliseconds{0});
}

}  // namespace
}  // namespace shogun
