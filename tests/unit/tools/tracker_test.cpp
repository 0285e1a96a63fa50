// The simulated tracker: what it sends, keeps, answers and has its camera bring.
#include "tools/sim/tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "server/avl/camera_request.hpp"
#include "tests/unit/tools/tracker_run.hpp"
#include "tests/unit/tools/virtual_run.hpp"

namespace sim {
namespace {

constexpr Time second{1'000'000};
constexpr std::int64_t start_ms = 1'763'000'000'000;

TEST(Tracker, LogsInAndWaitsToBeAdmitted) {
  Tracker tracker(tracker_of(), nullptr);
  base::Bytes out;
  ASSERT_EQ(tracker.poll(Time{0}, out).kind, Step::Kind::connect);
  tracker.connected(Time{0});
  while (tracker.poll(Time{0}, out).kind == Step::Kind::send) {
  }
  EXPECT_EQ(base::to_hex(out), "000f333536333037303432343431303133");
  out.clear();
  EXPECT_EQ(tracker.poll(30 * second, out).kind, Step::Kind::wait);
  EXPECT_TRUE(out.empty()) << "nothing before the answer";
  EXPECT_EQ(tracker.poll(60 * second, out).kind, Step::Kind::close);
  EXPECT_EQ(tracker.statistics().timeouts, 1U);
}

TEST(Tracker, RefusedItComesBackLaterAndLater) {
  TrackerRun run(tracker_of());
  run.admits = false;
  run.run(300 * second);
  EXPECT_GT(run.links, 5U);
  EXPECT_LT(run.links, 30U);
  EXPECT_EQ(run.tracker.statistics().refused_logins, run.links);
  run.admits = true;
  run.run(400 * second);
  EXPECT_EQ(run.tracker.kept(), run.tracker.statistics().records - run.tracker.statistics().answered);
  EXPECT_LE(run.tracker.kept(), 3U) << "what was driven meanwhile was sent";
}

TEST(Tracker, DrivesAndSendsBatches) {
  TrackerOptions options = tracker_of();
  options.drive = 600 * second;
  TrackerRun run(options);
  ASSERT_TRUE(run.run(700 * second));
  ASSERT_EQ(run.records.size(), 121U);
  EXPECT_EQ(run.tracker.statistics().records, 121U);
  EXPECT_EQ(run.tracker.statistics().sent, 121U);
  EXPECT_EQ(run.tracker.statistics().answered, 121U);
  EXPECT_EQ(run.links, 1U);
  EXPECT_EQ(run.complaints, std::vector<std::string>{});
  EXPECT_EQ(std::ranges::count(run.frames, 3U), 40);
  for (std::size_t n = 0; n < run.records.size(); ++n) {
    const SeenRecord& record = run.records[n];
    EXPECT_EQ(record.time_ms, start_ms + 5000 * static_cast<std::int64_t>(n));
    EXPECT_EQ(record.elements.front(), (std::pair<std::uint16_t, std::uint64_t>{avl::io::ignition, 1}));
    EXPECT_EQ(record.elements.size(), n % 4 == 0 ? 3U : 1U) << "camera states every 20 s";
    EXPECT_EQ(record.event_id, 0);
  }
}

// Metres between two points some seconds apart.
double distance(const RoutePoint& a, const RoutePoint& b) {
  const double north = (b.latitude_e7 - a.latitude_e7) / 1e7 * 111'320;
  const double east = (b.longitude_e7 - a.longitude_e7) / 1e7 * 111'320 * std::cos(a.latitude_e7 / 1e7 * 3.14159 / 180);
  return std::hypot(north, east);
}

TEST(Tracker, TheRouteIsOneThatCanBeDriven) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    Route route(seed);
    RoutePoint last = route.drive(10 * second);
    double way = 0;
    for (int n = 0; n < 1000; ++n) {
      const RoutePoint point = route.drive(10 * second);
      EXPECT_NEAR(distance(last, point), last.speed_kmh / 3.6 * 10, 5) << n;
      EXPECT_LE(point.speed_kmh, 90);
      EXPECT_LT(point.angle_deg, 360);
      EXPECT_GT(point.satellites, 0);
      way += distance(last, point);
      last = point;
    }
    EXPECT_GT(way, 10'000);
  }
}

TEST(Tracker, WhatWasNotAnsweredComesAgainOnTheNextLink) {
  TrackerOptions options = tracker_of();
  options.drive = 120 * second;
  TrackerRun run(options);
  run.stores = false;
  run.run(30 * second);
  ASSERT_EQ(run.records.size(), 3U);
  run.cut();
  run.stores = true;
  ASSERT_TRUE(run.run(300 * second));
  EXPECT_EQ(run.tracker.statistics().answered, 25U);
  EXPECT_EQ(run.tracker.statistics().sent, 28U);
  EXPECT_EQ(run.tracker.kept(), 0U);
  ASSERT_EQ(run.records.size(), 28U);
  for (std::size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(run.records[3 + n].time_ms, run.records[n].time_ms);
    EXPECT_EQ(run.records[3 + n].elements, run.records[n].elements);
  }
}

TEST(Tracker, AServerThatDoesNotAnswerIsGivenUp) {
  TrackerRun run(tracker_of());
  run.stores = false;
  run.run(200 * second);
  EXPECT_EQ(run.tracker.statistics().timeouts, 3U);
  EXPECT_EQ(run.tracker.statistics().answered, 0U);
}

TEST(Tracker, DroppedLinksLoseNothing) {
  TrackerOptions options = tracker_of(9);
  options.drive = 3600 * second;
  options.drop = 0.3;
  TrackerRun run(options);
  ASSERT_TRUE(run.run(4000 * second));
  EXPECT_GT(run.tracker.statistics().dropped, 20U);
  EXPECT_EQ(run.links, run.tracker.statistics().dropped + 1);
  std::set<std::int64_t> times;
  for (const SeenRecord& record : run.records) times.insert(record.time_ms);
  EXPECT_EQ(times.size(), 721U);
  EXPECT_EQ(run.tracker.statistics().answered, 721U);
}

TEST(Tracker, SosOnceAtItsTimeAndAtOnce) {
  TrackerOptions options = tracker_of();
  options.drive = 300 * second;
  options.record_interval = 60 * second;
  options.sos_after = 90 * second;
  TrackerRun run(options);
  ASSERT_TRUE(run.run(400 * second));
  std::vector<SeenRecord> sos;
  std::ranges::copy_if(run.records, std::back_inserter(sos), [](const SeenRecord& r) { return r.event_id != 0; });
  ASSERT_EQ(sos.size(), 1U);
  EXPECT_EQ(sos[0].event_id, avl::io::sos_trigger);
  EXPECT_EQ(sos[0].priority, avl::Priority::high);
  EXPECT_EQ(sos[0].time_ms, start_ms + 90'000);
  EXPECT_EQ(sos[0].stored_at, 90 * second);
  EXPECT_EQ(sos[0].elements.back().first, avl::io::sos_trigger);
}

TEST(Tracker, TheSameSeedSaysTheSame) {
  TrackerOptions options = tracker_of(4);
  options.drive = 600 * second;
  options.drop = 0.2;
  TrackerRun one(options), two(options);
  one.run(900 * second);
  two.run(900 * second);
  EXPECT_TRUE(one.sent == two.sent);
}

TEST(Tracker, ItsMemoryIsBounded) {
  TrackerOptions options = tracker_of();
  options.record_interval = Time{100'000};
  TrackerRun run(options);
  run.admits = false;
  run.run(1100 * second);
  EXPECT_EQ(run.tracker.kept(), 10'000U);
  EXPECT_EQ(run.tracker.statistics().lost, run.tracker.statistics().records - 10'000);
}

// ---- Commands.

struct Commanded {
  std::string said;
  std::vector<std::pair<CaptureOrder, Time>> orders;
  TrackerStatistics statistics;
};

Commanded command(TrackerOptions options, const std::string& text, Time wait = 30 * second) {
  TrackerRun run(options);
  run.run(2 * second);
  run.command(text);
  run.run(run.now + wait);
  return {run.said(), run.orders, run.tracker.statistics()};
}

TEST(TrackerCommands, APhotoIsTakenNow) {
  const Commanded photo = command(tracker_of(), "camreq:1,3");
  const auto answer = avl::read_answer(photo.said);
  ASSERT_TRUE(std::holds_alternative<avl::Accepted>(answer)) << photo.said;
  EXPECT_TRUE(std::get<avl::Accepted>(answer).front);
  EXPECT_TRUE(std::get<avl::Accepted>(answer).rear);
  ASSERT_EQ(photo.orders.size(), 1U);
  EXPECT_EQ(photo.orders[0].first.kind, base::MediaKind::photo);
  EXPECT_EQ(photo.orders[0].first.from_ms, start_ms + 2000);
  EXPECT_GT(photo.orders[0].second, 2 * second);
  EXPECT_EQ(photo.statistics.accepted, 1U);
}

TEST(TrackerCommands, AVideoIsTheOneAskedFor) {
  const Commanded video = command(tracker_of(), "camreq:0,2,1762999000,17");
  const auto answer = avl::read_answer(video.said);
  ASSERT_TRUE(std::holds_alternative<avl::Accepted>(answer)) << video.said;
  EXPECT_EQ(std::get<avl::Accepted>(answer).duration_s, 17U);
  EXPECT_EQ(base::to_iso8601(*std::get<avl::Accepted>(answer).since), "2025-11-13T01:56:40.000Z");
  ASSERT_EQ(video.orders.size(), 1U);
  EXPECT_EQ(video.orders[0].first.from_ms, 1'762'999'000'000);
  EXPECT_EQ(video.orders[0].first.seconds, 17);
  EXPECT_TRUE(video.orders[0].first.rear);
  EXPECT_FALSE(video.orders[0].first.front);
}

TEST(TrackerCommands, WordsAreThoseOfRealDevices) {
  EXPECT_EQ(answer_command("camreq:1,1", start_ms, true).words, "Request for photo from source 1 received");
  EXPECT_EQ(answer_command("camreq:0,3,1762999000,5", start_ms, true).words,
            "Request for video from source 3 received for 5 seconds since 2025-11-13 01:56:40");
  EXPECT_EQ(answer_command("camreq:0,3,1762999000,5", start_ms, false).words,
            "Request for video from source 3 received for 5 seconds since2025-11-13 01:56:40");
}

TEST(TrackerCommands, WhatMakesNoSenseIsRefused) {
  for (const char* text : {"camreq:", "camreq:1", "camreq:2,1", "camreq:1,0", "camreq:1,4", "camreq:0,1",
                           "camreq:0,1,1762999000", "camreq:0,1,1762999000,31", "camreq:0,1,1762999000,0",
                           "camreq:0,1,1863000000,5", "camreq:0,1,x,5", "camreq:1x,1", "dsm_camreq:1,4",
                           "mdas_camreq:0,1,1762999000,5", "icam_req:5,1,1,0,0,3", "icam_req:0,3,1,0,0,3"}) {
    const CommandAnswer answer = answer_command(text, start_ms, true);
    EXPECT_EQ(answer.words, refusal_words) << text;
    EXPECT_FALSE(answer.order) << text;
  }
  EXPECT_EQ(command(tracker_of(), "camreq:9,9").statistics.refused, 1U);
}

TEST(TrackerCommands, TheKinAreKnown) {
  EXPECT_EQ(answer_command("mdas_camreq:0,0,1762999000,5", start_ms, true).order->seconds, 5);
  EXPECT_EQ(answer_command("mdas_camreq:1,0,0,0", start_ms, true).order->kind, base::MediaKind::photo);
  EXPECT_EQ(answer_command("dsm_camreq:2,4", start_ms, true).order->kind, base::MediaKind::photo);
  EXPECT_TRUE(answer_command("icam_req:3,2,0,1762999000,7,3,a.example,7700", start_ms, true).order->rear);
  EXPECT_FALSE(answer_command("getinfo", start_ms, true).order);
  EXPECT_NE(answer_command("camgetver", start_ms, true).words.find("Front camera"), std::string::npos);
  EXPECT_FALSE(asks_camera("getinfo"));
}

TEST(TrackerCommands, RefusedSilentAndLate) {
  TrackerOptions options = tracker_of();
  options.refuse = 1;
  const Commanded refused = command(options, "camreq:1,1");
  EXPECT_TRUE(std::holds_alternative<avl::Refused>(avl::read_answer(refused.said))) << refused.said;
  EXPECT_TRUE(refused.orders.empty());
  EXPECT_EQ(refused.statistics.refused, 1U);

  options = tracker_of();
  options.silent = 1;
  const Commanded silent = command(options, "camreq:1,1", 1000 * second);
  EXPECT_EQ(silent.said, "");
  EXPECT_TRUE(silent.orders.empty());
  EXPECT_EQ(silent.statistics.silent, 1U);

  options = tracker_of();
  options.late = 1;
  EXPECT_EQ(command(options, "camreq:1,1", 89 * second).said, "");
  const Commanded late = command(options, "camreq:1,1", 95 * second);
  EXPECT_TRUE(std::holds_alternative<avl::Accepted>(avl::read_answer(late.said))) << late.said;
  EXPECT_EQ(late.orders.size(), 1U);
  EXPECT_EQ(late.statistics.late, 1U);
  EXPECT_EQ(late.statistics.accepted, 0U);
}

TEST(TrackerCommands, SharesAreKept) {
  TrackerOptions options = tracker_of(3);
  options.refuse = 0.2;
  options.silent = 0.3;
  options.late = 0.1;
  options.late_by = second;
  TrackerRun run(options);
  run.run(2 * second);
  constexpr unsigned count = 1000;
  for (unsigned n = 0; n < count; ++n) {
    run.command("camreq:1,1");
    run.run(run.now + 5 * second);
  }
  const TrackerStatistics& seen = run.tracker.statistics();
  EXPECT_EQ(seen.accepted + seen.refused + seen.silent + seen.late, count);
  EXPECT_NEAR(seen.refused, 200, 50);
  EXPECT_NEAR(seen.silent, 300, 50);
  EXPECT_NEAR(seen.late, 100, 50);
  EXPECT_EQ(run.orders.size(), seen.accepted + seen.late);
}

TEST(TrackerCommands, EachIsOnRecord) {
  TrackerRun run(tracker_of());
  run.run(2 * second);
  run.command("camreq:1,1");
  run.run(10 * second);
  run.command("getinfo");
  run.cut();
  run.run(20 * second);
  const std::vector<SeenCommand>& seen = run.tracker.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].text, "camreq:1,1");
  EXPECT_EQ(seen[0].fate, SeenCommand::Fate::accepted);
  EXPECT_EQ(seen[0].received_ms, run.tracker.options().start_ms + 2'000);
  ASSERT_TRUE(seen[0].answered_ms);
  EXPECT_GE(*seen[0].answered_ms, seen[0].received_ms + 300);
  EXPECT_EQ(seen[0].link_ended_ms, run.tracker.options().start_ms + 10'000);
  EXPECT_EQ(seen[1].fate, SeenCommand::Fate::other);
  EXPECT_EQ(seen[1].answered_ms, std::nullopt) << "the link's end swallowed the answer";
  EXPECT_EQ(seen[1].link_ended_ms, seen[0].link_ended_ms);
}

TEST(TrackerCommands, OneAtATime) {
  TrackerOptions options = tracker_of();
  options.late = 1;
  TrackerRun run(options);
  run.run(2 * second);
  run.command("camreq:1,1");
  run.command("getinfo");
  run.run(60 * second);
  EXPECT_TRUE(run.replies.empty()) << "the second waits for the first";
  run.run(120 * second);
  EXPECT_TRUE(run.said().starts_with("Request for photo from source 1 received")) << run.said();
  EXPECT_NE(run.said().find("INI:"), std::string::npos) << run.said();
}

TEST(TrackerCommands, AnswersInPiecesMeanTheSame) {
  unsigned in_pieces = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    TrackerRun run(tracker_of(seed));
    run.run(2 * second);
    run.command("camreq:0,1,1762999000,9");
    run.run(10 * second);
    in_pieces += run.replies.size() > 1;
    EXPECT_LE(run.replies.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<avl::Accepted>(avl::read_answer(run.said()))) << run.said();
  }
  EXPECT_GT(in_pieces, 10U);
  EXPECT_LT(in_pieces, 50U);
}

TEST(TrackerCommands, Codec14IsAnsweredInKind) {
  TrackerRun run(tracker_of());
  run.run(2 * second);
  run.command({.codec = avl::Codec::codec14, .text = "getinfo", .imei = base::Imei::from_number(356307042441013)});
  run.command({.codec = avl::Codec::codec14, .text = "getinfo", .imei = base::Imei::from_number(356307042441021)});
  run.run(10 * second);
  ASSERT_GE(run.replies.size(), 2U);
  const auto nacks = std::ranges::count(run.replies, avl::MessageType::nack,
                                        [](const SeenReply& reply) { return reply.message.type; });
  EXPECT_EQ(nacks, 1);
  for (const SeenReply& reply : run.replies) EXPECT_EQ(reply.message.codec, avl::Codec::codec14);
}

TEST(TrackerCommands, AnAnswerIsLostWithItsLink) {
  TrackerOptions options = tracker_of();
  TrackerRun run(options);
  run.run(2 * second);
  run.command("camreq:1,1");
  run.cut();
  run.run(30 * second);
  EXPECT_EQ(run.said(), "");
  EXPECT_EQ(run.tracker.statistics().unsaid, 1U);
  EXPECT_EQ(run.orders.size(), 1U) << "the camera brings the file all the same";
}

// ---- The camera beside it.

TEST(CameraOnCall, BringsWhatIsOrderedAndWaitsAgain) {
  const CameraOptions options{.imei = 356307042441013, .on_call = true, .seed = 3};
  const PlanOptions plan{.photos = 0, .videos = 1};
  VirtualRun run(options, {}, {.photos = 0, .videos = 0});
  EXPECT_FALSE(run.run(100 * second));
  EXPECT_EQ(run.connections, 0U);

  const CaptureOrder order{.front = true, .from_ms = start_ms};
  run.camera->add(ordered_file(plan, options, order, base::Camera::front, run.camera->take_number()), 110 * second);
  EXPECT_FALSE(run.run(109 * second));
  EXPECT_EQ(run.connections, 0U);
  EXPECT_FALSE(run.run(200 * second));
  ASSERT_EQ(run.acknowledged.size(), 1U);
  EXPECT_TRUE(run.acknowledged[0].requested);
  EXPECT_EQ(compare(run), "");
  const unsigned connections = run.connections;
  EXPECT_FALSE(run.run(1000 * second));
  EXPECT_EQ(run.connections, connections) << "without a file it stays offline";

  run.camera->dismiss();
  EXPECT_TRUE(run.run(1001 * second));
}

TEST(CameraOnCall, DismissedItStillBringsWhatItHas) {
  const CameraOptions options{.imei = 356307042441013, .on_call = true, .seed = 3};
  VirtualRun run(options, {}, {.photos = 0, .videos = 0});
  run.run(second);
  const CaptureOrder order{.rear = true, .from_ms = start_ms};
  run.camera->add(ordered_file({}, options, order, base::Camera::rear, run.camera->take_number()), 5 * second);
  run.camera->dismiss();
  EXPECT_TRUE(run.run(100 * second));
  EXPECT_EQ(run.acknowledged.size(), 1U);
}

TEST(OrderedFiles, SayWhatWasAskedFor) {
  const CaptureOrder order{.kind = base::MediaKind::video, .front = true, .from_ms = start_ms, .seconds = 12};
  const FileSpec front = ordered_file({}, {.imei = 1}, order, base::Camera::front, 7);
  EXPECT_EQ(front.file_class, dualcam::FileClass::video_front);
  EXPECT_EQ(front.metadata.captured_ms, start_ms);
  EXPECT_EQ(front.metadata.seconds, 12);
  EXPECT_EQ(front.metadata.trigger, 0);
  EXPECT_EQ(front.number, 7U);
  const FileSpec rear = ordered_file({}, {.imei = 1}, order, base::Camera::rear, 8);
  EXPECT_EQ(rear.file_class, dualcam::FileClass::video_rear);
  EXPECT_NE(rear.seed, front.seed);
  const FileSpec path = ordered_file({}, {.imei = 1, .dialect = Dialect::enhanced}, order, base::Camera::rear, 8);
  EXPECT_EQ(path.file_class, dualcam::FileClass::path);
  EXPECT_TRUE(path.path.starts_with("dualcam_rear/video/")) << path.path;
  const FileSpec dsm =
      ordered_file({}, {.imei = 1, .dialect = Dialect::paths, .dsm = true}, order, base::Camera::front, 8);
  EXPECT_EQ(dsm.metadata.trigger, 11);
}

}  // namespace
}  // namespace sim
