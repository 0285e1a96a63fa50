#include "transcode/order/order.hpp"

#include <gmock/gmock.h>

namespace transcode {
namespace {

using base::Derived;
using Words = std::vector<std::string>;

Order full_order() {
  return {.format = storage::Format::ptmf,
          .frame_rate = 15,
          .outputs = {{Derived::remux, 5}, {Derived::thumbnail, 6}, {Derived::strip, 7}, {Derived::playback, 8}},
          .encoding = {.max_height = 480, .crf = 28, .preset = "fast", .threads = 2, .thumbnail_width = 160}};
}

TEST(Order, IsTheSameAfterItsWords) {
  EXPECT_EQ(parse_order(to_words(full_order())).value(), full_order());
  const Order only_probe{.format = storage::Format::annexb, .outputs = {}, .encoding = {}};
  EXPECT_EQ(parse_order(to_words(only_probe)).value(), only_probe);
}

TEST(Order, NamesEveryFormat) {
  for (unsigned value = 0; value <= static_cast<unsigned>(storage::Format::unknown); ++value) {
    const auto format = static_cast<storage::Format>(value);
    const Order order{.format = format, .outputs = {}, .encoding = {}};
    EXPECT_EQ(parse_order(to_words(order)).value(), order);
  }
}

TEST(Order, ReadsLikeWhatItIs) {
  EXPECT_THAT(to_words(full_order()),
              testing::ElementsAre("format=ptmf", "frame-rate=15", "remux=5", "thumbnail=6", "strip=7", "playback=8",
                                   "max-height=480", "crf=28", "threads=2", "thumbnail-width=160", "preset=fast"));
}

TEST(Order, MayLeaveOutWhatHasADefault) {
  const Order order = parse_order(Words{"format=jpg"}).value();
  EXPECT_EQ(order.encoding, Encoding{});
  EXPECT_TRUE(order.outputs.empty());
}

TEST(Order, RefusesWhatMakesNoSense) {
  for (const char* word : {"",
                           "=",
                           "format",
                           "format=",
                           "format=avi",
                           "colour=red",
                           "remux=",
                           "remux=-1",
                           "remux=+5",
                           "remux=05",
                           "remux=5 ",
                           "remux=65536",
                           "frame-rate=",
                           "frame-rate=1001",
                           "frame-rate=29.97",
                           "crf=0",
                           "crf=52",
                           "crf=-1",
                           "crf=2.5",
                           "preset=",
                           "preset=quick",
                           "max-height=99999",
                           "threads=4294967296",
                           "thumbnail-width=0",
                           "playback=0x5",
                           "crf=23\n"}) {
    const auto order = parse_order(Words{"format=mp4", word});
    ASSERT_FALSE(order) << word;
    EXPECT_EQ(order.error().code, base::Errc::invalid);
    EXPECT_TRUE(order.error().message.ends_with('.')) << order.error().message;
  }
}

TEST(Order, RefusesAnOrderWithoutFormat) {
  EXPECT_FALSE(parse_order(Words{"remux=5"}));
  EXPECT_FALSE(parse_order({}));
}

TEST(Order, RefusesToSayAThingTwice) {
  EXPECT_FALSE(parse_order(Words{"format=mp4", "format=mp4"}));
  EXPECT_FALSE(parse_order(Words{"format=mp4", "remux=5", "remux=6"}));
  EXPECT_FALSE(parse_order(Words{"format=mp4", "remux=5", "playback=5"}));
}

}  // namespace
}  // namespace transcode
