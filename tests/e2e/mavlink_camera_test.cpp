// Our cameras as a ground station sees them: who they are, and how they answer. R01 to R14 are what ground stations
// require of a camera, on clean air and on lossy air.
#include <set>

#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

namespace {
constexpr const char* pattern = R"({ name = "pattern" })";
constexpr std::int64_t accepted = 0;
constexpr std::int64_t denied = 2;
constexpr std::int64_t unsupported = 3;
constexpr std::int64_t captures_images = 2;
constexpr std::int64_t captures_videos = 1;
constexpr std::int64_t has_modes_for_both = 4 + 8 + 16;

const std::pair<std::string, std::string> from_camera{"from.1", "100"};

// The place of a line among all; their number where there is none.
std::size_t place(tests::Peer& peer, const tests::Peer::Predicate& wanted, std::size_t from = 0) {
  const auto& lines = peer.lines();
  while (from < lines.size() && !wanted(lines[from])) ++from;
  return from;
}
}  // namespace

class MavlinkCameras : public MavlinkAir {
 protected:
  void start_pattern(std::vector<std::string> more = {}, std::string_view node_more = {}) {
    start_mavlink(node(pattern, node_more));
    ground_.emplace("ground_station.mjs", over_air(std::move(more)));
    meet(*ground_);
  }
  tests::Peer& ground() { return *ground_; }
  std::int64_t told(const std::string& json) { return MavlinkAir::told(*ground_, json); }
  // The settings come without being asked for, and say that mode.
  void expect_mode(const std::string& mode, std::size_t from) {
    EXPECT_TRUE(ground().wait_for(sent("CAMERA_SETTINGS", {{"fields.mode_id", mode}}), tests::patience, from)) << mode;
    const auto read = answer(ground(), R"({"do": "read_parameter", "name": "CAM_MODE"})",
                             [](const Row& row) { return row.has("value"); });
    EXPECT_EQ(read.text("value"), mode);
  }
  Row set_mode(int mode) {
    return answer(ground(),
                  fmt::format(R"({{"do": "set_parameter", "name": "CAM_MODE", "type": 5, "value": {}}})", mode),
                  [](const Row& row) { return row.has("result"); });
  }

 private:
  std::optional<tests::Peer> ground_;
};

TEST_P(MavlinkCameras, R01AHeartbeatEverySecondAlsoWhileItRecords) {
  start_pattern();
  EXPECT_TRUE(ground().wait_for(
      event_of("component", {{"system", "1"}, {"component", "100"}, {"type", "30"}, {"autopilot", "8"}})));
  EXPECT_EQ(told(R"({"do": "record"})"), accepted);
  const std::size_t from = ground().lines().size();
  const auto beat = sent("HEARTBEAT", {from_camera});
  std::vector<std::chrono::steady_clock::time_point> beats;
  for (std::size_t next = from; beats.size() < 3; ++next) {
    const auto came = ground().wait_for(beat, tests::patience, next);
    ASSERT_TRUE(came);
    beats.push_back(came->at());
    next = place(ground(), beat, next);
  }
  EXPECT_GT(beats.back() - beats.front(), std::chrono::milliseconds{1'000}) << "no more than one a second";
  // What the station missed is what the air lost: the camera left no number out.
  std::optional<std::int64_t> before;
  for (const Row& line : ground().lines()) {
    if (line.text("from.1") != "100" || line.event() == "sent" || line.text("direction") == "out") continue;
    const std::int64_t number = line.integer("seq");
    EXPECT_EQ(number, (before.value_or(number - 1) + 1) % 256) << line.raw();
    before = number;
  }
}

TEST_P(MavlinkCameras, R04R07EveryCommandIsAcknowledgedToWhoAskedAndBeforeItsMessage) {
  start_pattern();
  EXPECT_EQ(told(R"({"do": "command", "command": 31999})"), unsupported);
  const auto acknowledged = ground().wait_for(
      event_of("received", {{"name", "COMMAND_ACK"}, {"fields.command", "31999"}, {"fields.target_system", "245"}}));
  ASSERT_TRUE(acknowledged);
  EXPECT_EQ(acknowledged->text("fields.target_component"), "190");
  EXPECT_EQ(acknowledged->text("from.0") + "/" + acknowledged->text("from.1"), "1/100");
  EXPECT_EQ(told(R"({"do": "command", "command": 31999, "int": true})"), unsupported);
  EXPECT_EQ(told(R"({"do": "command", "command": 512, "params": [30]})"), unsupported);
  EXPECT_EQ(told(R"({"do": "command", "command": 531, "params": [0, 1]})"), unsupported) << "it has no zoom";
  EXPECT_EQ(told(R"({"do": "command", "command": 2000, "params": [55, 0, 1, 0]})"), denied);
  const std::size_t from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "command", "command": 512, "params": [259]})"), accepted);
  const auto acknowledgement = sent("COMMAND_ACK", {{"fields.command", "512"}});
  const auto information = sent("CAMERA_INFORMATION", {from_camera});
  ASSERT_TRUE(ground().wait_for(information, tests::patience, from));
  EXPECT_LT(place(ground(), acknowledgement, from), place(ground(), information, from));
}

// A command that nothing marks as the one before is another shot: a station that missed its acknowledgement has taken
// more than it knows.
TEST_P(MavlinkCameras, R06ParametersThatAreNoNumbersAndCapturesThatWereSentAgain) {
  start_pattern({"--unset", "nan"});
  const auto another_than = [&](std::int64_t before) {
    const std::int64_t now = taken(ground());
    EXPECT_TRUE(lossy() ? now > before : now == before + 1) << now;
    return now;
  };
  EXPECT_EQ(told(R"({"do": "shoot"})"), accepted);
  std::int64_t count = another_than(0);
  EXPECT_EQ(told(R"({"do": "shoot"})"), accepted) << "without a number it is another one";
  count = another_than(count);
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 5})"), accepted);
  EXPECT_EQ(taken(ground()), count + 1);
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 5})"), accepted) << "acknowledged again, and not taken again";
  EXPECT_EQ(taken(ground()), count + 1);
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 6})"), accepted);
  EXPECT_EQ(taken(ground()), count + 2);
  EXPECT_TRUE(knows_images(ground(), static_cast<std::size_t>(count) + 2));
  EXPECT_TRUE(ground().wait_for(event_of("image", {{"index", std::to_string(count + 1)}})));
  EXPECT_EQ(told(R"({"do": "stop_shooting"})"), accepted);
}

TEST_P(MavlinkCameras, R08TheStatusIsToldAtTheBeginAndTheEndOfWhatItDoes) {
  start_pattern();
  const auto comes = [&](std::vector<std::pair<std::string, std::string>> values, std::size_t from) {
    const auto status = sent("CAMERA_CAPTURE_STATUS", values);
    EXPECT_TRUE(ground().wait_for(status, tests::patience, from)) << values[0].first << ' ' << values[0].second;
    return place(ground(), status, from);
  };
  std::size_t from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 1})"), accepted);
  from = comes({{"fields.image_status", "1"}, {"fields.image_count", "0"}}, from);
  from = comes({{"fields.image_status", "0"}, {"fields.image_count", "1"}}, from);

  // A series that was started again, as the acknowledgement was lost, is of more images.
  EXPECT_EQ(told(R"({"do": "shoot", "total": 2, "interval": 1})"), accepted);
  from = comes({{"fields.image_status", "3"}, {"fields.image_interval", "1"}}, from);
  from = comes({{"fields.image_status", "2"}, {"fields.image_count", "2"}}, from);
  from = comes({{"fields.image_status", "0"}}, from);
  const std::int64_t all = taken(ground());
  EXPECT_TRUE(lossy() ? all >= 3 : all == 3) << all;

  EXPECT_EQ(told(R"({"do": "record", "frequency": 5})"), accepted);
  from = comes({{"fields.video_status", "1"}}, from);
  from = comes({{"fields.video_status", "1"}}, from + 1);  // at that frequency
  EXPECT_EQ(told(R"({"do": "stop_recording"})"), accepted);
  comes({{"fields.video_status", "0"}}, from);
  EXPECT_EQ(message(ground(), 262).text("fields.video_status"), "0") << "and the station has it from asking";
  EXPECT_EQ(ground().count("log_reset"), 0U) << "the number of images never falls";
}

TEST_P(MavlinkCameras, R10R11ItSaysWhoItIsAndWhatItHas) {
  start_pattern();
  const auto camera = newest(ground(), "camera");
  ASSERT_TRUE(camera);
  EXPECT_EQ(camera->text("vendor"), "dualcamd");
  EXPECT_EQ(camera->text("model"), "pattern");
  EXPECT_EQ(camera->integer("flags"), captures_images + captures_videos + has_modes_for_both);
  EXPECT_EQ(camera->text("resolution_h") + "x" + camera->text("resolution_v"), "640x480");
  EXPECT_GT(camera->integer("firmware"), 0);
  EXPECT_EQ(camera->text("definition"), public_url() + "/api/v1/cameras/pattern/definition.xml");

  const auto storage = newest(ground(), "storage");
  ASSERT_TRUE(storage);
  EXPECT_EQ(storage->text("storage") + " of " + storage->text("count"), "1 of 1");
  EXPECT_EQ(storage->text("status"), "3") << "not supported: it does not know its size";
  EXPECT_EQ(told(R"({"do": "command", "command": 512, "params": [261, 2]})"), denied);
}

TEST_P(MavlinkCameras, R10TheDefinitionFileIsServedAndWhatItNamesCanBeSet) {
  start_pattern();
  const auto file = newest(ground(), "definition");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text("status"), "200") << file->raw();
  EXPECT_EQ(file->text("names.0"), "CAM_MODE");
  EXPECT_EQ(answer(ground(), R"({"do": "parameters"})", [](const Row& row) { return row.integer("count") > 0; })
                .text("count"),
            "1");
  std::size_t from = ground().lines().size();
  const auto set = set_mode(1);
  EXPECT_EQ(set.text("result"), "0");
  EXPECT_EQ(set.text("value"), "1");
  expect_mode("1", from);
  EXPECT_EQ(set_mode(7).text("result"), "1");

  from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "mode", "mode": 0})"), accepted);
  expect_mode("0", from);
  from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "mode", "mode": 0})"), accepted);
  expect_mode("0", from);  // also without a change
  EXPECT_EQ(told(R"({"do": "mode", "mode": 2})"), denied);
}

TEST_P(MavlinkCameras, R14BroadcastsAreForEachAndCommandsToOthersForNone) {
  start_mavlink(node(R"({ name = "one" }, { name = "two", model = "Second" })"));
  tests::Peer ground("ground_station.mjs", over_air());
  meet(ground, 100);
  meet(ground, 101);
  const std::vector<std::string> broadcasts{R"("broadcast": true)", R"("broadcast": true, "system": 1)"};
  for (std::size_t n = 0; n < broadcasts.size(); ++n) {
    // Sent until both have acknowledged; for them it is one shot.
    std::set<std::string> acknowledged;
    for (int tries = 0; acknowledged.size() < 2 && tries < (lossy() ? most_tries : 1); ++tries) {
      const auto both = ground.ask(fmt::format(R"({{"do": "shoot", "sequence": {}, {}}})", n + 1, broadcasts[n]));
      for (const char* const which : {"acks.0", "acks.1"}) {
        if (!both.has(std::string(which) + ".result")) continue;
        EXPECT_EQ(both.integer(std::string(which) + ".result"), accepted) << both.raw();
        acknowledged.insert(both.text(std::string(which) + ".from.1"));
      }
    }
    EXPECT_EQ(acknowledged, (std::set<std::string>{"100", "101"}));
    for (const std::string component : {"100", "101"})
      EXPECT_TRUE(ground.wait_for(
          sent("CAMERA_IMAGE_CAPTURED", {{"from.1", component}, {"fields.image_index", std::to_string(n)}})))
          << component;
  }
  for (const char* const to : {R"("system": 1, "component": 103)", R"("system": 2, "component": 100)"})
    EXPECT_FALSE(ground.ask(fmt::format(R"({{"do": "shoot", "retries": {}, {}}})", lossy() ? 3 : 0, to)).has("result"))
        << to;
  EXPECT_EQ(taken(ground, 100), 2);
  EXPECT_EQ(taken(ground, 101), 2);
}

MAVLINK_BOTH_AIRS(MavlinkCameras);

}  // namespace e2e
