// Scripts of what happens between a request and its end, as far as trackers' links have to do with it.
#include "server/capture/tracker_desk.hpp"

#include "tests/unit/capture/desk_fixture.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using storage::CaptureState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using TrackerDeskTest = DeskFixture;

constexpr std::string_view refusal = "Invalid argument in camera request cmd!\r\n";

TEST_F(TrackerDeskTest, ACommandIsSentAndAccepted) {
  const auto id = add_video();
  round();
  const auto part = captures.part(id);
  EXPECT_THAT(sent, ElementsAre(tracker().str() + " " + part.command));
  EXPECT_EQ(part.state, CaptureState::sent);
  EXPECT_EQ(part.node, "here");
  say(acceptance(part) + "\r\n");
  round();
  EXPECT_EQ(state(id), CaptureState::accepted);
  EXPECT_EQ(captures.part(id).reply, acceptance(part)) << "tidied";
  EXPECT_EQ(answers("accepted"), 1);
  EXPECT_EQ(sample(registry, "dualcamd_capture_commands_total", {{"channel", "avl"}, {"outcome", "sent"}}), 1);
}

TEST_F(TrackerDeskTest, ATrackerWithoutALinkIsWaitedFor) {
  captures.unlink(tracker());
  const auto id = add_video();
  run(10min);
  EXPECT_THAT(sent, IsEmpty());
  EXPECT_EQ(captures.part(id).attempts, 0U);
  captures.link(tracker());
  round();
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(TrackerDeskTest, ARefusalIsTheEndInTheDevicesWords) {
  const auto id = add_video();
  round();
  say(refusal);
  round();
  EXPECT_EQ(state(id), CaptureState::refused);
  EXPECT_EQ(captures.part(id).reason, "Invalid argument in camera request cmd!");
  run(5min);
  EXPECT_THAT(sent, SizeIs(1)) << "and is not sent again";
}

TEST_F(TrackerDeskTest, SilenceIsTriedAgainAndThenFails) {
  const auto id = add_video();
  run(59s);
  EXPECT_THAT(sent, SizeIs(1));
  run(29s);
  EXPECT_THAT(sent, SizeIs(1)) << "it rests";
  run(5s);
  EXPECT_THAT(sent, SizeIs(2));
  run(5min);
  EXPECT_THAT(sent, SizeIs(3)) << "as often as patience says";
  EXPECT_EQ(state(id), CaptureState::failed);
}

TEST_F(TrackerDeskTest, ALateAnswerOfACommandThatIsQueuedAgainCounts) {
  const auto id = add_video();
  run(65s);
  ASSERT_EQ(state(id), CaptureState::queued);
  say(acceptance(captures.part(id)));
  round();
  EXPECT_EQ(state(id), CaptureState::accepted);
  run(5min);
  EXPECT_THAT(sent, SizeIs(1)) << "not sent twice without need";
}

TEST_F(TrackerDeskTest, AnAnswerInPiecesIsPutTogether) {
  const auto id = add_video();
  round();
  const std::string text = acceptance(captures.part(id));
  say(text.substr(0, 20));
  round();
  pass(2s);
  say(text.substr(20, 40));
  round();
  EXPECT_EQ(state(id), CaptureState::sent);
  pass(2s);
  say(text.substr(60));
  round();
  EXPECT_EQ(state(id), CaptureState::accepted);
}

TEST_F(TrackerDeskTest, PiecesOfDifferentTrackersAreNotMixed) {
  captures.link(tracker(1));
  const auto first = add_video(tracker(0));
  const auto second = add_video(tracker(1));
  round();
  const std::string text = acceptance(captures.part(first));
  say(text.substr(0, 30), tracker(0));
  say(text.substr(30), tracker(1));
  run(10s);
  EXPECT_EQ(state(first), CaptureState::sent);
  EXPECT_EQ(state(second), CaptureState::sent);
  EXPECT_EQ(answers("unknown"), 2);
}

TEST_F(TrackerDeskTest, AnswersToOthersCommandsAreLeftAlone) {
  const auto id = add_video();
  round();
  say("Request for photo from source 1 received");
  say("Request for video from source 2 received for 10 seconds since 2026-11-21 11:00:00");
  say("Request for video from source 1 received for 11 seconds since 2026-11-21 11:00:00");
  say("DI1:1 DI2:0 AIN1:0");
  run(10s);
  EXPECT_EQ(state(id), CaptureState::sent);
  EXPECT_EQ(answers("unmatched"), 3);
  EXPECT_EQ(answers("unknown"), 1);
}

TEST_F(TrackerDeskTest, SomethingElseInFrontOfAnAnswerDoesNotHideIt) {
  const auto id = add_video();
  round();
  say("DI1:1 DI2:0 AIN1:0\r\n");
  say(acceptance(captures.part(id)));
  round();
  EXPECT_EQ(state(id), CaptureState::accepted);
}

TEST_F(TrackerDeskTest, ADeviceMaySayItsLocalTime) {
  const auto id = add_video();
  round();
  say(acceptance(captures.part(id), 2h));
  round();
  EXPECT_EQ(state(id), CaptureState::accepted);
}

TEST_F(TrackerDeskTest, OfTwoPartsTheTimeTellsWhichOneIsMeant) {
  const auto id = add_video(tracker(), 40);  // two of 20 s
  run(65s);                                  // the first one was not answered, the second one is sent
  ASSERT_THAT(sent, SizeIs(2));
  ASSERT_EQ(state(id, 0), CaptureState::queued);
  ASSERT_EQ(state(id, 1), CaptureState::sent);
  say(acceptance(captures.part(id, 0), -5h));
  round();
  EXPECT_EQ(state(id, 0), CaptureState::accepted);
  EXPECT_EQ(state(id, 1), CaptureState::sent);
  say(acceptance(captures.part(id, 1), -5h));
  round();
  EXPECT_EQ(state(id, 1), CaptureState::accepted);
}

TEST_F(TrackerDeskTest, ARefusalIsOfTheCommandUnderWay) {
  const auto id = add_video(tracker(), 40);
  run(65s);
  ASSERT_EQ(state(id, 1), CaptureState::sent);
  say(refusal);
  round();
  EXPECT_EQ(state(id, 0), CaptureState::queued);
  EXPECT_EQ(state(id, 1), CaptureState::refused);
}

TEST_F(TrackerDeskTest, ALinkThatIsLostBeforeSendingCostsNoAttempt) {
  const auto id = add_video();
  links_hold = false;
  round();
  EXPECT_EQ(state(id), CaptureState::queued);
  EXPECT_EQ(captures.part(id).attempts, 0U);
  links_hold = true;
  round();
  EXPECT_THAT(sent, IsEmpty()) << "it rests a moment";
  run(TrackerDesk::link_rest + look);
  EXPECT_THAT(sent, SizeIs(1));
  EXPECT_EQ(captures.part(id).attempts, 1U);
}

TEST_F(TrackerDeskTest, WhileTheCatalogIsDownNothingIsLost) {
  const auto id = add_video();
  round();
  captures.set_down(true);
  say(acceptance(captures.part(id)));
  EXPECT_TRUE(round().resting);
  run(40s);
  captures.set_down(false);
  run(BackOff::longest);
  EXPECT_EQ(state(id), CaptureState::accepted) << "though its time for an answer is over: that is written first";
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(TrackerDeskTest, AGiveBackThatCouldNotBeWrittenIsWrittenLater) {
  const auto id = add_video();
  // The catalog goes away between taking and giving back.
  const Dispatcher::Send breaking = [this](const base::Imei&, std::string_view) {
    captures.set_down(true);
    return false;
  };
  TrackerDesk desk_that_breaks(options, captures, breaking, figures);
  EXPECT_TRUE(desk_that_breaks.round(utc, now).resting);
  EXPECT_EQ(state(id), CaptureState::sent);
  captures.set_down(false);
  captures.unlink(tracker());
  EXPECT_FALSE(desk_that_breaks.round(utc, now).resting);
  EXPECT_EQ(state(id), CaptureState::queued);
  EXPECT_EQ(captures.part(id).attempts, 0U);
}

TEST_F(TrackerDeskTest, ACatalogThatIsDownIsAskedLessAndLess) {
  captures.set_down(true);
  const unsigned before = captures.calls();
  run(10min);
  EXPECT_LT(captures.calls() - before, 30U);
  EXPECT_GT(captures.calls() - before, 15U);
}

TEST_F(TrackerDeskTest, AnswersThatAreKeptAreBounded) {
  captures.set_down(true);
  round();
  for (std::uint64_t n = 0; n < TrackerDesk::most_answers + 5; ++n)
    say("Request for photo from source 1 received", tracker(n));
  EXPECT_EQ(answers("dropped"), 5);
}

TEST_F(TrackerDeskTest, DevicesAreServedSideBySideEachWithOneCommandAtATime) {
  captures.link(tracker(1));
  const auto first = add_video(tracker(0), 10);
  const auto second = add_video(tracker(0), 12);
  const auto other = add_video(tracker(1), 10);
  round();
  EXPECT_EQ(state(first), CaptureState::sent);
  EXPECT_EQ(state(second), CaptureState::queued);
  EXPECT_EQ(state(other), CaptureState::sent);
  say(acceptance(captures.part(other)), tracker(1));
  say(acceptance(captures.part(first)), tracker(0));
  round();
  EXPECT_EQ(state(first), CaptureState::accepted);
  EXPECT_EQ(state(other), CaptureState::accepted);
  EXPECT_EQ(state(second), CaptureState::sent) << "in the same round: nothing waits for the next look";
}

TEST_F(TrackerDeskTest, ALargeFleetIsServedInBatches) {
  const std::size_t fleet = TrackerDesk::batch + 10;
  for (std::uint64_t n = 0; n < fleet; ++n) {
    captures.link(tracker(n));
    add_video(tracker(n));
  }
  EXPECT_EQ(round().at, now) << "there is more to do";
  EXPECT_THAT(sent, SizeIs(TrackerDesk::batch));
  EXPECT_GT(round().at, now);
  EXPECT_THAT(sent, SizeIs(fleet));
}

TEST_F(TrackerDeskTest, WhatIsCancelledIsNotSentAndItsAnswerChangesNothing) {
  captures.unlink(tracker());
  const auto early = add_video();
  ASSERT_TRUE(captures.cancel_capture(early, utc));
  captures.link(tracker());
  round();
  EXPECT_THAT(sent, IsEmpty());
  const auto late = add_video();
  round();
  const auto part = captures.part(late);
  ASSERT_TRUE(captures.cancel_capture(late, utc));
  say(acceptance(part));
  run(5min);
  EXPECT_EQ(state(late), CaptureState::cancelled);
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(TrackerDeskTest, ARequestWhoseDeadlinePassesExpires) {
  captures.unlink(tracker());
  deadline = 60s;
  const auto id = add_video();
  run(59s);
  EXPECT_EQ(state(id), CaptureState::queued);
  run(2s);
  EXPECT_EQ(state(id), CaptureState::expired);
}

TEST_F(TrackerDeskTest, AVideoThatIsNotOverYetIsWaitedFor) {
  Wish wish = video_wish(tracker(), 20);
  wish.from = utc - 5s;
  add(wish);
  run(14s);
  EXPECT_THAT(sent, IsEmpty());
  run(2s);
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(TrackerDeskTest, AfterKillMinusNineTheNextOneGoesOn) {
  const auto id = add_video();
  round();
  say(acceptance(captures.part(id)).substr(0, 20));
  restart();  // what it had heard is gone, what it had sent is not
  run(30s);
  EXPECT_THAT(sent, SizeIs(1)) << "not sent twice in haste";
  run(65s);
  EXPECT_THAT(sent, SizeIs(2));
  say(acceptance(captures.part(id)));
  round();
  EXPECT_EQ(state(id), CaptureState::accepted);
}

TEST_F(TrackerDeskTest, PartsAreCountedByState) {
  captures.link(tracker(1));
  add_video(tracker(0), 40);
  const auto other = add_video(tracker(1));
  round();
  say(acceptance(captures.part(other)), tracker(1));
  run(TrackerDesk::count_interval + look);
  const auto parts = [this](const std::string& name) {
    return sample(registry, "dualcamd_capture_parts", {{"state", name}});
  };
  EXPECT_EQ(parts("queued"), 1);
  EXPECT_EQ(parts("sent"), 1);
  EXPECT_EQ(parts("accepted"), 1);
  EXPECT_EQ(parts("transferring"), 0);
}

}  // namespace
}  // namespace capture
