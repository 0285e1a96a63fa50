// What the relay says of cameras that go away, and what it makes of datagrams that are none.
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

TEST_F(Relay, D10ACameraThatGoesAwayIsTellablyOfflineAndComesBack) {
  std::optional<tests::Peer> camera(std::in_place, "edgertronic_camera.py", camera_flags(group(0)));
  const std::string http_port = camera->ready("http");
  start_relay(edgertronic("west", group(0)) + camera_of("west1", *camera));
  wait_camera("west", having({{"state", "online"}}));
  camera.reset();
  const Row away = wait_camera("west", having({{"state", "offline"}}));
  EXPECT_TRUE(away.text("reason").starts_with("west1: ")) << away.raw();
  EXPECT_TRUE(away.has("since") && away.number("since_s") >= 0) << away.raw();
  camera.emplace("edgertronic_camera.py", camera_flags(group(0), {"--http-port", http_port}));
  const Row back = wait_camera("west", having({{"state", "online"}}));
  EXPECT_FALSE(back.has("reason")) << back.raw();
  EXPECT_GT(back.text("since"), away.text("since"));
}

TEST_F(Relay, D15WhoIsNotAllowedIsNotHeard) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("field", group(1), "allow = [\"127.0.0.1/32\"]") + shogun("stage", stage));
  GroupSender(group(1), group_port, "127.0.0.2").trigger("stranger");
  GroupSender(group(1), group_port).trigger("friend");
  EXPECT_EQ(wait_row(having({{"kind", "trigger"}})).text("fields.name"), "friend");
  EXPECT_EQ(rows().size(), 1U);
  EXPECT_EQ(wait_camera("field", having({})).integer("figures.foreign"), 1);
}

}  // namespace e2e
