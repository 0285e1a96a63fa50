// What is wished becomes commands: none longer than a device can, none missing, and what cannot be is said.
#include "server/capture/wish.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace capture {
namespace {

using base::Camera;
using base::MediaKind;
using std::chrono::seconds;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const base::Imei imei = base::Imei::from_number(356307042441013).value();
const base::UtcTime now = base::parse_iso8601("2026-11-21T12:00:00Z").value();
const base::UtcTime begin = now - 1h;
const std::int64_t begin_s = std::chrono::floor<seconds>(begin).time_since_epoch().count();

Wish video(std::uint32_t duration_s) {
  return {.imei = imei, .front = true, .from = begin, .duration_s = duration_s, .origin = "test"};
}
Wish photo() {
  return {.imei = imei, .kind = MediaKind::photo, .front = true, .origin = "test"};
}

storage::CaptureRequest planned(const Wish& wish, const Profile& profile = {}) {
  const auto request = plan(wish, profile, base::Uuid::v7(now), now);
  EXPECT_TRUE(request) << request.error().message;
  return request.value_or(storage::CaptureRequest{.imei = imei});
}

std::vector<std::string> commands(const Wish& wish, const Profile& profile = {}) {
  std::vector<std::string> all;
  for (const auto& part : planned(wish, profile).parts) all.push_back(part.command);
  return all;
}

std::string refusal(const Wish& wish, const Profile& profile = {}) {
  const auto request = plan(wish, profile, base::Uuid::v7(now), now);
  EXPECT_FALSE(request);
  if (request) return "it is planned";
  EXPECT_EQ(request.error().code, base::Errc::invalid);
  EXPECT_TRUE(request.error().message.ends_with('.')) << request.error().message;
  return request.error().message;
}

std::vector<std::uint32_t> lengths(std::uint32_t duration_s) {
  std::vector<std::uint32_t> all;
  for (const auto& part : planned(video(duration_s)).parts) all.push_back(part.duration_s);
  return all;
}

TEST(Wish, IsSplitEvenlyWithoutAStump) {
  EXPECT_THAT(lengths(1), ElementsAre(1));
  EXPECT_THAT(lengths(30), ElementsAre(30));
  EXPECT_THAT(lengths(31), ElementsAre(16, 15));
  EXPECT_THAT(lengths(61), ElementsAre(21, 20, 20));
  EXPECT_THAT(lengths(90), ElementsAre(30, 30, 30));
}

TEST(Wish, EveryLengthIsCoveredWithoutGapAndOverlap) {
  for (std::uint32_t length = 1; length <= longest_wish_s; ++length) {
    base::UtcTime at = begin;
    const auto request = planned(video(length));
    for (const auto& part : request.parts) {
      ASSERT_EQ(part.from, at) << length;
      ASSERT_TRUE(part.duration_s >= 1 && part.duration_s <= avl::longest_clip_s) << length;
      at += seconds(part.duration_s);
    }
    ASSERT_EQ(at, begin + seconds(length));
    ASSERT_EQ(request.duration_s, length);
    ASSERT_EQ(request.parts.size(), (length + 29) / 30) << "as few commands as possible";
  }
}

TEST(Wish, PartsAreNumberedAndKnowTheirRequest) {
  const auto request = planned(video(61));
  EXPECT_EQ(request.from, begin);
  EXPECT_EQ(request.created_at, now);
  EXPECT_EQ(request.deadline, now + 24h);
  EXPECT_EQ(request.state, storage::CaptureState::queued);
  for (std::uint32_t n = 0; n < 3; ++n) {
    EXPECT_EQ(request.parts[n].number, n);
    EXPECT_EQ(request.parts[n].request_id, request.id);
    EXPECT_EQ(request.parts[n].imei, imei);
    EXPECT_FALSE(request.parts[n].due_at) << "all of it is in the past";
  }
  EXPECT_NE(request.parts[0].id, request.parts[1].id);
}

TEST(Wish, FrontAndRearAreOneCommandWithTwoFiles) {
  Wish wish = video(10);
  wish.rear = true;
  const auto request = planned(wish);
  ASSERT_EQ(request.parts.size(), 1U);
  EXPECT_EQ(request.parts[0].command, fmt::format("camreq:0,3,{},10", begin_s));
  ASSERT_EQ(request.parts[0].files.size(), 2U);
  EXPECT_EQ(request.parts[0].files[0].camera, Camera::front);
  EXPECT_EQ(request.parts[0].files[1].camera, Camera::rear);
}

TEST(Wish, IcamAsksFrontAndRearOneByOne) {
  Wish wish = video(10);
  wish.rear = true;
  const Profile icam{.icam = true, .com_port = 2};
  EXPECT_THAT(commands(wish, icam), ElementsAre(fmt::format("icam_req:2,2,0,{},10,3", begin_s),
                                                fmt::format("icam_req:3,2,0,{},10,3", begin_s)));
  wish.duration_s = 40;
  const auto parts = planned(wish, icam).parts;
  ASSERT_EQ(parts.size(), 4U);
  EXPECT_EQ(parts[1].files[0].camera, Camera::rear);
  EXPECT_EQ(parts[1].from, parts[0].from) << "both cameras of a time before the next time";
}

struct KinCase {
  Camera camera;
  MediaKind kind;
  Profile profile;
  std::string command;
};

TEST(Wish, TheKinAreAskedByTheirOwnCommands) {
  const Profile icam{.icam = true, .com_port = 1};
  const std::vector<KinCase> cases{
      {Camera::adas, MediaKind::video, {}, fmt::format("mdas_camreq:0,0,{},10", begin_s)},
      {Camera::adas, MediaKind::photo, {}, "mdas_camreq:1,0,0,0"},
      {Camera::dsm, MediaKind::photo, {}, "dsm_camreq:2,4"},
      {Camera::dsm, MediaKind::video, icam, fmt::format("icam_req:0,1,0,{},10,3", begin_s)},
      {Camera::adas, MediaKind::video, icam, fmt::format("icam_req:1,1,0,{},10,3", begin_s)},
      {Camera::dash, MediaKind::video, icam, fmt::format("icam_req:4,1,0,{},10,3", begin_s)},
  };
  for (const KinCase& each : cases) {
    Wish wish{.imei = imei, .kind = each.kind, .other = each.camera, .origin = "test"};
    if (each.kind == MediaKind::video) {
      wish.from = begin;
      wish.duration_s = 10;
    }
    const auto request = planned(wish, each.profile);
    ASSERT_EQ(request.parts.size(), 1U);
    EXPECT_EQ(request.parts[0].command, each.command);
    EXPECT_EQ(request.parts[0].files[0].camera, each.camera);
  }
}

TEST(Wish, APhotoHasNoTime) {
  EXPECT_THAT(commands(photo()), ElementsAre("camreq:1,1"));
  Wish wish = photo();
  wish.rear = true;
  EXPECT_THAT(commands(wish), ElementsAre("camreq:1,3"));
  wish.from = begin;
  EXPECT_THAT(refusal(wish), HasSubstr("neither time nor duration"));
}

TEST(Wish, AResolutionNeedsToKnowWhereThePhotoGoes) {
  Wish wish = photo();
  wish.resolution = 4;
  EXPECT_THAT(refusal(wish), HasSubstr("leave the resolution out"));
  wish.server = avl::Destination{.domain = "camera.example.com", .port = 7700};
  EXPECT_THAT(commands(wish), ElementsAre("camreq:1,1,camera.example.com,7700,4"));
  EXPECT_THAT(commands(wish, {.icam = true}), ElementsAre("icam_req:2,1,1,0,0,4")) << "which needs no address";
  wish.resolution = 5;
  EXPECT_THAT(refusal(wish), HasSubstr("no resolution 5"));
  wish.resolution.reset();
  EXPECT_THAT(commands(wish), ElementsAre("camreq:1,1")) << "the device's own server, as it is set up";
}

TEST(Wish, WhatCannotBeIsSaid) {
  EXPECT_THAT(refusal({.imei = imei, .kind = MediaKind::photo}), HasSubstr("No camera is named"));
  EXPECT_THAT(refusal({.imei = imei, .kind = MediaKind::other, .front = true}), HasSubstr("nothing else"));
  Wish wish = video(10);
  wish.other = Camera::adas;
  EXPECT_THAT(refusal(wish), HasSubstr("request of its own"));
  wish = {.imei = imei, .other = Camera::dsm, .from = begin, .duration_s = 10};
  EXPECT_THAT(refusal(wish), HasSubstr("knows no time"));
  wish.other = Camera::dash;
  EXPECT_THAT(refusal(wish), HasSubstr("icam:1 or icam:2"));
  wish.other = Camera::relay;
  EXPECT_THAT(refusal(wish), HasSubstr("no tracker's"));
  wish = {.imei = imei, .kind = MediaKind::photo, .other = Camera::dsm, .resolution = 1};
  EXPECT_THAT(refusal(wish), HasSubstr("knows no resolution"));
  wish = video(10);
  wish.from.reset();
  EXPECT_THAT(refusal(wish), HasSubstr("needs the time"));
  EXPECT_THAT(refusal(video(0)), HasSubstr("1 to 600 s"));
  EXPECT_THAT(refusal(video(601)), HasSubstr("1 to 600 s"));
  wish = video(10);
  wish.resolution = 1;
  EXPECT_THAT(refusal(wish), HasSubstr("Only a photo"));
  wish = video(10);
  wish.from = now + clock_tolerance + 1s;
  EXPECT_THAT(refusal(wish), HasSubstr("future"));
  wish.from = now - oldest_video - 1s;
  EXPECT_THAT(refusal(wish), HasSubstr("two years"));
  wish = video(10);
  wish.patience = longest_patience + 1ms;
  EXPECT_THAT(refusal(wish), HasSubstr("30 days"));
  wish = video(60);
  wish.from = now;
  wish.patience = 60s;
  EXPECT_THAT(refusal(wish), HasSubstr("before the video is over"));
}

TEST(Wish, APartIsNotSentBeforeItsTimeIsOver) {
  Wish wish = video(60);
  wish.from = now - 30s;
  const auto parts = planned(wish).parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_FALSE(parts[0].due_at) << "over at this moment";
  EXPECT_EQ(parts[1].due_at, now + 30s);
  EXPECT_THAT(parts[1].reason, HasSubstr("not over yet"));
}

TEST(Wish, AVideoBeginsAtAWholeSecond) {
  Wish wish = video(10);
  wish.from = begin + 999ms;
  EXPECT_EQ(planned(wish).parts[0].from, begin);
}

TEST(Wish, AroundAMoment) {
  Wish wish = video(0);
  around(wish, begin + 400ms, 5s, 7s);
  EXPECT_EQ(wish.from, begin - 5s);
  EXPECT_EQ(wish.duration_s, 12U);
  around(wish, begin, 1'000'000h, 1'000'000h);
  EXPECT_THAT(refusal(wish), HasSubstr("1 to 600 s"));
}

TEST(Profile, IsReadAndWritten) {
  for (const std::string text : {"classic", "icam:1", "icam:2"})
    EXPECT_EQ(to_string(parse_profile(text).value()), text);
  EXPECT_EQ(parse_profile("").value(), Profile{});
  for (const std::string_view text : {"icam", "icam:0", "icam:3", "Classic", "classic "})
    EXPECT_THAT(parse_profile(text).error().message, HasSubstr("classic, icam:1 or icam:2")) << text;
}

}  // namespace
}  // namespace capture
