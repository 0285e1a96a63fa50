// Capture requests: what is asked, in which order it is sent, and how it ends; the same on every catalog.
#include <map>

#include "tests/conformance/captures_fixture.hpp"

namespace tests {
namespace {

using base::Camera;
using storage::CaptureChannel;
using storage::CapturePart;
using storage::CaptureQuery;
using storage::CaptureRequest;
using storage::CaptureState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;
using enum CaptureState;

constexpr std::int64_t begin = -a_minute;  // of the video that is asked for

class CatalogCaptures : public CaptureTest {
 protected:
  std::vector<base::Uuid> listed(const CaptureQuery& query) {
    std::vector<base::Uuid> found;
    for (const auto& each : must(captures().list_captures(query)).items) found.push_back(each.id);
    return found;
  }
  bool existed(const CaptureRequest& request) { return must(captures().add_capture(request)).existed; }
};

// ---- Asking

TEST_P(CatalogCaptures, ARequestIsGivenBackAsItIs) {
  auto request = video_request(begin, {Camera::rear, Camera::front}, device(2), 2);
  request.channel = CaptureChannel::webhook;
  request.origin = "rule \"sos\"";
  request.event_id = base::Uuid::v7(at(3));
  request.parts[1].command = "camreq:0,1,1789999940,10";
  request.parts[1].due_at = at(7);
  add(request);
  const auto found = known(request);
  EXPECT_EQ(found.id, request.id);
  EXPECT_EQ(found.imei, request.imei);
  EXPECT_EQ(found.kind, request.kind);
  EXPECT_EQ(found.from, request.from);
  EXPECT_EQ(found.duration_s, 20U);
  EXPECT_EQ(found.channel, request.channel);
  EXPECT_EQ(found.origin, request.origin);
  EXPECT_EQ(found.event_id, request.event_id);
  EXPECT_EQ(found.created_at, request.created_at);
  EXPECT_EQ(found.deadline, request.deadline);
  EXPECT_EQ(found.state, queued);
  EXPECT_EQ(found.reason, "");
  EXPECT_EQ(found.updated_at, request.created_at);
  ASSERT_THAT(found.parts, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    const CapturePart& part = found.parts[i];
    EXPECT_EQ(part.id, request.parts[i].id);
    EXPECT_EQ(part.request_id, request.id);
    EXPECT_EQ(part.number, i);
    EXPECT_EQ(part.imei, request.imei);
    EXPECT_EQ(part.kind, request.kind);
    EXPECT_EQ(part.files, request.parts[i].files) << "in the order in which they were given";
    EXPECT_EQ(part.from, request.parts[i].from);
    EXPECT_EQ(part.duration_s, 10U);
    EXPECT_EQ(part.command, request.parts[i].command);
    EXPECT_EQ(part.due_at, request.parts[i].due_at);
    EXPECT_EQ(part.state, queued);
    EXPECT_EQ(part.attempts + part.percent, 0U);
    EXPECT_FALSE(part.sent_at || part.replied_at);
  }
  EXPECT_FALSE(must(captures().find_capture(base::Uuid::v7(at(0)))));
  EXPECT_TRUE(must(catalog_->find_device(device(2)))) << "one that never came";
}

TEST_P(CatalogCaptures, TheSameIdIsTheSameRequest) {
  const auto request = sent(photo_request());
  auto again = request;
  again.origin = "other";
  const auto added = must(captures().add_capture(again));
  EXPECT_TRUE(added.existed);
  EXPECT_EQ(added.request.origin, "api");
  EXPECT_EQ(added.request.parts.at(0).state, CaptureState::sent);
}

TEST_P(CatalogCaptures, TheSameVideosAreNotAskedForTwice) {
  const auto request = add(video_request(begin, {Camera::front, Camera::rear}));
  const auto added = must(captures().add_capture(video_request(begin, {Camera::rear, Camera::front})));
  EXPECT_TRUE(added.existed);
  EXPECT_EQ(added.request.id, request.id);
  EXPECT_FALSE(existed(video_request(begin, {Camera::front})));
  EXPECT_FALSE(existed(video_request(begin + 1, {Camera::front, Camera::rear})));
  EXPECT_FALSE(existed(video_request(begin, {Camera::front, Camera::rear}, device(), 2)));
  EXPECT_FALSE(existed(video_request(begin, {Camera::front, Camera::rear}, device(1))));
  EXPECT_FALSE(existed(photo_request()));
  EXPECT_FALSE(existed(photo_request())) << "a photo is of its moment";
}

TEST_P(CatalogCaptures, WhatWasNotStoredOrIsGoneIsAskedForAgain) {
  const auto request = sent(video_request(begin));
  EXPECT_TRUE(existed(video_request(begin)));
  const auto file = video_file(begin, 5);
  EXPECT_EQ(store(file), request.id.str());
  EXPECT_TRUE(existed(video_request(begin))) << "it is there";
  ASSERT_THAT(must(catalog_->keeping().delete_media(device(), std::vector{file.id}, "r", at(9))), SizeIs(1));
  EXPECT_EQ(state(request), stored);
  EXPECT_EQ(part(request).files.at(0).media_id, file.id) << "it stays named";
  const auto second = sent(video_request(begin));
  ASSERT_TRUE(must(captures().capture_refused(second.parts[0].id, "Busy", at(10))));
  EXPECT_FALSE(existed(video_request(begin)));
}

TEST_P(CatalogCaptures, WhatCannotBeIsRefused) {
  const auto refused = [&](auto spoil) {
    auto request = video_request(begin);
    spoil(request);
    const auto added = captures().add_capture(request);
    return !added && added.error().code == base::Errc::invalid;
  };
  EXPECT_FALSE(refused([](CaptureRequest&) {}));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts.clear(); }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts.resize(101, each.parts[0]); }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].files.clear(); }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].files.push_back(each.parts[0].files[0]); }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].files[0].camera = Camera::unknown; }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].from.reset(); }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].duration_s = 31; }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].imei = device(1); }));
  EXPECT_TRUE(refused([](CaptureRequest& each) { each.parts[0].request_id = each.parts[0].id; }));
}

TEST_P(CatalogCaptures, RequestsAreListedNewestFirst) {
  std::vector<base::Uuid> all;
  for (std::uint64_t i = 0; i < 5; ++i) {
    auto request = photo_request({Camera::front}, device(i % 2));
    request.id = base::Uuid::v7(at(static_cast<std::int64_t>(i)));
    request.parts[0].request_id = request.id;
    add(request);
    all.insert(all.begin(), request.id);
  }
  EXPECT_EQ(listed({}), all);
  EXPECT_THAT(listed({.imei = device(1)}), ElementsAre(all[1], all[3]));
  ASSERT_TRUE(must(captures().cancel_capture(all[1], at(9))));
  EXPECT_THAT(listed({.state = cancelled}), ElementsAre(all[1]));
  EXPECT_THAT(listed({.imei = device(1), .state = queued}), ElementsAre(all[3]));
  CaptureQuery query{.limit = 2};
  std::vector<base::Uuid> walked;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = must(captures().list_captures(query));
    for (const auto& each : page.items) {
      walked.push_back(each.id);
      EXPECT_THAT(each.parts, SizeIs(1));
      EXPECT_THAT(each.parts.at(0).files, SizeIs(1));
    }
    query.cursor = page.next_cursor;
  }
  EXPECT_EQ(walked, all);
  EXPECT_EQ(query.cursor, "");
  EXPECT_EQ(captures().list_captures({.cursor = "x"}).error().code, base::Errc::invalid);
  EXPECT_EQ(captures().list_captures({.limit = 501}).error().code, base::Errc::invalid);
}

// ---- Every step from every state

class CaptureSteps : public CaptureTest {
 protected:
  enum class From : std::uint8_t {
    first,
    again,
    sent,
    accepted,
    connecting,
    transferring,
    stored,
    refused,
    expired,
    failed,
    cancelled
  };
  static constexpr std::int64_t later = 2 * an_hour;  // all that is waited for is overdue, the deadline is not

  static storage::Media file(const CaptureRequest& request, std::int64_t received = later) {
    return video_file(begin, received, Camera::front, request.imei);
  }

  static void must_do(const base::Result<>& done) { ASSERT_TRUE(done) << done.error().message; }

  CaptureRequest reach(From from, base::Imei imei) {
    auto request = add(video_request(begin, {Camera::front}, imei));
    const base::Uuid id = request.parts[0].id;
    if (from == From::first) return request;
    take();
    if (from == From::sent) return request;
    if (from == From::again) settle(an_hour);
    if (from == From::refused) must(captures().capture_refused(id, "No", at(1)));
    if (from == From::expired) settle(24 * an_hour);
    if (from == From::failed) must(captures().settle_captures({.attempts = 1}, at(an_hour), 10));
    if (from == From::cancelled) must(captures().cancel_capture(request.id, at(1)));
    if (from > From::stored || from == From::again) return request;
    must(captures().capture_accepted(id, "Yes", patience_, at(1)));
    if (from >= From::connecting) must_do(captures().camera_connected(imei, patience_, at(2)));
    if (from >= From::transferring) begins(file(request, 3));
    if (from == From::stored) store(file(request, 4));
    return request;
  }
};

TEST_P(CaptureSteps, FromEveryState) {
  struct Row {
    From from;
    CaptureState is, take, give_back, accept, refuse, cancel, connect, begin, progress, interrupt, store, overdue, late;
  };
  constexpr CaptureState asked = CaptureState::sent, moving = transferring, linked = connecting, dropped = cancelled;
  const std::vector<Row> rows{
      // clang-format off
      //                   is        take      give_back accept    refuse    cancel    connect   begin     progress  interrupt store     overdue   late
      {From::first,        queued,   asked,    queued,   queued,   queued,   dropped,  queued,   queued,   queued,   queued,   queued,   queued,   expired},
      {From::again,        queued,   asked,    queued,   accepted, refused,  dropped,  queued,   moving,   queued,   queued,   stored,   queued,   expired},
      {From::sent,         asked,    asked,    queued,   accepted, refused,  dropped,  asked,    moving,   asked,    asked,    stored,   queued,   expired},
      {From::accepted,     accepted, accepted, accepted, accepted, accepted, dropped,  linked,   moving,   accepted, accepted, stored,   queued,   expired},
      {From::connecting,   linked,   linked,   linked,   linked,   linked,   dropped,  linked,   moving,   linked,   linked,   stored,   queued,   expired},
      {From::transferring, moving,   moving,   moving,   moving,   moving,   dropped,  moving,   moving,   moving,   accepted, stored,   queued,   expired},
      {From::stored,       stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored,   stored},
      {From::refused,      refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused,  refused},
      {From::expired,      expired,  expired,  expired,  expired,  expired,  expired,  expired,  expired,  expired,  expired,  stored,   expired,  expired},
      {From::failed,       failed,   failed,   failed,   failed,   failed,   failed,   failed,   failed,   failed,   failed,   stored,   failed,   failed},
      {From::cancelled,    dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped,  dropped},
      // clang-format on
  };
  // What a call says of itself: whether it has changed anything. Some do not say.
  using Call = std::function<std::optional<bool>(const CaptureRequest&)>;
  const auto id = [](const CaptureRequest& request) { return request.parts[0].id; };
  const std::vector<std::tuple<std::string, CaptureState Row::*, Call>> calls{
      {"take", &Row::take, [&](const auto&) { return !take(later).empty(); }},
      {"give back", &Row::give_back,
       [&](const auto& of) { return must(captures().give_back_capture(id(of), "r", 1min, at(later))); }},
      {"accept", &Row::accept,
       [&](const auto& of) { return must(captures().capture_accepted(id(of), "Yes", patience_, at(later))); }},
      {"refuse", &Row::refuse,
       [&](const auto& of) { return must(captures().capture_refused(id(of), "No", at(later))); }},
      {"cancel", &Row::cancel,
       [&](const auto& of) {
         EXPECT_TRUE(must(captures().cancel_capture(of.id, at(later))));
         return std::nullopt;
       }},
      {"connect", &Row::connect,
       [&](const auto& of) {
         EXPECT_TRUE(captures().camera_connected(of.imei, patience_, at(later)));
         return std::nullopt;
       }},
      {"begin", &Row::begin,
       [&](const auto& of) {
         begins(file(of));
         return std::nullopt;
       }},
      {"progress", &Row::progress,
       [&](const auto& of) {
         EXPECT_TRUE(captures().capture_progress(id(of), 50, patience_, at(later)));
         return std::nullopt;
       }},
      {"interrupt", &Row::interrupt,
       [&](const auto& of) {
         EXPECT_TRUE(captures().capture_interrupted(id(of), "It broke off.", patience_, at(later)));
         return std::nullopt;
       }},
      {"store", &Row::store,
       [&](const auto& of) {
         store(file(of));
         return std::nullopt;
       }},
      {"overdue", &Row::overdue, [&](const auto&) { return settle(later) != 0; }},
      {"late", &Row::late, [&](const auto&) { return settle(24 * an_hour) != 0; }},
  };
  std::uint64_t devices = 0;
  for (const Row& row : rows)
    for (const auto& [name, column, call] : calls) {
      SCOPED_TRACE(testing::Message() << name << " from row " << static_cast<int>(row.from));
      const auto request = reach(row.from, device(++devices));
      ASSERT_EQ(state(request), row.is);
      const CaptureState wanted = row.*column;
      EXPECT_EQ(call(request).value_or(wanted != row.is), wanted != row.is);
      const auto now = part(request);
      EXPECT_EQ(now.state, wanted);
      EXPECT_EQ(known(request).state, wanted) << "a request of one part is as its part is";
      EXPECT_EQ(known(request).reason, now.reason);
      const bool waits = !is_final(wanted) && (row.from != From::first || wanted == CaptureState::sent);
      EXPECT_EQ(now.due_at.has_value(), waits);
      EXPECT_EQ(now.percent, name == "progress" && wanted == transferring ? 50U : 0U);
      if (wanted == stored) {
        EXPECT_EQ(now.reason, "");
        EXPECT_FALSE(now.files.at(0).media_id.is_nil());
      }
      must(captures().cancel_capture(request.id, at(later)));  // out of the way of the next one
    }
}

// ---- Sending

TEST_P(CatalogCaptures, WhatIsTakenIsSent) {
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

TEST_P(CatalogCaptures, OnlyToTrackersThatTheNodeHasALinkOf) {
  auto request = photo_request();
  EXPECT_FALSE(existed(request));
  EXPECT_THAT(take(), IsEmpty()) << "the tracker is not there";
  link(device(), "other");
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(take(0, 100, "other"), SizeIs(1));
}

TEST_P(CatalogCaptures, OneAtATimeForEachDeviceOldestFirst) {
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

TEST_P(CatalogCaptures, NotBeforeItIsDueNorBehindItsDeadline) {
  auto request = video_request(begin);
  request.parts[0].due_at = at(a_minute);
  request.deadline = at(2 * a_minute);
  add(request);
  EXPECT_THAT(take(a_minute - 1), IsEmpty());
  EXPECT_THAT(take(2 * a_minute), IsEmpty());
  EXPECT_EQ(settle(a_minute), 0U) << "a time before which nothing is to be sent is not overdue";
  EXPECT_THAT(take(a_minute), SizeIs(1));
}

TEST_P(CatalogCaptures, TwoPhotosOfACameraWaitForEachOther) {
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

TEST_P(CatalogCaptures, APhotoThatIsAskedForAgainIsAheadOfOthers) {
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

TEST_P(CatalogCaptures, OtherChannelsNeedNoLink) {
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

TEST_P(CatalogCaptures, WhatCouldNotBeSentDoesNotCount) {
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

TEST_P(CatalogCaptures, WhatAnAnswerMayBelongTo) {
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

TEST_P(CatalogCaptures, AnAnswerBelongsToACommandOfItsWay) {
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

TEST_P(CatalogCaptures, WordsOfTheDeviceAreKept) {
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

// ---- The file

TEST_P(CatalogCaptures, ProgressIsSeenAndGivesTime) {
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

TEST_P(CatalogCaptures, EachCameraHasItsFile) {
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

TEST_P(CatalogCaptures, TheRequestIsAsItsPartsAre) {
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

TEST_P(CatalogCaptures, ACancelledRequestKeepsWhatComesAllTheSame) {
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

TEST_P(CatalogCaptures, WhatIsOverdueIsTriedAgainAndGivenUp) {
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

TEST_P(CatalogCaptures, PastTheDeadlineItIsExpiredWhateverItWaitsFor) {
  const auto request = sent(video_request(begin), 24 * an_hour - 1);
  EXPECT_EQ(settle(24 * an_hour - 1), 0U);
  EXPECT_EQ(settle(24 * an_hour), 1U);
  EXPECT_EQ(state(request), expired);
  EXPECT_EQ(known(request).reason, "The deadline passed before the device answered.");
  EXPECT_EQ(store(video_file(begin, 25 * an_hour)), request.id.str()) << "what is said is what is true";
  EXPECT_EQ(state(request), stored);
}

TEST_P(CatalogCaptures, InSmallSteps) {
  for (std::uint64_t i = 0; i < 5; ++i) add(video_request(begin, {Camera::front}, device(i)));
  EXPECT_EQ(settle(24 * an_hour, 2), 2U);
  EXPECT_EQ(settle(24 * an_hour, 2), 2U);
  EXPECT_EQ(settle(24 * an_hour, 2), 1U);
  EXPECT_THAT(listed({.state = expired}), SizeIs(5));
  for (const auto& each : must(captures().list_captures({})).items)
    EXPECT_EQ(each.reason, "The deadline passed before the device could be asked.");
}

TEST_P(CatalogCaptures, TheOpenOnesAreCounted) {
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

TEST_P(CatalogCaptures, ARequestIsAnsweredByItsLastFileOnce) {
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

TEST_P(CatalogCaptures, WhatWasCancelledIsNotAnswered) {
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

TEST_P(CatalogCaptures, WhatHasEndedIsForgottenTheOldestFirst) {
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

TEST_P(CatalogCaptures, WhatIsUnderWayIsNeverForgotten) {
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

TEST_P(CatalogCaptures, TheFilesOfAForgottenRequestStay) {
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

TEST_P(CatalogCaptures, ADeviceHasAProfile) {
  EXPECT_EQ(must(captures().capture_profile(device())), "");
  ASSERT_TRUE(captures().set_capture_profile(device(), "icam:2"));
  EXPECT_EQ(must(captures().capture_profile(device())), "icam:2");
  ASSERT_TRUE(captures().set_capture_profile(device(), ""));
  EXPECT_EQ(must(captures().capture_profile(device())), "");
}

TEST(CaptureNames, AreReadAgain) {
  for (const auto state :
       {queued, CaptureState::sent, accepted, connecting, transferring, stored, refused, expired, failed, cancelled})
    EXPECT_EQ(storage::parse_capture_state(to_string(state)), state);
  for (const auto channel : {CaptureChannel::avl, CaptureChannel::webhook, CaptureChannel::sms})
    EXPECT_EQ(storage::parse_capture_channel(to_string(channel)), channel);
  EXPECT_FALSE(storage::parse_capture_state("unknown"));
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogCaptures, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });
INSTANTIATE_TEST_SUITE_P(Catalogs, CaptureSteps, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
