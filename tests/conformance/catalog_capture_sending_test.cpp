// Capture requests: in which order they are sent, and what is answered; the same on every catalog.
#include "tests/conformance/captures_fixture.hpp"

namespace tests {
namespace {

using base::Camera;
using storage::CaptureChannel;
using storage::CaptureRequest;
using storage::CaptureState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;
using enum CaptureState;

constexpr std::int64_t begin = -a_minute;  // of the video that is asked for

class CaptureSending : public CaptureTest {
 protected:
  bool existed(const CaptureRequest& request) { return must(captures().add_capture(request)).existed; }
};

TEST_P(CaptureSending, WhatIsTakenIsSent) {
  add(video_request(begin));
  const auto taken = take(5);
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].state, CaptureState::sent);
  EXPECT_EQ(taken[0].attempts, 1U);
  EXPECT_EQ(taken[0].node, "n");
  EXPECT_EQ(taken[0].sent_at, at(5));
  EXPECT_EQ(taken[0].due_at, at(5) + patience_.reply);
  EXPECT_EQ(taken[0].command, "camreq");
  EXPECT_THAT(taken[0].files, ElementsAre(storage::CaptureFile{Camera::front, {}}));
  EXPECT_THAT(take(5), IsEmpty());
}

TEST_P(CaptureSending, OnlyToTrackersThatTheNodeHasALinkOf) {
  auto request = photo_request();
  EXPECT_FALSE(existed(request));
  EXPECT_THAT(take(), IsEmpty()) << "the tracker is not there";
  link(device(), "other");
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(take(0, 100, "other"), SizeIs(1));
}

TEST_P(CaptureSending, OneAtATimeForEachDeviceOldestFirst) {
  const auto request = add(video_request(begin, {Camera::front}, device(), 3));
  const auto others = add(photo_request({Camera::front}, device(1)));
  EXPECT_THAT(ids_of(take(0, 1)), SizeIs(1));
  EXPECT_THAT(ids_of(take()), SizeIs(1)) << "the other device's";
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(state(request, 0), CaptureState::sent);
  EXPECT_EQ(state(request, 1), queued);
  ASSERT_TRUE(must(captures().capture_accepted(request.parts[0].id, "Yes", patience_, at(1))));
  EXPECT_THAT(ids_of(take()), ElementsAre(request.parts[1].id)) << "videos are told apart by their times";
  ASSERT_TRUE(must(captures().capture_refused(request.parts[1].id, "No", at(1))));
  EXPECT_THAT(ids_of(take()), ElementsAre(request.parts[2].id));
  EXPECT_EQ(state(others), CaptureState::sent);
}

TEST_P(CaptureSending, NotBeforeItIsDueNorBehindItsDeadline) {
  auto request = video_request(begin);
  request.parts[0].due_at = at(a_minute);
  request.deadline = at(2 * a_minute);
  add(request);
  EXPECT_THAT(take(a_minute - 1), IsEmpty());
  EXPECT_THAT(take(2 * a_minute), IsEmpty());
  EXPECT_EQ(settle(a_minute), 0U) << "a time before which nothing is to be sent is not overdue";
  EXPECT_THAT(take(a_minute), SizeIs(1));
}

TEST_P(CaptureSending, TwoPhotosOfACameraWaitForEachOther) {
  const auto first = sent(photo_request());
  const auto same = add(photo_request());
  const auto both = add(photo_request({Camera::rear, Camera::front}));
  const auto rear = add(photo_request({Camera::rear}));
  ASSERT_TRUE(must(captures().capture_accepted(first.parts[0].id, "Yes", patience_, at(1))));
  EXPECT_THAT(ids_of(take()), ElementsAre(rear.parts[0].id));
  ASSERT_TRUE(must(captures().capture_accepted(rear.parts[0].id, "Yes", patience_, at(1))));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_EQ(store(photo_file(0, 1)), first.id.str());
  EXPECT_THAT(take(), SizeIs(1));
  EXPECT_EQ(state(same) == CaptureState::sent, state(both) != CaptureState::sent);
}

TEST_P(CaptureSending, APhotoThatIsAskedForAgainIsAheadOfOthers) {
  const auto first = sent(photo_request());
  const auto second = add(photo_request());
  auto elsewhere = photo_request();
  elsewhere.channel = CaptureChannel::sms;
  add(elsewhere);
  EXPECT_EQ(settle(a_minute), 1U);
  EXPECT_THAT(take(a_minute), IsEmpty()) << "it rests, and its photo may come yet";
  EXPECT_THAT(must(captures().take_captures(CaptureChannel::sms, "n", 9, patience_, at(a_minute))), SizeIs(1))
      << "which must not wait for a tracker that is not there";
  must(captures().capture_refused(elsewhere.parts[0].id, "No", at(a_minute)));
  EXPECT_THAT(ids_of(take(2 * a_minute)), ElementsAre(first.parts[0].id));
}

TEST_P(CaptureSending, OtherChannelsNeedNoLink) {
  auto request = video_request(begin);
  request.channel = CaptureChannel::webhook;
  EXPECT_FALSE(existed(request));
  link();
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(must(captures().take_captures(CaptureChannel::sms, "n", 9, patience_, at(0))), IsEmpty());
  const auto taken = must(captures().take_captures(CaptureChannel::webhook, "any", 9, patience_, at(0)));
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].request_id, request.id);
  EXPECT_EQ(taken[0].node, "any");
  add(photo_request());
  EXPECT_THAT(take(), IsEmpty()) << "one at a time, whatever the way";
}

TEST_P(CaptureSending, WhatCouldNotBeSentDoesNotCount) {
  const auto request = sent(video_request(begin), 5);
  ASSERT_TRUE(must(captures().give_back_capture(request.parts[0].id, "The link was lost.", 10s, at(6))));
  const auto back = part(request);
  EXPECT_EQ(back.state, queued);
  EXPECT_EQ(back.attempts, 0U);
  EXPECT_FALSE(back.sent_at);
  EXPECT_EQ(back.reason, "The link was lost.");
  EXPECT_EQ(back.due_at, at(6) + 10s);
  EXPECT_EQ(store(video_file(begin, 7)), "") << "the device has not heard of it";
  EXPECT_THAT(take(7), IsEmpty());
  EXPECT_THAT(take(10'006), SizeIs(1));
}

TEST_P(CaptureSending, WhatAnAnswerMayBelongTo) {
  using enum CaptureChannel;
  const auto again = sent(video_request(begin));
  settle(a_minute);
  const auto latest = add(video_request(begin - an_hour));
  ASSERT_THAT(take(a_minute), SizeIs(1)) << "the other one rests";
  const auto unsent = add(video_request(begin - 2 * an_hour));
  const auto waiting = must(captures().awaiting_reply(device(), avl));
  EXPECT_THAT(ids_of(waiting), ElementsAre(latest.parts[0].id, again.parts[0].id));
  EXPECT_THAT(waiting.at(0).files, SizeIs(1));
  EXPECT_THAT(must(captures().awaiting_reply(device(1), avl)), IsEmpty());
  EXPECT_EQ(state(unsent), queued);
}

TEST_P(CaptureSending, AnAnswerBelongsToACommandOfItsWay) {
  using enum CaptureChannel;
  auto by_sms = video_request(begin);
  by_sms.channel = sms;
  add(by_sms);
  ASSERT_THAT(must(captures().take_captures(sms, "n", 9, patience_, at(0))), SizeIs(1));
  EXPECT_THAT(must(captures().awaiting_reply(device(), avl)), IsEmpty());
  EXPECT_THAT(ids_of(must(captures().awaiting_reply(device(), sms))), ElementsAre(by_sms.parts[0].id));
  settle(a_minute);
  const auto by_link = add(video_request(begin - an_hour));
  ASSERT_THAT(take(a_minute), SizeIs(1));
  EXPECT_THAT(ids_of(must(captures().awaiting_reply(device(), avl))), ElementsAre(by_link.parts[0].id));
  EXPECT_THAT(ids_of(must(captures().awaiting_reply(device(), sms))), ElementsAre(by_sms.parts[0].id));
}

TEST_P(CaptureSending, WordsOfTheDeviceAreKept) {
  const auto accepted_one = sent(video_request(begin));
  ASSERT_TRUE(must(captures().capture_accepted(accepted_one.parts[0].id, "Photo request accepted", patience_, at(9))));
  auto now = part(accepted_one);
  EXPECT_EQ(now.reply, "Photo request accepted");
  EXPECT_EQ(now.replied_at, at(9));
  EXPECT_EQ(now.reason, "");
  EXPECT_EQ(now.due_at, at(9) + patience_.file);
  const auto refused_one = sent(video_request(begin - an_hour));
  ASSERT_TRUE(must(captures().capture_refused(refused_one.parts[0].id, "No such camera", at(9))));
  now = part(refused_one);
  EXPECT_EQ(now.reply, "No such camera");
  EXPECT_EQ(now.reason, "No such camera");
  EXPECT_FALSE(must(captures().capture_accepted(base::Uuid::v7(at(0)), "", patience_, at(9)))) << "no such part";
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CaptureSending, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
