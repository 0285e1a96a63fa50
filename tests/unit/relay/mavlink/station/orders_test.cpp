// Orders become commands, and how they end.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/relay/mavlink/station/cameras.hpp"

namespace mavlink::station::test {
namespace {

constexpr Key good_key{{1, 100}, 0};

struct Row {
  const char* words;
  Order order;
  std::uint16_t command;
  std::array<float, 7> parameters;
};

class OrderTable : public testing::TestWithParam<Row> {};

TEST_P(OrderTable, BecomesItsCommandForTheThirdCameraBehindAnAutopilot) {
  const auto& row = GetParam();
  const auto command = command_of(row.order, {{7, 1}, 3}, 9);
  ASSERT_TRUE(command) << command.error().message;
  EXPECT_EQ(command->command, row.command);
  EXPECT_EQ(command->target_system, 7);
  EXPECT_EQ(command->target_component, 1);
  const std::array<float, 7> parameters{command->param1, command->param2, command->param3, command->param4,
                                        command->param5, command->param6, command->param7};
  EXPECT_EQ(parameters, row.parameters);
  EXPECT_EQ(in_words(row.order, 9), row.words);
}

INSTANTIATE_TEST_SUITE_P(
    All, OrderTable,
    testing::Values(
        Row{"take an image (shot 9)", order::TakeImage{}, 2000, {3, 0, 1, 9}},
        Row{"take 5 images, one every 2500 ms", order::TakeImages{5, milliseconds(2500)}, 2000, {3, 2.5F, 5}},
        Row{"take images every 1000 ms until stopped", order::TakeImages{}, 2000, {3, 1, 0}},
        Row{"stop taking images", order::StopImages{}, 2001, {3}},
        Row{"start video", order::StartVideo{2, 1}, 2500, {2, 1, 3}},
        Row{"stop video", order::StopVideo{2}, 2501, {2, 3}},
        Row{"zoom (type 2) to 50", order::Zoom{zoom_type::range, 50}, 531, {2, 50, 3}},
        Row{"focus (type 3) to 7.5", order::Focus{focus_type::meters, 7.5F}, 532, {3, 7.5F, 3}},
        Row{"mode 1", order::SetMode{camera_mode::video}, 530, {3, 1}},
        Row{"format storage 1", order::FormatStorage{}, 526, {1, 1, 1}},
        Row{"forget the images of storage 2", order::FormatStorage{2, false, true}, 526, {2, 0, 1}},
        Row{"reset the settings", order::ResetSettings{}, 529, {1, 3}},
        Row{"send message 271", order::RequestMessage{271, {1, 2}}, 512, {271, 1, 2}},
        Row{"take an image (DO_DIGICAM_CONTROL)", order::DigicamShot{}, 203, {0, 0, 0, 0, 1}},
        Row{"command 534", order::Raw{534, {1, 2, 3, 4, 5, 6, 7}}, 534, {1, 2, 3, 4, 5, 6, 7}}));

TEST(Orders, ValuesThatMakeNoSenseAreRefusedInASentence) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Order> bad{order::TakeImages{1, seconds(1)},
                               order::TakeImages{0xFFFF'FFFFU, seconds(1)},
                               order::TakeImages{2, milliseconds(0)},
                               order::TakeImages{2, std::chrono::hours(25)},
                               order::StartVideo{0, nan},
                               order::Zoom{9, 1},
                               order::Zoom{zoom_type::range, 101},
                               order::Zoom{zoom_type::step, 2},
                               order::Zoom{zoom_type::range, nan},
                               order::Focus{7, 1},
                               order::SetMode{3},
                               order::RequestMessage{1U << 24U, {}}};
  for (const auto& order : bad) {
    const auto command = command_of(order, good_key, 1);
    ASSERT_FALSE(command) << in_words(order, 1);
    EXPECT_EQ(command.error().code, base::Errc::invalid);
    EXPECT_EQ(command.error().message.back(), '.');
  }
}

TEST(Orders, ThatActAgainWhenRepeatedAreKnown) {
  const std::vector<Order> once{order::DigicamShot{},
                                order::TakeImages{5},
                                order::Zoom{zoom_type::step, 1},
                                order::Focus{focus_type::step, 1},
                                order::Raw{command::do_digicam_control, {}},
                                order::Raw{command::image_start_capture, {0, 0, 1, 0}},
                                order::Raw{command::image_start_capture, {0, 1, 3, 2}}};
  for (const auto& order : once) EXPECT_FALSE(is_repeatable(order)) << in_words(order, 1);
  const std::vector<Order> often{order::TakeImage{},  order::TakeImages{},
                                 order::StopImages{}, order::Zoom{zoom_type::range, 1},
                                 order::Raw{534, {}}, order::Raw{command::image_start_capture, {0, 0, 1, 7}}};
  for (const auto& order : often) EXPECT_TRUE(is_repeatable(order)) << in_words(order, 1);
}

TEST(Orders, ToUnknownOrLostCamerasAndTooManyAreRefused) {
  World world;
  EXPECT_EQ(world.tell(good_key, order::TakeImage{}).error().code, base::Errc::not_found);
  world.say({1, 100}, Heartbeat{.type = type::camera});
  EXPECT_EQ(world.tell(good_key, order::SetMode{9}).error().code, base::Errc::invalid);
  base::Result<CommandId> id;
  for (std::size_t i = 0; i < max_commands_per_target + 1; i++) id = world.tell(good_key, order::StopImages{});
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, base::Errc::exhausted);
  world.run(seconds(6));
  EXPECT_EQ(world.tell(good_key, order::StopImages{}).error().code, base::Errc::unavailable);
  EXPECT_EQ(world.heard.ended.size(), max_commands_per_target - 1) << "one place was taken by a question";
  for (const auto& each : world.heard.ended) EXPECT_NE(each.outcome, Outcome::accepted);
}

TEST(Orders, SentAgainWithRisingConfirmationThenNoAnswer) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.run(milliseconds(2'500));
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const auto id = world.tell(good_key, order::StartVideo{});
  world.run(milliseconds(3'999));
  EXPECT_FALSE(world.ended(*id));
  world.run(milliseconds(2));
  const auto sent = world.commands(command::video_start_capture);
  ASSERT_EQ(sent.size(), 4U);
  for (std::size_t i = 0; i < sent.size(); i++) EXPECT_EQ(sent[i].confirmation, i);
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(to_string(world.ended(*id)->outcome), "no answer");
  EXPECT_EQ(world.ended(*id)->word, "sent 4 times and not acknowledged");
}

TEST(Orders, OfOneCommandOneAtATimeAndOthersBeside) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.tell(good_key, order::StopVideo{1}).value();
  const auto second = world.tell(good_key, order::StopVideo{2});
  world.tell(good_key, order::StopImages{}).value();
  EXPECT_EQ(world.commands(command::video_stop_capture).size(), 1U);
  EXPECT_EQ(world.commands(command::image_stop_capture).size(), 1U);
  const auto waiting = world.station.cameras()[0].under_way;
  ASSERT_EQ(waiting.size(), 4U) << "with the question what it is";
  EXPECT_TRUE(waiting[0].asked_by_us);
  EXPECT_EQ(waiting[2].sends, 0);
  world.say({1, 100}, CommandAck{.command = command::video_stop_capture});
  EXPECT_EQ(world.commands(command::video_stop_capture).size(), 1U) << "a copy of that may follow";
  world.say({1, 100}, CommandAck{.command = command::video_stop_capture});
  world.run(milliseconds(101));
  EXPECT_EQ(world.commands(command::video_stop_capture).size(), 2U);
  EXPECT_FALSE(world.ended(*second));
}

TEST(Orders, RefusalsAreWords) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const std::vector<std::pair<std::uint8_t, std::string>> words{
      {1, "temporarily rejected"}, {2, "denied"}, {4, "failed"}, {10, "not in control"}, {99, "unknown result"}};
  for (const auto& [result, word] : words) {
    const auto id = world.tell(good_key, order::StopImages{});
    world.run(milliseconds(600));
    world.say({1, 100}, Heartbeat{.type = type::camera});
    world.say({1, 100}, CommandAck{.command = command::image_stop_capture, .result = result});
    ASSERT_TRUE(world.ended(*id));
    EXPECT_EQ(world.ended(*id)->outcome, Outcome::refused);
    EXPECT_EQ(world.ended(*id)->word, word);
    EXPECT_EQ(world.ended(*id)->result, result);
  }
}

TEST(Orders, InProgressWaitsFiveSecondsEachTimeAndShowsHowFar) {
  World world;
  auto& good = world.add<GoodCamera>();
  good.on = false;
  const auto beat = [&] { world.say({1, 100}, Heartbeat{.type = type::camera}); };
  beat();
  const auto id = world.tell(good_key, order::FormatStorage{});
  for (const std::uint8_t progress : {std::uint8_t{10}, std::uint8_t{90}, std::uint8_t{255}}) {
    world.say({1, 100},
              CommandAck{.command = command::storage_format, .result = result::in_progress, .progress = progress});
    world.run(milliseconds(4'900));
    beat();
  }
  const auto under_way = world.station.cameras()[0].under_way;
  const auto formats = std::ranges::find(under_way, *id, &UnderWay::id);
  ASSERT_NE(formats, under_way.end());
  EXPECT_EQ(formats->progress, 90);
  EXPECT_EQ(world.commands(command::storage_format).size(), 1U);
  world.say({1, 100}, CommandAck{.command = command::storage_format});
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::accepted);
  EXPECT_EQ(world.ended(*id)->took, milliseconds(14'700));
}

TEST(Orders, InProgressForEverEnds) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const auto id = world.tell(good_key, order::FormatStorage{});
  for (int i = 0; i < 700 && !world.ended(*id); i++) {
    world.say({1, 100}, Heartbeat{.type = type::camera});
    world.say({1, 100}, CommandAck{.command = command::storage_format, .result = result::in_progress});
    world.run(seconds(1));
  }
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::no_answer);
  EXPECT_EQ(world.ended(*id)->word, "it said that it was at it, and then nothing more");
}

TEST(Orders, CancelOfOneThatWaitsAndOfOneUnderWay) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const auto first = world.tell(good_key, order::FormatStorage{1});
  const auto second = world.tell(good_key, order::FormatStorage{2});
  ASSERT_TRUE(world.cancel(*second));
  ASSERT_TRUE(world.ended(*second));
  EXPECT_EQ(world.ended(*second)->outcome, Outcome::cancelled);
  EXPECT_EQ(world.ended(*second)->word, "before it was sent");
  EXPECT_EQ(world.cancel(*second).error().code, base::Errc::not_found);
  ASSERT_TRUE(world.cancel(*first));
  ASSERT_TRUE(world.cancel(*first)) << "again is no harm";
  const auto sent = world.sent<CommandCancel>();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].command, command::storage_format);
  EXPECT_EQ(sent[0].target_component, 100);
  world.say({1, 100}, CommandAck{.command = command::storage_format, .result = result::cancelled});
  EXPECT_EQ(world.ended(*first)->outcome, Outcome::cancelled);
  EXPECT_EQ(world.cancel(4711).error().code, base::Errc::not_found);
}

TEST(Orders, CancelThatIsNotAnsweredEnds) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  const auto id = world.tell(good_key, order::FormatStorage{1});
  ASSERT_TRUE(world.cancel(*id));
  world.run(milliseconds(4'500));
  EXPECT_EQ(world.sent<CommandCancel>().size(), 4U);
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::no_answer);
}

TEST(Orders, OfALostCameraEnd) {
  World world;
  world.say({1, 100}, Heartbeat{.type = type::camera});
  world.run(seconds(4));
  const auto id = world.tell(good_key, order::StopImages{});
  world.run(milliseconds(1'100));
  ASSERT_TRUE(world.ended(*id));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::camera_gone);
}

TEST(Orders, ShotsHaveRisingNumbersAndStepsAreNotSentAgain) {
  World world({.first_sequence = max_sequence});
  auto& good = world.add<GoodCamera>();
  world.run(seconds(3));
  world.tell(good_key, order::TakeImage{}).value();
  world.tell(good_key, order::TakeImage{}).value();
  world.run(seconds(1));
  const auto shots = world.commands(command::image_start_capture);
  ASSERT_EQ(shots.size(), 2U);
  EXPECT_EQ(shots[0].param4, static_cast<float>(max_sequence));
  EXPECT_EQ(shots[1].param4, 1);
  EXPECT_EQ(good.shots, 2);
  world.lost = [](const Message& message, bool) { return std::holds_alternative<CommandAck>(message); };
  world.tell(good_key, order::Zoom{zoom_type::step, 1}).value();
  world.tell(good_key, order::Focus{focus_type::step, -1}).value();
  world.tell(good_key, order::Raw{.command = command::do_digicam_control}).value();
  world.tell(good_key, order::Focus{focus_type::range, 3}).value();
  world.run(seconds(5));
  EXPECT_EQ(world.commands(command::set_camera_zoom).size(), 1U);
  EXPECT_EQ(world.commands(command::do_digicam_control).size(), 1U);
  EXPECT_EQ(world.commands(command::set_camera_focus).size(), 1U + 4U);
}

struct DigicamOnly : GoodCamera {
  std::optional<std::uint8_t> result(const CommandLong& command, World& world) override {
    if (command.command == command::image_start_capture) return result::unsupported;
    return GoodCamera::result(command, world);
  }
};

TEST(Orders, UnsupportedShotsBecomeDigicamShotsAndNextTimeAtOnce) {
  World world;
  auto& camera = world.add<DigicamOnly>();
  world.run(seconds(3));
  const auto first = world.tell(good_key, order::TakeImage{});
  world.run(seconds(1));
  EXPECT_EQ(world.ended(*first)->outcome, Outcome::accepted);
  EXPECT_EQ(world.heard.ended.size(), 1U);
  EXPECT_TRUE(world.station.cameras()[0].by_digicam);
  world.tell(good_key, order::TakeImage{}).value();
  world.run(seconds(1));
  EXPECT_EQ(world.commands(command::image_start_capture).size(), 1U);
  EXPECT_EQ(camera.shots, 2);
}

TEST(Orders, UnsupportedShotsStayRefusedWhenThatIsOff) {
  World world({.digicam_fallback = false});
  auto& camera = world.add<DigicamOnly>();
  world.run(seconds(3));
  const auto id = world.tell(good_key, order::TakeImage{});
  world.run(seconds(1));
  EXPECT_EQ(world.ended(*id)->outcome, Outcome::refused);
  EXPECT_EQ(camera.shots, 0);
}

TEST(Orders, WhatTheyChangeIsAskedForThoughTheCameraSaysNothing) {
  struct Quiet : GoodCamera {
    void carry_out(const CommandLong& command, World& world) override {
      if (command.command == command::request_message) return GoodCamera::carry_out(command, world);
      recording = command.command == command::video_start_capture;
      if (command.command == command::set_camera_mode) mode = camera_mode::video;
      if (command.command == command::storage_format) storages = 3;
    }
  };
  World world;
  world.add<Quiet>();
  world.run(seconds(3));
  world.tell(good_key, order::SetMode{camera_mode::video}).value();
  world.tell(good_key, order::StartVideo{}).value();
  world.run(seconds(2));
  EXPECT_EQ(world.station.cameras()[0].settings->mode, camera_mode::video);
  EXPECT_TRUE(world.station.cameras()[0].status->recording);
  world.tell(good_key, order::FormatStorage{}).value();
  world.run(seconds(2));
  EXPECT_EQ(world.station.cameras()[0].storages.size(), 3U);
}

}  // namespace
}  // namespace mavlink::station::test
