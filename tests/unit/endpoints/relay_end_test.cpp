// The relay's end, and what it owes the catalog while that is away.
#include <thread>

#include "server/endpoints/steps.hpp"
#include "server/endpoints/switches.hpp"
#include "tests/unit/endpoints/relay_fixture.hpp"

namespace endpoints::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class RelayEndTest : public RelayTest {
 protected:
  bool is_armed_in_catalog(std::string_view name) {
    const auto arms = catalog_->relay().arms().value();
    for (const storage::RelayArm& row : arms)
      if (row.name == name) return row.armed;
    return true;
  }
  base::Result<> disarm(const std::string& target) {
    return relay_->arm({.scope = hub::ArmScope::target, .name = target, .arm = {.armed = false}});
  }
};

TEST_F(RelayEndTest, WhatIsBeingStoredIsWaitedForAndItsRowSaysSo) {
  run(pitch, How::at_the_end);
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(eventually_told("west trigger"));
  EXPECT_EQ(outcome_of("west"), "pending");
  relay_->stop();
  EXPECT_THAT(told_.all(), Contains("field close"));
  EXPECT_EQ(outcome_of("west"), "confirmed");
}

// What it was for is stored at the end; what is behind it, and owed, is done at the next start.
TEST_F(RelayEndTest, AStepThatFollowsAtTheEndIsDoneAfterTheNextStart) {
  const std::string_view rules = R"([{"name": "r", "when": {"source": "field"}, "expiry": "1h", "do": [[
    {"target": "west", "verb": "trigger", "name": "1"}, {"target": "desk", "verb": "post"}]]}])";
  run(rules, How::at_the_end);
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(eventually_told("west trigger"));
  relay_->stop();
  EXPECT_THAT(told_.all(), Not(Contains("desk post")));
  EXPECT_EQ(outcome_of("west"), "confirmed");
  EXPECT_EQ(outcome_of("desk"), "pending");
  run(rules);
  EXPECT_TRUE(eventually_told("desk post"));
  EXPECT_TRUE(tests::eventually([&] { return outcome_of("desk") == "sent"; }));
  EXPECT_EQ(std::ranges::count(told_.all(), "west trigger"), 1);
}

TEST_F(RelayEndTest, WhatIsHeardWhileItEndsIsDoneAfterTheNextStart) {
  run(pitch, How::at_the_end);
  ASSERT_TRUE(relay_->hear(event("first")));
  EXPECT_TRUE(eventually_told("west trigger"));
  std::thread ending([&] { relay_->stop(); });
  constexpr std::ptrdiff_t most = 50;  // more in a second would be over the rate
  std::ptrdiff_t heard = 1;
  while (heard < most && relay_->hear(event("next"))) ++heard;
  ending.join();
  const auto fired = std::ranges::count(told_.all(), "west trigger");
  run(pitch);
  EXPECT_TRUE(tests::eventually([&] { return std::ranges::count(told_.all(), "west trigger") == heard; }))
      << fired << " before, " << heard << " heard";
}

TEST_F(RelayEndTest, ACatalogThatHangsHoldsTheEndUpOnlyForOneCall) {
  run(pitch);
  std::unique_lock held(away_.latency_held);
  for (int n = 0; n < 50; ++n) ASSERT_TRUE(relay_->hear(event(std::to_string(n))));
  std::thread ending([&] { relay_->stop(); });
  EXPECT_TRUE(eventually_told("field close"));
  held.unlock();
  ending.join();
  const auto kept = catalog_->relay().latencies().value();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].measured, 50U) << "the newest figure, not each of them";
}

// It looks at the catalog now and then; a look that comes back meanwhile is not what the end waits for.
TEST_F(RelayEndTest, ALookThatComesBackWhileSomethingIsStoredDoesNotHoldTheEndUp) {
  run(pitch, How::at_the_end);
  ASSERT_TRUE(relay_->hear(event()));
  EXPECT_TRUE(eventually_told("west trigger"));
  told_.may_store = false;
  std::unique_lock held(away_.arms_held);
  const unsigned before = away_.looks;
  ASSERT_TRUE(tests::eventually([&] { return away_.looks > before; }));
  std::thread ending([&] { relay_->stop(); });
  EXPECT_TRUE(eventually_told("west close"));
  held.unlock();
  told_.may_store = true;
  ending.join();
  EXPECT_EQ(outcome_of("west"), "confirmed");
}

TEST_F(RelayEndTest, ASwitchIsInForceWhileTheCatalogIsAwayAndKeptWhenItIsBack) {
  run(pitch);
  away_.away = true;
  const auto disarmed = disarm("west");
  ASSERT_FALSE(disarmed);
  EXPECT_EQ(disarmed.error().code, base::Errc::unavailable);
  EXPECT_THAT(disarmed.error().message, HasSubstr("in force"));
  EXPECT_FALSE(relay_->endpoint("west")->armed);
  // What the catalog still has is not taken for news.
  EXPECT_TRUE(tests::eventually([&] { return away_.refused >= 2; }));
  EXPECT_FALSE(relay_->endpoint("west")->armed);
  EXPECT_TRUE(is_armed_in_catalog("west"));
  away_.away = false;
  EXPECT_TRUE(tests::eventually([&] { return !is_armed_in_catalog("west"); }));
  EXPECT_FALSE(relay_->endpoint("west")->armed);
}

TEST_F(RelayEndTest, ASwitchThatIsStillOwedIsTriedOnceMoreAtTheEnd) {
  run(pitch);
  away_.away = true;
  ASSERT_FALSE(disarm("west"));
  away_.away = false;
  relay_->stop();
  EXPECT_FALSE(is_armed_in_catalog("west"));
  run(pitch);
  EXPECT_FALSE(relay_->endpoint("west")->armed);
}

TEST_F(RelayEndTest, OfSwitchesThatAreOwedTheNewestOfANameIsWritten) {
  Switches switches(away_);
  away_.away = true;
  const auto owe = [&](const char* name, bool armed) {
    switches.owe({.scope = "target", .name = name, .armed = armed});
    EXPECT_FALSE(switches.save());
  };
  owe("west", false);
  owe("desk", false);
  owe("west", true);
  EXPECT_EQ(away_.refused, 1U + 2U + 2U);
  EXPECT_TRUE(switches.owes());
  away_.away = false;
  EXPECT_TRUE(switches.save());
  EXPECT_FALSE(switches.owes());
  EXPECT_TRUE(is_armed_in_catalog("west"));
  EXPECT_FALSE(is_armed_in_catalog("desk"));
}

TEST(StepsTest, AStartWithoutAFolderIsAFaultOfAViconStageOnly) {
  const auto faults = [](std::string_view parameters, const ShogunConfig& stage) -> std::string {
    const auto rules = hub::parse_rules(
        R"([{"name": "r", "when": {"protocol": "api"}, "do": [[{"target": "desk", "verb": "post"},
             {"target": "stage", "verb": "start", "name": "a")" +
            std::string(parameters) + R"(}, {"target": "stage", "verb": "stop", "name": "a")" +
            std::string(parameters) + "}]]}]",
        hub::RuleOrigin::file);
    EXPECT_TRUE(rules);
    Config config;
    config.shogun.push_back(stage);
    const auto checked = check_steps(*rules, config);
    if (checked) return {};
    EXPECT_EQ(checked.error().code, base::Errc::invalid);
    return checked.error().message;
  };
  ShogunConfig stage;
  stage.name = "stage";
  EXPECT_EQ(faults("", stage),
            "rule \"r\": start of \"stage\" needs a database_path, in the step or as the stage's.\n"
            "rule \"r\": stop of \"stage\" needs a database_path, in the step or as the stage's.");
  EXPECT_EQ(faults(R"(, "database_path": "D:/T")", stage), "");
  ShogunConfig other = stage;
  other.flavour = "optitrack";
  EXPECT_EQ(faults("", other), "");
  other = stage;
  other.database_path = "D:/T";
  EXPECT_EQ(faults("", other), "");
  other.name = "another";
  other.database_path.clear();
  EXPECT_EQ(faults("", other), "") << "it is no target of the rule";
}

}  // namespace
}  // namespace endpoints::testing
