#include "server/base/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

const UtcTime now{std::chrono::milliseconds{0x019a7afd1e7b}};

TEST(Uuid, VersionSevenBeginsWithTheTime) {
  const std::string text = Uuid::v7(now).str();
  EXPECT_EQ(text.size(), 36u);
  EXPECT_EQ(text.substr(0, 14), "019a7afd-1e7b-");
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
}

TEST(Uuid, TellsWhenItWasMade) {
  EXPECT_EQ(Uuid::v7(now).made_at(), now);
}

TEST(Uuid, ABoundPartsThoseOfBeforeFromTheOthers) {
  const Uuid bound = Uuid::bound_of(now);
  EXPECT_EQ(bound.str(), "019a7afd-1e7b-0000-0000-000000000000");
  EXPECT_LT(bound, Uuid::v7(now));
  EXPECT_GT(bound, Uuid::v7(now - std::chrono::milliseconds{1}));
  EXPECT_TRUE(Uuid::bound_of(UtcTime::min()).is_nil());
  EXPECT_GT(Uuid::bound_of(UtcTime::max()), Uuid::v7(now)) << "beyond what an id can tell";
}

TEST(Uuid, NoTwoAreEqual) {
  std::set<Uuid> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(Uuid::v7(now));
  EXPECT_EQ(ids.size(), 1000u);
}

TEST(Uuid, SortsByTime) {
  const Uuid earlier = Uuid::v7(now);
  const Uuid later = Uuid::v7(now + std::chrono::milliseconds{1});
  EXPECT_LT(earlier, later);
  EXPECT_LT(earlier.str(), later.str());
}

TEST(Uuid, TheFirstOfATimeComesBeforeAllThatWereMadeThen) {
  EXPECT_LT(Uuid::first_of(now), Uuid::v7(now));
  EXPECT_GT(Uuid::first_of(now), Uuid::v7(now - std::chrono::milliseconds{1}));
}

TEST(Uuid, TextIsReadAgain) {
  const Uuid id = Uuid::v7(now);
  EXPECT_EQ(Uuid::parse(id.str()), id);
  EXPECT_EQ(Uuid::parse("019A7AFD-1E7B-7000-8000-00000000ABCD")->str(), "019a7afd-1e7b-7000-8000-00000000abcd");
  EXPECT_TRUE(Uuid{}.is_nil());
  EXPECT_FALSE(id.is_nil());
  EXPECT_TRUE(Uuid::parse("00000000-0000-0000-0000-000000000000")->is_nil());
}

TEST(Uuid, RefusesOtherText) {
  for (const char* text : {"", "019a7afd", "019a7afd1e7b7000800000000000abcd", "019a7afd-1e7b-7000-8000-00000000abc",
                           "019a7afd-1e7b-7000-8000-00000000abcde", "019a7afd-1e7b-7000-8000-00000000abcg",
                           "019a7afd-1e7b-7000-80000-0000000abcd", "019a7afd_1e7b_7000_8000_00000000abcd",
                           "019a7afd-1e7b-7000-8000- 0000000abcd", "{19a7afd-1e7b-7000-8000-00000000abc}",
                           "-19a7afd-1e7b-7000-8000-00000000abcd"})
    EXPECT_EQ(Uuid::parse(text), std::nullopt) << text;
}

}  // namespace
}  // namespace base
