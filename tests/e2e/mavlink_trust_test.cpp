// Who may command our cameras: those with the key, and those that are named; on clean air and on lossy air.
#include <fstream>

#include "tests/e2e/mavlink_fixture.hpp"

namespace e2e {

class MavlinkTrust : public MavlinkAir {
 protected:
  static std::string shoot() {
    return R"({"do": "shoot", "system": 1, "component": 100, "retries": 0, "sequence": 1})";
  }
  std::string key_file() const {
    const auto path = folder_ / "key";
    std::ofstream(path) << "a good key\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return fmt::format("key_file = \"{}\"", path.string());
  }
};

TEST_P(MavlinkTrust, OnlySignedFramesAreTakenAndTheKeyMustBeTheRightOne) {
  start_mavlink(node(R"({ name = "pattern" })", {}, link(0, key_file())));
  tests::Peer good("ground_station.mjs", over_air({"--key", "a good key", "--sign-link", "2"}));
  tests::Peer wrong("ground_station.mjs", station({"--key", "a bad key", "--sign-link", "3", "--no-discovery"}));
  tests::Peer unsigned_one("ground_station.mjs", station({"--no-discovery"}));
  meet(good);
  EXPECT_FALSE(wrong.ask(shoot()).has("result"));
  EXPECT_FALSE(unsigned_one.ask(shoot()).has("result"));
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(wrong.count("component"), 0U) << "it cannot check what it hears";
  wait_row(having({{"outcome", "refused"}, {"protocol", "mavlink"}, {"kind", "signature"}}));
  wait_row(having({{"outcome", "refused"}, {"protocol", "mavlink"}, {"kind", "unsigned"}}));

  EXPECT_EQ(told(good, shoot()), 0);
  EXPECT_EQ(taken(good), 1);
  EXPECT_TRUE(knows_images(good, 1));
  EXPECT_EQ(good.count("refused"), 0U) << "all it heard was well signed";
  good.ask(R"({"do": "again", "message": "COMMAND_LONG", "command": 2000})");
  wait_row(having({{"outcome", "refused"}, {"protocol", "mavlink"}, {"kind", "replayed"}}));
  EXPECT_EQ(files().size(), 1U);
}

TEST_P(MavlinkTrust, SignaturesGoOnBehindARestart) {
  start_mavlink(node(R"({ name = "pattern" })", {}, link(0, key_file())));
  tests::Peer ground("ground_station.mjs", over_air({"--key", "a good key", "--sign-link", "2"}));
  meet(ground);
  server().kill_hard();
  start_mavlink_again();
  EXPECT_TRUE(tests::eventually([&] { return ground.ask(shoot()).text("result") == "0"; }));
  EXPECT_TRUE(knows_images(ground, 1));
  EXPECT_EQ(ground.count(event_of("refused", {{"reason", "old timestamp"}})), 0U);
}

TEST_P(MavlinkTrust, WhoIsNotNamedLooksAndDoesNotCommand) {
  start_mavlink(node(R"({ name = "pattern" })", R"(may_command = ["255/190"])"));
  tests::Peer ground("ground_station.mjs", over_air({"--stations", "245,255"}));
  meet(ground);
  const auto as = [&](int station, const std::string& rest) {
    return told(ground, fmt::format(R"({{"as": {}, "system": 1, "component": 100, {}}})", station, rest));
  };
  EXPECT_EQ(as(245, R"("do": "shoot")"), 2);
  EXPECT_EQ(as(245, R"("do": "record")"), 2);
  EXPECT_EQ(as(245, R"("do": "format", "reset_log": true)"), 2);
  EXPECT_GT(as(245, R"("do": "set_parameter", "name": "CAM_MODE", "type": 5, "value": 1)"), 0);
  EXPECT_EQ(as(245, R"("do": "command", "command": 512, "params": [262])"), 0);
  EXPECT_EQ(as(255, R"("do": "shoot", "sequence": 1)"), 0);
  EXPECT_EQ(taken(ground), 1);
  EXPECT_EQ(files().size(), 1U);
}

MAVLINK_BOTH_AIRS(MavlinkTrust);

}  // namespace e2e
