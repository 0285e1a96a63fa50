// Switches: off means nothing is fired, and on fires nothing by itself.
#include <algorithm>

#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
class RelayArms : public Relay {
 protected:
  void SetUp() override {
    west_.emplace("edgertronic_camera.py", camera_flags(group(0)));
    start_relay(edgertronic("west", group(0), "repeat = 1") + R"(
[[rule]]
name = "ring"
when = { protocol = "api", kind = "bell" }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)");
  }
  std::string ring(const std::string& name) { return trigger("bell", R"({"name": ")" + name + "\"}"); }
  // The next one fires, and is the first that does.
  void expect_only(const std::string& name) {
    ring(name);
    const auto first = west_->wait_event("datagram");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->text("name"), name);
    EXPECT_EQ(west_->count("datagram"), 1U);
  }
  std::optional<tests::Peer> west_;
};

TEST_F(RelayArms, D06EverythingIsDisarmedAndArmingFiresNothingThatWasHeardMeanwhile) {
  EXPECT_EQ(arm("global", R"({"armed": false})").status, 200);
  const Row row = wait_row(having({{"outcome", "disarmed"}}), "cause=" + ring("meanwhile"));
  EXPECT_EQ(row.text("rule"), "ring");
  EXPECT_NE(row.text("reason").find("everything is disarmed"), std::string::npos) << row.raw();
  EXPECT_EQ(arm("global", R"({"armed": true})").status, 200);
  expect_only("afterwards");
}

TEST_F(RelayArms, D06ARuleIsDisarmedAlsoAfterARestart) {
  EXPECT_EQ(arm("rule/ring", R"({"armed": false})").status, 200);
  server().kill_hard();
  start_again();
  wait_row(having({{"outcome", "disarmed"}}), "cause=" + ring("meanwhile"));
  EXPECT_EQ(arm("rule/ring", R"({"armed": true})").status, 200);
  expect_only("afterwards");
}

TEST_F(RelayArms, D06ATargetIsDisarmedForRulesAndByHand) {
  EXPECT_EQ(arm("target/west", R"({"armed": false})").status, 200);
  const Row row = outcome_of("west", "cause=" + ring("meanwhile"));
  EXPECT_EQ(row.text("outcome"), "disarmed") << row.raw();
  const std::string by_hand = command("west", R"({"verb": "trigger", "parameters": {"name": "by_hand"}})");
  EXPECT_EQ(wait_row(having({{"id", by_hand}})).text("outcome"), "disarmed");
  EXPECT_EQ(arm("target/west", R"({"armed": true})").status, 200);
  expect_only("afterwards");
}

TEST_F(RelayArms, D06ATimedSwitchGoesBackByItself) {
  EXPECT_EQ(arm("global", R"({"armed": false, "for_s": 2})").status, 200);
  wait_row(having({{"outcome", "disarmed"}}), "cause=" + ring("meanwhile"));
  ASSERT_TRUE(tests::eventually([&] {
    const std::vector<Row> arms = list("/api/v1/relay/arms");
    return std::ranges::any_of(arms, having({{"scope", "global"}, {"armed", "true"}}));
  }));
  expect_only("afterwards");
}

TEST_F(RelayArms, D06ThereIsNoSwitchOfARuleThatThereIsNot) {
  const Said said = arm("rule/rang", R"({"armed": false})");
  EXPECT_EQ(said.status, 404);
  EXPECT_NE(said.body.text("detail").find("ring"), std::string::npos) << said.body.raw();
}
}  // namespace

}  // namespace e2e
