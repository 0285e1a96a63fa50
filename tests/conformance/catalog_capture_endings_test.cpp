// Capture requests: how they end, by a file or by time, and are forgotten; the same on every catalog.
#include <map>

#include "tests/conformance/captures_fixture.hpp"

namespace tests {
namespace {

using base::Camera;
using storage::CaptureChannel;
using storage::CaptureQuery;
using storage::CaptureRequest;
using storage::CaptureState;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using enum CaptureState;

constexpr std::int64_t begin = -a_minute;  // of the video that is asked for

class CaptureEndings : public CaptureTest {
 protected:
  std::vector<base::Uuid> listed(const CaptureQuery& query) {
    std::vector<base::Uuid> found;
    for (const auto& each : must(captures().list_captures(query)).items) found.push_back(each.id);
    return found;
  }
};

// ---- The file

TEST_P(CaptureEndings, ProgressIsSeenAndGivesTime) {
  const auto request = sent(video_request(begin));
  ASSERT_EQ(begins(video_file(begin, 5)), request.parts[0].id);
  EXPECT_EQ(part(request).due_at, at(5) + patience_.file);
  ASSERT_TRUE(captures().capture_progress(request.parts[0].id, 250, patience_, at(9)));
  EXPECT_EQ(part(request).percent, 100U);
  EXPECT_EQ(part(request).due_at, at(9) + patience_.file);
  ASSERT_TRUE(captures().capture_interrupted(request.parts[0].id, "The connection broke.", patience_, at(10)));
  EXPECT_EQ(part(request).reason, "The connection broke.");
  ASSERT_TRUE(captures().camera_connected(device(), patience_, at(11)));
  EXPECT_EQ(part(request).reason, "");
  EXPECT_FALSE(begins(video_file(begin, 5, Camera::rear)));
}

TEST_P(CaptureEndings, EachCameraHasItsFile) {
  const auto request = sent(video_request(begin, {Camera::rear, Camera::front}));
  const auto front = video_file(begin, 5);
  EXPECT_EQ(store(front), request.id.str());
  EXPECT_EQ(state(request), connecting);
  EXPECT_EQ(part(request).due_at, at(5) + patience_.file);
  EXPECT_EQ(store(video_file(begin, 6)), "") << "it has that camera's file";
  const auto rear = video_file(begin, 7, Camera::rear);
  EXPECT_EQ(store(rear), request.id.str());
  EXPECT_EQ(state(request), stored);
  EXPECT_THAT(part(request).files,
              ElementsAre(storage::CaptureFile{Camera::rear, rear.id}, storage::CaptureFile{Camera::front, front.id}));
  EXPECT_EQ(must(catalog_->find_media(front.id))->request_id, request.id.str());
}

TEST_P(CaptureEndings, TheRequestIsAsItsPartsAre) {
  const auto request = sent(video_request(begin, {Camera::front}, device(), 3));
  const auto id = [&](std::size_t number) { return request.parts[number].id; };
  EXPECT_EQ(known(request).state, queued) << "the one that is furthest behind";
  ASSERT_TRUE(must(captures().capture_refused(id(0), "Busy", at(1))));
  take();
  ASSERT_TRUE(must(captures().capture_accepted(id(1), "Yes", patience_, at(2))));
  take();
  EXPECT_EQ(known(request).state, CaptureState::sent);
  ASSERT_TRUE(must(captures().capture_accepted(id(2), "Yes", patience_, at(2))));
  EXPECT_EQ(known(request).state, accepted);
  EXPECT_EQ(known(request).updated_at, at(2));
  EXPECT_EQ(store(video_file(begin + 20 * a_second, 30)), request.id.str());
  EXPECT_EQ(state(request, 2), stored);
  EXPECT_EQ(known(request).state, accepted);
  EXPECT_EQ(store(video_file(begin + 10 * a_second, 40)), request.id.str());
  EXPECT_EQ(known(request).state, refused) << "the first one that was not stored";
  EXPECT_EQ(known(request).reason, "Busy");
}

TEST_P(CaptureEndings, ACancelledRequestKeepsWhatComesAllTheSame) {
  const auto request = sent(video_request(begin, {Camera::front}, device(), 2));
  const auto answer = must(captures().cancel_capture(request.id, at(5)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->state, cancelled);
  EXPECT_EQ(answer->parts.at(1).state, cancelled);
  EXPECT_EQ(answer->reason, "It was cancelled.");
  const auto file = video_file(begin, 9);
  EXPECT_EQ(store(file), request.id.str());
  EXPECT_EQ(part(request).files.at(0).media_id, file.id);
  EXPECT_EQ(known(request).state, cancelled);
  EXPECT_EQ(store(video_file(begin + 10 * a_second, 9)), "") << "that part was never sent";
  EXPECT_FALSE(must(captures().cancel_capture(base::Uuid::v7(at(0)), at(5))));
}

// ---- Time

TEST_P(CaptureEndings, WhatIsOverdueIsTriedAgainAndGivenUp) {
  const auto request = add(video_request(begin));
  std::int64_t now = 0;
  for (std::uint32_t attempt = 1; attempt <= patience_.attempts; ++attempt) {
    ASSERT_THAT(take(now), SizeIs(1));
    if (attempt == 2) must(captures().capture_accepted(request.parts[0].id, "Yes", patience_, at(now)));
    EXPECT_EQ(settle(part(request).due_at->time_since_epoch().count() - at(0).time_since_epoch().count() - 1), 0U);
    now = part(request).due_at->time_since_epoch().count() - at(0).time_since_epoch().count();
    EXPECT_EQ(settle(now), 1U);
    if (attempt == patience_.attempts) break;
    EXPECT_EQ(state(request), queued);
    EXPECT_EQ(part(request).due_at, at(now) + patience_.rest);
    EXPECT_EQ(part(request).reason,
              attempt == 2 ? "The camera has not connected within 600 s." : "The device has not answered within 60 s.");
    now += patience_.rest.count();
  }
  EXPECT_EQ(state(request), failed);
  EXPECT_EQ(part(request).reason, "The device has not answered within 60 s. It was asked for 3 times.");
  EXPECT_EQ(settle(now), 0U);
}

TEST_P(CaptureEndings, PastTheDeadlineItIsExpiredWhateverItWaitsFor) {
  const auto request = sent(video_request(begin), 24 * an_hour - 1);
  EXPECT_EQ(settle(24 * an_hour - 1), 0U);
  EXPECT_EQ(settle(24 * an_hour), 1U);
  EXPECT_EQ(state(request), expired);
  EXPECT_EQ(known(request).reason, "The deadline passed before the device answered.");
  EXPECT_EQ(store(video_file(begin, 25 * an_hour)), request.id.str()) << "what is said is what is true";
  EXPECT_EQ(state(request), stored);
}

TEST_P(CaptureEndings, InSmallSteps) {
  for (std::uint64_t i = 0; i < 5; ++i) add(video_request(begin, {Camera::front}, device(i)));
  EXPECT_EQ(settle(24 * an_hour, 2), 2U);
  EXPECT_EQ(settle(24 * an_hour, 2), 2U);
  EXPECT_EQ(settle(24 * an_hour, 2), 1U);
  EXPECT_THAT(listed({.state = expired}), SizeIs(5));
  for (const auto& each : must(captures().list_captures({})).items)
    EXPECT_EQ(each.reason, "The deadline passed before the device could be asked.");
}

TEST_P(CaptureEndings, TheOpenOnesAreCounted) {
  EXPECT_THAT(must(captures().count_captures()), IsEmpty());
  add(video_request(begin, {Camera::front}, device(), 3));
  add(video_request(begin, {Camera::front}, device(1)));
  must(captures().cancel_capture(add(photo_request({Camera::front}, device(2))).id, at(1)));
  take();
  std::map<CaptureState, std::uint64_t> counted;
  for (const auto& each : must(captures().count_captures())) {
    counted[each.state] = each.parts;
    EXPECT_EQ(each.oldest, at(0));
  }
  EXPECT_EQ(counted, (std::map<CaptureState, std::uint64_t>{{queued, 2}, {CaptureState::sent, 2}}));
}

// ---- What it took

TEST_P(CaptureEndings, ARequestIsAnsweredByItsLastFileOnce) {
  auto request = video_request(begin, {Camera::front, Camera::rear}, device(), 2);
  request.channel = CaptureChannel::webhook;
  add(request);
  for (std::size_t part = 0; part < 2; ++part) {
    ASSERT_THAT(must(captures().take_captures(CaptureChannel::webhook, "n", 9, patience_, at(1))), SizeIs(1));
    must(captures().capture_accepted(request.parts[part].id, "Yes", patience_, at(2)));
  }
  EXPECT_FALSE(commit(photo()).answered) << "nobody asked for it";
  EXPECT_FALSE(commit(video_file(begin, 5)).answered);
  EXPECT_FALSE(commit(video_file(begin + 10 * a_second, 6)).answered);
  EXPECT_FALSE(commit(video_file(begin, 7, Camera::rear)).answered) << "one of its parts";
  const auto last = video_file(begin + 10 * a_second, 42 * a_second, Camera::rear);
  const auto answered = commit(last).answered;
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->channel, CaptureChannel::webhook);
  EXPECT_EQ(answered->kind, base::MediaKind::video);
  EXPECT_EQ(answered->created_at, at(0));
  EXPECT_EQ(answered->stored_at, at(42 * a_second));
  EXPECT_FALSE(commit(last).answered) << "the same once more";
}

TEST_P(CaptureEndings, WhatWasCancelledIsNotAnswered) {
  const auto request = sent(photo_request());
  must(captures().cancel_capture(request.id, at(1)));
  EXPECT_FALSE(commit(photo_file(2, 3)).answered);
}

// ---- Retention

// Of device `index`, made at `made` with an id of that time.
CaptureRequest made_at(std::int64_t made, std::uint64_t index = 0) {
  auto request = video_request(begin, {Camera::front, Camera::rear}, device(index), 2);
  request.id = base::Uuid::v7(at(made));
  request.created_at = at(made);
  for (auto& part : request.parts) part.request_id = request.id;
  return request;
}

TEST_P(CaptureEndings, WhatHasEndedIsForgottenTheOldestFirst) {
  std::vector<CaptureRequest> all;
  for (std::uint64_t i = 0; i < 5; ++i) {
    all.push_back(add(made_at(static_cast<std::int64_t>(i), i % 2)));
    must(captures().cancel_capture(all.back().id, at(10)));
  }
  EXPECT_EQ(must(captures().forget_captures(at(10), 9)), 0U) << "they ended then";
  EXPECT_EQ(must(captures().forget_captures(at(11), 2)), 2U);
  EXPECT_THAT(listed({}), ElementsAre(all[4].id, all[3].id, all[2].id));
  EXPECT_FALSE(must(captures().find_capture(all[0].id)));
  EXPECT_EQ(must(captures().forget_captures(at(11), 9)), 3U);
  EXPECT_THAT(listed({}), IsEmpty());
  EXPECT_EQ(must(captures().forget_captures(at(11), 9)), 0U);
  EXPECT_FALSE(must(captures().add_capture(all[0])).existed) << "with nothing left of it, of its parts or files";
}

TEST_P(CaptureEndings, WhatIsUnderWayIsNeverForgotten) {
  const auto open = add(made_at(0, 1));
  auto half = add(made_at(1, 2));
  take(2);
  must(captures().capture_refused(half.parts[0].id, "No", at(3)));
  EXPECT_EQ(must(captures().forget_captures(at(1000 * an_hour), 9)), 0U);
  EXPECT_EQ(state(half), refused);
  EXPECT_EQ(state(half, 1), queued);
  settle(24 * an_hour);
  EXPECT_EQ(must(captures().forget_captures(at(24 * an_hour), 9)), 0U) << "old, and ended just now";
  EXPECT_EQ(must(captures().forget_captures(at(24 * an_hour + 1), 9)), 2U);
}

TEST_P(CaptureEndings, TheFilesOfAForgottenRequestStay) {
  auto request = made_at(0);
  request.parts.pop_back();
  sent(request);
  const auto front = video_file(begin, 5), rear = video_file(begin, 6, Camera::rear);
  EXPECT_EQ(store(front), request.id.str());
  EXPECT_EQ(store(rear), request.id.str());
  ASSERT_EQ(state(request), stored);
  EXPECT_EQ(must(captures().forget_captures(at(an_hour), 9)), 1U);
  const auto file = must(catalog_->find_media(front.id));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->request_id, request.id.str());
  // Asked for once more, the file that is there becomes that one's.
  const auto again = add(made_at(an_hour));
  take(an_hour);
  EXPECT_EQ(store(video_file(begin, an_hour + 5)), again.id.str());
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CaptureEndings, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
