// What outlives the process, however it ends.
#include "server/base/clock.hpp"
#include "tests/e2e/relay_fixture.hpp"

namespace e2e {

TEST_F(Relay, D08EveryRowSurvivesAKillWithItsBytesAndWhatTheyMeant) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  tests::Peer stage("shogun_stage.py", {"--to", listening()});
  start_relay(edgertronic("west", group(0)) + shogun("stage", stage) + R"(
[[rule]]
name = "roll"
when = { source = "stage", kind = "start" }
do = [ { target = "west", verb = "trigger", name = "{name}" } ]
)");
  const std::string sent = stage.ask(R"({"do": "start", "name": "dance", "packet_id": 33362, "delay": 0})").text("hex");
  stage.ask(R"({"do": "raw", "hex": "00ff3c"})");
  outcome_of("west");
  const Row refused = whole(wait_row(having({{"outcome", "refused"}})));
  EXPECT_EQ(refused.text("raw"), "00ff3c");
  EXPECT_FALSE(refused.text("reason").empty());
  const std::vector<Row> before = rows();
  server().kill_hard();
  start_again();

  const std::vector<Row> after = rows();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t n = 0; n < before.size(); ++n) EXPECT_EQ(after[n].raw(), before[n].raw());
  EXPECT_EQ(whole(refused).raw(), refused.raw());
  const Row heard = whole(wait_row(having({{"kind", "start"}, {"incoming", "true"}})));
  EXPECT_EQ(heard.text("raw"), sent);
  EXPECT_EQ(heard.text("fields.packet_id"), "33362");
  EXPECT_EQ(heard.text("fields.name"), "dance");
  const Row fired = whole(outcome_of("west", "cause=" + heard.text("id")));
  EXPECT_EQ(fired.text("raw"), "05aa954464616e636500");
}

TEST_F(Relay, D12WhatIsStillToBeDoneIsDoneAfterAKillUnlessItIsTooLate) {
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  start_relay(edgertronic("west", group(0), "repeat = 1") + R"(
[[rule]]
name = "patient"
when = { protocol = "api", kind = "bell" }
do = [ { target = "west", verb = "trigger", name = "patient" } ]
delay = "4s"
expiry = "10m"
[[rule]]
name = "hasty"
when = { protocol = "api", kind = "bell" }
do = [ { target = "west", verb = "trigger", name = "hasty" } ]
delay = "4s"
expiry = "10ms"
)");
  trigger("bell");
  wait_row(having({{"rule", "patient"}, {"outcome", "pending"}}));
  const Row hasty = wait_row(having({{"rule", "hasty"}, {"outcome", "pending"}}));
  server().kill_hard();
  const auto due = base::parse_iso8601(hasty.text("due_at"));
  ASSERT_TRUE(due);
  ASSERT_TRUE(tests::eventually([&] { return base::utc_now() > *due + std::chrono::milliseconds(10); }));
  start_again();

  const auto fired = west.wait_event("datagram");
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->text("name"), "patient");
  EXPECT_EQ(wait_row(having({{"rule", "patient"}, {"outcome", "sent"}})).text("fields.name"), "patient");
  const Row expired = wait_row(having({{"id", hasty.text("id")}, {"outcome", "expired"}}));
  EXPECT_NE(expired.text("reason").find("behind its time"), std::string::npos) << expired.raw();
  EXPECT_EQ(west.count("datagram"), 1U);
}

TEST_F(Relay, D12ARecordingUnderWayAtTheEndIsStoredAndItsRowSaysSo) {
  tests::Peer gate("tv_ip400.py", {"--fps", "20"});
  start_relay(trendnet("gate", gate));
  wait_camera("gate", having({{"state", "online"}}));
  const std::string id = command("gate", R"({"verb": "record", "parameters": {"duration": "10m"}})");
  const auto frames = [](const Row& camera) { return camera.integer("figures.frames"); };
  const std::int64_t before = frames(wait_camera("gate", having({})));
  wait_camera("gate", [&](const Row& camera) { return frames(camera) > before + 3; });
  EXPECT_EQ(server().terminate(), 0) << server().log();
  start_again();
  const Row row = wait_row(having({{"id", id}}));
  EXPECT_EQ(row.text("outcome"), "confirmed") << row.raw();
  const std::string stored = "It is stored as ";
  ASSERT_TRUE(row.text("reason").starts_with(stored)) << row.raw();
  const std::string media = row.text("reason").substr(stored.size(), 36);
  EXPECT_EQ(ask("GET", "/api/v1/media/" + media).body.text("content_type"), "video/mp4");
}

}  // namespace e2e
