#include "server/http/conditional.hpp"

#include <gtest/gtest.h>

namespace http {
namespace {

constexpr std::string_view etag = "\"abc\"";

RangeDecision decide(std::string range, std::uint64_t size, const std::optional<std::string>& if_range = std::nullopt) {
  return decide_range(range, if_range, etag, size);
}

TEST(Range, GivesTheBytesAskedFor) {
  struct Case {
    std::string range;
    std::uint64_t size;
    ByteRange expected;
  };
  const Case cases[] = {
      {"bytes=0-0", 10, {0, 1}},
      {"bytes=0-9", 10, {0, 10}},
      {"bytes=3-5", 10, {3, 3}},
      {"bytes=9-9", 10, {9, 1}},
      {"bytes=5-", 10, {5, 5}},
      {"bytes=0-", 10, {0, 10}},
      {"bytes=5-99", 10, {5, 5}},
      {"bytes=-3", 10, {7, 3}},
      {"bytes=-10", 10, {0, 10}},
      {"bytes=-99", 10, {0, 10}},
      {"BYTES=1-2", 10, {1, 2}},
      {"bytes= 1 - 2 ", 10, {1, 2}},
      {"bytes=0-18446744073709551615", 10, {0, 10}},
      {"bytes=1-18446744073709551615", 10, {1, 9}},
  };
  for (const auto& each : cases) {
    const auto decision = decide(each.range, each.size);
    EXPECT_EQ(decision.outcome, RangeOutcome::partial) << each.range;
    EXPECT_EQ(decision.range, each.expected) << each.range;
  }
}

TEST(Range, OutsideTheFileIsUnsatisfiable) {
  for (const auto* range : {"bytes=10-", "bytes=10-12", "bytes=-0", "bytes=18446744073709551615-"}) {
    EXPECT_EQ(decide(range, 10).outcome, RangeOutcome::unsatisfiable) << range;
  }
  EXPECT_EQ(decide("bytes=0-", 0).outcome, RangeOutcome::unsatisfiable);
  EXPECT_EQ(decide("bytes=-5", 0).outcome, RangeOutcome::whole);
}

TEST(Range, WhatDoesNotParseOrIsNotServedIsTheWhole) {
  for (const auto* range : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "bytes=0-1,3-4", "items=0-1",
                            "bytes=--1", "bytes=1", "bytes=+1-2", "bytes=0x1-2", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(decide(range, 10).outcome, RangeOutcome::whole) << range;
  }
  EXPECT_EQ(decide_range(std::nullopt, std::nullopt, etag, 10).outcome, RangeOutcome::whole);
}

TEST(Range, IfRangeThatIsNotOurTagSwitchesItOff) {
  EXPECT_EQ(decide("bytes=0-1", 10, "\"abc\"").outcome, RangeOutcome::partial);
  EXPECT_EQ(decide("bytes=0-1", 10, " \"abc\" ").outcome, RangeOutcome::partial);
  for (const auto* other : {"\"abd\"", "W/\"abc\"", "Sat, 21 Nov 2026 10:00:00 GMT", ""}) {
    EXPECT_EQ(decide("bytes=0-1", 10, other).outcome, RangeOutcome::whole) << other;
  }
}

TEST(Range, IsToldAsContentRange) {
  EXPECT_EQ(content_range({0, 100}, 1000), "bytes 0-99/1000");
  EXPECT_EQ(unsatisfied_range(1000), "bytes */1000");
}

TEST(EntityTags, AreFoundInLists) {
  for (const auto* field : {"\"abc\"", "*", " * ", "\"x\", \"abc\"", "\"x,y\",\"abc\"", "\"x\" , \"abc\" "}) {
    EXPECT_TRUE(matches_weakly(field, etag)) << field;
    EXPECT_TRUE(matches_strongly(field, etag)) << field;
  }
  EXPECT_TRUE(matches_weakly("W/\"abc\"", etag));
  EXPECT_FALSE(matches_strongly("W/\"abc\"", etag));
  for (const auto* field : {"", "abc", "\"ab\"", "\"abc", "\"x\" \"", "W/", "\"x\", abc"}) {
    EXPECT_FALSE(matches_weakly(field, etag)) << field;
  }
}

}  // namespace
}  // namespace http
