#include <gtest/gtest.h>

#include "server/app/settings.hpp"

namespace app {
namespace {

using std::chrono::milliseconds;

TEST(Duration, EveryUnit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds{500});
  EXPECT_EQ(parse_duration("10s"), milliseconds{10'000});
  EXPECT_EQ(parse_duration("5m"), milliseconds{300'000});
  EXPECT_EQ(parse_duration("2h"), milliseconds{7'200'000});
  EXPECT_EQ(parse_duration("7 d"), milliseconds{604'800'000});
  EXPECT_EQ(parse_duration("0s"), milliseconds{0});
}

TEST(Duration, RefusesWhatIsNone) {
  for (const char* text : {"", "s", "10", "10S", "-1s", "1.5s", "10 sec", "10s ", " 10s", "99999999999999999999s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, base::Errc::invalid);
    EXPECT_NE(parsed.error().message.find("500ms"), std::string::npos) << "says how to write one";
  }
}

// A clock counts nanoseconds in 63 bits: a longer wait would lie in the past.
TEST(Duration, EndsAtTenYears) {
  EXPECT_TRUE(parse_duration("3650d"));
  EXPECT_FALSE(parse_duration("3651d"));
  EXPECT_FALSE(parse_duration("200000d"));
}

TEST(Size, EveryUnit) {
  EXPECT_EQ(parse_bytes("512"), 512U);
  EXPECT_EQ(parse_bytes("512B"), 512U);
  EXPECT_EQ(parse_bytes("3KB"), 3000U);
  EXPECT_EQ(parse_bytes("3MB"), 3'000'000U);
  EXPECT_EQ(parse_bytes("1GB"), 1'000'000'000U);
  EXPECT_EQ(parse_bytes("64KiB"), 65'536U);
  EXPECT_EQ(parse_bytes("256 MiB"), 268'435'456U);
  EXPECT_EQ(parse_bytes("2GiB"), 2'147'483'648U);
  EXPECT_EQ(parse_bytes("3TB"), 3'000'000'000'000U);
  EXPECT_EQ(parse_bytes("2TiB"), 2'199'023'255'552U);
}

TEST(Size, RefusesWhatIsNone) {
  for (const char* text : {"", "KiB", "-1", "1.5MB", "64kib", "99999999999GiB", "18446744073709551616"})
    EXPECT_FALSE(parse_bytes(text)) << text;
}

TEST(Percent, WithAndWithoutItsSign) {
  EXPECT_EQ(parse_percent("90%"), 90.0);
  EXPECT_EQ(parse_percent("0"), 0.0);
  EXPECT_EQ(parse_percent("100%"), 100.0);
  for (const char* text : {"", "%", "101%", "-1%", "90 %", "9.5%", "0.9"}) EXPECT_FALSE(parse_percent(text)) << text;
}

TEST(Count, KeepsItsBounds) {
  EXPECT_EQ(parse_count("1", 1, 256), 1U);
  EXPECT_EQ(parse_count("256", 1, 256), 256U);
  for (const char* text : {"0", "257", "", "x", "1x", " 1", "-1", "+1"})
    EXPECT_FALSE(parse_count(text, 1, 256)) << text;
  EXPECT_EQ(parse_count("0", 1, 256).error().message, "\"0\" is no number from 1 to 256");
}

TEST(Address, HostAndPort) {
  const auto v4 = parse_address("0.0.0.0:7700");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "0.0.0.0");
  EXPECT_EQ(v4->port, 7700);
  const auto v6 = parse_address("[::1]:0");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":", ":7700", "7700", "0.0.0.0", "0.0.0.0:", "0.0.0.0:65536", "0.0.0.0:-1", "[]:1", "h:1x"})
    EXPECT_FALSE(parse_address(text)) << text;
}

}  // namespace
}  // namespace app
