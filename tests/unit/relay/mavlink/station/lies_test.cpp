// Peers may send anything: nothing loops, grows or prints control characters.
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "tests/unit/relay/mavlink/station/cameras.hpp"

namespace mavlink::station::test {
namespace {

constexpr auto most = std::numeric_limits<std::int32_t>::max();
constexpr auto least = std::numeric_limits<std::int32_t>::min();

TEST(Lies, CountsOfThousandsOfMillionsAreBoundedAndCounted) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  for (int i = 0; i < 50; i++) {
    world.say({1, 100}, CameraCaptureStatus{.image_count = 0});
    world.say({1, 100}, CameraCaptureStatus{.image_count = most});
    world.say({1, 100}, CameraCaptureStatus{.image_count = -5});
    world.say({1, 100}, CameraCaptureStatus{.image_count = least});
  }
  const auto images = world.station.cameras()[0].images;
  EXPECT_LE(images.missing, max_missing);
  EXPECT_GT(images.given_up, 2'000'000'000U);
  world.run(seconds(4));
  EXPECT_LT(world.heard.send.size(), 60U);
}

TEST(Lies, IndicesHugeAndNegativeAreToldAndNotAskedFor) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  for (const std::int32_t index : {most, least, -1, 0, most, least, -1, 0})
    world.say({1, 100},
              CameraImageCaptured{
                  .time_utc = std::numeric_limits<std::uint64_t>::max(), .image_index = index, .capture_result = 1});
  EXPECT_EQ(world.heard.images.size(), 4U);
  EXPECT_FALSE(world.heard.images[0].image.taken) << "no such time";
  EXPECT_EQ(world.station.cameras()[0].images.missing, 0U);
}

TEST(Lies, TextIsPrintable) {
  World world;
  CameraInformation information{.vendor_name = "A\x1b[31m\nB", .model_name = "C\xff\xfe"};
  information.cam_definition_uri.bytes.fill('x');
  world.say({1, 100}, information);
  const auto camera = world.station.cameras()[0];
  EXPECT_EQ(camera.name, "A[31mB C");
  EXPECT_EQ(camera.information->definition_uri.size(), 140U);
}

TEST(Lies, NumbersThatAreNoneAreAbsent) {
  World world;
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  world.say({1, 100}, CameraInformation{.focal_length = inf});
  world.say({1, 100}, CameraSettings{.zoom_level = nan});
  world.say({1, 100}, CameraSettings{.zoom_level = nan});
  world.say({1, 100}, StorageInformation{.total_capacity = nan});
  const auto camera = world.station.cameras()[0];
  EXPECT_FALSE(camera.information->focal_length);
  EXPECT_FALSE(camera.settings->zoom);
  EXPECT_FALSE(camera.storages.at(0).total);
  EXPECT_EQ(world.changes_of(Change::settings), 1U) << "no number equals no number";
}

TEST(Lies, StoragesAndStreamsOfAllNumbersAreBounded) {
  World world;
  world.say({1, 100}, CameraInformation{.flags = capability::video_stream});
  for (int i = 0; i < 256; i++) {
    const auto id = static_cast<std::uint8_t>(i);
    world.say({1, 100}, StorageInformation{.storage_id = id, .storage_count = 255});
    world.say({1, 100}, VideoStreamInformation{.stream_id = id, .count = 255});
  }
  EXPECT_EQ(world.station.cameras()[0].storages.size(), max_storages);
  EXPECT_EQ(world.station.cameras()[0].streams.size(), max_streams);
  world.run(seconds(60));
}

TEST(Lies, AFloodOfCamerasIsBounded) {
  World world;
  for (int i = 0; i < 3'000; i++)
    world.say({static_cast<std::uint8_t>(1 + i % 250), static_cast<std::uint8_t>(100 + i / 250)},
              Heartbeat{.type = type::camera});
  EXPECT_EQ(world.station.cameras().size(), max_cameras);
  world.run(seconds(10));
  EXPECT_EQ(world.changes_of(Change::lost), max_cameras);
}

TEST(Lies, AcknowledgementsNobodyAskedForDoNothing) {
  World world;
  for (int i = 0; i < 100; i++)
    world.say({1, 100}, CommandAck{.command = static_cast<std::uint16_t>(i), .target_system = 255});
  EXPECT_TRUE(world.heard.ended.empty());
  EXPECT_TRUE(world.heard.notes.empty());
}

TEST(Lies, NoiseOfAllMessagesEndsInNothingUnbounded) {
  World world;
  std::mt19937 random(7);
  const auto number = [&](std::uint32_t below) { return random() % below; };
  const auto byte = [&] { return static_cast<std::uint8_t>(number(256)); };
  for (int i = 0; i < 20'000; i++) {
    const Address from{static_cast<std::uint8_t>(number(4)), static_cast<std::uint8_t>(number(3) * 50)};
    const auto any = static_cast<std::int32_t>(random());
    const auto boot = static_cast<std::uint32_t>(random());
    switch (number(10)) {
      case 0: world.say(from, Heartbeat{.type = number(2) == 0 ? std::uint8_t{30} : byte()}); break;
      case 1: world.say(from, CommandAck{.command = command::request_message, .result = byte()}); break;
      case 2:
        world.say(from, CameraInformation{.time_boot_ms = boot, .flags = boot, .camera_device_id = byte()});
        break;
      case 3: world.say(from, CameraSettings{.time_boot_ms = boot, .camera_device_id = byte()}); break;
      case 4: world.say(from, StorageInformation{.storage_id = byte(), .storage_count = byte()}); break;
      case 5:
        world.say(from, CameraCaptureStatus{.time_boot_ms = boot, .image_status = byte(), .image_count = any});
        break;
      case 6: world.say(from, CameraImageCaptured{.time_utc = boot, .image_index = any, .camera_id = byte()}); break;
      case 7:
        world.say(from, VideoStreamInformation{.stream_id = byte(), .count = byte(), .camera_device_id = byte()});
        break;
      case 8: world.say(from, SystemTime{.time_boot_ms = boot}); break;
      default: world.run(milliseconds(number(50))); break;
    }
    ASSERT_FALSE(testing::Test::HasFatalFailure());
  }
  world.run(seconds(30));
  for (const auto& camera : world.station.cameras()) {
    EXPECT_FALSE(camera.present);
    EXPECT_TRUE(camera.under_way.empty());
  }
}

TEST(Settings, ValuesOutsideTheirBoundsAreMovedWithin) {
  World world(
      {.timing = {.heartbeat = milliseconds(0), .ack = milliseconds(-5)}, .resends = 1'000'000, .first_sequence = 0});
  world.add<GoodCamera>();
  world.run(seconds(2));
  EXPECT_LE(world.sent<Heartbeat>().size(), 201U);
  EXPECT_EQ(world.station.cameras()[0].next_sequence, 1U);
}

TEST(Words, OfAllChangesAndKeys) {
  EXPECT_EQ(to_string(Change::found), "found");
  EXPECT_EQ(to_string(Change::forgotten), "forgotten");
  EXPECT_EQ(to_string(Outcome::camera_gone), "camera gone");
  EXPECT_EQ(to_string(Key{{2, 1}, 3}), "2/1 camera 3");
  EXPECT_EQ(result_word(3), "unsupported");
}

}  // namespace
}  // namespace mavlink::station::test
