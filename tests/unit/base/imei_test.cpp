#include "server/base/imei.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace base {
namespace {

constexpr std::uint64_t good = 356307042441013;

TEST(Imei, TakesFifteenDigitsWithTheRightCheckDigit) {
  const auto imei = Imei::from_number(good);
  ASSERT_TRUE(imei);
  EXPECT_EQ(imei->number(), good);
  EXPECT_EQ(imei->str(), "356307042441013");
  EXPECT_EQ(Imei::parse("356307042441013"), imei);
  // The textbook's example of the check digit.
  EXPECT_TRUE(Imei::from_number(490154203237518));
}

TEST(Imei, EveryOtherCheckDigitIsWrong) {
  for (std::uint64_t digit = 0; digit < 10; ++digit)
    EXPECT_EQ(Imei::from_number(good / 10 * 10 + digit).has_value(), digit == good % 10) << digit;
}

TEST(Imei, EveryOtherLengthIsWrong) {
  EXPECT_FALSE(Imei::from_number(0));  // its check digit would be right
  EXPECT_FALSE(Imei::from_number(99'999'999'999'997));
  EXPECT_FALSE(Imei::from_number(999'999'999'991)) << "00 and another zero, and the right check digit";
  EXPECT_FALSE(Imei::from_number(1'000'000'000'000'008));
  EXPECT_FALSE(Imei::from_number(~std::uint64_t{0}));
}

TEST(Imei, TextIsDigitsOnly) {
  for (const char* text : {"", "35630704244101", "3563070424410130", "35630704244101a", "-56307042441013",
                           "+56307042441013", " 56307042441013", "356307042441014", "000000000000000"})
    EXPECT_EQ(Imei::parse(text), std::nullopt) << text;
}

TEST(Imei, MadeNumbersAreGood) {
  for (std::uint64_t body = 35'630'704'244'101; body < 35'630'704'244'201; ++body) {
    const auto imei = Imei::from_number(with_luhn_digit(body));
    ASSERT_TRUE(imei);
    EXPECT_EQ(imei->number() / 10, body);
  }
  EXPECT_EQ(with_luhn_digit(35'630'704'244'101), good);
}

TEST(Imei, ReservedOnesBeginWithTwoZerosAndAreWrittenWithThem) {
  const auto reserved = Imei::parse("001234567890128");
  ASSERT_TRUE(reserved);
  EXPECT_EQ(reserved->number(), 1'234'567'890'128U);
  EXPECT_EQ(Imei::from_number(1'234'567'890'128), reserved);
  EXPECT_EQ(reserved->str(), "001234567890128");
  EXPECT_TRUE(reserved->is_reserved());
  EXPECT_FALSE(Imei::parse("001234567890129"));
  EXPECT_FALSE(Imei::parse("1234567890128")) << "fifteen digits, also in a text";
  EXPECT_FALSE(Imei::from_number(good)->is_reserved());
}

TEST(Imei, IsAKey) {
  const std::unordered_set<Imei> set{*Imei::from_number(good), *Imei::from_number(490154203237518),
                                     *Imei::from_number(good)};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_LT(*Imei::from_number(good), *Imei::from_number(490154203237518));
}

}  // namespace
}  // namespace base
