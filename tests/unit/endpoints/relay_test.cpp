// The relay as a whole, with endpoints that the test plays and a catalog on disk.
#include "tests/unit/endpoints/relay_fixture.hpp"

#include <thread>

namespace endpoints::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(RelayTest, WhatIsHeardIsFiredAndComesIntoTheLogAndATake) {
  run(pitch);
  const auto heard = relay_->hear(event());
  ASSERT_TRUE(heard) << heard.error().message;
  EXPECT_TRUE(tests::eventually([&] { return outcome_of("west") == "confirmed" && outcome_of("desk") == "sent"; }));
  EXPECT_THAT(told_.all(), ElementsAre("field start", "west start", "desk start", "west trigger", "desk post"));
  for (const storage::Trigger& row : log()) {
    EXPECT_TRUE(row.take_id) << row.endpoint;
    EXPECT_EQ(row.node, "n");
    if (row.incoming) {
      EXPECT_EQ(row.id, *heard);
      EXPECT_EQ(row.fields, R"({"name":"a"})");
      continue;
    }
    EXPECT_EQ(row.cause, *heard);
    EXPECT_EQ(row.rule, "pitch");
  }
  const auto takes = catalog_->relay().list_takes(10, "");
  ASSERT_TRUE(takes);
  ASSERT_EQ(takes->items.size(), 1U);
  EXPECT_EQ(takes->items[0].state, "complete");
  EXPECT_EQ(takes->items[0].commands, 2U);
  EXPECT_EQ(relay_->figures().fired, 2U);
}

// Each step ends within run(), and the next begins from there.
TEST_F(RelayTest, ASequenceOfTargetsThatEndAtOnceIsDoneInOrder) {
  run(R"([{"name": "r", "when": {"source": "field"}, "do": [[
    {"target": "west", "verb": "trigger", "name": "1"}, {"target": "desk", "verb": "post"},
    {"target": "west", "verb": "trigger", "name": "2"}, {"target": "west", "verb": "trigger", "name": "3"}]]}])");
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(tests::eventually([&] { return told_.all().size() == 7; }));
  EXPECT_THAT(told_.all(), ElementsAre("field start", "west start", "desk start", "west trigger", "desk post",
                                       "west trigger", "west trigger"));
  EXPECT_TRUE(tests::eventually([&] {
    const auto rows = log();
    return std::ranges::count(rows, "confirmed", &storage::Trigger::outcome) == 3;
  }));
  EXPECT_TRUE(tests::eventually([&] { return log().size() > 0 && catalog_->relay().pending("n")->empty(); }));
  EXPECT_TRUE(relay_->endpoint("west")->latency);
}

TEST_F(RelayTest, ACommandByHandIsCheckedAndDone) {
  run("[]");
  EXPECT_EQ(relay_->command("nobody", "trigger", {}).error().code, base::Errc::not_found);
  EXPECT_EQ(relay_->command("west", "fly", {}).error().code, base::Errc::invalid);
  const auto id = relay_->command("west", "trigger", {{"name", "x"}});
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_EQ(outcome_of("west"), "confirmed");
}

TEST_F(RelayTest, RulesOfTheApiAreKeptAndOfTwoWritersOneIsRefused) {
  run("[]");
  auto rules = hub::parse_rules(pitch, hub::RuleOrigin::api).value();
  const auto set = relay_->set_rules(rules, 0);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(set->version, 1U);
  ASSERT_EQ(set->rules.size(), 1U);
  EXPECT_EQ(relay_->set_rules({}, 0).error().code, base::Errc::conflict);
  EXPECT_EQ(relay_->rules().rules.size(), 1U);
  rules[0].actions[0].steps[0].target = "nobody";
  EXPECT_EQ(relay_->set_rules(rules, 1).error().code, base::Errc::invalid);
  EXPECT_EQ(catalog_->relay().rules()->version, 1U);  // what cannot be in force is not kept

  run("[]");  // after a restart
  EXPECT_EQ(relay_->rules().version, 1U);
  ASSERT_EQ(relay_->rules().rules.size(), 1U);
  EXPECT_EQ(relay_->rules().rules[0].origin, hub::RuleOrigin::api);
}

TEST_F(RelayTest, SwitchesAreKeptOverARestart) {
  run(pitch);
  EXPECT_EQ(relay_->arm({.scope = hub::ArmScope::target, .name = "nobody"}).error().code, base::Errc::not_found);
  ASSERT_TRUE(relay_->arm({.scope = hub::ArmScope::target, .name = "west", .arm = {.armed = false}}));
  run(pitch);
  EXPECT_FALSE(relay_->endpoint("west")->armed);
  EXPECT_TRUE(relay_->endpoint("desk")->armed);
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(tests::eventually([&] { return outcome_of("desk") == "sent"; }));
  EXPECT_EQ(outcome_of("west"), "disarmed");
}

TEST_F(RelayTest, WhatWasNotDueYetAtTheEndIsDoneAfterTheNextStart) {
  run(R"([{"name": "r", "when": {"source": "field"}, "delay": "1h", "do": [
    {"target": "west", "verb": "trigger", "name": "{name}"}]}])");
  ASSERT_TRUE(relay_->hear(event()));
  relay_->stop();
  ASSERT_TRUE(journal_->flush(tests::patience));
  auto kept = catalog_->relay().pending("n").value();
  ASSERT_EQ(kept.size(), 1U);

  // An hour later.
  auto command = hub::parse_command(kept[0].command).value();
  command.due.utc = base::utc_now();
  kept[0].command = hub::to_json(command);
  ASSERT_TRUE(catalog_->relay().note({.pending = kept}));
  const std::string_view rules = R"([{"name": "r", "when": {"source": "field"}, "do": [
    {"target": "west", "verb": "trigger", "name": "{name}"}]}])";
  const auto made = make(rules);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(std::ranges::count(told_.all(), "west trigger"), 0);  // not before it starts
  relay_->start();
  EXPECT_TRUE(eventually_told("west trigger"));
  EXPECT_TRUE(tests::eventually([&] { return outcome_of("west") == "confirmed"; }));
  EXPECT_THAT(catalog_->relay().pending("n").value(), IsEmpty());
}

TEST_F(RelayTest, OfACommandUnderWayAtTheEndTheNextStartSaysThatNobodyKnows) {
  run(pitch, How::never);
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(eventually_told("west trigger"));
  EXPECT_EQ(outcome_of("west"), "pending");
  relay_->stop();
  EXPECT_EQ(outcome_of("west"), "pending");
  run(pitch);
  EXPECT_EQ(outcome_of("west"), "unconfirmed");
  EXPECT_EQ(std::ranges::count(told_.all(), "west trigger"), 1);
}

TEST_F(RelayTest, ASequenceUnderWayAtTheEndGoesOnAfterTheNextStart) {
  const std::string_view rules = R"([{"name": "r", "when": {"source": "field"}, "on_failure": "go_on", "do": [[
    {"target": "west", "verb": "trigger", "name": "1"}, {"target": "desk", "verb": "post"}]]}])";
  run(rules, How::never);
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(eventually_told("west trigger"));
  relay_->stop();
  EXPECT_EQ(std::ranges::count(told_.all(), "desk post"), 0);
  run(rules);
  EXPECT_TRUE(eventually_told("desk post"));
  EXPECT_EQ(std::ranges::count(told_.all(), "west trigger"), 1);  // nothing is fired twice
}

TEST_F(RelayTest, AfterTheEndEveryCallIsAnsweredAtOnce) {
  run(pitch);
  relay_->stop();
  const auto before = base::steady_now();
  EXPECT_EQ(relay_->hear(event()).error().code, base::Errc::unavailable);
  EXPECT_EQ(relay_->command("west", "trigger", {}).error().code, base::Errc::unavailable);
  EXPECT_EQ(relay_->arm({}).error().code, base::Errc::unavailable);
  EXPECT_EQ(relay_->set_rules({}, 0).error().code, base::Errc::unavailable);
  EXPECT_THAT(relay_->endpoints(), IsEmpty());
  EXPECT_FALSE(relay_->endpoint("west"));
  relay_->hear_later(event());
  EXPECT_LT(base::steady_now() - before, 5s);  // a single one that waited in vain would take so long
  relay_->stop();
}

TEST_F(RelayTest, CallsOfManyThreadsWhileItEndsAreAnsweredAllTheSame) {
  run(pitch);
  std::atomic<int> calls = 0;
  std::atomic<int> slow = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&] {
      for (bool ended = false; !ended; ++calls) {
        const auto heard = relay_->hear(event());
        if (!heard && heard.error().message == "The relay does not answer.") ++slow;
        ended = !heard;
        relay_->hear_later(event());
        (void)relay_->arms();
      }
    });
  EXPECT_TRUE(tests::eventually([&] { return calls > 100; }));
  relay_->stop();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(slow, 0);
}

}  // namespace
}  // namespace endpoints::testing
