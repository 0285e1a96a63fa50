// Our cameras as part of a vehicle: of its autopilot's system, or with a stub where there is none.
#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

namespace {
constexpr const char* pattern = R"({ name = "pattern" })";
const std::pair<std::string, std::string> from_stub{"from.1", "1"};
}  // namespace

class MavlinkSystem : public Mavlink {
 protected:
  void start_of_autopilot() { start_mavlink(node(pattern, "system = \"autopilot\"", link(0) + link(1))); }
  static std::vector<std::string> autopilot(int system) {
    return {"--connect", address(0), "--system", std::to_string(system)};
  }
  static tests::Peer::Predicate camera_of(int system) {
    return event_of("component", {{"system", std::to_string(system)}, {"component", "100"}, {"type", "30"}});
  }
};

TEST_F(MavlinkSystem, WithoutAnAutopilotThereAreNoCamerasAndWithOneTheyAreOfItsSystem) {
  start_of_autopilot();
  tests::Peer ground("ground_station.mjs", station({"--trace"}, 1));
  // The server's own heartbeats as a ground station come; cameras would have theirs at the same beat.
  const auto own_beat = event_of("received", {{"name", "HEARTBEAT"}, {"from.0", "254"}});
  for (std::size_t beats = 0, from = 0; beats < 3; ++beats) {
    ASSERT_TRUE(ground.wait_for(own_beat, tests::patience, from));
    while (!own_beat(ground.lines()[from++])) continue;
  }
  EXPECT_EQ(ground.count(event_of("received", {{"from.1", "100"}})), 0U);
  EXPECT_FALSE(ground.ask(R"({"do": "shoot", "system": 1, "component": 100, "retries": 0})").has("result"));

  tests::Peer pilot("autopilot.mjs", autopilot(7));
  ASSERT_TRUE(ground.wait_for(camera_of(7)));
  wait_known(ground, 100, 7);
  EXPECT_EQ(result(ground, R"({"do": "shoot", "system": 7, "component": 100})"), 0);
  EXPECT_TRUE(ground.wait_for(event_of("image", {{"system", "7"}, {"index", "0"}})));
  EXPECT_EQ(ground.count(camera_of(1)), 0U);
}

TEST_F(MavlinkSystem, AnAutopilotThatRestartsKeepsItsCameras) {
  start_of_autopilot();
  tests::Peer ground("ground_station.mjs", station({}, 1));
  tests::Peer pilot("autopilot.mjs", autopilot(7));
  wait_known(ground, 100, 7);
  EXPECT_EQ(result(ground, R"({"do": "shoot", "system": 7, "component": 100, "sequence": 1})"), 0);
  ASSERT_TRUE(ground.wait_for(event_of("image", {{"index", "0"}})));
  pilot.ask(R"({"do": "reboot", "ms": 10})");
  ASSERT_TRUE(tests::eventually([&] {
    pilot.ask(R"({"do": "shoot", "only": ["start"], "seq": 1})");  // one shot, however often it is told
    return pilot.count(event_of("ack", {{"command", "2000"}, {"result", "0"}, {"from.0", "7"}})) > 0;
  }));
  EXPECT_TRUE(ground.wait_for(event_of("image", {{"system", "7"}, {"index", "1"}})));
  EXPECT_EQ(ground.count("lost_camera"), 0U);

  // Another one does not take them along, and a server that was started anew waits for the first it hears.
  tests::Peer second("autopilot.mjs", autopilot(8));
  second.ask(R"({"do": "send", "message": "PING", "fields": {}})");
  EXPECT_EQ(ground.count(camera_of(8)), 0U);
  pilot.end();
  server().kill_hard();
  start_mavlink_again();
  EXPECT_TRUE(ground.wait_for(camera_of(8)));
  wait_known(ground, 100, 8);
  const Row status = ground.ask(R"({"do": "request", "message": 262, "system": 8, "component": 100})");
  EXPECT_EQ(status.text("fields.image_count"), "2") << "the log is the camera's, whatever its system";
}

TEST_F(MavlinkSystem, TheStubOfAVehicleHasAHeartbeatAndNoParameters) {
  start_mavlink(node(pattern, "system = 9\nvehicle = true"));
  tests::Peer ground("ground_station.mjs", station({"--trace"}));
  const auto beat = event_of("received", {{"name", "HEARTBEAT"}, {"from.0", "9"}, from_stub});
  const auto heard = ground.wait_for(beat);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->text("fields.type"), "10");
  EXPECT_EQ(heard->text("fields.autopilot"), "8") << "no autopilot: nobody shall fly it";
  EXPECT_EQ(ground.count(event_of("component", {{"system", "9"}, {"component", "1"}})), 1U);
  wait_known(ground, 100, 9);

  // 9/1 and everybody of 9: the stub alone has parameters of that kind, and it has none.
  for (const char* const to : {"1", "0"}) {
    const std::size_t from = ground.lines().size();
    ground.ask(fmt::format(R"({{"do": "send", "message": "PARAM_REQUEST_LIST",
                               "fields": {{"target_system": 9, "target_component": {}}}}})",
                           to));
    const auto none = ground.wait_for(event_of("received", {{"name", "PARAM_VALUE"}}), tests::patience, from);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->text("from.0") + "/" + none->text("from.1"), "9/1");
    EXPECT_EQ(none->text("fields.param_count"), "0");
  }
  // Not to us: no answer before that to the next one, which is.
  const std::size_t from = ground.lines().size();
  ground.ask(
      R"({"do": "send", "message": "PARAM_REQUEST_LIST", "fields": {"target_system": 8, "target_component": 1}})");
  const auto as_stub = [&](std::string_view command) {
    return result(ground, fmt::format(R"({{"do": "command", "system": 9, "component": 1, {}}})", command));
  };
  EXPECT_EQ(as_stub(R"("command": 512, "params": [0])"), 0) << "its heartbeat can be asked for";
  EXPECT_EQ(as_stub(R"("command": 400, "params": [1])"), 3) << "it cannot be armed";
  const auto& lines = ground.lines();
  for (std::size_t n = from; n < lines.size(); ++n) EXPECT_NE(lines[n].text("name"), "PARAM_VALUE") << lines[n].raw();
}

}  // namespace e2e
