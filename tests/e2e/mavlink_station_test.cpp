// Cameras of others: found, identified, lost, found again, told what to do.
#include <fmt/format.h>

#include <set>

#include "tests/e2e/mavlink_relay_fixture.hpp"

namespace e2e {

namespace {
class MavlinkStation : public MavlinkRelay {};
class MavlinkStyles : public MavlinkRelay, public testing::WithParamInterface<const char*> {};

// What others do of a camera's part, on an air that loses 30 % of the acknowledgements and 15 % of everything else,
// each way, by the other side's dice.
class MavlinkOnLossyAir : public MavlinkRelay {
 protected:
  static constexpr int most_tries = 20;
  static std::vector<std::string> over_air(std::vector<std::string> more, int seed = 7) {
    more.insert(more.end(), {"--lose", "15", "--lose-acks", "30", "--seed", std::to_string(seed)});
    return to_server(0, std::move(more));
  }
  // A rule or a person gives the command again while nobody confirms it; how often it was given.
  int give(std::string_view target, std::string_view body) const {
    int tries = 0;
    // Ignored: it does already, since only its acknowledgement was lost.
    for (std::string outcome; outcome != "confirmed" && outcome != "ignored" && tries < most_tries; ++tries) {
      const Row row = told(target, body);
      outcome = row.text("outcome");
      EXPECT_TRUE(outcome == "confirmed" || outcome == "ignored" || outcome == "unconfirmed") << row.raw();
    }
    EXPECT_LT(tries, most_tries) << body;
    return tries;
  }
  static std::vector<std::string> images(tests::Peer& camera) {
    std::vector<std::string> sequences;
    for (const Row& line : camera.lines())
      if (line.event() == "image") sequences.push_back(line.text("sequence"));
    return sequences;
  }
};
class MavlinkLossyStyles : public MavlinkOnLossyAir, public testing::WithParamInterface<const char*> {};
class MavlinkLossyAutopilot : public MavlinkOnLossyAir {};
}  // namespace

TEST_F(MavlinkStation, FindsACameraLosesItAndFindsItAgain) {
  tests::Peer camera(camera_program, {"--streams", "2"});
  start_relay(node({speaks_to(camera)}, remote("drone", 100)));
  EXPECT_EQ(wait_camera("drone", having({{"state", "online"}, {"properties.mode", "image"}})).text("properties.model"),
            "Peers Camera 100");
  const Row known = wait_camera("drone", [](const Row& row) {
    return row.has("properties.recording") && row.has("properties.storage_1_free_mib") &&
           row.has("properties.stream_2");
  });
  EXPECT_EQ(known.text("properties.firmware"), "1.2.3.0");
  EXPECT_EQ(known.text("properties.image_count"), "0");
  EXPECT_EQ(known.text("properties.storage_1_free_mib"), "1000");
  EXPECT_EQ(known.text("properties.stream_1"), "rtsp://127.0.0.1:8554/100/1");
  EXPECT_EQ(known.text("properties.loss_percent"), "0.0");
  EXPECT_TRUE(known.has("last_seen"));
  EXPECT_TRUE(wait_camera("air", having({{"state", "online"}}))
                  .text("properties.remote 1/100")
                  .starts_with("Peers Camera 100, online"));

  const Row online = wait_row(having({{"kind", "online"}, {"endpoint", "drone"}}));
  EXPECT_EQ(online.text("fields.system") + "/" + online.text("fields.component"), "1/100");
  EXPECT_EQ(online.text("fields.model"), "Peers Camera 100");

  camera.ask(R"({"do": "silent", "what": "all"})");
  EXPECT_FALSE(wait_camera("drone", having({{"state", "offline"}})).text("reason").empty());
  EXPECT_EQ(wait_row(having({{"kind", "offline"}, {"endpoint", "drone"}})).text("fields.model"), "Peers Camera 100");
  EXPECT_TRUE(told("drone", R"({"verb": "shoot"})").text("outcome") == "failed");
  camera.ask(R"({"do": "silent", "what": "none"})");
  wait_online("drone");
  EXPECT_TRUE(tests::eventually([&] { return events("online").size() == 2; }));
  EXPECT_EQ(events("offline").size(), 1U);
}

TEST_P(MavlinkStyles, AreFoundIdentifiedAndTold) {
  const std::string style = GetParam();
  tests::Peer camera(camera_program, to_server(0, {"--style", style, "--component", "101"}));
  start_relay(node({listens()}, remote("drone", 101)));
  wait_online("drone");
  wait_row(having({{"kind", "online"}, {"endpoint", "drone"}}));
  const Row shot = told("drone", R"({"verb": "shoot"})");
  EXPECT_EQ(shot.text("outcome"), "confirmed") << shot.raw();
  EXPECT_EQ(camera.count("image"), 1U);
  const Row mode = told("drone", R"({"verb": "mode", "parameters": {"mode": "video"}})");
  EXPECT_EQ(mode.text("outcome"), "confirmed") << mode.raw();
  camera.ask(R"({"do": "silent", "what": "all"})");
  wait_camera("drone", having({{"state", "offline"}}));
  camera.ask(R"({"do": "silent", "what": "none"})");
  wait_online("drone");
}
INSTANTIATE_TEST_SUITE_P(Mavlink, MavlinkStyles, testing::Values("good", "manager", "server"),
                         [](const auto& style) { return std::string(style.param); });

TEST_P(MavlinkLossyStyles, AreFoundIdentifiedAndTold) {
  const std::string style = GetParam();
  tests::Peer camera(camera_program, over_air({"--style", style, "--component", "101", "--streams", "2"}));
  start_relay(node({listens()}, remote("drone", 101)));
  wait_online("drone");
  wait_camera("drone", having({{"properties.model", "Peers Camera 101"}, {"properties.mode", "image"}}));
  const auto given = static_cast<std::size_t>(give("drone", R"({"verb": "shoot"})"));
  const auto sequences = images(camera);
  EXPECT_GE(sequences.size(), 1U);
  if (style == "good") {
    EXPECT_LE(sequences.size(), given) << "what was sent again is taken once";
  }
  give("drone", R"({"verb": "mode", "parameters": {"mode": "video"}})");
  EXPECT_EQ(camera.ask(R"({"do": "report"})").text("cameras.0.mode"), "1");
  wait_camera("drone", having({{"properties.mode", "video"}}));
  give("drone", R"({"verb": "start_video"})");
  wait_camera("drone", having({{"properties.recording", "true"}}));
  EXPECT_EQ(camera.count("log_reset"), 0U);
  EXPECT_GT(camera.count("lost"), 0U);
  EXPECT_EQ(events("offline").size(), 0U);
  expect_none("shot");
}
INSTANTIATE_TEST_SUITE_P(Mavlink, MavlinkLossyStyles, testing::Values("good", "manager", "server"),
                         [](const auto& style) { return std::string(style.param); });

// An autopilot knows no command again: one that was sent again is another shot, so how many it takes is not ours.
TEST_F(MavlinkLossyAutopilot, AnswersForTheCameraThatIsAttachedToIt) {
  tests::Peer pilot(autopilot_program, over_air({"--style", "px4", "--camera", "0"}, 8));
  start_relay(node({listens()}, remote("belly", 1, 1, 1)));
  EXPECT_EQ(wait_online("belly").text("properties.model"), "Peers Attached");
  give("belly", R"({"verb": "shoot"})");
  EXPECT_GE(pilot.count("shot"), 1U);
  EXPECT_GT(pilot.count("lost"), 0U);
}

TEST_F(MavlinkStation, ACameraBehindAnAutopilotIsOneOfItsNumber) {
  tests::Peer pilot(autopilot_program, to_server(0, {"--camera", "0"}));
  start_relay(node({listens()}, remote("belly", 1, 1, 1)));
  EXPECT_EQ(wait_online("belly").text("properties.model"), "Peers Attached");
  EXPECT_EQ(wait_row(having({{"kind", "online"}, {"endpoint", "belly"}})).text("fields.camera"), "1");
  const Row shot = told("belly", R"({"verb": "shoot"})");
  EXPECT_EQ(shot.text("outcome"), "confirmed") << shot.raw();
  EXPECT_EQ(told("air", R"({"verb": "shoot", "parameters": {"camera": "1/1 camera 1"}})").text("outcome"), "confirmed");
  EXPECT_EQ(pilot.count("shot"), 2U);
  expect_none("shot");
}

TEST_F(MavlinkStation, EveryVerbHasItsOutcome) {
  tests::Peer camera(camera_program, {"--cameras", "2"});
  start_relay(node({speaks_to(camera)}, remote("drone", 100)));
  wait_online("drone");
  wait_row(having({{"kind", "online"}, {"endpoint", "air"}}));

  const Row shot = told("drone", R"({"verb": "shoot"})");
  EXPECT_EQ(shot.text("outcome"), "confirmed");
  EXPECT_NE(shot.text("reason").find("http://127.0.0.1:80/100/0.jpg"), std::string::npos) << shot.raw();
  EXPECT_GT(shot.integer("latency_us"), 50'000);  // the photo's own time
  const auto confirmed = [&](std::string_view target, std::string_view body) {
    const Row row = told(target, body);
    EXPECT_EQ(row.text("outcome"), "confirmed") << row.raw();
  };
  confirmed("drone", R"({"verb": "start_video"})");
  wait_camera("drone", having({{"properties.recording", "true"}}));
  const Row again = told("drone", R"({"verb": "start_video"})");
  EXPECT_EQ(again.text("outcome"), "ignored") << again.raw();
  EXPECT_EQ(again.text("reason"), "The camera answered: temporarily rejected.");
  confirmed("drone", R"({"verb": "stop_video"})");
  confirmed("drone", R"({"verb": "zoom", "parameters": {"percent": 40}})");
  confirmed("drone", R"({"verb": "focus", "parameters": {"percent": 60}})");
  confirmed("drone", R"({"verb": "mode", "parameters": {"mode": "survey"}})");
  wait_camera("drone", having({{"properties.zoom_percent", "40"},
                               {"properties.focus_percent", "60"},
                               {"properties.mode", "survey"},
                               {"properties.recording", "false"}}));
  confirmed("drone", R"({"verb": "shoot", "parameters": {"count": 3, "interval": "20ms"}})");
  EXPECT_TRUE(camera.wait_count("image", 4));
  confirmed("drone", R"({"verb": "stop"})");

  // To the node: to every camera, or to one of them.
  confirmed("air", R"({"verb": "shoot", "parameters": {"camera": "1/101"}})");
  const auto of = [](std::string_view component) {
    return [component](const Row& line) { return line.event() == "image" && line.text("component") == component; };
  };
  EXPECT_EQ(camera.count(of("101")), 1U);
  confirmed("air", R"({"verb": "shoot"})");
  EXPECT_EQ(camera.count(of("101")), 2U);
  EXPECT_EQ(camera.count(of("100")), 5U);
  const auto failed = [&](std::string_view target, std::string_view body) {
    const Row row = told(target, body);
    EXPECT_EQ(row.text("outcome"), "failed") << row.raw();
    EXPECT_TRUE(row.text("reason").ends_with(".")) << row.raw();
  };
  failed("air", R"({"verb": "shoot", "parameters": {"camera": "1/103"}})");
  failed("air", R"({"verb": "shoot", "parameters": {"camera": "front"}})");
  failed("drone", R"({"verb": "shoot", "parameters": {"camera": "1/100"}})");
  camera.ask(R"({"do": "fail", "count": 1, "component": 100})");
  failed("drone", R"({"verb": "shoot"})");
  camera.ask(R"({"do": "storage", "status": 0, "component": 100})");
  failed("drone", R"({"verb": "shoot"})");
  // What we asked for is no event, and nobody else took anything.
  expect_none("shot");
  expect_none("video_start");

  camera.ask(R"({"do": "silent", "what": "acks", "component": 100})");
  const Row silence = told("drone", R"({"verb": "zoom", "parameters": {"percent": 10}})");
  EXPECT_EQ(silence.text("outcome"), "unconfirmed") << silence.raw();
  EXPECT_EQ(silence.text("reason"), "The camera did not answer, asked 4 times.");
}

TEST_F(MavlinkStation, EveryShotIsTakenOnceOnABadLink) {
  constexpr std::size_t count = 12;
  tests::Peer camera(camera_program,
                     {"--lose", "15", "--lose-acks", "30", "--seed", "7", "--duplicate", "20", "--photo-ms", "5"});
  start_relay(node({speaks_to(camera)}, remote("drone", 100)));
  wait_online("drone");
  std::vector<std::string> ids;
  ids.reserve(count);
  for (std::size_t n = 0; n < count; ++n) ids.push_back(command("drone", R"({"verb": "shoot"})"));
  std::size_t confirmed = 0;
  for (const std::string& id : ids) {
    const Row row = done(id);
    EXPECT_TRUE(row.text("outcome") == "confirmed" || row.text("outcome") == "unconfirmed") << row.raw();
    if (row.text("outcome") == "confirmed") ++confirmed;
  }
  EXPECT_GE(confirmed, count - 2);
  std::set<std::string> taken;
  for (const Row& line : camera.lines()) {
    if (line.event() != "image") continue;
    EXPECT_TRUE(taken.insert(line.text("sequence")).second) << line.raw();
  }
  EXPECT_GE(taken.size(), confirmed);
  expect_none("shot");
}

// It sends no CAMERA_IMAGE_CAPTURED, ever.
TEST_F(MavlinkStation, AnArduPilotsFeedbackConfirmsAShot) {
  tests::Peer pilot(autopilot_program, to_server(0, {"--style", "ardupilot", "--camera", "0"}));
  start_relay(node({listens()}, remote("belly", 1, 1, 1)));
  wait_online("belly");
  const Row shot = told("belly", R"({"verb": "shoot"})");
  EXPECT_EQ(shot.text("outcome"), "confirmed") << shot.raw();
  EXPECT_TRUE(shot.text("reason").starts_with("The autopilot tells of the image ")) << shot.raw();
}

TEST_F(MavlinkStation, SequencesGoOnAfterAKill) {
  tests::Peer camera(camera_program, {});
  start_relay(node({speaks_to(camera)}, remote("drone", 100)));
  wait_online("drone");
  EXPECT_EQ(told("drone", R"({"verb": "shoot"})").text("outcome"), "confirmed");
  server().kill_hard();
  start_again();
  wait_online("drone");
  EXPECT_EQ(told("drone", R"({"verb": "shoot"})").text("outcome"), "confirmed");
  std::vector<std::int64_t> sequences;
  for (const Row& line : camera.lines())
    if (line.event() == "image") sequences.push_back(line.integer("sequence"));
  ASSERT_EQ(sequences.size(), 2U);
  EXPECT_EQ(sequences[0], 1);
  EXPECT_GT(sequences[1], 2);
}

TEST_F(MavlinkStation, ARuleTellsTheCamera) {
  tests::Peer camera(camera_program, to_server());
  start_relay(node({listens()}, remote("drone", 100)) + R"(
[[rule]]
name = "bell"
when = { protocol = "api", kind = "bell" }
do = [ [ { target = "drone", verb = "zoom", percent = 30 }, { target = "drone", verb = "shoot" } ] ]
)");
  wait_online("drone");
  trigger("bell");
  const Row shot = wait_row([](const Row& row) {
    return row.text("rule") == "bell" && row.text("kind") == "shoot" && row.text("outcome") != "pending";
  });
  EXPECT_EQ(shot.text("outcome"), "confirmed") << shot.raw();
  EXPECT_EQ(camera.count("image"), 1U);
  EXPECT_EQ(camera.ask(R"({"do": "report"})").text("cameras.0.zoom"), "30");
}

}  // namespace e2e
