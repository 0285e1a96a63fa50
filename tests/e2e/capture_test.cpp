// A file on demand: the command goes out on the tracker's link, the file comes back on the camera's.
#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "tests/e2e/fixture.hpp"
#include "tests/e2e/wire_tracker.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {
namespace {

using dualcam::FileClass;
using nlohmann::json;
using namespace std::chrono_literals;

// So that a request that nobody answers comes to its end within a test.
const std::vector<std::string> impatient{"--capture-reply-timeout", "300ms", "--capture-rest",     "100ms",
                                         "--capture-file-timeout",  "2s",    "--capture-attempts", "2"};

base::UtcTime second_of(base::UtcTime time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

class Capture : public EndToEnd {
 protected:
  json ask(const std::string& target) { return json::parse(http_body(target), nullptr, false); }
  json wish(std::uint64_t imei, const json& body) {
    const auto answer =
        http::testing::request(server().port("http"), "POST", fmt::format("/api/v1/devices/{}/capture-requests", imei),
                               "Content-Type: application/json\r\n", body.dump());
    EXPECT_TRUE(answer.status == 200 || answer.status == 201) << answer.body;
    return json::parse(answer.body, nullptr, false);
  }
  json wish_clip(std::uint64_t imei, base::UtcTime from, int seconds, const std::string& camera = "front") {
    return wish(imei,
                {{"kind", "video"}, {"cameras", {camera}}, {"at", base::to_iso8601(from)}, {"duration_s", seconds}});
  }
  json now_of(const json& request) { return ask("/api/v1/capture-requests/" + request.value("id", "")); }
  bool becomes(const json& request, const std::string& state) {
    return tests::eventually([&] { return now_of(request).value("state", "") == state; });
  }
  // What the camera sends because it was asked.
  static CameraFile asked_for(unsigned seed, FileClass file_class, base::UtcTime captured) {
    CameraFile file = make_file(seed, 30'000, file_class);
    file.captured_ms = captured.time_since_epoch().count();
    return file;
  }

  const base::UtcTime an_hour_ago_ = second_of(base::utc_now() - 1h);
};

TEST_F(Capture, AClipIsAskedForAndStored) {
  start();
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  ASSERT_TRUE(tracker.report({record_at(an_hour_ago_ - 5s), record_at(an_hour_ago_ + 5s)}));
  const json request = wish_clip(imei(1), an_hour_ago_, 10);
  EXPECT_EQ(tracker.next_command(), fmt::format("camreq:0,1,{},10", an_hour_ago_.time_since_epoch().count() / 1000));
  EXPECT_TRUE(becomes(request, "sent"));
  ASSERT_TRUE(tracker.reply(accepted_video(1, 10, an_hour_ago_)));
  EXPECT_TRUE(becomes(request, "accepted"));

  const CameraFile file = asked_for(1, FileClass::video_front, an_hour_ago_);
  WireCamera camera(server(), imei(1));
  const auto first = camera.offer(file);
  ASSERT_TRUE(first);
  ASSERT_TRUE(camera.send_packets(file, *first, 10));
  EXPECT_TRUE(becomes(request, "transferring"));
  ASSERT_TRUE(camera.send_packets(file, 11, file.packets()));
  ASSERT_TRUE(camera.acknowledged());
  EXPECT_EQ(now_of(request)["state"], "stored") << "in the transaction that stored the file";

  const json part = now_of(request)["parts"][0];
  EXPECT_EQ(part["attempts"], 1);
  const json media = ask("/api/v1/media/" + part["files"][0].value("media_id", ""));
  EXPECT_EQ(media["request_id"], request["id"]);
  EXPECT_NEAR(media["latitude"].get<double>(), 54.6872, 1e-6) << "from the tracker: the camera said none";
  EXPECT_NEAR(media["longitude"].get<double>(), 25.2797, 1e-6);
  EXPECT_NE(http_body("/metrics").find("dualcamd_capture_seconds_count{channel=\"avl\",kind=\"video\"} 1\n"),
            std::string::npos);
}

TEST_F(Capture, TheDevicesWordsAreKept) {
  start();
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  const json request = wish(imei(1), {{"kind", "photo"}, {"cameras", {"front", "rear"}}});
  EXPECT_EQ(tracker.next_command(), "camreq:1,3");
  ASSERT_TRUE(tracker.reply(refused_by_device));
  ASSERT_TRUE(becomes(request, "refused"));
  EXPECT_NE(now_of(request)["reason"].get<std::string>().find(refused_by_device), std::string::npos);
}

TEST_F(Capture, ItIsSentWhenTheTrackerCanBeReached) {
  start();
  const json request = wish(imei(1), {{"kind", "photo"}, {"cameras", {"rear"}}});
  EXPECT_EQ(now_of(request)["state"], "queued");
  server().kill_hard();
  start();
  EXPECT_EQ(now_of(request)["state"], "queued") << "it survives";
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  EXPECT_EQ(tracker.next_command(), "camreq:1,2");
  ASSERT_TRUE(tracker.reply(accepted_photo(2)));
  ASSERT_TRUE(becomes(request, "accepted"));
  const CameraFile photo = asked_for(1, FileClass::photo_rear, base::utc_now());
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(photo));
  EXPECT_EQ(now_of(request)["state"], "stored");
}

TEST_F(Capture, SilenceIsTriedAgainAndThenFails) {
  start(impatient);
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  const json request = wish(imei(1), {{"kind", "photo"}, {"cameras", {"front"}}});
  EXPECT_EQ(tracker.next_command(), "camreq:1,1");
  EXPECT_EQ(tracker.next_command(), "camreq:1,1") << "once more";
  ASSERT_TRUE(becomes(request, "failed"));
  EXPECT_EQ(now_of(request)["parts"][0]["attempts"], 2);
  EXPECT_NE(now_of(request)["reason"], nullptr);

  // The device was only slow: what is there is there.
  const CameraFile photo = asked_for(1, FileClass::photo_front, base::utc_now());
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(photo));
  EXPECT_EQ(now_of(request)["state"], "stored");
}

TEST_F(Capture, WhatNobodyAskedForIsNobodys) {
  start();
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  const json request = wish_clip(imei(1), an_hour_ago_, 10);
  ASSERT_TRUE(tracker.next_command());
  ASSERT_TRUE(tracker.reply(accepted_video(1, 10, an_hour_ago_)));
  ASSERT_TRUE(becomes(request, "accepted"));
  CameraFile crash = asked_for(1, FileClass::video_front, an_hour_ago_ + 1s);
  crash.trigger = 3;
  CameraFile rear = asked_for(2, FileClass::video_rear, an_hour_ago_);
  CameraFile other_time = asked_for(3, FileClass::video_front, an_hour_ago_ - 10min);
  CameraFile photo = asked_for(4, FileClass::photo_front, base::utc_now());
  for (const CameraFile& file : {crash, rear, other_time, photo})
    ASSERT_TRUE(WireCamera(server(), imei(1)).upload(file));
  EXPECT_TRUE(WireCamera(server(), imei(2)).upload(asked_for(5, FileClass::video_front, an_hour_ago_)));
  EXPECT_NE(now_of(request)["state"], "stored");
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(asked_for(6, FileClass::video_front, an_hour_ago_)));
  EXPECT_EQ(now_of(request)["state"], "stored");
}

TEST_F(Capture, OneCommandAtATimeAndPartsInTurn) {
  start();
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  const json request = wish_clip(imei(1), an_hour_ago_, 60);
  ASSERT_EQ(request["parts"].size(), 2U);
  base::UtcTime from = an_hour_ago_;
  for (unsigned part = 0; part < 2; ++part) {
    EXPECT_EQ(tracker.next_command(), fmt::format("camreq:0,1,{},30", from.time_since_epoch().count() / 1000));
    EXPECT_EQ(tracker.next_command(150ms), std::nullopt) << "not before the answer";
    ASSERT_TRUE(tracker.reply(accepted_video(1, 30, from)));
    from += 30s;
  }
  ASSERT_TRUE(becomes(request, "accepted"));
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(asked_for(2, FileClass::video_front, an_hour_ago_ + 30s)));
  EXPECT_EQ(now_of(request)["parts"][1]["state"], "stored");
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(asked_for(1, FileClass::video_front, an_hour_ago_)));
  EXPECT_EQ(now_of(request)["state"], "stored");
}

TEST_F(Capture, ACommandThatWasSentIsNotSentAgainAfterACrash) {
  start();
  json request;
  {
    WireTracker tracker(server(), imei(1));
    ASSERT_TRUE(tracker.login());
    request = wish(imei(1), {{"kind", "photo"}, {"cameras", {"front"}}});
    ASSERT_TRUE(tracker.next_command());
    server().kill_hard();
  }
  start();
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  EXPECT_EQ(tracker.next_command(500ms), std::nullopt) << "its answer has a minute";
  ASSERT_TRUE(tracker.reply(accepted_photo(1))) << "late, on another link";
  ASSERT_TRUE(becomes(request, "accepted"));
  EXPECT_EQ(now_of(request)["parts"][0]["attempts"], 1);
}

TEST_F(Capture, AnSosRecordAsksForItsClip) {
  start({"--sos-clip", "front", "--sos-before", "4s", "--sos-after", "6s"});
  const base::UtcTime crash = second_of(base::utc_now() - 1min);
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  ASSERT_TRUE(tracker.report({record_at(crash - 10s), sos_record(crash, 3)}));
  const base::UtcTime from = crash - 4s;
  const auto command = tracker.next_command();
  ASSERT_TRUE(command);
  EXPECT_TRUE(command->starts_with(fmt::format("camreq:0,1,{},1", from.time_since_epoch().count() / 1000))) << *command;
  const json request = ask(fmt::format("/api/v1/capture-requests?imei={}", imei(1)))["items"].at(0);
  EXPECT_EQ(request["origin"], "rule sos");
  const json event = ask("/api/v1/device-events/" + request.value("event_id", ""));
  EXPECT_EQ(event["name"], "crash");
  EXPECT_EQ(event["kind"], "sos");

  // The tracker did not hear the answer and sends the same again: it is the same event.
  ASSERT_TRUE(tracker.report({record_at(crash - 10s), sos_record(crash, 3)}));
  // What our own request makes a device report asks for nothing.
  ASSERT_TRUE(tracker.report({sos_record(crash + 30s, 0)}));
  ASSERT_TRUE(tracker.reply(accepted_video(1, request["duration_s"].get<int>(), from)));
  ASSERT_TRUE(becomes(request, "accepted"));
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(asked_for(1, FileClass::video_front, from)));
  EXPECT_EQ(now_of(request)["state"], "stored");
  EXPECT_EQ(ask("/api/v1/capture-requests")["items"].size(), 1U);

  const json device = ask(fmt::format("/api/v1/devices/{}", imei(1)));
  EXPECT_EQ(device["state"]["ignition"]["on"], true);
  EXPECT_EQ(device["state"]["front_camera"]["state"], "no_card");
  EXPECT_EQ(device["link"]["node"].is_string(), true);
  const json track = ask(fmt::format("/api/v1/devices/{}/track?from={}", imei(1), base::to_iso8601(crash - 1min)));
  EXPECT_EQ(track["items"].size(), 3U) << "what was sent twice is there once";
}

// The rule looks every two seconds, and has just looked when the first command is there: the second one comes because
// it is told.
TEST_F(Capture, TheRuleDoesNotWaitForItsTurn) {
  start({"--sos-clip", "front"});
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  const base::UtcTime crash = second_of(base::utc_now() - 5min);
  ASSERT_TRUE(tracker.report({sos_record(crash, 3)}));
  ASSERT_TRUE(tracker.next_command());
  ASSERT_TRUE(tracker.reply(accepted_video(1, 10, crash - 5s)));
  ASSERT_TRUE(tests::eventually([&] { return ask("/api/v1/capture-requests?state=accepted")["items"].size() == 1; }));
  ASSERT_TRUE(tracker.report({sos_record(crash + 1min, 3)}));
  EXPECT_TRUE(tracker.next_command(1'200ms));
}

TEST_F(Capture, RecordsAreSafeWhenTheyAreAnswered) {
  start();
  const base::UtcTime begin = second_of(base::utc_now() - 10min);
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(tracker.report({record_at(begin + i * 1s)}));
  server().kill_hard();
  start();
  const json track = ask(fmt::format("/api/v1/devices/{}/track?from={}", imei(1), base::to_iso8601(begin)));
  EXPECT_EQ(track["items"].size(), 20U);
}

TEST_F(Capture, WhatHasEndedIsForgottenAfterATime) {
  start({"--keep-requests", "0s", "--keep-tracks", "0s", "--keep-triggers", "0s"});  // the chore has no turn
  const auto path = [](const json& request) { return "/api/v1/capture-requests/" + request.value("id", ""); };
  const json ended = wish(imei(1), {{"kind", "photo"}, {"cameras", {"front"}}});
  const json open = wish(imei(2), {{"kind", "photo"}, {"cameras", {"front"}}});
  ASSERT_EQ(http::testing::request(server().port("http"), "DELETE", path(ended)).status, 200);
  ASSERT_EQ(now_of(ended)["state"], "cancelled");
  ASSERT_EQ(server().terminate(), 0);
  start({"--keep-requests", "1ms", "--keep-tracks", "0s"});
  EXPECT_TRUE(tests::eventually([&] { return http_status(path(ended)) == 404; }));
  EXPECT_EQ(now_of(open)["state"], "queued");
}

TEST_F(Capture, TheNewestLinkOfATrackerIsTheOne) {
  start();
  WireTracker old(server(), imei(1));
  ASSERT_TRUE(old.login());
  WireTracker tracker(server(), imei(1));
  ASSERT_TRUE(tracker.login());
  EXPECT_TRUE(old.ended());
  wish(imei(1), {{"kind", "photo"}, {"cameras", {"front"}}});
  EXPECT_EQ(tracker.next_command(), "camreq:1,1");
}

TEST_F(Capture, WhoCallsAtTheWrongPortIsToldApart) {
  start();
  tests::ClientSocket camera_at_avl(server().port("avl"));
  const auto init = dualcam::encode_init({.protocol = 5, .imei = imei(1), .settings = dualcam::settings_always});
  ASSERT_TRUE(camera_at_avl.send(init.view()));
  EXPECT_TRUE(camera_at_avl.ended());
  EXPECT_TRUE(server().wait_log("camera")) << server().log();
  tests::ClientSocket tracker_at_camera(server().port());
  const std::string login = std::string("\x00\x0f", 2) + std::to_string(imei(1));
  ASSERT_TRUE(tracker_at_camera.send(base::as_bytes(login)));
  EXPECT_TRUE(tracker_at_camera.ended());
  EXPECT_TRUE(server().wait_log("tracker")) << server().log();
}

}  // namespace
}  // namespace e2e
