// How often a rule fires, and what would come of a datagram without anything coming of it.
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

TEST_F(Relay, D03DebounceIntervalAndBurstHoldARuleBackAndSaySo) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  const auto rule = [](const std::string& name, const std::string& limit) {
    return "[[rule]]\nname = \"" + name + "\"\nwhen = { protocol = \"api\", kind = \"bell\" }\n" +
           "do = [ { target = \"west\", verb = \"trigger\", name = \"" + name + "\" } ]\n" + limit + "\n";
  };
  start_relay(edgertronic("west", group(0), "repeat = 1") + rule("debounced", "debounce = \"10m\"") +
              rule("spaced", "min_interval = \"10m\"") + rule("capped", "burst = \"3/10m\""));
  for (int n = 0; n < 5; ++n) trigger("bell");

  ASSERT_TRUE(west.wait_count("datagram", 5));
  ASSERT_TRUE(tests::eventually([&] { return rows("outcome=suppressed").size() == 4 + 4 + 2; }));
  const auto reason = [&](const char* name) {
    return wait_row(having({{"outcome", "suppressed"}}), std::string("rule=") + name).text("reason");
  };
  EXPECT_EQ(reason("debounced"), "debounced: less than 10m since the event before");
  EXPECT_EQ(reason("spaced"), "too soon: less than 10m since it fired");
  EXPECT_EQ(reason("capped"), "over the burst: it has fired 3 times within 10m");
  EXPECT_EQ(west.count("datagram"), 5U);
}

TEST_F(Relay, D09ADryRunSaysWhatADatagramWouldDoAndDoesNothing) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  start_relay(edgertronic("west", group(0), "repeat = 1") + edgertronic("field", group(1)) + R"(
[[rule]]
name = "pitch"
when = { source = "field", kind = "trigger", name = "p*" }
do = [ { target = "west", verb = "trigger", name = "{name}_west" } ]
)");
  const auto dry = [&](const std::string& raw) {
    return ask("POST", "/api/v1/relay/rules/dry-run",
               R"({"protocol": "edgertronic", "source": "field", "raw": ")" + raw + "\"}");
  };
  const Said told = dry("05aa9544703100");
  EXPECT_EQ(told.status, 200);
  EXPECT_EQ(told.body.text("event.fields.name"), "p1");
  EXPECT_EQ(told.body.text("rules.0.rule"), "pitch");
  EXPECT_TRUE(told.body.flag("rules.0.fires"));
  EXPECT_EQ(told.body.text("rules.0.commands.0.target"), "west");
  EXPECT_EQ(told.body.text("rules.0.commands.0.parameters.name"), "p1_west");
  EXPECT_EQ(dry("4495aa05").status, 400) << "the bytes of the number swapped";
  EXPECT_TRUE(rows().empty());

  GroupSender(group(1), group_port).trigger("p1");
  ASSERT_TRUE(west.wait_event("datagram"));
  outcome_of("west");
  EXPECT_EQ(rows("incoming=false").size(), 1U);
  EXPECT_EQ(west.count("datagram"), 1U);
}

}  // namespace e2e
