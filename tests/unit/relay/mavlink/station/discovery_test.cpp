// Cameras are found, identified, lost and found again.
#include <gtest/gtest.h>

#include "tests/unit/relay/mavlink/station/cameras.hpp"

namespace mavlink::station::test {
namespace {

Camera only_camera(const World& world) {
  const auto cameras = world.station.cameras();
  EXPECT_EQ(cameras.size(), 1U);
  return cameras.empty() ? Camera{} : cameras.front();
}

TEST(StationIdentity, HeartbeatOfAGroundStationOncePerSecond) {
  World world;
  world.run(milliseconds(9'500));
  const auto sent = world.sent<Heartbeat>();
  ASSERT_EQ(sent.size(), 10U);
  EXPECT_EQ(sent[0].type, type::ground_station);
  EXPECT_EQ(sent[0].autopilot, autopilot::invalid);
  for (const auto& each : world.heard.send) EXPECT_EQ(each.from, (Address{255, 190}));
}

TEST(StationIdentity, ConfiguredIdentityIsUsedAndAcknowledgementsToOthersAreNot) {
  World world({.identity = {250, 191}});
  auto& camera = world.add<GoodCamera>();  // acknowledges to 255/190
  world.run(seconds(3));
  EXPECT_FALSE(camera.commands.empty());
  EXPECT_EQ(world.heard.send.front().from, (Address{250, 191}));
  const auto id = world.tell({{1, 100}}, order::StopImages{});
  ASSERT_TRUE(id);
  world.run(seconds(6));
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::no_answer);
}

TEST(StationIdentity, AnotherProgramWithOurIdsIsToldOncePerMinute) {
  World world;
  for (int i = 0; i < 70; i++) {
    world.say({255, 190}, Heartbeat{.type = type::ground_station});
    world.run(seconds(1));
  }
  ASSERT_EQ(world.heard.notes.size(), 2U);
  EXPECT_TRUE(world.heard.notes[0].warning);
  EXPECT_NE(world.heard.notes[0].text.find("255/190"), std::string::npos);
}

TEST(StationDiscovery, GoodCameraIsFoundAndAskedForEverything) {
  World world;
  auto& good = world.add<GoodCamera>();
  good.storages = 2;
  world.run(seconds(5));
  const auto camera = only_camera(world);
  EXPECT_EQ(camera.key, (Key{{1, 100}, 0}));
  EXPECT_TRUE(camera.present);
  EXPECT_TRUE(camera.identified);
  EXPECT_EQ(camera.name, "Vendor Model");
  EXPECT_EQ(camera.information->firmware, "1.2.3.0");
  EXPECT_TRUE(camera.settings);
  EXPECT_TRUE(camera.status);
  EXPECT_EQ(camera.storages.size(), 2U);
  EXPECT_EQ(camera.streams.size(), 2U);
  EXPECT_TRUE(camera.last_heartbeat);
  EXPECT_TRUE(camera.under_way.empty());
  EXPECT_EQ(good.commands.size(), 5U);
  EXPECT_EQ(world.changes_of(Change::found), 1U);
  EXPECT_EQ(world.changes_of(Change::identified), 1U);
  EXPECT_FALSE(world.station.camera({{1, 101}}));
}

TEST(StationDiscovery, AnyComponentAboveSixOfAnySystemButNoOthersAndNotOurOwn) {
  World world({.ignored = {{1, 105}}});
  world.say({7, 42}, Heartbeat{.type = type::camera});
  world.say({9, 6}, Heartbeat{.type = type::camera});
  world.say({9, 154}, Heartbeat{.type = type::gimbal});
  world.say({1, 105}, Heartbeat{.type = type::camera});
  world.say({0, 100}, Heartbeat{.type = type::camera});
  world.say({3, 0}, Heartbeat{.type = type::camera});
  EXPECT_EQ(only_camera(world).key, (Key{{7, 42}, 0}));
  EXPECT_EQ(only_camera(world).name, "camera 7/42");
}

TEST(StationDiscovery, AComponentThatAnswersWithoutAHeartbeatIsACamera) {
  World world;
  world.say({5, 191}, CameraInformation{.model_name = "Box", .camera_device_id = 9});
  EXPECT_EQ(only_camera(world).key, (Key{{5, 191}, 0}));
  EXPECT_EQ(only_camera(world).name, "Box");
  world.run(seconds(3));
  world.say({5, 191}, SystemTime{});
  world.run(seconds(3));
  EXPECT_TRUE(only_camera(world).present);
  world.run(seconds(3));
  EXPECT_FALSE(only_camera(world).present);
  world.say({5, 191}, CameraSettings{});
  EXPECT_TRUE(only_camera(world).present);
}

TEST(StationDiscovery, LostIsToldOnceAndBackOnceAndThenItIsIdentifiedAnew) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  good.on = false;
  world.run(seconds(4));
  EXPECT_EQ(world.changes_of(Change::lost), 0U);
  world.run(seconds(20));
  EXPECT_EQ(world.changes_of(Change::lost), 1U);
  EXPECT_FALSE(only_camera(world).present);
  EXPECT_TRUE(only_camera(world).information) << "what was known stays to be seen";
  good.commands.clear();
  good.model = "Other";
  good.on = true;
  world.run(seconds(5));
  EXPECT_EQ(world.changes_of(Change::back), 1U);
  EXPECT_EQ(world.changes_of(Change::found), 1U);
  EXPECT_EQ(good.commands.size(), 5U);
  EXPECT_EQ(only_camera(world).name, "Vendor Other");
}

TEST(StationDiscovery, AClockThatGoesBackIsARestart) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  good.commands.clear();
  good.boot_offset = 90'000;
  good.shoot(world);
  world.run(seconds(3));
  EXPECT_EQ(world.changes_of(Change::rebooted), 1U);
  EXPECT_GE(good.commands.size(), 5U);
  good.boot_offset = 91'000;  // a copy that comes late
  good.shoot(world);
  world.run(seconds(3));
  EXPECT_EQ(world.changes_of(Change::rebooted), 1U);
}

TEST(StationDiscovery, AClockThatWrapsOrIsNotFilledIsNoRestart) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.say({1, 100}, SystemTime{.time_boot_ms = 0xFFFF'FFFEU});
  world.say({1, 100}, SystemTime{.time_boot_ms = 500});
  world.say({1, 100}, SystemTime{.time_boot_ms = 0});
  EXPECT_EQ(world.changes_of(Change::rebooted), 0U);
  world.say({1, 100}, SystemTime{.time_boot_ms = 90'000});
  world.say({1, 100}, SystemTime{.time_boot_ms = 500});
  EXPECT_EQ(world.changes_of(Change::rebooted), 1U);
  world.say({1, 100}, SystemTime{.time_boot_ms = 90'000});
  world.say({1, 100}, SystemTime{.time_boot_ms = 500});
  EXPECT_EQ(world.changes_of(Change::rebooted), 1U) << "a clock that jumps about is not believed each time";
}

TEST(StationDiscovery, OfTooManyCamerasTheStalestGoes) {
  World world;
  for (std::size_t i = 0; i < max_cameras; i++) {
    world.say({static_cast<std::uint8_t>(i + 1), 100}, Heartbeat{.type = type::camera});
    world.run(milliseconds(10));
  }
  const auto id = world.tell({{2, 100}}, order::StopImages{});
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.run(milliseconds(10));
  world.say({200, 100}, Heartbeat{.type = type::camera});
  EXPECT_EQ(world.station.cameras().size(), max_cameras);
  EXPECT_TRUE(world.station.camera({{1, 100}}));
  EXPECT_FALSE(world.station.camera({{2, 100}}));
  EXPECT_EQ(world.changes_of(Change::forgotten), 1U);
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::camera_gone);
}

TEST(StationIdentification, ThreeCyclesThenTheOldCommandThenInTurnsWithPauses) {
  World world;
  struct Mute : GoodCamera {  // acknowledges and sends nothing
    void carry_out(const CommandLong&, World&) override {}
  };
  auto& camera = world.add<Mute>();
  world.run(seconds(120));
  std::vector<std::uint16_t> first;
  for (const auto& each : camera.commands) {
    if (each.command == command::request_camera_information) first.push_back(each.command);
    if (each.command == command::request_message && each.param1 == 259) first.push_back(each.command);
  }
  ASSERT_GE(first.size(), 8U);
  EXPECT_EQ((std::vector<std::uint16_t>(first.begin(), first.begin() + 6)),
            (std::vector<std::uint16_t>{512, 512, 512, 521, 512, 521}));
  EXPECT_LE(first.size(), 14U) << "with pauses that grow";
  EXPECT_FALSE(world.station.cameras().front().identified);
}

TEST(StationIdentification, OneSecondAfterAnAcknowledgementWithoutTheMessageItIsAskedAgain) {
  World world;
  world.lost = [first = true](const Message& message, bool) mutable {
    return std::holds_alternative<CameraInformation>(message) && std::exchange(first, false);
  };
  world.add<GoodCamera>();
  world.run(milliseconds(900));
  EXPECT_FALSE(only_camera(world).identified);
  world.run(milliseconds(200));
  EXPECT_TRUE(only_camera(world).identified);
}

TEST(StationIdentification, AMissingStorageAndStreamIsAskedForByItsNumber) {
  World world;
  auto& good = world.add<GoodCamera>();
  good.streams = 3;
  good.storages = 3;
  world.lost = [streams = 1, storages = 1](const Message& message, bool) mutable {
    if (const auto* s = std::get_if<VideoStreamInformation>(&message); s && s->stream_id == 2) return streams-- > 0;
    if (const auto* s = std::get_if<StorageInformation>(&message); s && s->storage_id == 3) return storages-- > 0;
    return false;
  };
  world.run(seconds(6));
  EXPECT_EQ(only_camera(world).streams.size(), 3U);
  EXPECT_EQ(only_camera(world).storages.size(), 3U);
  const auto asked_for = [&](float message, float index) {
    return std::ranges::count_if(good.commands,
                                 [&](const auto& c) { return c.param1 == message && c.param2 == index; });
  };
  EXPECT_EQ(asked_for(269, 2), 1);
  EXPECT_EQ(asked_for(261, 3), 1);
}

TEST(StationStatus, AskedForEveryFiveSecondsWhileActiveAndSeldomOtherwise) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(5));
  const auto asked = [&] {
    return std::ranges::count_if(good.commands, [](const auto& c) { return c.param1 == 262; });
  };
  EXPECT_EQ(asked(), 1);
  world.run(seconds(20));
  EXPECT_EQ(asked(), 1);
  ASSERT_TRUE(world.tell({{1, 100}}, order::StartVideo{}));
  world.run(seconds(22));
  EXPECT_TRUE(only_camera(world).status->recording);
  EXPECT_GE(asked(), 5);
  EXPECT_LE(asked(), 6);
}

TEST(StationStatus, ChangesAreToldAndTheSameAgainIsNot) {
  World world;
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  const auto before = world.heard.changes.size();
  world.say(good.address, VideoStreamStatus{.flags = stream_flags::running, .stream_id = 1});
  world.say(good.address, VideoStreamStatus{.flags = stream_flags::running, .stream_id = 1});
  world.say(good.address, VideoStreamStatus{.flags = stream_flags::running, .stream_id = 77});
  world.say({9, 9}, VideoStreamStatus{.stream_id = 1});
  EXPECT_EQ(world.heard.changes.size(), before + 1);
  EXPECT_EQ(world.heard.changes.back().change, Change::streams);
  EXPECT_EQ(only_camera(world).streams[0].flags, stream_flags::running);
}

}  // namespace
}  // namespace mavlink::station::test
