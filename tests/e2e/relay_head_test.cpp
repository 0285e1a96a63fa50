// A pan-tilt camera that looks where something happens, and back.
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

TEST_F(Relay, D16TheHeadGoesThereWaitsFiresAndReturns) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer gate("tv_ip400.py", {"--speed", "400", "--fps", "20", "--pan", "170", "--tilt", "45"});
  start_relay(edgertronic("west", group(0)) + trendnet("gate", gate) + R"(
[[rule]]
name = "look"
when = { protocol = "api", kind = "door" }
do = [ [ { target = "gate", verb = "goto", pan = 100, tilt = 60 }, { wait = "500ms" },
         { target = "west", verb = "trigger", name = "door_&T" }, { target = "gate", verb = "return" } ] ]
)");
  wait_camera("gate", having({{"properties.pan", "170"}, {"properties.tilt", "45"}}));
  const std::string event = trigger("door");

  const auto there = gate.wait_for(having({{"event", "head"}, {"state", "arrived"}, {"pan", "100"}, {"tilt", "60"}}));
  ASSERT_TRUE(there);
  const auto fired = west.wait_event("trigger");
  ASSERT_TRUE(fired);
  const auto back = gate.wait_for(having({{"event", "head"}, {"state", "arrived"}, {"pan", "170"}, {"tilt", "45"}}));
  ASSERT_TRUE(back);
  EXPECT_GT(fired->at(), there->at());
  EXPECT_GT(back->at(), fired->at());

  const Row returned = wait_row(having({{"kind", "return"}, {"outcome", "confirmed"}}), "cause=" + event);
  EXPECT_EQ(returned.text("rule"), "look");
  EXPECT_EQ(wait_row(having({{"kind", "goto"}}), "cause=" + event).text("outcome"), "confirmed");
  EXPECT_EQ(gate.ask(R"({"do": "report"})").text("violations"), "0");
}

TEST_F(Relay, D16TheHeadReturnsAlsoWhenWhatItWentForFails) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  tests::Peer gate("tv_ip400.py", {"--speed", "400", "--fps", "20", "--pan", "170", "--tilt", "45"});
  start_relay(shogun("stage", stage) + trendnet("gate", gate) + R"(
[[rule]]
name = "look"
when = { protocol = "api", kind = "door" }
do = [ [ { target = "gate", verb = "goto", pan = 120, tilt = 50 }, { target = "stage", verb = "start", name = "{who}" },
         { target = "gate", verb = "snapshot" }, { target = "gate", verb = "return" } ] ]
)");
  wait_camera("gate", having({{"properties.pan", "170"}}));
  const std::string event = trigger("door");  // nobody knows who: there is no name for the take
  wait_row(having({{"kind", "return"}, {"outcome", "confirmed"}}), "cause=" + event);
  EXPECT_EQ(wait_row(having({{"endpoint", "stage"}}), "cause=" + event).text("outcome"), "failed");
  EXPECT_TRUE(gate.wait_for(having({{"event", "head"}, {"state", "arrived"}, {"pan", "170"}, {"tilt", "45"}})));
  EXPECT_EQ(stage.count("heard"), 0U);
}

}  // namespace e2e
