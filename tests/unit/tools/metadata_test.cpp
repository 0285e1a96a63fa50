// The simulator's encoders against the server's decoders: written apart, they must agree.
#include "tools/sim/metadata.hpp"

#include <gtest/gtest.h>

#include "server/dualcam/metadata.hpp"

namespace sim {
namespace {

Metadata video() {
  return {.camera = base::Camera::front,
          .kind = base::MediaKind::video,
          .captured_ms = 1763000000123,
          .trigger_ms = 1763000000000,
          .trigger = 3,
          .seconds = 10,
          .frame_rate = 20,
          .zone_minutes = 120,
          .latitude = 55.9125,
          .longitude = -25.27,
          .driver_events = 0b1001,
          .driver_name = "ANNA"};
}

TEST(SimMetadata, VersionOneOfAPhoto) {
  const Metadata photo{.captured_ms = 1763000000123, .trigger = 9};
  EXPECT_EQ(base::to_hex(encode_metadata(photo, 1)), "01040000019a7afd1e7b090000");
}

TEST(SimMetadata, LengthsByVersion) {
  EXPECT_EQ(encode_metadata(video(), 1).size(), dualcam::meta_v1_size);
  EXPECT_EQ(encode_metadata(video(), 2).size(), dualcam::meta_v2_size);
  EXPECT_EQ(encode_metadata(video(), 3).size(), dualcam::meta_v3_size);
  EXPECT_EQ(encode_metadata(video(), 4).size(), dualcam::meta_v4_size);
  EXPECT_EQ(encode_adas_metadata(video()).size(), dualcam::meta_adas_size);
  EXPECT_EQ(encode_dsm_metadata(video()).size(), dualcam::meta_dsm_size);
}

TEST(SimMetadata, VersionFourIsReadBack) {
  const auto read = dualcam::parse_metadata(dualcam::MetadataForm::dualcam, encode_metadata(video(), 4));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->captured_ms, 1763000000123);
  EXPECT_EQ(read->triggered_ms, 1763000000000);
  EXPECT_EQ(read->trigger, "crash");
  EXPECT_EQ(read->duration_s, 10U);
  EXPECT_EQ(read->frame_rate, 20U);
  EXPECT_EQ(read->time_zone_minutes, 120);
  EXPECT_DOUBLE_EQ(*read->latitude, 55.9125);
  EXPECT_DOUBLE_EQ(*read->longitude, -25.27);
}

TEST(SimMetadata, AdasIsReadBack) {
  const auto read = dualcam::parse_metadata(dualcam::MetadataForm::adas, encode_adas_metadata(video()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->captured_ms, 1763000000000);
  EXPECT_EQ(read->kind, base::MediaKind::video);
  EXPECT_EQ(read->duration_s, 10U);
  EXPECT_NEAR(*read->longitude, -25.27, 1e-6);
}

TEST(SimMetadata, DsmIsReadBack) {
  const auto read = dualcam::parse_metadata(dualcam::MetadataForm::dsm, encode_dsm_metadata(video()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->events, "drowsiness,phone");
  EXPECT_EQ(read->driver_name, "ANNA");
}

TEST(SimMetadata, JsonIsReadBack) {
  const std::string json = encode_json_metadata(video());
  const auto read = dualcam::parse_metadata(dualcam::MetadataForm::json, base::as_bytes(json));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->captured_ms, 1763000000000);
  EXPECT_EQ(read->duration_s, 10U);
  EXPECT_EQ(read->frame_rate, 20U);
  EXPECT_EQ(read->driver_name, "ANNA");
  EXPECT_NEAR(*read->latitude, 55.9125, 1e-6);
}

}  // namespace
}  // namespace sim
