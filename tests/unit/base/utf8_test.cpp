#include "server/base/utf8.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Utf8, CharactersOfOneToFourBytes) {
  EXPECT_EQ(utf8_length("a"), 1U);
  EXPECT_EQ(utf8_length("ü!"), 2U);
  EXPECT_EQ(utf8_length("€"), 3U);
  EXPECT_EQ(utf8_length("\xf0\x9f\x8e\xa5"), 4U);
}

TEST(Utf8, IllFormedHasNoLength) {
  for (const std::string_view text : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80", "\xff", "\xe2\x82", "\xc3("})
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("Bühne 3 €"));
}

TEST(Utf8, ACutNeverHalvesACharacter) {
  EXPECT_EQ(cut_utf8("abc", 3), "abc");
  EXPECT_EQ(cut_utf8("abc", 2), "ab");
  EXPECT_EQ(cut_utf8("a€b", 4), "a€");
  EXPECT_EQ(cut_utf8("a€b", 3), "a");
  EXPECT_EQ(cut_utf8("a€b", 2), "a");
  EXPECT_EQ(cut_utf8("€", 0), "");
  EXPECT_EQ(cut_utf8("€", 2), "");
}

TEST(Utf8, WhatIsNoTextBecomesTheReplacement) {
  EXPECT_EQ(to_utf8("B\xfchne"), "B\xef\xbf\xbdhne");
  EXPECT_EQ(to_utf8("Bühne"), "Bühne");
}

TEST(Utf8, NamesHaveNoControlCharacters) {
  EXPECT_EQ(without_controls("B\xfc"
                             "a\r\n\x7f\xc2\x85\xc2\xa0 \xe2\x82"),
            "Ba\xc2\xa0 ");
  EXPECT_EQ(without_controls("Bühne €"), "Bühne €");
}

}  // namespace
}  // namespace base
