// What is heard, and what is done about it: rules, names, copies.
#include "server/base/clock.hpp"
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
// A name as a stage may take it, of which a file of an edgertronic camera cannot be made.
constexpr const char* awkward_rule = R"(
[[rule]]
name = "pitch"
when = { source = "stage", kind = "start", name = "pitch*" }
do = [ { target = "west", verb = "trigger", name = "{name}/{notes}_&T" } ]
[[rule]]
name = "bat"
when = { source = "field", kind = "trigger", name = "bat*" }
do = [ { target = "stage", verb = "start", name = "{name}" } ]
)";
}  // namespace

TEST_F(Relay, D01ARuleFiresWithANameThatItsTargetCanStore) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0)) + edgertronic("field", group(1)) + shogun("stage", stage) + awkward_rule);

  // No folders, nothing a network share refuses; a parameter of the camera's own stays, also where the name is cut.
  stage.ask(R"({"do": "start", "name": "pitch: 27?", "notes": "../étage"})");
  const auto fired = west.wait_event("trigger");
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->text("name"), "pitch_ 27_..étage_&T");

  stage.ask(R"({"do": "start", "name": "pitch)" + std::string(150, 'x') + R"("})");
  const auto long_one = west.wait_for([](const Row& row) { return row.text("name").starts_with("pitchxxx"); });
  ASSERT_TRUE(long_one);
  EXPECT_LE(long_one->text("name").size(), 99U);
  EXPECT_TRUE(long_one->text("name").ends_with("_&T")) << long_one->text("name");

  GroupSender(group(1), group_port).trigger("bat/1<2>&T");
  const auto heard = stage.wait_event("heard");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->text("values.Name"), "bat_1_2_&T");
}

TEST_F(Relay, D01OneEventFiresTargetsOfEveryKindAndOnlyWhatMatches) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  tests::Peer gate("tv_ip400.py");
  start_relay(edgertronic("west", group(0)) + edgertronic("field", group(1)) + shogun("stage", stage) +
              trendnet("gate", gate) + R"(
[[rule]]
name = "pitch"
when = { source = "field", kind = "trigger", name = "pitch_*" }
do = [ { target = "west", verb = "trigger", name = "{name}_{target}_&T" },
       { target = "stage", verb = "start", name = "{name}" },
       { target = "gate", verb = "preset", preset = 3 } ]
)");
  const GroupSender field(group(1), group_port);
  field.trigger("warm_up");
  field.trigger("pitch_27");

  EXPECT_EQ(west.wait_event("trigger").value_or(Row("{}")).text("name"), "pitch_27_west_&T");
  EXPECT_EQ(stage.wait_event("heard").value_or(Row("{}")).text("values.Name"), "pitch_27");
  EXPECT_EQ(gate.wait_event("control").value_or(Row("{}")).text("body"), "PanTiltPresetPositionMove=3\r\n\r\n");

  // One take has the event and all that it caused; what matched nothing fired nothing.
  const Row take = wait_take(having({{"source", "field"}}));
  EXPECT_EQ(take.integer("commands"), 3);
  for (const char* target : {"west", "stage", "gate"})
    EXPECT_EQ(outcome_of(target, "take=" + take.text("id")).text("rule"), "pitch") << target;
  EXPECT_EQ(rows("incoming=false").size(), 3U);
  EXPECT_EQ(west.count("trigger"), 1U);
}

// The device's own memory is the ring: what was before the event is asked for with it.
TEST_F(Relay, D17AClipBeginsBeforeTheEventThatAskedForIt) {
  const std::string imei = "356307042441013";
  start_relay("\n[[dualcam]]\nname = \"truck\"\nimei = \"" + imei + R"("

[[rule]]
name = "crash"
when = { source = "api", kind = "crash" }
do = [ { target = "truck", verb = "capture", cameras = "both", before = "10s", after = "5s" } ]
)");
  const std::string event = trigger("crash");
  const Row asked = outcome_of("truck");
  EXPECT_EQ(asked.text("cause"), event) << asked.raw();
  const std::vector<Row> requests = list("/api/v1/capture-requests?imei=" + imei);
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests.front().text("origin"), "rule crash") << requests.front().raw();
  EXPECT_EQ(requests.front().integer("duration_s"), 15);
  const auto at = base::parse_iso8601(ask("GET", "/api/v1/triggers/" + event).body.text("at"));
  const auto from = base::parse_iso8601(requests.front().text("from"));
  ASSERT_TRUE(at && from) << requests.front().raw();
  EXPECT_GE(*at - *from, std::chrono::seconds{10});
  EXPECT_LT(*at - *from, std::chrono::seconds{12}) << "devices take whole seconds";
}

TEST_F(Relay, D02TheSameNotificationOverTwoPathsIsOneEvent) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0), {"--triggered-ms", "1", "--save-ms", "1"}));
  tests::Peer stage("shogun_stage.py", {"--to", listening() + "@127.0.0.1", "--to", listening() + "@127.0.0.2"});
  start_relay(edgertronic("west", group(0), "repeat = 1") + shogun("stage", stage) + R"(
[[rule]]
name = "roll"
when = { source = "stage", kind = "start" }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)");
  stage.ask(R"({"do": "start", "name": "one", "times": 3})");
  // Without a number, by their contents.
  stage.ask(R"({"do": "start", "name": "two", "packet_id": 0, "times": 3})");
  stage.ask(R"({"do": "start", "name": "last"})");
  ASSERT_TRUE(tests::eventually([&] { return rows("outcome=duplicate").size() == 11; }));

  EXPECT_EQ(rows("incoming=true&outcome=heard").size(), 3U);
  EXPECT_EQ(metric(R"(dualcamd_relay_triggers_total{direction="in",outcome="duplicate",protocol="shogun"})"), 11);
  ASSERT_TRUE(west.wait_count("datagram", 3));
  ASSERT_TRUE(tests::eventually([&] { return rows("incoming=false&outcome=sent").size() == 3; }));
  EXPECT_EQ(west.count("datagram"), 3U);
}

TEST_F(Relay, D02BothDatagramsOfOneEdgertronicTriggerAreOneEvent) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("field", group(1)) + shogun("stage", stage) + R"(
[[rule]]
name = "roll"
when = { source = "field", kind = "trigger" }
do = [ { target = "stage", verb = "start", name = "{name}" } ]
)");
  const GroupSender near_path(group(1), group_port);
  const GroupSender other_path(group(1), group_port, "127.0.0.2");
  near_path.trigger("shot");
  other_path.trigger("shot");
  near_path.trigger("next");
  ASSERT_TRUE(stage.wait_for([](const Row& row) { return row.text("values.Name") == "next"; }));
  EXPECT_EQ(stage.count("heard"), 2U);
  EXPECT_EQ(wait_row(having({{"outcome", "duplicate"}})).text("fields.name"), "shot");
}

}  // namespace e2e
