#include "server/http/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Target, SplitsBeforeItDecodes) {
  const auto target = parse_target("/api/a%2Fb/c%20d?name=x%26y%3Dz&time=10:00+02:00").value();
  EXPECT_THAT(target.segments, ElementsAre("api", "a/b", "c d"));
  EXPECT_THAT(target.query, ElementsAre(Pair("name", "x&y=z"), Pair("time", "10:00+02:00")));
}

TEST(Target, TakesOddButLegalForms) {
  EXPECT_THAT(parse_target("/").value().segments, IsEmpty());
  EXPECT_THAT(parse_target("/?").value().query, IsEmpty());
  EXPECT_THAT(parse_target("/a/").value().segments, ElementsAre("a", ""));
  EXPECT_THAT(parse_target("//a").value().segments, ElementsAre("", "a"));
  EXPECT_THAT(parse_target("/a?b&&c=&=d&e=f=g").value().query,
              ElementsAre(Pair("b", ""), Pair("c", ""), Pair("", "d"), Pair("e", "f=g")));
  EXPECT_THAT(parse_target("http://host:80/a?b=c").value().segments, ElementsAre("a"));
  EXPECT_THAT(parse_target("http://host").value().segments, IsEmpty());
  EXPECT_THAT(parse_target("/a#b?c=d").value().query, IsEmpty());
}

TEST(Target, RefusesTheRest) {
  for (const auto* text : {"", "*", "a", "host:80", "/%", "/%4", "/%zz", "/a?b=%", "/a?%g1=c", "/%00", "/a%0ab",
                           "/a?b=%0d%0ac", "/a?b=%7f"}) {
    const auto target = parse_target(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, base::Errc::invalid) << text;
  }
}

}  // namespace
}  // namespace http
