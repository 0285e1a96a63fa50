// A TV-IP400 as a MAVLink camera: all it has is told in the new way and in the old one; its presets can be set; it is
// silent while the camera itself is away.
#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

class MavlinkPtz : public Mavlink {
 protected:
  void start_gate() {
    gate_.emplace("tv_ip400.py",
                  std::vector<std::string>{"--speed", "400", "--fps", "20", "--pan", "170", "--tilt", "45"});
    start_mavlink(trendnet("gate", *gate_) + node(R"({ name = "roof", of = "gate", model = "TV-IP400" })"));
  }
  std::optional<tests::Peer> gate_;
};

TEST_F(MavlinkPtz, R05AllIsToldInTheNewWayAndInTheOldOne) {
  start_gate();
  tests::Peer ground("ground_station.mjs", station());
  wait_known(ground);
  ASSERT_EQ(result(ground, R"({"do": "shoot"})"), 0);
  ASSERT_TRUE(ground.wait_for(event_of("image", {{"result", "1"}})));
  for (const char* const method : {"new", "legacy"})
    for (const auto& [message, index] :
         std::vector<std::pair<int, int>>{{259, 0}, {260, 0}, {261, 1}, {262, 0}, {263, 0}, {269, 1}, {270, 1}}) {
      const std::size_t from = ground.lines().size();
      const Row said = ground.ask(fmt::format(
          R"({{"do": "request", "message": {}, "index": {}, "method": "{}", "attempts": 1}})", message, index, method));
      EXPECT_TRUE(said.flag("came")) << message << ' ' << method;
      const auto asked = ground.wait_event("request", tests::patience, from);
      EXPECT_TRUE(asked && (asked->text("result") == "0" || !asked->has("result"))) << (asked ? asked->raw() : "");
    }
}

TEST_F(MavlinkPtz, R11ItsStreamHasANumberANameAndAnAddressThatCanBeReached) {
  start_gate();
  tests::Peer ground("ground_station.mjs", station());
  wait_known(ground);
  const auto stream = ground.wait_event("stream");
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->text("stream") + " of " + stream->text("count"), "1 of 1");
  EXPECT_EQ(stream->text("name"), "live");
  EXPECT_EQ(stream->text("uri"), public_url() + "/api/v1/cameras/gate/live");
  EXPECT_EQ(result(ground, R"({"do": "command", "command": 2502, "params": [1]})"), 0) << "it runs anyway";
  EXPECT_EQ(result(ground, R"({"do": "command", "command": 512, "params": [269, 2]})"), 2);
}

TEST_F(MavlinkPtz, R10ItsPresetIsAParameterThatMovesIt) {
  start_gate();
  tests::Peer ground("ground_station.mjs", station());
  wait_known(ground);
  const auto file = newest(ground, "definition");
  ASSERT_TRUE(file);
  EXPECT_NE(file->raw().find("PRESET"), std::string::npos) << file->raw();
  const Row set = ground.ask(R"({"do": "set_parameter", "name": "PRESET", "type": 1, "value": 3})");
  EXPECT_EQ(set.text("result") + " " + set.text("value"), "0 3");
  EXPECT_TRUE(gate_->wait_for([](const Row& line) {
    return line.event() == "control" && line.text("path").find("PANTILTCONTROL") != std::string::npos;
  }));
  EXPECT_EQ(ground.ask(R"({"do": "set_parameter", "name": "PRESET", "type": 1, "value": 99})").text("result"), "1");
}

TEST_F(MavlinkPtz, R13ACaptureThatFailsIsToldOf) {
  start_gate();
  tests::Peer ground("ground_station.mjs", station());
  wait_known(ground);
  // Behind the next picture there is none for a long time, and a single one is refused.
  gate_->ask(R"({"do": "set", "fps": 0.02})");
  const auto frames = [&] { return gate_->ask(R"({"do": "report"})").integer("frames"); };
  const auto before = frames();
  ASSERT_TRUE(tests::eventually([&] { return frames() > before; }));
  gate_->ask(R"({"do": "fault", "kind": "500", "path": "/IMAGE.JPG"})");
  EXPECT_EQ(result(ground, R"({"do": "shoot"})"), 0) << "it is not known yet";
  gate_->ask(R"({"do": "fault", "kind": "500"})");
  gate_->ask(R"({"do": "drop_streams"})");
  const auto image = ground.wait_event("image");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->text("result"), "0");
  EXPECT_EQ(image->text("url"), "");
  EXPECT_TRUE(ground.wait_for(event_of("capture_status", {{"image_status", "0"}, {"image_count", "1"}})));
  EXPECT_TRUE(files().empty());
}

TEST_F(MavlinkPtz, R01NoHeartbeatsWithoutTheCameraItself) {
  start_gate();
  tests::Peer ground("ground_station.mjs", station({"--lost-ms", "2500"}));
  wait_known(ground);
  const std::string port = gate_->ready("port");
  gate_.reset();
  ASSERT_TRUE(ground.wait_for(event_of("lost_camera", {{"component", "100"}})));
  EXPECT_EQ(result(ground, R"({"do": "shoot"})"), 1) << "rejected for now";
  gate_.emplace("tv_ip400.py", std::vector<std::string>{"--port", port, "--fps", "20"});
  EXPECT_TRUE(ground.wait_for(event_of("found", {{"component", "100"}})));
}

}  // namespace e2e
