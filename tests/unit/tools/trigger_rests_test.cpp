#include "tools/trigger/rests.hpp"

#include <gtest/gtest.h>

namespace trigger {
namespace {

using namespace std::chrono_literals;

TEST(TriggerRests, GrowUpToTheLongest) {
  Rests rests(200ms);
  for (const auto expected : {200ms, 400ms, 800ms, 1'600ms, 3'200ms, 5'000ms, 5'000ms})
    EXPECT_EQ(rests.next(), expected);
}

TEST(TriggerRests, BeginAgainWhenTheServerIsWell) {
  Rests rests(200ms);
  rests.next();
  rests.next();
  rests.begin_again({});
  EXPECT_EQ(rests.next(), 200ms);
}

TEST(TriggerRests, AreAsLongAsTheServerWishesWithinReason) {
  Rests rests(200ms);
  rests.begin_again(2'000ms);
  EXPECT_EQ(rests.next(), 2'000ms);
  EXPECT_EQ(rests.next(), 4'000ms);
  rests.begin_again(1h);
  EXPECT_EQ(rests.next(), Rests::longest);
  rests.begin_again(0ms);
  EXPECT_EQ(rests.next(), 200ms) << "nobody makes it ask without a rest";
}

TEST(TriggerRests, AFirstOneIsNoLongerThanTheLongest) {
  Rests rests(1h);
  EXPECT_EQ(rests.next(), Rests::longest);
}

}  // namespace
}  // namespace trigger
