#include "server/relay/shogun/timecode.hpp"

#include <gtest/gtest.h>

namespace shogun {
namespace {

TEST(Timecode, ViconsEightNumbersBothWays) {
  const auto code = parse_timecode("0 38 10 17 0 0 0 4");
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(
      *code,
      (Timecode{.minutes = 38, .seconds = 10, .frames = 17, .standard = Standard::pal, .sub_frames_per_frame = 4}));
  EXPECT_EQ(to_words(*code), "00:38:10:17 PAL (25 frames/s)");
  for (const std::string_view text :
       {"0 38 10 17 0 0 0 4", "0 46 27 15 0 0 0 4", "12 13 14 15 0 0 1 1", "10 25 26 5 0 0 0 2", "23 59 59 29 3 1 2 4",
        "0 0 0 23 0 0 4 1", "1 2 3 4 0 0 5 0"})
    EXPECT_EQ(to_eight_numbers(parse_timecode(text).value()).value(), text);
}

TEST(Timecode, OtherForms) {
  EXPECT_EQ(parse_timecode("01:02:03:04").value(), (Timecode{.hours = 1, .minutes = 2, .seconds = 3, .frames = 4}));
  EXPECT_EQ(parse_timecode("01:02:03;04")->standard, Standard::ntsc_drop);
  EXPECT_EQ(to_clock(parse_timecode("01:02:03;04").value()), "01:02:03;04");
  EXPECT_EQ(parse_timecode("14 05 09").value(), (Timecode{.hours = 14, .minutes = 5, .seconds = 9}));
  EXPECT_EQ(parse_timecode(" 0  38\t10 17 0 0 0 4 ").value(), parse_timecode("0 38 10 17 0 0 0 4").value());
  EXPECT_TRUE(parse_timecode("00:00:00:00")->is_zero());
  EXPECT_EQ(to_words(parse_timecode("01:02:03:04").value()), "01:02:03:04");
}

TEST(Timecode, WhatIsOutOfBoundsIsNamed) {
  struct Row {
    std::string_view text, told;
  };
  for (const Row& row : {Row{"24 0 0 0 0 0 0 4", "24 hours"},
                         {"0 60 0 0 0 0 0 4", "60 minutes"},
                         {"0 0 60 0 0 0 0 4", "60 seconds"},
                         {"0 0 0 25 0 0 0 4", "frame 25 of PAL"},
                         {"0 0 0 24 0 0 3 4", "frame 24 of film"},
                         {"0 0 0 0 4 0 0 4", "sub-frame 4 of 4"},
                         {"0 0 0 0 0 2 0 4", "field 2"},
                         {"0 0 0 0 0 0 6 4", "standard 6"},
                         {"0 1 0 1 0 0 2 4", "drop-frame has no frames"},
                         {"00:01:00;00", "drop-frame has no frames"},
                         {"00:00:00:999", "999 frames"},
                         {"", "neither"},
                         {"1 2", "neither"},
                         {"1 2 3 4", "neither"},
                         {"1 2 3 4 5 6 7 8 9", "neither"},
                         {"1:2:3", "neither"},
                         {"1:2:3:4:5", "neither"},
                         {"1:2 3:4", "neither"},
                         {"1 2:3:4", "neither"},
                         {"-1 0 0 0 0 0 0 4", "neither"},
                         {"a:b:c:d", "neither"},
                         {"1:2:3:", "neither"},
                         {"99999999999999999999 0 0", "neither"}}) {
    const auto code = parse_timecode(row.text);
    ASSERT_FALSE(code) << row.text;
    EXPECT_TRUE(code.error().message.contains(row.told)) << code.error().message;
  }
}

TEST(Timecode, DropFrameDropsAtTheBeginOfMinutesOnly) {
  EXPECT_TRUE(parse_timecode("0 10 0 0 0 0 2 4"));
  EXPECT_TRUE(parse_timecode("0 11 1 0 0 0 2 4"));
  EXPECT_TRUE(parse_timecode("0 11 0 2 0 0 2 4"));
  EXPECT_TRUE(parse_timecode("0 11 0 0 0 0 1 4"));
  EXPECT_FALSE(parse_timecode("0 11 0 0 0 0 2 4"));
}

TEST(Timecode, WithoutAStandardThereIsNoViconForm) {
  EXPECT_FALSE(to_eight_numbers(parse_timecode("01:02:03:04").value()));
  EXPECT_FALSE(to_eight_numbers(Timecode{.frames = 25, .standard = Standard::pal}));
  EXPECT_EQ(rate_of(Standard::ntsc_film), (Rate{24'000, 1001}));
  EXPECT_EQ(to_words(Timecode{.standard = Standard::ntsc}), "00:00:00:00 NTSC (29.97 frames/s)");
}

}  // namespace
}  // namespace shogun
