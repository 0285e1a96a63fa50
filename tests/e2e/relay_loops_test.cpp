// Nothing that this server sends makes it send again.
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
constexpr const char* circle = R"(
[[rule]]
name = "there"
when = { source = "field", kind = "trigger" }
do = [ { target = "stage", verb = "start", name = "{name}" } ]
[[rule]]
name = "back"
when = { source = "stage", kind = "start" }
do = [ { target = "field", verb = "trigger", name = "{name}" } ]
)";
constexpr const char* circle_told = "rule there: field → stage; rule back: stage → field";
}  // namespace

TEST_F(Relay, D04ItsOwnDatagramsComeBackAsEchoesAndFireNothing) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0)) + shogun("stage", stage) + R"(
[[rule]]
name = "roll"
when = { source = "west", kind = "trigger" }
do = [ { target = "stage", verb = "start", name = "{name}" } ]
)");
  command("west", R"({"verb": "trigger", "parameters": {"name": "ours"}})");
  ASSERT_TRUE(tests::eventually([&] { return rows("outcome=echo").size() == 2; })) << "it sends two";
  GroupSender(group(0), group_port).trigger("theirs");
  const auto heard = stage.wait_event("heard");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->text("values.Name"), "theirs");
  EXPECT_EQ(stage.count("heard"), 1U);
}

TEST_F(Relay, D04RulesThatFireEachOtherAreRefusedAndTheCircleIsNamed) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  const auto file = write_file(usual_head + edgertronic("field", group(1)) + shogun("stage", stage) + circle, "");
  tests::ServerProcess refused(settings({"--relay", file.string()}));
  const auto code = refused.wait_exit();
  ASSERT_TRUE(code);
  EXPECT_GT(*code, 0);
  EXPECT_TRUE(refused.log_has(circle_told)) << refused.log();

  start_relay(edgertronic("field", group(1)) + shogun("stage", stage));
  const Said said = put_rules(R"([
    {"name": "there", "when": {"source": "field", "kind": "trigger"},
     "do": [{"target": "stage", "verb": "start", "name": "{name}"}]},
    {"name": "back", "when": {"source": "stage", "kind": "start"},
     "do": [{"target": "field", "verb": "trigger", "name": "{name}"}]}])");
  EXPECT_EQ(said.status, 400);
  EXPECT_NE(said.body.raw().find(circle_told), std::string::npos) << said.body.raw();
  EXPECT_EQ(ask("GET", "/api/v1/relay/rules").body.text("version"), "0");
}

TEST_F(Relay, D04WhatHasComeThroughTooManyRelaysFiresNothing) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  start_relay(edgertronic("west", group(0), "repeat = 1") + R"(
[[rule]]
name = "ring"
when = { protocol = "api", kind = "bell" }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)");
  const std::string far = trigger("bell", R"({"name": "far"})", 2);
  EXPECT_NE(wait_row(having({{"outcome", "refused"}}), "cause=" + far).text("reason").find("2 relays"),
            std::string::npos);
  trigger("bell", R"({"name": "near"})", 1);
  const auto fired = west.wait_event("datagram");
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->text("name"), "near");
}

}  // namespace e2e
