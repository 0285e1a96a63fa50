// The ground stations there are, their manners, and bad links to them.
#include <set>

#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

namespace {
constexpr const char* pattern = R"({ name = "pattern" })";
}

class MavlinkStations : public MavlinkAir {
 protected:
  // It asks long for a stream that is not there: what comes before that is awaited.
  static std::vector<std::string> qgc(int number = 0) { return over_air({"--style", "qgc"}, number); }
  static void wait_looked_at(tests::Peer& qgc, const std::string& system) {
    EXPECT_TRUE(qgc.wait_for(event_of("capture_status", {{"system", system}, {"component", "100"}})));
  }
};

TEST_P(MavlinkStations, R02ThreeCamerasHaveTheFirstNumbersAndAModelEach) {
  start_mavlink(node(R"({ name = "one" }, { name = "two" }, { name = "three" })"));
  tests::Peer ground("ground_station.mjs", over_air());
  for (int n = 0; n < 3; ++n) meet(ground, 100 + n);
  const Row report = ground.ask(R"({"do": "report"})");
  std::set<std::string> models;
  for (int n = 0; n < 3; ++n) models.insert(report.text(fmt::format("stations.0.cameras.{}.model", n)));
  EXPECT_EQ(models, (std::set<std::string>{"one", "two", "three"}));
  for (int n = 0; n < 3; ++n) {
    const int component = 100 + n;
    EXPECT_EQ(told(ground, fmt::format(R"({{"do": "shoot", "sequence": 1, "component": {}}})", component)), 0);
    EXPECT_TRUE(ground.wait_for(sent("CAMERA_IMAGE_CAPTURED", {{"from.1", std::to_string(component)}})));
    EXPECT_EQ(taken(ground, component), 1);
  }
  EXPECT_EQ(files().size(), 3U);
}

TEST_P(MavlinkStations, R03OneThatShowsCamerasOfVehiclesOnlyIsGivenAStub) {
  start_mavlink(node(pattern, "vehicle = true"));
  tests::Peer ground("ground_station.mjs", qgc());
  wait_looked_at(ground, "1");
  EXPECT_TRUE(ground.wait_for(event_of("component", {{"component", "1"}, {"type", "10"}, {"autopilot", "8"}})));
  EXPECT_EQ(told(ground, R"({"do": "shoot", "sequence": 1})"), 0);
  EXPECT_TRUE(ground.wait_for(sent("CAMERA_IMAGE_CAPTURED", {{"fields.image_index", "0"}})));
  EXPECT_EQ(told(ground, R"({"do": "shoot", "system": 1, "component": 1})"), 3) << "the stub takes none";
}

TEST_P(MavlinkStations, R03OursAreOfTheSystemOfTheFirstAutopilotThatIsHeard) {
  start_mavlink(node(pattern, "system = \"autopilot\"\nforward = true", link(0) + link(1)));
  tests::Peer ground("ground_station.mjs", qgc(1));
  tests::Peer autopilot("autopilot.mjs", {"--connect", address(0), "--system", "7"});
  wait_looked_at(ground, "7");
  EXPECT_EQ(told(ground, R"({"do": "shoot", "sequence": 1})"), 0);
  EXPECT_TRUE(ground.wait_for(sent("CAMERA_IMAGE_CAPTURED", {{"from.0", "7"}})));
  tests::Peer second("autopilot.mjs", {"--connect", address(0), "--system", "8"});
  EXPECT_TRUE(ground.wait_for(event_of("component", {{"system", "8"}, {"component", "1"}})));
  autopilot.tell(R"({"do": "shoot", "only": ["start"]})");
  EXPECT_TRUE(autopilot.wait_for(event_of("ack", {{"command", "2000"}, {"result", "0"}, {"from.0", "7"}})));
  EXPECT_EQ(ground.count(event_of("component", {{"system", "8"}, {"component", "100"}})), 0U);
}

TEST_P(MavlinkStations, R05OneThatKnowsOnlyTheOldRequests) {
  start_mavlink(node(pattern));
  tests::Peer ground("ground_station.mjs", over_air({"--style", "legacy"}));
  meet(ground);
  EXPECT_EQ(ground.count(event_of("request", {{"method", "new"}})), 0U);
  if (!lossy()) {
    EXPECT_EQ(ground.count(event_of("request", {{"came", "false"}, {"message", "259"}})), 0U);
  }
  EXPECT_EQ(told(ground, R"({"do": "shoot", "sequence": 1})"), 0);
  EXPECT_EQ(taken(ground), 1);
  // The image whose number is asked for in the old way.
  const Row old = answer(ground, R"({"do": "request", "message": 263, "index": 0, "method": "legacy"})",
                         [](const Row& row) { return row.flag("came"); });
  EXPECT_EQ(old.text("fields.image_index"), "0");
}

// The whole of it at once: nothing is taken twice, and nothing stays unknown.
TEST_P(MavlinkStations, R12BadLinksLoseFramesAndNothingElse) {
  start_mavlink(node(pattern));
  tests::Peer ground("ground_station.mjs", over_air({"--no-definition"}));
  meet(ground);
  constexpr int shots = 5;
  for (int n = 1; n <= shots; ++n)
    EXPECT_EQ(told(ground, fmt::format(R"({{"do": "shoot", "sequence": {}}})", n)), 0) << n;
  EXPECT_EQ(taken(ground), shots) << "each was taken, and none twice";
  EXPECT_TRUE(knows_images(ground, shots));
  EXPECT_EQ(files().size(), static_cast<std::size_t>(shots));
  EXPECT_EQ(ground.count("lost") > 0, lossy());
}

TEST_P(MavlinkStations, TwoAtOnceAreToldOfTheSameAndAnsweredEach) {
  start_mavlink(node(pattern));
  tests::Peer one("ground_station.mjs", over_air({}, 0, 7));
  tests::Peer other("ground_station.mjs", over_air({"--style", "legacy", "--stations", "250"}, 0, 8));
  meet(one);
  meet(other);
  // Each counts its own shots; the retries are of both at once.
  const std::string shoot = fmt::format(R"({{"do": "shoot", "sequence": 1, "retries": {}}})", lossy() ? most_tries : 0);
  ASSERT_TRUE(one.tell(shoot));
  ASSERT_TRUE(other.tell(shoot));
  for (tests::Peer* const station : {&one, &other}) {
    const auto said = station->wait_for(event_of("obeyed", {{"do", "shoot"}}));
    EXPECT_TRUE(said && said->text("result") == "0");
    for (const char* const index : {"0", "1"})
      EXPECT_TRUE(station->wait_for(sent("CAMERA_IMAGE_CAPTURED", {{"fields.image_index", index}}))) << index;
    EXPECT_EQ(taken(*station), 2);
    EXPECT_TRUE(knows_images(*station, 2));
  }
  EXPECT_EQ(files().size(), 2U);
}

MAVLINK_BOTH_AIRS(MavlinkStations);

class MavlinkFirstVersion : public Mavlink {};

TEST_F(MavlinkFirstVersion, OneThatSpeaksTheFirstVersionIsUnderstood) {
  start_mavlink(node(pattern, {}, link(0) + link(1, "version = 1")));
  tests::Peer ground("ground_station.mjs", station({"--version", "1"}));
  wait_known(ground);
  EXPECT_EQ(result(ground, R"({"do": "shoot"})"), 0);
  EXPECT_TRUE(ground.wait_event("image"));
  tests::Peer strict("ground_station.mjs", station({"--version", "1", "--strict"}, 1));
  ASSERT_TRUE(strict.wait_for(event_of("component", {{"component", "100"}, {"version", "1"}})));
  EXPECT_EQ(result(strict, R"({"do": "shoot", "system": 1, "component": 100})"), 0);
  EXPECT_TRUE(ground.wait_for(event_of("image", {{"index", "1"}}))) << "told of where there is a way to";
}

}  // namespace e2e
