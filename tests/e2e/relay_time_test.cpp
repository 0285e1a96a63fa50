// When a target is fired: for the moment that an event announces, and earlier by what the target needs.
#include "server/base/clock.hpp"
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

namespace {
using std::chrono::milliseconds;

constexpr const char* rolls = R"(
[[rule]]
name = "roll"
when = { source = "stage", kind = "start" }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)";

base::UtcTime time_of(const Row& row, const char* member) {
  const auto time = base::parse_iso8601(row.text(member));
  EXPECT_TRUE(time) << member << " of " << row.raw();
  return time.value_or(base::UtcTime{});
}
}  // namespace

TEST_F(Relay, D05AnAnnouncedStartFiresWhenItIsDueAndNotAtOnce) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0), "repeat = 1") + shogun("stage", stage) + rolls);
  const auto before = std::chrono::steady_clock::now();
  stage.ask(R"({"do": "start", "name": "dance", "delay": 1500})");
  const auto fired = west.wait_event("datagram");
  ASSERT_TRUE(fired);
  EXPECT_GE(fired->at("arrived_ms") - before, milliseconds(1'499));  // clocks of the kernel and of the process

  const Row heard = wait_row(having({{"endpoint", "stage"}, {"kind", "start"}}));
  EXPECT_EQ(time_of(heard, "due_at") - time_of(heard, "at"), milliseconds(1'500)) << heard.raw();
  const Row row = outcome_of("west", "cause=" + heard.text("id"));
  EXPECT_EQ(row.text("outcome"), "sent") << row.raw();
  EXPECT_EQ(row.text("due_at"), heard.text("due_at"));
  EXPECT_GE(row.integer("late_us"), 0) << row.raw();
}

// A target that needs 400 ms is told 400 ms before, and what is left of the delay goes on with the notification.
TEST_F(Relay, D05WhatATargetNeedsIsTakenOffAndTheRestOfTheDelayGoesOn) {
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  tests::Peer far("shogun_stage.py");
  start_relay(shogun("stage", stage) +
              "[[shogun]]\nname = \"far\"\nlisten = false\nconfirm = \"0s\"\ndatabase_path = \"D:/T\"\n"
              "to = [\"127.0.0.1:" +
              std::to_string(far.port()) + "\"]\n" + R"(
[[rule]]
name = "pass on"
when = { source = "stage", kind = "start" }
do = [ { target = "far", verb = "start", name = "{name}", latency = "400ms" } ]
)");
  const auto before = std::chrono::steady_clock::now();
  stage.ask(R"({"do": "start", "name": "dance", "delay": 1000})");
  const auto heard = far.wait_event("heard");
  ASSERT_TRUE(heard);
  EXPECT_GE(heard->at("arrived_ms") - before, milliseconds(599));
  EXPECT_GE(heard->integer("values.Delay"), 0);
  EXPECT_LE(heard->integer("values.Delay"), 402) << heard->raw();  // times are in whole milliseconds
  const Row event = wait_row(having({{"endpoint", "stage"}, {"kind", "start"}}));
  const Row row = outcome_of("far", "cause=" + event.text("id"));
  EXPECT_EQ(time_of(event, "due_at") - time_of(row, "due_at"), milliseconds(400)) << row.raw();
}

TEST_F(Relay, D05AMeasuredLatencyIsShownOutlastsARestartAndIsMadeUpFor) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0), {"--delay-ms", "60"}));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0)) + camera_of("west1", west) + shogun("stage", stage) + rolls);
  const Row before = wait_camera("west", having({{"state", "online"}}));
  EXPECT_FALSE(before.has("latency_us")) << before.raw();
  command("west", R"({"verb": "trigger", "parameters": {"name": "first"}})");
  const Row first = outcome_of("west");
  ASSERT_EQ(first.text("outcome"), "confirmed") << first.raw();
  EXPECT_GE(first.integer("latency_us"), 60'000) << first.raw();
  const std::int64_t latency_us =
      wait_camera("west", [](const Row& row) { return row.has("latency_us"); }).integer("latency_us");
  EXPECT_EQ(latency_us, first.integer("latency_us"));

  EXPECT_EQ(server().terminate(), 0);
  start_again();
  EXPECT_EQ(wait_camera("west", having({{"state", "online"}})).integer("latency_us"), latency_us);
  stage.ask(R"({"do": "start", "name": "dance", "delay": 2000})");
  const Row event = wait_row(having({{"endpoint", "stage"}, {"kind", "start"}}));
  const Row row = outcome_of("west", "cause=" + event.text("id"));
  EXPECT_EQ(time_of(event, "due_at") - time_of(row, "due_at"),
            std::chrono::round<milliseconds>(std::chrono::microseconds(latency_us)))
      << row.raw();
}

}  // namespace e2e
