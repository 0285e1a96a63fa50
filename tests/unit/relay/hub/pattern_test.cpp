#include "server/relay/hub/pattern.hpp"

#include <gtest/gtest.h>

#include "server/relay/hub/duration.hpp"
#include "tests/unit/relay/hub/world.hpp"

namespace hub {
namespace {

bool fits(std::string_view pattern, std::string_view value) {
  return ValuePattern(pattern).fits(value);
}

TEST(Pattern, Globs) {
  EXPECT_TRUE(fits("pitch_*", "pitch_27"));
  EXPECT_TRUE(fits("*", ""));
  EXPECT_TRUE(fits("*_&T", "a_b_&T"));
  EXPECT_TRUE(fits("a*b*c", "aXbXbc"));
  EXPECT_TRUE(fits("gr?n", "grün"));
  EXPECT_FALSE(fits("?", ""));
  EXPECT_FALSE(fits("pitch", "pitch_27"));
  EXPECT_FALSE(fits("pitch_*", "Pitch_27"));
  EXPECT_FALSE(fits("", "x"));
}

TEST(Pattern, ManyStarsAreNoTrap) {
  std::string pattern;
  for (int n = 0; n < 300; ++n) pattern += "*a";
  EXPECT_FALSE(fits(pattern + "b", std::string(1000, 'a')));
}

TEST(Pattern, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(fits("<10", "9"));
  EXPECT_FALSE(fits("<10", "10"));
  EXPECT_TRUE(fits("<= 10", "10.0"));
  EXPECT_TRUE(fits(">-1.5", "0"));
  EXPECT_TRUE(fits(">=1e3", "1000"));
  EXPECT_TRUE(fits("!=5", "6"));
  EXPECT_FALSE(fits("!=5", "5.0"));
  EXPECT_FALSE(fits("<10", "nine"));
  EXPECT_FALSE(fits("<10", ""));
}

TEST(Pattern, ComparesTextsWhereThePatternIsNoNumber) {
  EXPECT_TRUE(fits(">=2026-11-21", "2026-11-21T10:00:00Z"));
  EXPECT_FALSE(fits("<b", ""));
  EXPECT_TRUE(fits("!=CANCEL", "SUCCESS"));
  EXPECT_TRUE(fits("!=CANCEL", ""));
  EXPECT_FALSE(fits("!=test_*", "test_1"));
}

TEST(Duration, ReadsWhatItWrites) {
  for (const auto length : {milliseconds{0}, milliseconds{1}, milliseconds{1500}, milliseconds{2000},
                            milliseconds{60'000}, milliseconds{5'400'000}, milliseconds{7'200'000}})
    EXPECT_EQ(parse_duration(duration_text(length)), length);
  EXPECT_EQ(duration_text(milliseconds{120'000}), "2m");
  for (const char* text : {"", "5", "ms", "-1s", "1.5s", "1 s", "1d", "99999999999h", "1s "})
    EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Vocabulary, ChecksValues) {
  const auto good = [](Parameter parameter, std::string_view value) {
    return Vocabulary::check(parameter, value).has_value();
  };
  EXPECT_TRUE(good({"n", ValueKind::number, false, {}, 0, 24}, "24"));
  EXPECT_FALSE(good({"n", ValueKind::number, false, {}, 0, 24}, "25"));
  EXPECT_FALSE(good({"n", ValueKind::number}, "3x"));
  EXPECT_TRUE(good({"n", ValueKind::number}, "-3"));
  EXPECT_TRUE(good({"c", ValueKind::choice, false, "SUCCESS FAIL"}, "FAIL"));
  EXPECT_FALSE(good({"c", ValueKind::choice, false, "SUCCESS FAIL"}, "SUCCESS FAIL"));
  EXPECT_FALSE(good({"c", ValueKind::choice, false, "SUCCESS FAIL"}, ""));
  EXPECT_TRUE(good({"f", ValueKind::flag}, "true"));
  EXPECT_FALSE(good({"f", ValueKind::flag}, "yes"));
  EXPECT_TRUE(good({"d", ValueKind::duration}, "3s"));
  EXPECT_FALSE(good({"t"}, std::string(2000, 'x')));
}

}  // namespace
}  // namespace hub
