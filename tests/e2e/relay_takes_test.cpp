// What belongs together: start, stop and the finished file of a capture, and all that it caused.
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
constexpr const char* fires_on_start = R"(
[[rule]]
name = "roll"
when = { source = "stage", kind = "start" }
do = [ { target = "west", verb = "trigger", name = "{take}_{take.number}" } ]
)";
}  // namespace

TEST_F(Relay, D11StartStopAndCompleteAreOneTake) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0)) + shogun("stage", stage) + fires_on_start);

  stage.ask(R"({"do": "start", "name": "dance", "delay": 0})");
  const Row open = wait_take(having({{"name", "dance"}, {"state", "open"}}));
  EXPECT_EQ(west.wait_event("trigger").value_or(Row("{}")).text("name"), "dance_" + open.text("number"));
  stage.ask(R"({"do": "stop", "name": "dance"})");
  const Row ended = wait_take(having({{"name", "dance"}, {"state", "ended"}}));
  stage.ask(R"({"do": "complete", "name": "dance"})");
  const Row complete = wait_take(having({{"name", "dance"}, {"state", "complete"}}));

  EXPECT_EQ(ended.text("id"), open.text("id"));
  EXPECT_EQ(complete.text("id"), open.text("id"));
  EXPECT_EQ(complete.text("result"), "SUCCESS");
  EXPECT_TRUE(complete.has("ended_at") && complete.has("completed_at")) << complete.raw();
  EXPECT_EQ(list("/api/v1/takes").size(), 1U);
  outcome_of("west");
  EXPECT_EQ(rows("take=" + open.text("id")).size(), 4U) << "three notifications and what the first one fired";
}

TEST_F(Relay, D11AStopWithoutAStartIsAnOrphanAndACancelledTakeSaysSo) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(shogun("stage", stage));

  stage.ask(R"({"do": "stop", "name": "never_begun"})");
  const Row orphan = wait_take(having({{"name", "never_begun"}}));
  EXPECT_EQ(orphan.text("state"), "orphan");
  const Row row = wait_row(having({{"take_id", orphan.text("id")}}));
  EXPECT_NE(row.text("reason").find("start was not heard"), std::string::npos) << row.raw();

  stage.ask(R"({"do": "start", "name": "slip", "delay": 0})");
  stage.ask(R"({"do": "stop", "name": "slip", "result": "CANCEL"})");
  const Row cancelled = wait_take([](const Row& take) { return take.text("name") == "slip" && take.has("ended_at"); });
  EXPECT_EQ(cancelled.text("result"), "CANCEL");
}

TEST_F(Relay, D11AStartThatSomebodyAskedForAndTheStageConfirmsFiresOnce) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0), "listen = false") + shogun("stage", stage) + fires_on_start);

  stage.ask(R"({"do": "flavour", "flavour": "vicon-sample", "kind": "start", "name": "dance", "delay": 0})");
  wait_row(having({{"endpoint", "stage"}, {"kind", "start"}, {"outcome", "heard"}}));
  stage.ask(R"({"do": "start", "name": "dance", "delay": 0})");
  wait_row(having({{"endpoint", "stage"}, {"kind", "start_again"}}));
  stage.ask(R"({"do": "start", "name": "walk", "delay": 0})");  // what the one before fires would be there before it
  wait_row(
      [](const Row& row) { return row.text("endpoint") == "west" && row.text("fields.name").starts_with("walk_"); });
  std::size_t fired = 0;
  for (const Row& row : rows("endpoint=west")) fired += row.text("kind") == "trigger" ? 1U : 0U;
  EXPECT_EQ(fired, 2U) << "one for each take";
}

TEST_F(Relay, D11ARemoteStartIsConfirmedByTheStageItself) {
  tests::Peer stage("shogun_stage.py", {"--to", listening(), "--existing", "taken"});
  start_relay(shogun("stage", stage, "confirm = \"2s\""));

  command("stage", R"({"verb": "start", "parameters": {"name": "walk"}})");
  const Row started = outcome_of("stage");
  EXPECT_EQ(started.text("outcome"), "confirmed") << started.raw();
  EXPECT_GT(started.integer("latency_us"), 0);
  wait_take(having({{"name", "walk"}, {"state", "open"}}));
  command("stage", R"({"verb": "stop", "parameters": {"name": "walk"}})");
  wait_take(having({{"name", "walk"}, {"state", "complete"}}));

  // The stage says nothing where it has a take of that name.
  command("stage", R"({"verb": "start", "parameters": {"name": "taken"}})");
  const Row silent = wait_row(having({{"endpoint", "stage"}, {"fields.name", "taken"}, {"outcome", "unconfirmed"}}));
  EXPECT_NE(silent.text("reason").find("did not say so"), std::string::npos) << silent.raw();
}

TEST_F(Relay, D13ATimecodeStartIsNotedAndFiresOnlyRulesThatNameIt) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0), "repeat = 1") + shogun("stage", stage) + R"(
[[rule]]
name = "any"
when = { source = "stage" }
do = [ { target = "west", verb = "trigger", name = "any_{kind}" } ]
[[rule]]
name = "announced"
when = { source = "stage", kind = "timecode_start" }
do = [ { target = "west", verb = "trigger", name = "announced" } ]
)");
  stage.ask(R"({"do": "timecode_start", "name": "later"})");
  EXPECT_EQ(wait_row(having({{"kind", "timecode_start"}})).text("outcome"), "armed_only");
  stage.ask(R"({"do": "start", "name": "now", "delay": 0})");
  ASSERT_TRUE(west.wait_count("datagram", 2));
  EXPECT_EQ(west.lines().empty() ? "" : west.wait_event("datagram")->text("name"), "announced");
  EXPECT_TRUE(west.wait_for(having({{"event", "datagram"}, {"name", "any_start"}})));
  EXPECT_EQ(west.count("datagram"), 2U);
}

}  // namespace e2e
