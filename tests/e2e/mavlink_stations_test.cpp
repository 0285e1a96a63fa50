// The ground stations there are, their manners, and bad links to them.
#include <set>

#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

namespace {
constexpr const char* pattern = R"({ name = "pattern" })";
}

class MavlinkStations : public Mavlink {
 protected:
  // It asks long for a stream that is not there: what comes before that is awaited.
  static std::vector<std::string> qgc(int number = 0) { return station({"--style", "qgc"}, number); }
  static void wait_looked_at(tests::Peer& qgc, const std::string& system) {
    EXPECT_TRUE(qgc.wait_for(event_of("capture_status", {{"system", system}, {"component", "100"}})));
  }
};

TEST_F(MavlinkStations, R02ThreeCamerasHaveTheFirstNumbersAndAModelEach) {
  start_mavlink(node(R"({ name = "one" }, { name = "two" }, { name = "three" })"));
  tests::Peer ground("ground_station.mjs", station());
  for (int n = 0; n < 3; ++n) wait_known(ground, 100 + n);
  const Row report = ground.ask(R"({"do": "report"})");
  std::set<std::string> models;
  for (int n = 0; n < 3; ++n) models.insert(report.text(fmt::format("stations.0.cameras.{}.model", n)));
  EXPECT_EQ(models, (std::set<std::string>{"one", "two", "three"}));
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(result(ground, fmt::format(R"({{"do": "shoot", "system": 1, "component": {}}})", 100 + n)), 0);
    EXPECT_TRUE(ground.wait_for(event_of("image", {{"component", std::to_string(100 + n)}, {"index", "0"}})));
  }
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(MavlinkStations, R03OneThatShowsCamerasOfVehiclesOnlyIsGivenAStub) {
  start_mavlink(node(pattern, "vehicle = true"));
  tests::Peer ground("ground_station.mjs", qgc());
  wait_looked_at(ground, "1");
  EXPECT_TRUE(ground.wait_for(event_of("component", {{"component", "1"}, {"type", "10"}, {"autopilot", "8"}})));
  EXPECT_EQ(result(ground, R"({"do": "shoot"})"), 0);
  EXPECT_TRUE(ground.wait_event("image"));
  EXPECT_EQ(result(ground, R"({"do": "shoot", "system": 1, "component": 1})"), 3) << "the stub takes none";
}

TEST_F(MavlinkStations, R03OursAreOfTheSystemOfTheFirstAutopilotThatIsHeard) {
  start_mavlink(node(pattern, "system = \"autopilot\"\nforward = true", link(0) + link(1)));
  tests::Peer ground("ground_station.mjs", qgc(1));
  tests::Peer autopilot("autopilot.mjs", {"--connect", address(0), "--system", "7"});
  wait_looked_at(ground, "7");
  EXPECT_EQ(result(ground, R"({"do": "shoot"})"), 0);
  EXPECT_TRUE(ground.wait_for(event_of("image", {{"system", "7"}})));
  tests::Peer second("autopilot.mjs", {"--connect", address(0), "--system", "8"});
  EXPECT_TRUE(ground.wait_for(event_of("component", {{"system", "8"}, {"component", "1"}})));
  autopilot.tell(R"({"do": "shoot", "only": ["start"]})");
  EXPECT_TRUE(autopilot.wait_for(event_of("ack", {{"command", "2000"}, {"result", "0"}, {"from.0", "7"}})));
  EXPECT_EQ(ground.count(event_of("component", {{"system", "8"}, {"component", "100"}})), 0U);
}

TEST_F(MavlinkStations, R05OneThatKnowsOnlyTheOldRequests) {
  start_mavlink(node(pattern));
  tests::Peer ground("ground_station.mjs", station({"--style", "legacy"}));
  wait_known(ground);
  EXPECT_EQ(ground.count(event_of("request", {{"method", "new"}})), 0U);
  EXPECT_EQ(ground.count(event_of("request", {{"came", "false"}, {"message", "259"}})), 0U);
}

// Which frames are lost depends on the moment as well as on the dice: whatever is asked for is asked until it came.
TEST_F(MavlinkStations, R12BadLinksLoseFramesAndNothingElse) {
  start_mavlink(node(pattern));
  tests::Peer ground("ground_station.mjs",
                     station({"--lose", "15", "--lose-acks", "30", "--seed", "7", "--hurry", "5", "--no-definition"}));
  ASSERT_TRUE(ground.wait_event("component"));
  ASSERT_TRUE(tests::eventually([&] {
    ground.ask(R"({"do": "identify"})");
    return ground.count(event_of("known", {{"storages", "1"}})) > 0;
  }));
  constexpr int shots = 5;
  for (int n = 1; n <= shots; ++n)
    EXPECT_EQ(result(ground, fmt::format(R"({{"do": "shoot", "sequence": {}, "retries": 20}})", n)), 0) << n;
  ASSERT_TRUE(tests::eventually([&] {
    const Row said = ground.ask(R"({"do": "request", "message": 262})");
    return said.text("fields.image_count") == std::to_string(shots);
  })) << "each was taken, and none twice";
  ASSERT_TRUE(tests::eventually(
      [&] { return ground.ask(R"({"do": "images", "first": 0})").has(fmt::format("indices.{}", shots - 1)); }));
  EXPECT_EQ(files().size(), static_cast<std::size_t>(shots));
  EXPECT_GT(ground.count("lost"), 0U);
}

TEST_F(MavlinkStations, TwoAtOnceAreToldOfTheSameAndAnsweredEach) {
  start_mavlink(node(pattern));
  tests::Peer one("ground_station.mjs", station());
  tests::Peer other("ground_station.mjs", station({"--style", "legacy", "--stations", "250"}));
  wait_known(one);
  wait_known(other);
  ASSERT_TRUE(one.tell(R"({"do": "shoot"})"));
  ASSERT_TRUE(other.tell(R"({"do": "shoot"})"));
  for (tests::Peer* const station : {&one, &other}) {
    const auto told = station->wait_for(event_of("obeyed", {{"do", "shoot"}}));
    EXPECT_TRUE(told && told->text("result") == "0");
    EXPECT_TRUE(station->wait_for(event_of("image", {{"index", "0"}})));
    EXPECT_TRUE(station->wait_for(event_of("image", {{"index", "1"}})));
  }
  EXPECT_EQ(files().size(), 2U);
}

TEST_F(MavlinkStations, OneThatSpeaksTheFirstVersionIsUnderstood) {
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
