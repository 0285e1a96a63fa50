// Cameras by name: written and read.
#include <gtest/gtest.h>

#include "server/relay/mavlink/station/camera.hpp"

namespace mavlink::station {
namespace {

TEST(StationKey, IsReadAsItIsWritten) {
  for (const Key& key : {Key{{1, 100}, 0}, Key{{255, 255}, 0}, Key{{1, 1}, 2}, Key{{42, 1}, 6}}) {
    const auto read = parse_key(to_string(key));
    ASSERT_TRUE(read) << to_string(key);
    EXPECT_EQ(*read, key);
  }
}

TEST(StationKey, OfAnythingElseIsNone) {
  for (const auto* text : {"",
                           "1",
                           "100",
                           "1/",
                           "/1",
                           "0/1",
                           "1/0",
                           "1/256",
                           "256/1",
                           "1/1/1",
                           "a/b",
                           "1/1 camera",
                           "1/1 camera ",
                           "1/1 camera x",
                           "1/1 camera 0",
                           "1/1 camera 7",
                           "1/1 camera 300",
                           "0/1 camera 2",
                           "1/100 ",
                           " 1/100",
                           "-1/1"})
    EXPECT_FALSE(parse_key(text)) << '"' << text << '"';
}

}  // namespace
}  // namespace mavlink::station
