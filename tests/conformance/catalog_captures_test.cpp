// Capture requests: what is asked, and what a catalog gives back of it; the same on every catalog.
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
using testing::SizeIs;
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

}  // namespace
}  // namespace tests
