#include <gtest/gtest.h>

#include "bench.hpp"

namespace mavlink::camera {
namespace {

TEST(CameraCommands, WhoCommandsTooFastIsToldToTryAgain) {
  Bench bench;
  const auto told = [&](const CommandLong& command, Permission permission) {
    bench.clear();
    bench.hear(command, station, station_peer, permission);
    return int{bench.sent<CommandAck>().at(0).result};
  };
  const CommandLong shot = command_long(2000, {0, 0, 1, 7});
  EXPECT_EQ(told(shot, Permission::too_fast), result::temporarily_rejected);
  EXPECT_EQ(bench.asked<TakeImage>(), 0U);
  ASSERT_EQ(bench.notes.size(), 1U);
  EXPECT_EQ(bench.notes[0].kind, Note::Kind::refused);
  EXPECT_EQ(told(shot, Permission::granted), result::accepted) << "the same one again, later";
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  EXPECT_EQ(told(shot, Permission::too_fast), result::accepted) << "it was carried out, and its answer was lost";
  EXPECT_EQ(bench.asked<TakeImage>(), 0U);
  EXPECT_EQ(told(shot, Permission::refused), result::denied);
  EXPECT_EQ(told(command_long(512, {262}), Permission::too_fast), result::accepted);
}

TEST(CameraCommands, TheVersionOfTheProtocolIsToldInBothWays) {
  Bench bench(full_description(), 0, false);
  EXPECT_EQ(bench.command(command::request_protocol_version, {1}), result::accepted);
  EXPECT_EQ(bench.command(command::request_message, {300}), result::accepted);
  const auto told = bench.sent<ProtocolVersion>();
  ASSERT_EQ(told.size(), 2U);
  for (const ProtocolVersion& one : told) {
    EXPECT_EQ(one.version, 200);
    EXPECT_EQ(one.min_version, 100);
    EXPECT_EQ(one.max_version, 200);
  }
  EXPECT_EQ(bench.all.back().to, station_peer);
}

TEST(CameraCommands, MessagesGoToWhoAskedOrToAllAsItSays) {
  Bench bench;
  const auto target = [&](std::uint16_t id, std::initializer_list<float> parameters) {
    bench.clear();
    EXPECT_EQ(bench.command(id, parameters), result::accepted);
    bench.run(milliseconds{150});
    for (const Outgoing& one : bench.all)
      if (std::holds_alternative<CameraSettings>(one.message)) return one.to;
    ADD_FAILURE() << "nothing came";
    return std::optional<Peer>{};
  };
  EXPECT_EQ(target(512, {260}), station_peer);
  for (const float asker : {0.F, 1.F}) EXPECT_EQ(target(512, {260, 0, 0, 0, 0, 0, asker}), station_peer);
  EXPECT_EQ(target(512, {260, 0, 0, 0, 0, 0, 2}), std::nullopt);
  EXPECT_EQ(target(511, {260, 100'000, 0, 0, 0, 0, 1}), station_peer);
  EXPECT_EQ(target(511, {260, 100'000, 0, 0, 0, 0, 2}), std::nullopt) << "in the place of the one before";
  bench.camera.forget(station_peer);
  bench.clear();
  bench.run(seconds{1});
  EXPECT_TRUE(bench.sent<CameraSettings>().empty()) << "who wanted it is gone";
  for (const float nobody : {-1.F, 0.5F, 3.F}) {
    EXPECT_EQ(bench.command(512, {260, 0, 0, 0, 0, 0, nobody}), result::denied) << nobody;
    EXPECT_EQ(bench.command(511, {260, 1e6F, 0, 0, 0, 0, nobody}), result::denied) << nobody;
  }
}

TEST(CameraCommands, KeptImagesGoToAllWhereThatIsAskedFor) {
  Bench bench;
  bench.command(2000, {0, 0, 1, 1});
  bench.image();
  const auto told_to = [&](float target) {
    bench.clear();
    EXPECT_EQ(bench.command(512, {263, 0, 0, 0, 0, 0, target}), result::accepted);
    bench.answer_pages();
    bench.run(milliseconds{100});
    for (const Outgoing& one : bench.all)
      if (std::holds_alternative<CameraImageCaptured>(one.message)) return one.to;
    ADD_FAILURE() << "nothing came";
    return std::optional<Peer>{};
  };
  EXPECT_EQ(told_to(1), station_peer);
  EXPECT_EQ(told_to(2), std::nullopt);
}

TEST(CameraCommands, WhoMayNotCommandMayAsk) {
  Bench bench;
  const auto stranger = [&](std::uint16_t id, std::initializer_list<float> parameters) {
    bench.clear();
    bench.hear(command_long(id, parameters), other_station, other_peer, Permission::refused);
    return bench.sent<CommandAck>().at(0).result;
  };
  for (const auto id : {200, 203, 511, 526, 529, 530, 531, 532, 2000, 2001, 2003, 2500, 2501, 2502, 2503})
    EXPECT_EQ(stranger(static_cast<std::uint16_t>(id), {1, 1, 1, 1, 1}), result::denied) << id;
  EXPECT_EQ(bench.camera.figures().shots, 0U);
  EXPECT_EQ(stranger(512, {259}), result::accepted);
  EXPECT_EQ(bench.sent<CameraInformation>().size(), 1U);
  EXPECT_EQ(stranger(510, {262}), result::accepted);
}

TEST(CameraCommands, WithoutTheCameraActsAreRejectedForNowAndQuestionsAnswered) {
  Bench bench(full_description(), 0, false);
  EXPECT_EQ(bench.command(2500, {}), result::temporarily_rejected);
  EXPECT_EQ(bench.command(530, {0, 1}), result::temporarily_rejected);
  EXPECT_EQ(bench.command(512, {262}), result::accepted);
  EXPECT_EQ(bench.command(512, {0}), result::unsupported);  // no heartbeat for a camera that is not there
  EXPECT_EQ(bench.sent<Heartbeat>().size(), 0U);
}

TEST(CameraCommands, WhatThisCameraHasNotIsUnsupported) {
  Bench bench;
  for (const auto id : {201, 202, 206, 214, 533, 534, 2004, 2005, 2010})
    EXPECT_EQ(bench.command(static_cast<std::uint16_t>(id), {1}), result::unsupported) << id;
  Description plain;
  plain.vendor = "Maker";
  plain.model = "Plain";
  Bench none(plain);
  for (const auto id : {200, 526, 529, 530, 531, 532, 2500, 2501, 2502, 2503})
    EXPECT_EQ(none.command(static_cast<std::uint16_t>(id), {0, 1, 1}), result::unsupported) << id;
  for (const float message : {269.F, 270.F, 271.F, 275.F, 276.F, 277.F, 147.F, 33.F})
    EXPECT_EQ(none.command(512, {message}), result::unsupported) << message;
  EXPECT_EQ(none.command(512, {259}), result::accepted);
  EXPECT_EQ(none.sent<CameraInformation>().at(0).flags, 0U);
}

TEST(CameraCommands, MessagesThatAreRequested) {
  Bench bench;
  EXPECT_EQ(bench.command(512, {0}), result::accepted);
  EXPECT_EQ(bench.sent<Heartbeat>().size(), 1U);
  EXPECT_EQ(bench.command(512, {271}), result::accepted);
  EXPECT_EQ(bench.sent<CameraFovStatus>().at(0).hfov, 60);
  EXPECT_EQ(bench.command(512, {147}), result::unsupported);
  bench.camera.battery(std::int8_t{81}, bench.now, bench.out);
  bench.camera.battery(std::int8_t{81}, bench.now, bench.out);  // no news
  bench.collect();
  EXPECT_EQ(bench.sent<BatteryStatus>().size(), 1U);
  EXPECT_EQ(bench.command(512, {147}), result::accepted);
  EXPECT_EQ(bench.sent<BatteryStatus>().at(1).battery_remaining, 81);
  bench.camera.battery({}, bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.sent<BatteryStatus>().size(), 2U);
  EXPECT_EQ(bench.command(512, {}), result::denied);
  EXPECT_EQ(bench.command(512, {-3}), result::denied);
  EXPECT_EQ(bench.command(512, {259.5F}), result::denied);
  EXPECT_EQ(bench.command(512, {269, -1}), result::denied);
}

TEST(CameraCommands, TheBatteryIsToldWhenItChangesAndNowAndThen) {
  Bench bench;
  const auto set = [&](std::optional<std::int8_t> percent) {
    bench.camera.battery(percent, bench.now, bench.out);
    bench.collect();
  };
  bench.run(seconds{20});
  EXPECT_TRUE(bench.sent<BatteryStatus>().empty()) << "it is not known";
  set(std::int8_t{80});
  ASSERT_EQ(bench.sent<BatteryStatus>().size(), 1U);
  EXPECT_EQ(bench.all.back().to, std::nullopt);
  bench.run(seconds{12});
  EXPECT_EQ(bench.sent<BatteryStatus>().size(), 3U);
  set(std::int8_t{79});
  ASSERT_EQ(bench.sent<BatteryStatus>().size(), 4U);
  EXPECT_EQ(bench.sent<BatteryStatus>().back().battery_remaining, 79);
  EXPECT_EQ(bench.command(510, {147}), result::accepted);
  EXPECT_EQ(bench.sent<MessageInterval>().back().interval_us, 5'000'000);
  bench.camera.offline(bench.now, bench.out);
  bench.clear();
  set(std::int8_t{70});
  bench.run(seconds{20});
  EXPECT_TRUE(bench.sent<BatteryStatus>().empty()) << "the camera is not there";
  bench.camera.online(bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.sent<BatteryStatus>().size(), 1U);
  set({});
  bench.clear();
  bench.run(seconds{20});
  EXPECT_TRUE(bench.sent<BatteryStatus>().empty());
  EXPECT_EQ(bench.command(510, {147}), result::accepted);
  EXPECT_EQ(bench.sent<MessageInterval>().back().interval_us, 0);
}

TEST(CameraCommands, RegularMessagesGoToWhoeverWantsThem) {
  Bench bench;
  EXPECT_EQ(bench.command(510, {262}), result::accepted);
  EXPECT_EQ(bench.sent<MessageInterval>().back().interval_us, -1);
  EXPECT_EQ(bench.command(510, {275}), result::accepted);
  EXPECT_EQ(bench.sent<MessageInterval>().back().interval_us, 0);
  EXPECT_EQ(bench.command(510, {0}), result::accepted);
  EXPECT_EQ(bench.sent<MessageInterval>().back().interval_us, 1'000'000);
  EXPECT_EQ(bench.command(510, {70000}), result::denied);

  EXPECT_EQ(bench.command(511, {262, 500'000}), result::accepted);
  EXPECT_EQ(bench.command(511, {261, 1}), result::accepted);  // too fast: as fast as is bearable
  EXPECT_EQ(bench.command(510, {261}), result::accepted);
  EXPECT_EQ(bench.sent<MessageInterval>().back().interval_us, 100'000);
  bench.clear();
  bench.run(seconds{2});
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().size(), 4U);
  EXPECT_EQ(bench.sent<StorageInformation>().size(), 40U);  // of both
  EXPECT_EQ(bench.command(511, {262, -1}), result::accepted);
  EXPECT_EQ(bench.command(511, {261, 0}), result::accepted);
  bench.clear();
  bench.run(seconds{2});
  EXPECT_EQ(bench.all.size(), 2U);  // heartbeats
}

TEST(CameraCommands, RegularMessagesAreBounded) {
  Bench bench;
  EXPECT_EQ(bench.command(511, {0, 500'000}), result::denied);
  EXPECT_EQ(bench.command(511, {263, 500'000}), result::unsupported);
  EXPECT_EQ(bench.command(511, {277, 500'000}), result::unsupported);
  EXPECT_EQ(bench.command(511, {262, -2}), result::denied);
  EXPECT_EQ(bench.command(511, {262, 1e12F}), result::denied);
  EXPECT_EQ(bench.command(511, {-1, 0}), result::denied);
  std::uint32_t accepted = 0;
  for (std::uint32_t peer = 0; peer < 40; ++peer)
    accepted += bench.command(511, {262, 1e6F}, station, {1, peer}) == result::accepted ? 1 : 0;
  EXPECT_EQ(accepted, 32U);
  bench.camera.forget({1, 7});  // is gone
  EXPECT_EQ(bench.command(511, {262, 1e6F}, station, {1, 39}), result::accepted);
  bench.clear();
  bench.run(seconds{1});
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().size(), 32U);
}

TEST(CameraCommands, PingIsAnsweredToTheSender) {
  Bench bench;
  bench.hear(Ping{.time_usec = 5, .seq = 9});
  const auto ping = bench.sent<Ping>().at(0);
  EXPECT_EQ(ping.time_usec, 5U);
  EXPECT_EQ(ping.seq, 9U);
  EXPECT_EQ(ping.target_system, station.system);
  EXPECT_EQ(ping.target_component, station.component);
  EXPECT_EQ(bench.all[0].to, station_peer);
  bench.hear(Ping{.target_system = 1, .target_component = 100});  // an answer
  EXPECT_EQ(bench.sent<Ping>().size(), 1U);
}

TEST(CameraCommands, SomebodyElseWithOurAddressIsNoticedAndNotObeyed) {
  Bench bench;
  bench.hear(Heartbeat{}, {1, 100});
  ASSERT_EQ(bench.notes.size(), 1U);
  EXPECT_EQ(bench.notes[0].kind, Note::Kind::impostor);
  bench.hear(command_long(2000, {0, 0, 1, 1}), {1, 100});
  EXPECT_TRUE(bench.all.empty());
  EXPECT_TRUE(bench.asks.empty());
}

TEST(CameraVideo, RecordingIsAskedOnceAndToldWhileItRuns) {
  Bench bench;
  EXPECT_EQ(bench.command(2500, {1, 2, 0}), result::accepted);
  EXPECT_EQ(bench.command(2500, {1, 2, 0}), result::accepted);
  EXPECT_EQ(bench.asked<StartVideo>(), 1U);
  bench.done();
  bench.clear();
  bench.run(seconds{2});
  const auto told = bench.sent<CameraCaptureStatus>();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[3].recording_time_ms, 2000U);
  EXPECT_EQ(bench.command(2501, {1}), result::accepted);
  EXPECT_EQ(bench.command(2501, {1}), result::accepted);
  EXPECT_EQ(bench.asked<StopVideo>(), 1U);
  EXPECT_EQ(bench.command(2500, {1, 0}), result::accepted);  // before it has stopped
  EXPECT_EQ(bench.asked<StartVideo>(), 1U);
  bench.clear();
  bench.run(seconds{2});
  EXPECT_TRUE(bench.sent<CameraCaptureStatus>().empty());
}

TEST(CameraVideo, WhatTheCameraDoesByItselfIsTold) {
  Bench bench;
  bench.camera.recording(true, bench.now, bench.out);
  bench.camera.recording(true, bench.now, bench.out);
  bench.collect();
  ASSERT_EQ(bench.sent<CameraCaptureStatus>().size(), 1U);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>()[0].video_status, 1);
  bench.camera.recording(false, bench.now, bench.out);
  bench.camera.recording(false, bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().size(), 2U);
}

TEST(CameraVideo, FailureLetsGoOfTheButton) {
  Bench bench;
  bench.command(2500, {0, 1});
  bench.done(false);
  ASSERT_EQ(bench.sent<CameraCaptureStatus>().size(), 1U);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>()[0].video_status, 0);
  EXPECT_EQ(bench.notes.back().kind, Note::Kind::failed);
  bench.run(seconds{3});
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().size(), 1U);
  bench.camera.recording(true, bench.now, bench.out);
  bench.command(2501, {});
  bench.done(false);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().video_status, 1);
}

TEST(CameraVideo, OldWayToRecordAndStreamsThatAlwaysRun) {
  Bench bench;
  EXPECT_EQ(bench.command(200, {-1, 0, 0, 2}), result::accepted);
  EXPECT_EQ(bench.asked<StartVideo>(), 1U);
  bench.done();
  EXPECT_EQ(bench.command(200, {0, 0, 0, 0}), result::accepted);
  EXPECT_EQ(bench.asked<StopVideo>(), 1U);
  EXPECT_EQ(bench.command(200, {0, 0, 0, 3}), result::denied);
  EXPECT_EQ(bench.command(200, {}), result::denied);
  EXPECT_EQ(bench.command(200, {33, 0, 0, 1}), result::denied);
  for (const std::uint16_t id : std::initializer_list<std::uint16_t>{2502, 2503}) {
    EXPECT_EQ(bench.command(id, {0}), result::accepted);
    EXPECT_EQ(bench.command(id, {2}), result::accepted);
    EXPECT_EQ(bench.command(id, {3}), result::denied);
    EXPECT_EQ(bench.command(id, {1, 99}), result::denied);
  }
  EXPECT_EQ(bench.command(2500, {3}), result::denied);
  EXPECT_EQ(bench.command(2500, {0, -1}), result::denied);
  EXPECT_EQ(bench.command(2500, {0, 0, 99}), result::denied);
  EXPECT_EQ(bench.command(2501, {0, 99}), result::denied);
  EXPECT_EQ(bench.command(2501, {-1}), result::denied);
}

TEST(CameraSettings, AreAskedOfTheCameraAndToldWhenDone) {
  Bench bench;
  EXPECT_EQ(bench.command(530, {0, 1}), result::accepted);
  EXPECT_TRUE(bench.sent<CameraSettings>().empty());
  bench.done();
  ASSERT_EQ(bench.sent<CameraSettings>().size(), 1U);
  EXPECT_EQ(bench.sent<CameraSettings>()[0].mode_id, camera_mode::video);
  EXPECT_EQ(bench.command(530, {0, 0}), result::accepted);
  bench.done(false);
  EXPECT_EQ(bench.sent<CameraSettings>().at(1).mode_id, camera_mode::video);  // still

  EXPECT_EQ(bench.command(531, {2, 40}), result::accepted);
  EXPECT_EQ(std::get<SetZoom>(bench.asks.back().wish).value, 40);
  bench.camera.settings({.mode = 1, .zoom = 40}, bench.now, bench.out);
  bench.camera.settings({.mode = 1, .zoom = 40}, bench.now, bench.out);
  bench.collect();
  ASSERT_EQ(bench.sent<CameraSettings>().size(), 3U);
  EXPECT_EQ(bench.sent<CameraSettings>()[2].zoom_level, 40);
  EXPECT_EQ(bench.command(532, {4}), result::accepted);
  EXPECT_EQ(std::get<SetFocus>(bench.asks.back().wish).type, focus_type::automatic);
  EXPECT_EQ(bench.command(529, {1}), result::accepted);
  EXPECT_EQ(bench.asked<ResetSettings>(), 1U);
  bench.done();
  EXPECT_EQ(bench.sent<CameraSettings>().size(), 4U);
}

TEST(CameraSettings, OutOfRangeIsDenied) {
  auto description = full_description();
  description.zoom_types = 0x1F;
  Bench bench(description);
  const auto zoom = [&](float type, float value) { return *bench.command(531, {type, value}) == result::accepted; };
  const auto focus = [&](float type, float value) { return *bench.command(532, {type, value}) == result::accepted; };
  EXPECT_TRUE(zoom(0, -1) && zoom(0, 1) && zoom(1, -0.5F) && zoom(2, 100) && zoom(3, 24) && zoom(4, 360));
  EXPECT_FALSE(zoom(0, 0) || zoom(1, -1.5F) || zoom(1, 2) || zoom(2, -1) || zoom(2, 101) || zoom(3, 0) || zoom(4, 0) ||
               zoom(4, 361) || zoom(5, 1) || zoom(-1, 1) || zoom(0.5F, 1) || zoom(9, 0));
  EXPECT_TRUE(focus(0, 1) && focus(3, 2) && focus(5, 0) && focus(6, 0));
  EXPECT_FALSE(focus(3, -1) || focus(7, 0) || focus(2, 200));
  EXPECT_EQ(bench.command(531, {0, 1, 99}), result::denied);
  EXPECT_EQ(bench.command(532, {0, 1, 99}), result::denied);
  EXPECT_EQ(bench.command(530, {0, 2}), result::denied);  // no survey
  EXPECT_EQ(bench.command(530, {0, 3}), result::denied);
  EXPECT_EQ(bench.command(530, {0, 0.5F}), result::denied);
  EXPECT_EQ(bench.command(529, {0}), result::denied);
  EXPECT_EQ(bench.command(529, {1, 99}), result::denied);
  Bench narrow;
  EXPECT_EQ(narrow.command(531, {4, 50}), result::denied);  // not one of its ways
}

TEST(CameraSettings, CameraThatDoesNotAnswerIsNotAskedWithoutEnd) {
  Bench bench;
  int accepted = 0;
  for (int i = 0; i < 40; ++i) accepted += *bench.command(531, {0, 1}) == result::accepted ? 1 : 0;
  EXPECT_EQ(accepted, 32);
  EXPECT_EQ(bench.command(2000, {0, 0, 1, 1}), result::accepted);  // has its own place
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  EXPECT_EQ(bench.command(526, {1, 1}), result::temporarily_rejected);
  bench.run(seconds{61});
  EXPECT_EQ(bench.command(531, {0, 1}), result::accepted);
}

}  // namespace
}  // namespace mavlink::camera
