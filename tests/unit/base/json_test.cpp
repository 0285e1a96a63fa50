#include "server/base/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

template <class T>
std::string written(const T& value) {
  JsonWriter json;
  json.value(value);
  return std::move(json).take();
}

TEST(Json, ObjectsAndArraysInTheOrderOfTheCalls) {
  JsonWriter json;
  json.begin_object();
  json.member("b", 1);
  json.key("list");
  json.begin_array();
  json.value(1);
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.value("x");
  json.end_array();
  json.member("a", true);
  json.end_object();
  EXPECT_EQ(std::move(json).take(), R"({"b":1,"list":[1,{},[],"x"],"a":true})");
}

TEST(Json, NumbersKeepTheirValue) {
  EXPECT_EQ(written(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(std::uint16_t{6}), "6");
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(-48.137154), "-48.137154");
  EXPECT_EQ(written(1e300), "1e+300");
  EXPECT_EQ(written(5e-324), "5e-324");
}

TEST(Json, WhatIsNoNumberIsNull) {
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "null");
}

TEST(Json, WhatIsNotKnownIsNull) {
  EXPECT_EQ(written(std::optional<std::uint32_t>()), "null");
  EXPECT_EQ(written(std::optional<std::uint32_t>(0)), "0");
  EXPECT_EQ(written(unless_empty("")), "null");
  EXPECT_EQ(written(unless_empty("crash")), "\"crash\"");
  EXPECT_EQ(written(std::optional(UtcTime{})), "\"1970-01-01T00:00:00.000Z\"");
  EXPECT_EQ(written(false), "false");
}

TEST(Json, TextIsEscaped) {
  using namespace std::string_view_literals;
  EXPECT_EQ(written("a \"quoted\" \\ line\n\t\x01\x1f\x7f"), R"("a \"quoted\" \\ line\u000a\u0009\u0001\u001f\u007f")");
  EXPECT_EQ(written("nul \0 inside"sv), R"("nul \u0000 inside")");
  JsonWriter json;
  json.begin_object();
  json.member("ke\"y", "");
  json.end_object();
  EXPECT_EQ(std::move(json).take(), R"({"ke\"y":""})");
}

TEST(Json, Utf8StaysAndAllElseIsReplaced) {
  for (const std::string good :
       {"\x7e", "\u0080", "ä", "\u07ff", "\u0800", "€", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"})
    EXPECT_EQ(written(good), '"' + good + '"');
  const std::string mark = "\ufffd";
  EXPECT_EQ(written("a\xff\xfez"), "\"a" + mark + mark + "z\"");
  EXPECT_EQ(written("\xc3"), '"' + mark + '"') << "cut off";
  EXPECT_EQ(written("\xe2\x82"), '"' + mark + mark + '"') << "cut off";
  EXPECT_EQ(written("\xc3\"x"), '"' + mark + "\\\"x\"") << "the quote is none of its bytes";
  for (const std::string bad : {"\x80", "\xbf", "\xf8"}) EXPECT_EQ(written(bad), '"' + mark + '"');
  for (const std::string bad : {"\xc0\x80", "\xc1\xbf"}) EXPECT_EQ(written(bad), '"' + mark + mark + '"');
  for (const std::string bad : {"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf"})
    EXPECT_EQ(written(bad), '"' + mark + mark + mark + '"') << "too long, or a surrogate";
  for (const std::string bad : {"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"})
    EXPECT_EQ(written(bad), '"' + mark + mark + mark + mark + '"');
}

}  // namespace
}  // namespace base
