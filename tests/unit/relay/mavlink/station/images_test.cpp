// Images are each told once; those that are missing are asked for.
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include "tests/unit/relay/mavlink/station/cameras.hpp"

namespace mavlink::station::test {
namespace {

constexpr Key good_key{{1, 100}, 0};

std::set<std::int32_t> told(const World& world) {
  std::set<std::int32_t> all;
  for (const auto& each : world.heard.images) all.insert(each.image.index);
  return all;
}

void lose_images(World& world) {
  world.lost = [](const Message& message, bool) { return std::holds_alternative<CameraImageCaptured>(message); };
}
void lose_nothing(World& world) {
  world.lost = [](const Message&, bool) { return false; };
}

TEST(Images, AreToldOnceWithWhatTheyAre) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  good.shoot(world);
  world.run(seconds(1));
  world.say(good.address, good.images.at(0));
  ASSERT_EQ(world.heard.images.size(), 1U);
  const auto& image = world.heard.images[0];
  EXPECT_EQ(image.key, good_key);
  EXPECT_EQ(image.image.url, "http://camera/0.jpg");
  EXPECT_TRUE(image.image.ok);
  EXPECT_TRUE(image.image.taken);
  EXPECT_FALSE(image.fetched);
  EXPECT_EQ(world.station.cameras()[0].images.told, 1U);
  EXPECT_EQ(world.station.cameras()[0].images.repeated, 1U);
}

TEST(Images, LostOnesAreAskedForAtMostThreeAtATimeAndARangeAtOnce) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  lose_images(world);
  for (int i = 0; i < 40; i++) good.shoot(world);
  world.run(milliseconds(500));
  lose_nothing(world);
  good.commands.clear();
  world.run(milliseconds(700));
  EXPECT_EQ(good.commands.size(), 3U);
  EXPECT_EQ(good.commands[0].param2, 0);
  EXPECT_EQ(good.commands[0].param3, images_per_range - 1);
  world.run(seconds(6));
  EXPECT_EQ(told(world).size(), 40U);
  EXPECT_EQ(world.heard.images.size(), 40U);
  EXPECT_TRUE(world.heard.images[0].fetched);
  EXPECT_EQ(world.station.cameras()[0].images.missing, 0U);
}

TEST(Images, ThoseFromBeforeWeMetAreAskedForOnlyIfThatIsSet) {
  for (const bool fetch : {false, true}) {
    World world({.fetch_earlier_images = fetch});
    auto& good = world.add<GoodCamera>();
    for (int i = 0; i < 10; i++) good.shoot(world);  // its heartbeat comes later
    good.images[3].file_url = "x";
    world.heard = {};
    World fresh({.fetch_earlier_images = fetch});
    auto& camera = fresh.add<GoodCamera>();
    camera.images = good.images;
    fresh.run(seconds(10));
    EXPECT_EQ(told(fresh).size(), fetch ? 10U : 0U);
    fresh.say(camera.address, camera.images.at(3));
    EXPECT_EQ(told(fresh).size(), fetch ? 10U : 0U) << "a copy somebody else asked for";
  }
}

TEST(Images, AfterFourTriesTheyAreGivenUpWithACount) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  lose_images(world);
  good.shoot(world);
  good.commands.clear();
  world.run(seconds(20));
  const auto tries = std::ranges::count_if(good.commands, [](const auto& c) {
    return (c.command == command::request_message && c.param1 == 263) ||
           c.command == command::request_camera_image_capture;
  });
  EXPECT_EQ(tries, tries_per_image);
  EXPECT_EQ(world.station.cameras()[0].images.given_up, 1U);
  EXPECT_EQ(world.station.cameras()[0].images.missing, 0U);
}

TEST(Images, ACountThatDropsIsANewLogAndTheSameNumbersAreNewImages) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  for (int i = 0; i < 3; i++) good.shoot(world);
  world.run(seconds(1));
  good.images.clear();
  lose_images(world);
  good.shoot(world);
  world.run(milliseconds(100));
  lose_nothing(world);
  good.shoot(world);
  world.run(seconds(4));
  EXPECT_EQ(world.changes_of(Change::images_reset), 1U);
  EXPECT_EQ(world.heard.images.size(), 5U) << "the one lost after the reset too";
}

TEST(Images, AnOlderCountThatComesLateIsNoNewLog) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.say({1, 100}, CameraCaptureStatus{.image_count = 7});
  world.run(milliseconds(60));
  world.say({1, 100}, CameraCaptureStatus{.image_count = 6});
  EXPECT_EQ(world.changes_of(Change::images_reset), 0U);
  world.run(seconds(2));
  world.say({1, 100}, CameraCaptureStatus{.image_count = 6});
  EXPECT_EQ(world.changes_of(Change::images_reset), 1U);
}

TEST(Images, AFailedShotIsToldAndItsNumberMayBeAnImageLater) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.say({1, 100}, CameraImageCaptured{.time_utc = 1, .image_index = 0, .capture_result = 0});
  world.say({1, 100}, CameraImageCaptured{.time_utc = 1, .image_index = 0, .capture_result = 0});
  world.say({1, 100}, CameraImageCaptured{.time_utc = 2, .image_index = 0, .capture_result = 1});
  ASSERT_EQ(world.heard.images.size(), 2U);
  EXPECT_FALSE(world.heard.images[0].image.ok);
  EXPECT_TRUE(world.heard.images[1].image.ok);
}

TEST(Images, OutOfOrderAndWithoutATimeAreNewOnce) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  for (const std::int32_t index : {5, 4, 7, 6, 5, 4, 7, 6})
    world.say({1, 100}, CameraImageCaptured{.image_index = index, .capture_result = 1});
  EXPECT_EQ(world.heard.images.size(), 4U);
}

TEST(Images, OlderThanTheWindowAreNotToldAgain) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const auto count = static_cast<std::int32_t>(max_seen_images) + 100;
  for (std::int32_t i = 0; i < count; i++)
    world.say({1, 100}, CameraImageCaptured{.image_index = i, .capture_result = 1});
  world.say({1, 100}, CameraImageCaptured{.image_index = 3, .capture_result = 1});
  EXPECT_EQ(world.heard.images.size(), static_cast<std::size_t>(count));
}

TEST(Images, TheFirstOneHeardIsWhereTheCountingBegins) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.say({1, 100}, CameraImageCaptured{.image_index = 10, .capture_result = 1});
  world.say({1, 100}, CameraCaptureStatus{.image_count = 13});
  EXPECT_EQ(world.station.cameras()[0].images.missing, 2U);
  world.say({2, 100}, Heartbeat{.type = type::camera});
  world.say({2, 100}, CameraImageCaptured{.image_index = 10, .capture_result = 1});
  world.say({2, 100}, CameraCaptureStatus{.image_count = 1'000});
  EXPECT_EQ(world.station.cameras()[1].images.missing, 0U) << "that was a copy for somebody else";
}

// 30 % of acknowledgements and 15 % of all other messages get lost, both ways.
TEST(LossyNetwork, EveryShotIsTakenOnceAndAllImagesAreKnownInTheEnd) {
  for (const unsigned seed : {1U, 2U, 3U, 4U, 5U}) {
    World world;
    auto random = std::make_shared<std::mt19937>(seed);
    auto& good = world.add<GoodCamera>();
    world.run(seconds(4));
    world.lost = [random](const Message& message, bool) {
      const double chance = std::holds_alternative<CommandAck>(message) ? 0.30 : 0.15;
      return static_cast<double>((*random)()) < chance * 4294967296.0;
    };
    std::vector<CommandId> ids;  // of the shots 1 to 40
    for (int i = 0; i < 40; i++) {
      const auto id = world.tell(good_key, order::TakeImage{});
      ASSERT_TRUE(id) << id.error().message;
      ids.push_back(*id);
      world.run(seconds(3));
    }
    world.run(seconds(90));
    std::set<float> reached;
    for (const auto& command : good.commands)
      if (command.command == command::image_start_capture) reached.insert(command.param4);
    int accepted = 0;
    for (std::size_t i = 0; i < ids.size(); i++) {
      ASSERT_TRUE(world.ended(ids[i]));
      if (world.ended(ids[i])->outcome != Outcome::accepted) continue;
      accepted++;
      EXPECT_TRUE(reached.contains(static_cast<float>(i + 1))) << "seed " << seed << ": accepted and never heard of";
    }
    // Four copies of one order may get lost, once in 2000 times; four acknowledgements more often.
    EXPECT_GE(good.shots, 39) << "seed " << seed;
    EXPECT_GE(accepted, 36) << "seed " << seed;
    EXPECT_EQ(good.shots, static_cast<int>(reached.size())) << "seed " << seed << ": a re-send was taken for a shot";
    EXPECT_EQ(world.heard.images.size(), reached.size()) << "seed " << seed;
    EXPECT_EQ(told(world).size(), reached.size()) << "seed " << seed;
    EXPECT_EQ(world.changes_of(Change::images_reset) + world.changes_of(Change::rebooted), 0U);
  }
}

}  // namespace
}  // namespace mavlink::station::test
