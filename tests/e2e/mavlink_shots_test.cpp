// What others do on MAVLink is one event a shot, whatever was said about it, and rules fire once.
#include <fmt/format.h>

#include "tests/e2e/mavlink_relay_fixture.hpp"

namespace e2e {

namespace {
class MavlinkShots : public MavlinkRelay {
 protected:
  static std::string rule(std::string_view kind) {
    return fmt::format(
        "[[rule]]\nname = \"on {0}\"\nwhen = {{ protocol = \"mavlink\", kind = \"{0}\" }}\ndo = [ {{ target = "
        "\"field\", verb = \"trigger\", "
        "name = \"{0}\" }} ]\n",
        kind);
  }
  static std::string field() { return edgertronic("field", group(0), "repeat = 1"); }
  std::size_t fired(std::string_view kind) const {
    std::size_t count = 0;
    for (const Row& row : rows("incoming=false"))
      if (row.text("rule") == fmt::format("on {}", kind) && row.text("endpoint") == "field") ++count;
    return count;
  }
  // All that was said before has been heard.
  void heard_all(tests::Peer& peer) const {
    peer.ask(
        R"({"do": "send", "message": "COMMAND_LONG", "fields": {"command": 2500, "target_system": 1, "target_component": 100}})");
    wait_row(having({{"kind", "video_start"}}));
  }
};
}  // namespace

TEST_F(MavlinkShots, WhatPx4SaysOfAShotIsOneEvent) {
  constexpr std::size_t count = 4;
  tests::Peer camera(camera_program, to_server());
  tests::Peer pilot(autopilot_program, to_server(0, {"--duplicate", "50"}));
  start_relay(node({listens()}, remote("drone", 100)) + field() + rule("shot") + rule("captured") + rule("trigger"));
  wait_online("drone");
  for (std::size_t n = 1; n <= count; ++n) {
    pilot.ask(R"({"do": "shoot"})");
    camera.ask(R"({"do": "shoot"})");  // the server does not forward: the camera is told by its button
    EXPECT_TRUE(tests::eventually([&] { return events("captured").size() == n; })) << n;
  }
  heard_all(pilot);
  EXPECT_EQ(events("shot").size(), count);
  EXPECT_EQ(events("trigger").size(), count);
  EXPECT_EQ(events("command").size(), count);
  EXPECT_EQ(events("captured").size(), count);
  EXPECT_TRUE(tests::eventually([&] { return fired("shot") == count && fired("captured") == count; }));
  EXPECT_EQ(fired("trigger"), count);

  const Row captured = events("captured").front();
  EXPECT_EQ(captured.text("endpoint"), "drone");
  EXPECT_EQ(captured.text("fields.image_index"), std::to_string(count - 1));
  EXPECT_EQ(captured.text("fields.result"), "1");
  EXPECT_EQ(captured.text("fields.url"), fmt::format("http://127.0.0.1:80/100/{}.jpg", count - 1));
  EXPECT_EQ(captured.text("fields.latitude"), "1.0000003");
  EXPECT_FALSE(whole(captured).text("raw").empty());
  const Row asked = events("command").front();
  EXPECT_EQ(asked.text("fields.sender"), "1/1");
  EXPECT_EQ(asked.text("fields.target"), "1/100");
  EXPECT_EQ(asked.text("fields.sequence"), std::to_string(count));

  // Told of once more, as somebody asked for it: no news.
  camera.ask(R"({"do": "resend", "index": 1})");
  pilot.ask(R"({"do": "again", "message": "CAMERA_TRIGGER"})");
  pilot.ask(R"({"do": "shoot", "seq": 2, "confirmation": 1, "only": ["start"]})");
  pilot.ask(
      R"({"do": "send", "message": "COMMAND_LONG", "fields": {"command": 2501, "target_system": 1, "target_component": 100}})");
  wait_row(having({{"kind", "video_stop"}}));
  EXPECT_EQ(events("shot").size(), count);
  EXPECT_EQ(events("captured").size(), count);
}

TEST_F(MavlinkShots, WhatArduPilotSaysOfAShotIsOneEvent) {
  constexpr std::size_t count = 3;
  tests::Peer pilot(autopilot_program, to_server(0, {"--style", "ardupilot", "--digicam", "broadcast", "--camera", "0",
                                                     "--duplicate", "40", "--boot-time"}));
  start_relay(node({listens()}, "merge = \"200ms\"") + field() + rule("shot") + rule("feedback"));
  wait_camera("air", having({{"state", "online"}}));
  for (std::size_t n = 1; n <= count; ++n) {
    pilot.ask(R"({"do": "shoot"})");
    EXPECT_TRUE(tests::eventually([&] { return events("feedback").size() == n; })) << n;
    // Without a number only time tells the next shot: the merge window must be over.
    const auto over = std::chrono::steady_clock::now() + std::chrono::milliseconds(250);
    tests::eventually([&] { return std::chrono::steady_clock::now() > over; });
  }
  EXPECT_EQ(events("shot").size(), count);
  EXPECT_EQ(events("command").size(), count);
  EXPECT_TRUE(tests::eventually([&] { return fired("shot") == count && fired("feedback") == count; }));
  EXPECT_EQ(events("shot").front().text("fields.system"), "1");
}

TEST_F(MavlinkShots, ACamerasOwnShotsAndVideosAreEvents) {
  tests::Peer camera(camera_program, to_server(0, {"--duplicate", "50"}));
  start_relay(node({listens()}, remote("drone", 100)) + field() + rule("shot") + rule("captured"));
  wait_online("drone");
  for (int n = 0; n < 3; ++n) {
    camera.ask(R"({"do": "shoot"})");
    EXPECT_TRUE(camera.wait_count("image", static_cast<std::size_t>(n) + 1));
  }
  EXPECT_TRUE(tests::eventually([&] { return fired("shot") == 3 && fired("captured") == 3; }));
  camera.ask(R"({"do": "fail", "count": 1})");
  camera.ask(R"({"do": "shoot"})");
  wait_row(having({{"kind", "captured"}, {"fields.result", "0"}}));
  EXPECT_EQ(events("captured").size(), 4U);
  EXPECT_EQ(events("shot").size(), 4U);
}

TEST_F(MavlinkShots, OurOwnShotsAreNoEventsAndOnlyWhoMayCommandMakesOthers) {
  tests::Peer camera(camera_program, to_server());
  tests::Peer pilot(autopilot_program, to_server());
  start_relay(node({listens()}, "may_command = [\"255/*\"]\nmerge = \"20ms\"\n" + remote("drone", 100)) + field() +
              rule("shot"));
  wait_online("drone");
  EXPECT_EQ(told("drone", R"({"verb": "shoot"})").text("outcome"), "confirmed");
  EXPECT_EQ(told("drone", R"({"verb": "start_video"})").text("outcome"), "confirmed");
  pilot.ask(R"({"do": "shoot"})");  // it may not
  pilot.ask(
      R"({"do": "send", "message": "COMMAND_LONG", "from": [255, 190],
          "fields": {"command": 2000, "param3": 1, "param4": 9, "target_system": 1, "target_component": 100}})");
  const Row shot = wait_row(having({{"kind", "shot"}}));
  EXPECT_EQ(shot.text("fields.sender"), "255/190");
  EXPECT_EQ(shot.text("endpoint"), "drone");
  EXPECT_TRUE(tests::eventually([&] { return fired("shot") == 1; }));
  EXPECT_EQ(events("command").size(), 1U);
  expect_none("trigger");
  expect_none("captured");
}

}  // namespace e2e
