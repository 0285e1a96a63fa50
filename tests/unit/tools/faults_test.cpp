#include "tools/sim/faults.hpp"

#include <gtest/gtest.h>

namespace sim {
namespace {

TEST(FaultNames, AreReadInLists) {
  const auto faults = FaultOptions::parse("corrupt,no-such");
  ASSERT_FALSE(faults);
  EXPECT_TRUE(faults.error().message.starts_with("There is no fault named \"no-such\""));
  const auto two = FaultOptions::parse("drop,early-sync");
  ASSERT_TRUE(two);
  int active = 0;
  for (const double probability : two->probability) active += probability > 0;
  EXPECT_EQ(active, 2);
  EXPECT_GT(two->probability[static_cast<std::size_t>(Fault::early_sync)], 0);
}

TEST(FaultNames, AllMeansEveryOne) {
  const auto all = FaultOptions::parse("all"), none = FaultOptions::parse("none");
  for (const double probability : all->probability) EXPECT_GT(probability, 0);
  for (const double probability : none->probability) EXPECT_EQ(probability, 0);
}

TEST(FaultDice, StopAtTheCap) {
  FaultOptions options = FaultOptions::all();
  options.scale(1e9);
  options.cap = 3;
  std::mt19937_64 random(1);
  Faults faults(options, random);
  int cuts = 0, splits = 0;
  for (int n = 0; n < 1000; ++n) {
    cuts += faults.happens(Fault::cut);
    splits += faults.happens(Fault::split);
  }
  EXPECT_EQ(cuts, 3);
  EXPECT_EQ(splits, 150);
  EXPECT_EQ(faults.counts()[static_cast<std::size_t>(Fault::cut)], 3U);
}

TEST(FaultDice, FollowTheProbability) {
  FaultOptions options = *FaultOptions::parse("corrupt");
  options.cap = 1'000'000;
  std::mt19937_64 random(1);
  Faults faults(options, random);
  int hits = 0;
  for (int n = 0; n < 100'000; ++n) hits += faults.happens(Fault::corrupt);
  EXPECT_NEAR(hits, 1000, 150);
  EXPECT_FALSE(faults.happens(Fault::stall));
}

}  // namespace
}  // namespace sim
