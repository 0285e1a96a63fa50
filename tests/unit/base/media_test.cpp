#include "server/base/media.hpp"

#include <gtest/gtest.h>

namespace base {
namespace {

TEST(Media, WordsAreReadAgain) {
  for (const Camera camera :
       {Camera::front, Camera::rear, Camera::adas, Camera::dsm, Camera::dash, Camera::relay, Camera::unknown})
    EXPECT_EQ(parse_camera(to_string(camera)), camera);
  for (const MediaKind kind : {MediaKind::photo, MediaKind::video, MediaKind::other})
    EXPECT_EQ(parse_media_kind(to_string(kind)), kind);
  EXPECT_EQ(to_string(Camera::dash), "dash");
  EXPECT_EQ(to_string(Camera::relay), "relay");
  EXPECT_EQ(to_string(MediaKind::other), "other");
}

TEST(Media, OtherWordsAreNone) {
  EXPECT_EQ(parse_camera("Front"), std::nullopt);
  EXPECT_EQ(parse_camera(""), std::nullopt);
  EXPECT_EQ(parse_media_kind("front"), std::nullopt);
  EXPECT_EQ(to_string(static_cast<Camera>(99)), "unknown");
}

}  // namespace
}  // namespace base
