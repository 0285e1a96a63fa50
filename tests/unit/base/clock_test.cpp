#include "server/base/clock.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::milliseconds;

UtcTime at(std::int64_t ms) {
  return UtcTime{milliseconds{ms}};
}

TEST(Clock, WritesUtcWithMilliseconds) {
  EXPECT_EQ(to_iso8601(at(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(at(1763720917627)), "2025-11-21T10:28:37.627Z");
  EXPECT_EQ(to_iso8601(at(951782400001)), "2000-02-29T00:00:00.001Z");
  EXPECT_EQ(to_iso8601(at(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, WritesWhatNoClockSaysAsTheFirstAndTheLastMoment) {
  EXPECT_EQ(to_iso8601(UtcTime::min()), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(at(-62167219200001)), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(UtcTime::max()), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(to_iso8601(at(253402300800000)), "9999-12-31T23:59:59.999Z");
}

TEST(Clock, ReadsWhatItWrites) {
  for (const std::int64_t ms :
       {std::int64_t{0}, std::int64_t{1763720917627}, std::int64_t{-1}, std::int64_t{253402300799999}})
    EXPECT_EQ(parse_iso8601(to_iso8601(at(ms))), at(ms));
}

TEST(Clock, ReadsTheUsualForms) {
  const UtcTime expected = at(1763720917000);
  for (const char* text :
       {"2025-11-21T10:28:37Z", "2025-11-21t10:28:37z", "2025-11-21 10:28:37", "2025-11-21T12:28:37+02:00",
        "2025-11-21T12:28:37+0200", "2025-11-21T02:28:37-08:00", "2025-11-22T00:28:37+14:00"})
    EXPECT_EQ(parse_iso8601(text), expected) << text;
  EXPECT_EQ(parse_iso8601("2025-11-21"), at(1763683200000));
  EXPECT_EQ(parse_iso8601("2025-11-21T10:28"), at(1763720880000));
  EXPECT_EQ(parse_iso8601("2025-11-21T10:28:37.6Z"), at(1763720917600));
  EXPECT_EQ(parse_iso8601("2025-11-21T10:28:37.6279999999Z"), at(1763720917627));
  EXPECT_EQ(parse_iso8601("2024-02-29"), at(1709164800000));
}

TEST(Clock, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2025",
                           "2025-11",
                           "2025-11-2",
                           "2025-13-01",
                           "2025-00-01",
                           "2025-02-29",
                           "2025-11-31",
                           "2025-11-21T",
                           "2025-11-21X10:28:37",
                           "2025-11-21T24:00:00",
                           "2025-11-21T10:60:00",
                           "2025-11-21T10:28:60",
                           "2025-11-21T10:28:37.Z",
                           "2025-11-21T10:28:37.",
                           "2025-11-21T10:28:37Zx",
                           "2025-11-21T10:28:37+",
                           "2025-11-21T10:28:37+2",
                           "2025-11-21T10:28:37+24:00",
                           "2025-11-21T10:28:37+02:60",
                           "2025-11-21T10:28:37*02:00",
                           "-025-11-21",
                           "2025/11/21",
                           "2025-11-21T-1:28:37",
                           "2025-11-21T10",
                           " 2025-11-21",
                           "2025-11-21 "})
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
}

TEST(Clock, TimesGoOn) {
  const SteadyTime steady = steady_now();
  EXPECT_LE(steady, steady_now());
  EXPECT_GT(utc_now(), at(1763720917627));
}

}  // namespace
}  // namespace base
