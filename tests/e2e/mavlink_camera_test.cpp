// Our cameras as a ground station sees them: who they are, and how they answer. R01 to R14 are what ground stations
// require of a camera.
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

class MavlinkCameras : public Mavlink {
 protected:
  void start_pattern(std::vector<std::string> more = {}, std::string_view node_more = {}) {
    start_mavlink(node(pattern, node_more));
    ground_.emplace("ground_station.mjs", station(std::move(more)));
    wait_known(*ground_);
  }
  tests::Peer& ground() { return *ground_; }
  std::int64_t told(const std::string& json) { return result(*ground_, json); }

 private:
  std::optional<tests::Peer> ground_;
};

TEST_F(MavlinkCameras, R01AHeartbeatEverySecondAlsoWhileItRecords) {
  start_pattern({"--trace"});
  EXPECT_TRUE(ground().wait_for(
      event_of("component", {{"system", "1"}, {"component", "100"}, {"type", "30"}, {"autopilot", "8"}})));
  EXPECT_EQ(told(R"({"do": "record"})"), accepted);
  const std::size_t from = ground().lines().size();
  const auto beat = event_of("received", {{"name", "HEARTBEAT"}, from_camera});
  std::vector<std::chrono::steady_clock::time_point> beats;
  for (std::size_t next = from; beats.size() < 3; ++next) {
    const auto heard = ground().wait_for(beat, tests::patience, next);
    ASSERT_TRUE(heard);
    beats.push_back(heard->at());
    next = place(ground(), beat, next);
  }
  EXPECT_GT(beats.back() - beats.front(), std::chrono::milliseconds{1'000}) << "no more than one a second";
}

TEST_F(MavlinkCameras, R04R07EveryCommandIsAcknowledgedToWhoAskedAndBeforeItsMessage) {
  start_pattern({"--trace"});
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
  const auto information = event_of("received", {{"name", "CAMERA_INFORMATION"}, from_camera});
  ASSERT_TRUE(ground().wait_for(information, tests::patience, from));
  EXPECT_LT(place(ground(), event_of("received", {{"name", "COMMAND_ACK"}}), from), place(ground(), information, from));
}

TEST_F(MavlinkCameras, R06ParametersThatAreNoNumbersAndCapturesThatWereSentAgain) {
  start_pattern({"--unset", "nan", "--trace"});
  const auto captured = [&](std::size_t count) { return ground().wait_count("image", count); };
  EXPECT_EQ(told(R"({"do": "shoot"})"), accepted);
  ASSERT_TRUE(captured(1));
  EXPECT_EQ(told(R"({"do": "shoot"})"), accepted) << "without a number it is another one";
  ASSERT_TRUE(captured(2));
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 5})"), accepted);
  ASSERT_TRUE(captured(3));
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 5})"), accepted) << "acknowledged again, and not taken again";
  EXPECT_EQ(told(R"({"do": "shoot", "sequence": 6})"), accepted);
  ASSERT_TRUE(captured(4));
  EXPECT_EQ(newest(ground(), "image")->text("index"), "3");
  const auto status = ground().ask(R"({"do": "request", "message": 262})");
  EXPECT_EQ(status.text("fields.image_count"), "4");
  EXPECT_EQ(told(R"({"do": "stop_shooting"})"), accepted);
}

TEST_F(MavlinkCameras, R08TheStatusIsToldAtTheBeginAndTheEndOfWhatItDoes) {
  start_pattern();
  const auto comes = [&](std::vector<std::pair<std::string, std::string>> values, std::size_t from) {
    EXPECT_TRUE(ground().wait_for(event_of("capture_status", values), tests::patience, from)) << values[0].second;
    return place(ground(), event_of("capture_status", values), from);
  };
  std::size_t from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "shoot"})"), accepted);
  from = comes({{"image_status", "1"}, {"image_count", "0"}}, from);
  from = comes({{"image_status", "0"}, {"image_count", "1"}}, from);

  EXPECT_EQ(told(R"({"do": "shoot", "total": 2, "interval": 1})"), accepted);
  from = comes({{"image_status", "3"}, {"image_interval", "1"}}, from);
  from = comes({{"image_status", "2"}, {"image_count", "2"}}, from);
  from = comes({{"image_status", "0"}, {"image_count", "3"}}, from);

  EXPECT_EQ(told(R"({"do": "record", "frequency": 5})"), accepted);
  from = comes({{"video_status", "1"}}, from);
  from = comes({{"video_status", "1"}}, from + 1);  // at that frequency
  EXPECT_EQ(told(R"({"do": "stop_recording"})"), accepted);
  comes({{"video_status", "0"}}, from);
  EXPECT_EQ(ground().count("log_reset"), 0U) << "the number of images never falls";
}

TEST_F(MavlinkCameras, R10R11ItSaysWhoItIsAndWhatItHas) {
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

TEST_F(MavlinkCameras, R10TheDefinitionFileIsServedAndWhatItNamesCanBeSet) {
  start_pattern();
  const auto file = newest(ground(), "definition");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text("status"), "200") << file->raw();
  EXPECT_EQ(file->text("names.0"), "CAM_MODE");
  EXPECT_EQ(ground().ask(R"({"do": "read_parameter", "name": "CAM_MODE"})").text("value"), "0");
  const auto set = ground().ask(R"({"do": "set_parameter", "name": "CAM_MODE", "type": 5, "value": 1})");
  EXPECT_EQ(set.text("result"), "0");
  EXPECT_EQ(set.text("value"), "1");
  EXPECT_TRUE(ground().wait_for(event_of("settings", {{"mode", "1"}})));
  EXPECT_EQ(ground().ask(R"({"do": "read_parameter", "name": "CAM_MODE"})").text("value"), "1");
  EXPECT_EQ(ground().ask(R"({"do": "set_parameter", "name": "CAM_MODE", "type": 5, "value": 7})").text("result"), "1");

  std::size_t from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "mode", "mode": 0})"), accepted);
  EXPECT_TRUE(ground().wait_for(event_of("settings", {{"mode", "0"}}), tests::patience, from));
  EXPECT_EQ(ground().ask(R"({"do": "read_parameter", "name": "CAM_MODE"})").text("value"), "0");
  from = ground().lines().size();
  EXPECT_EQ(told(R"({"do": "mode", "mode": 0})"), accepted);
  EXPECT_TRUE(ground().wait_for(event_of("settings", {{"mode", "0"}}), tests::patience, from))
      << "also without a change";
  EXPECT_EQ(told(R"({"do": "mode", "mode": 2})"), denied);
}

TEST_F(MavlinkCameras, R14BroadcastsAreForEachAndCommandsToOthersForNone) {
  start_mavlink(node(R"({ name = "one" }, { name = "two", model = "Second" })"));
  tests::Peer ground("ground_station.mjs", station());
  wait_known(ground, 100);
  wait_known(ground, 101);
  for (const char* const to : {R"("broadcast": true)", R"("broadcast": true, "system": 1)"}) {
    const std::size_t from = ground.lines().size();
    const auto both = ground.ask(fmt::format(R"({{"do": "shoot", {}}})", to));
    EXPECT_EQ(both.text("acks.0.result") + both.text("acks.1.result"), "00") << both.raw();
    EXPECT_NE(both.text("acks.0.from.1"), both.text("acks.1.from.1"));
    for (const char* const component : {"100", "101"})
      EXPECT_TRUE(ground.wait_for(event_of("image", {{"component", component}}), tests::patience, from)) << component;
  }
  for (const char* const to : {R"("system": 1, "component": 103)", R"("system": 2, "component": 100)"})
    EXPECT_FALSE(ground.ask(fmt::format(R"({{"do": "shoot", "retries": 0, {}}})", to)).has("result")) << to;
  EXPECT_EQ(
      ground.ask(R"({"do": "request", "message": 262, "component": 100, "system": 1})").text("fields.image_count"),
      "2");
}

}  // namespace e2e
