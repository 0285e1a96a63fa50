// What known programs do differently, one test each.
#include <gtest/gtest.h>

#include "tests/unit/relay/mavlink/station/cameras.hpp"

namespace mavlink::station::test {
namespace {

int with_first(const GoodCamera& camera, std::uint16_t command, float first) {
  return static_cast<int>(
      std::ranges::count_if(camera.commands, [&](const auto& c) { return c.command == command && c.param1 == first; }));
}

TEST(MavlinkCameraManager, AcknowledgementsWithoutTargetAndCountsOfNoneAreTaken) {
  World world;
  world.add<CameraManager>();
  world.run(seconds(6));
  const auto camera = world.station.cameras().at(0);
  EXPECT_TRUE(camera.identified);
  ASSERT_EQ(camera.storages.size(), 1U);
  EXPECT_EQ(camera.storages[0].id, 0);
  ASSERT_EQ(camera.streams.size(), 1U);
  EXPECT_EQ(camera.streams[0].id, 7);
  EXPECT_TRUE(camera.under_way.empty());
}

TEST(MavlinkCameraManager, OursIsAComponentItListensTo) {
  EXPECT_EQ(Settings{}.identity.component, 190);
}

TEST(MavlinkCameraManager, DeniedForAKnownMessageLeadsToTheOldCommand) {
  World world;
  auto& manager = world.add<CameraManager>();
  world.run(seconds(6));
  EXPECT_TRUE(world.station.cameras().at(0).status);
  EXPECT_EQ(with_first(manager, command::request_message, 262), 1);
  EXPECT_EQ(with_first(manager, command::request_camera_capture_status, 1), 1);
}

TEST(MavlinkCameraManager, TheNumberOfAStreamIsInBothPlacesOfTheOldQuestion) {
  const auto command = command_of(Question{Topic::streams, true, 3}, Key{{1, 106}});
  EXPECT_EQ(command.param1, 3);
  EXPECT_EQ(command.param2, 3);
}

TEST(MavlinkCameraManager, TwoAcknowledgementsOfOneResetEndOneOrder) {
  World world;
  world.add<CameraManager>();
  world.run(seconds(6));
  const auto first = world.tell({{1, 106}}, order::ResetSettings{});
  const auto second = world.tell({{1, 106}}, order::ResetSettings{});
  world.run(milliseconds(60));
  EXPECT_TRUE(world.ended(*first));
  EXPECT_FALSE(world.ended(*second)) << "the second acknowledgement is the first order's";
  world.run(seconds(1));
  ASSERT_TRUE(world.ended(*second));
  EXPECT_EQ(world.ended(*second)->outcome, Outcome::accepted);
}

TEST(MavlinkCameraManager, NoShotsIsSaidInAWordAfterBothWays) {
  World world;
  auto& manager = world.add<CameraManager>();
  world.run(seconds(6));
  const auto id = world.tell({{1, 106}}, order::TakeImage{});
  world.run(seconds(2));
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::refused);
  EXPECT_EQ(world.ended(*id)->word, "unsupported");
  EXPECT_EQ(std::ranges::count(manager.commands, command::do_digicam_control, &CommandLong::command), 1);
  EXPECT_FALSE(world.station.cameras().at(0).by_digicam);
}

TEST(MavsdkCameraServer, OldCommandsWorkWhereRequestMessageIsDenied) {
  World world;
  world.add<CameraServer>();
  world.run(seconds(6));
  const auto camera = world.station.cameras().at(0);
  EXPECT_TRUE(camera.identified && camera.settings && camera.status);
  EXPECT_EQ(camera.storages.size(), 1U);
  EXPECT_EQ(camera.streams.size(), 2U);
}

TEST(MavsdkCameraServer, InProgressThenAcceptedIsOneShot) {
  World world;
  auto& server = world.add<CameraServer>();
  world.run(seconds(6));
  const auto id = world.tell({{1, 100}}, order::TakeImage{});
  world.run(seconds(2));
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::accepted);
  EXPECT_EQ(world.ended(*id)->sends, 1);
  EXPECT_EQ(server.shots, 1);
}

TEST(MavsdkCameraServer, AfterInProgressNothingIsSentAgainThoughTheEndIsLost) {
  World world;
  auto& server = world.add<CameraServer>();
  world.run(seconds(6));
  world.lost = [](const Message& message, bool) {
    const auto* ack = std::get_if<CommandAck>(&message);
    return ack && ack->command == command::image_start_capture && ack->result == result::accepted;
  };
  const auto id = world.tell({{1, 100}}, order::TakeImage{});
  world.run(milliseconds(4'900));
  EXPECT_FALSE(world.ended(*id));
  world.run(seconds(1));
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::no_answer);
  EXPECT_EQ(server.shots, 1);
}

TEST(MavsdkCameraServer, ImagesNumberedByTheShotAreEachToldOnce) {
  World world({.first_sequence = 5'000});
  world.add<CameraServer>();
  world.run(seconds(6));
  for (int i = 0; i < 3; i++) {
    ASSERT_TRUE(world.tell({{1, 100}}, order::TakeImage{}));
    world.run(seconds(2));
  }
  std::vector<std::int32_t> told;
  told.reserve(world.heard.images.size());
  for (const auto& each : world.heard.images) told.push_back(each.image.index);
  EXPECT_EQ(told, (std::vector<std::int32_t>{5'000, 5'001, 5'002}));
}

TEST(MavsdkCameraServer, ShotsWithoutANumberAllHaveIndexZeroAndAreToldAll) {
  World world;
  auto& server = world.add<CameraServer>();
  world.run(seconds(6));
  for (int i = 0; i < 3; i++) {
    server.shoot(world, 0);
    world.run(seconds(2));
  }
  EXPECT_EQ(world.heard.images.size(), 3U);
}

TEST(MavsdkCameraServer, LowNumbersAfterManyImagesBeforeWeMetAreNew) {
  World world;
  auto& server = world.add<CameraServer>();
  for (std::int32_t i = 0; i < 50; i++) server.images[i] = {};
  world.run(seconds(6));
  ASSERT_TRUE(world.tell({{1, 100}}, order::TakeImage{}));
  world.run(seconds(2));
  ASSERT_EQ(world.heard.images.size(), 1U);
  EXPECT_EQ(world.heard.images[0].image.index, 1);
}

TEST(MavsdkCameraServer, RefusedCopiesOfImagesAreGivenUpQuietly) {
  World world;
  auto& server = world.add<CameraServer>();
  world.run(seconds(6));
  world.lost = [](const Message& message, bool) { return std::holds_alternative<CameraImageCaptured>(message); };
  server.shoot(world, 0);
  world.run(seconds(10));
  world.lost = [](const Message&, bool) { return false; };
  const auto camera = world.station.cameras().at(0);
  EXPECT_EQ(camera.images.given_up, 1U);
  EXPECT_EQ(camera.images.missing, 0U);
  EXPECT_TRUE(world.heard.notes.empty());
}

TEST(MavsdkCameraServer, SilenceAboutAnUnknownCommandIsNotALostCamera) {
  World world;
  world.add<CameraServer>();
  world.run(seconds(6));
  const auto id = world.tell({{1, 100}}, order::Raw{.command = 31'000});
  world.run(seconds(6));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::no_answer);
  EXPECT_EQ(world.ended(*id)->sends, 4);
  EXPECT_EQ(world.ended(*id)->took, seconds(4));
  EXPECT_TRUE(world.station.cameras().at(0).present);
}

TEST(MavsdkCameraServer, AcknowledgementFromTheAutopilotInsteadIsNotTaken) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const auto id = world.tell({{1, 100}}, order::StopImages{});
  world.say({1, 1}, CommandAck{.command = command::image_stop_capture});
  world.say({1, 1}, CommandAck{.command = command::image_stop_capture});
  EXPECT_FALSE(world.ended(*id));
  ASSERT_EQ(world.heard.notes.size(), 1U);
  EXPECT_NE(world.heard.notes[0].text.find("1/1"), std::string::npos);
  world.say({1, 100}, CommandAck{.command = command::image_stop_capture, .target_system = 254});
  world.say({1, 100}, CommandAck{.command = command::image_stop_capture, .target_system = 255, .target_component = 1});
  EXPECT_FALSE(world.ended(*id));
  world.say({1, 100}, CommandAck{.command = command::image_stop_capture, .target_system = 255});
  EXPECT_TRUE(world.ended(*id));
}

TEST(ProgramsFromBeforeRequestMessage, AreIdentifiedThoughSilentAboutIt) {
  World world;
  auto& old = world.add<OldCamera>();
  world.run(seconds(40));
  const auto camera = world.station.cameras().at(0);
  EXPECT_TRUE(camera.identified && camera.settings && camera.status);
  EXPECT_EQ(camera.storages.size(), 1U);
  EXPECT_EQ(camera.streams.size(), 2U);
  EXPECT_EQ(with_first(old, command::request_message, 260), 0) << "what was answered before comes first";
}

TEST(ArduPilot, CamerasBehindItAreCamerasOfTheirOwn) {
  World world;
  auto& pilot = world.add<ArduPilot>();
  world.run(seconds(12));
  const auto cameras = world.station.cameras();
  ASSERT_EQ(cameras.size(), 2U);
  EXPECT_EQ(cameras[0].key, (Key{{1, 1}, 1}));
  EXPECT_EQ(cameras[1].key, (Key{{1, 1}, 2}));
  EXPECT_EQ(cameras[1].name, "ArduPilot Right");
  EXPECT_EQ(cameras[1].status->image_count, 200);
  EXPECT_EQ(cameras[0].storages.size(), 1U);
  EXPECT_TRUE(cameras[0].present && cameras[1].present) << "its heartbeats count";
  EXPECT_TRUE(world.tell({{1, 1}, 2}, order::TakeImage{}));
  EXPECT_TRUE(world.tell({{1, 1}, 2}, order::StopVideo{}));
  world.run(seconds(1));
  EXPECT_EQ(with_first(pilot, command::image_start_capture, 2), 1);
  const auto stop = std::ranges::find(pilot.commands, command::video_stop_capture, &CommandLong::command);
  ASSERT_NE(stop, pilot.commands.end());
  EXPECT_EQ(stop->param2, 2);
  pilot.on = false;
  world.run(seconds(10));
  EXPECT_EQ(world.changes_of(Change::lost), 2U);
}

TEST(ArduPilot, IsNotAskedWhenThatIsOff) {
  World world({.ask_autopilots = false});
  auto& pilot = world.add<ArduPilot>();
  world.run(seconds(30));
  EXPECT_TRUE(pilot.commands.empty());
}

// Acknowledges every question, and the first answers get lost.
class ForgetfulArduPilot : public ArduPilot {
 public:
  int lost = 0;

 protected:
  void send_information(World& world) override {
    if (lost++ >= 3) ArduPilot::send_information(world);
  }
};

TEST(ArduPilot, WhoseAnswersGetLostIsAskedAgainSoon) {
  World world;
  auto& pilot = world.add<ForgetfulArduPilot>();
  world.run(seconds(12));
  EXPECT_EQ(pilot.lost, 4);
  EXPECT_TRUE(std::ranges::any_of(world.station.cameras(), &Camera::identified));
}

TEST(ArduPilot, ThatNeverSaysMoreIsAskedEverLessOften) {
  World world;
  auto& pilot = world.add<ForgetfulArduPilot>();
  pilot.lost = -1'000;
  world.run(seconds(600));
  EXPECT_GT(pilot.lost, -1'000 + 10);
  EXPECT_LT(pilot.lost, -1'000 + 30);
}

TEST(Px4, ImagesOfACameraNumberAreACameraThoughNothingIsAnswered) {
  World world;
  auto& pilot = world.add<Px4>();
  world.run(seconds(20));
  EXPECT_EQ(pilot.commands.size(), 1U) << "it said that it knows nothing of cameras";
  EXPECT_TRUE(world.station.cameras().empty());
  world.say({1, 1}, CameraImageCaptured{.image_index = 3, .camera_id = 1, .capture_result = -1});
  ASSERT_EQ(world.station.cameras().size(), 1U);
  EXPECT_EQ(world.station.cameras()[0].key, (Key{{1, 1}, 1}));
  EXPECT_TRUE(world.heard.images.at(0).image.ok);
  world.say({1, 1}, CameraImageCaptured{.image_index = 4, .camera_id = 0});
  EXPECT_EQ(world.heard.images.at(1).key, (Key{{1, 1}, 1})) << "there is only one it can be";
  world.run(seconds(20));
  EXPECT_TRUE(world.station.cameras()[0].present);
}

TEST(Px4, ASilentAutopilotIsAskedAFewTimesAndAnewWhenItComesBack) {
  World world;
  const auto beat = [&](int times) {
    for (int i = 0; i < times; i++) {
      world.say({1, 1}, Heartbeat{.type = type::ground_rover, .autopilot = autopilot::px4});
      world.run(seconds(1));
    }
  };
  beat(120);
  EXPECT_EQ(world.commands(command::request_message).size(), 12U);
  world.run(seconds(10));
  beat(20);
  EXPECT_GT(world.commands(command::request_message).size(), 12U);
}

TEST(Px4, OfTooManyAutopilotsTheOneNotHeardOfForLongestIsNotAskedAnyMore) {
  World world;
  for (std::uint8_t system = 1; system <= 40; system++)
    world.say({system, 1}, Heartbeat{.type = type::ground_rover, .autopilot = autopilot::px4});
  world.run(seconds(60));
  EXPECT_LE(world.commands(command::request_message).size(), 40U * 4 + max_autopilots * 8);
}

TEST(RedundantLinks, CopiesOfEverythingChangeNothing) {
  World world;
  world.copies = {milliseconds(5), milliseconds(12), milliseconds(60)};
  auto& good = world.add<GoodCamera>();
  world.run(seconds(6));
  EXPECT_TRUE(world.station.cameras().at(0).identified);
  std::vector<CommandId> ids;
  ids.reserve(5);
  for (int i = 0; i < 5; i++) ids.push_back(*world.tell({{1, 100}}, order::TakeImage{}));
  world.run(seconds(10));
  for (const auto id : ids) {
    ASSERT_TRUE(world.ended(id));
    EXPECT_EQ(world.ended(id)->outcome, Outcome::accepted);
  }
  EXPECT_EQ(world.heard.ended.size(), 5U);
  EXPECT_EQ(good.shots, 5);
  EXPECT_EQ(world.heard.images.size(), 5U);
  EXPECT_EQ(world.changes_of(Change::rebooted) + world.changes_of(Change::images_reset), 0U);
}

}  // namespace
}  // namespace mavlink::station::test
