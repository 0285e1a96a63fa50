// What ground stations require of a camera: the fourteen points, each by its number.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "bench.hpp"
#include "server/relay/mavlink/camera/vehicle_stub.hpp"

namespace mavlink::camera {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const Bench& bench) {
  std::vector<std::string> all;
  for (const auto& outgoing : bench.all) all.emplace_back(info_of(outgoing.message).name);
  return all;
}

TEST(CameraRequirements, R01_HeartbeatOnceASecondWhileTheCameraIsThere) {
  Bench bench(full_description(), 0, false);
  bench.run(seconds{5});
  EXPECT_TRUE(bench.all.empty());
  bench.camera.online(bench.now, bench.out);
  bench.collect();
  bench.command(command::image_start_capture, {0, 0, 1, 1});  // and stays busy
  bench.run(seconds{10});
  std::vector<milliseconds> at;
  for (std::size_t i = 0; i < bench.all.size(); ++i)
    if (std::holds_alternative<Heartbeat>(bench.all[i].message)) {
      at.push_back(bench.at[i]);
      EXPECT_EQ(bench.all[i].from, (Address{1, 100}));
      EXPECT_EQ(bench.all[i].to, std::nullopt);
    }
  ASSERT_EQ(at.size(), 11U);
  for (std::size_t i = 0; i < at.size(); ++i) EXPECT_EQ(at[i], seconds{5 + i});
  const auto beat = bench.sent<Heartbeat>().front();
  EXPECT_EQ(beat.type, 30);
  EXPECT_EQ(beat.autopilot, 8);
  EXPECT_EQ(beat.mavlink_version, 3);

  bench.camera.offline(bench.now, bench.out);
  bench.clear();
  bench.run(seconds{10});
  EXPECT_TRUE(bench.sent<Heartbeat>().empty());
}

TEST(CameraRequirements, R01_HeartbeatsDoNotDriftWhenWokenLate) {
  Bench bench;
  for (const int late_ms : {1300, 1000, 1000}) {  // 1.3, 2.3, 3.3 s
    bench.now.steady += milliseconds{late_ms};
    bench.camera.wake(bench.now, bench.out);
    bench.collect();
  }
  EXPECT_EQ(bench.sent<Heartbeat>().size(), 3U);
  EXPECT_EQ(*bench.camera.next_wake(), bench.now.steady + milliseconds{700});
  bench.now.steady += seconds{60};  // a pause brings one, not sixty
  bench.camera.wake(bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.sent<Heartbeat>().size(), 4U);
}

TEST(CameraRequirements, R02_ComponentsFrom100OnByDefaultAndOthersOnPurpose) {
  EXPECT_EQ(Description{}.address.component, 100);
  auto camera = full_description();
  for (const std::uint8_t good : std::initializer_list<std::uint8_t>{105, 106, 250}) {
    camera.address.component = good;
    EXPECT_TRUE(check(camera));
  }
  for (const std::uint8_t bad : std::initializer_list<std::uint8_t>{0, 1, 6}) {
    camera.address.component = bad;
    EXPECT_FALSE(check(camera));
  }
}

TEST(CameraRequirements, R03_SystemOfAVehicleAndAStubOfOne) {
  auto camera = full_description();
  camera.address.system = 42;
  Bench bench(camera);
  bench.run(seconds{1});
  EXPECT_EQ(bench.all.front().from, (Address{42, 100}));

  Actions out;
  VehicleStub stub(42, bench.now);
  stub.wake(bench.now, out);
  ASSERT_EQ(out.send.size(), 1U);
  EXPECT_EQ(out.send[0].from, (Address{42, 1}));
  const auto& beat = std::get<Heartbeat>(out.send[0].message);
  EXPECT_EQ(beat.type, 10);
  EXPECT_EQ(beat.autopilot, 8);
}

TEST(CameraRequirements, R04_EveryCommandIsAcknowledgedAtOnceAndBeforeItsData) {
  Bench bench;
  for (unsigned id = 0; id <= 3000; ++id) {
    bench.clear();
    bench.hear(command_long(static_cast<std::uint16_t>(id), {}));
    ASSERT_FALSE(bench.all.empty()) << id;
    const auto* ack = std::get_if<CommandAck>(&bench.all[0].message);
    ASSERT_NE(ack, nullptr) << id;
    EXPECT_EQ(ack->command, id);
    EXPECT_EQ(bench.sent<CommandAck>().size(), 1U) << id;
  }
  EXPECT_EQ(bench.command(31000, {}), result::unsupported);

  bench.clear();
  bench.command(command::request_message, {259});
  EXPECT_THAT(names(bench), ElementsAre("COMMAND_ACK", "CAMERA_INFORMATION"));
}

TEST(CameraRequirements, R04_ASlowPhotoIsAcceptedAtOnceAndCapturedLater) {
  Bench bench;
  EXPECT_EQ(bench.command(command::image_start_capture, {0, 0, 1, 1}), result::accepted);
  bench.run(seconds{20});
  EXPECT_EQ(bench.sent<CommandAck>().size(), 1U);
  EXPECT_TRUE(bench.sent<CameraImageCaptured>().empty());
  bench.image();
  EXPECT_EQ(bench.sent<CameraImageCaptured>().size(), 1U);
}

TEST(CameraRequirements, R05_NewAndOldRequestsBringTheSame) {
  Bench bench;
  bench.command(command::image_start_capture, {0, 0, 1, 1});
  bench.image();
  const auto answers = [&](std::uint16_t id, std::initializer_list<float> parameters) {
    bench.clear();
    EXPECT_EQ(bench.command(id, parameters), result::accepted) << id;
    bench.answer_pages();
    bench.run(milliseconds{100});
    auto all = names(bench);
    std::erase(all, "HEARTBEAT");
    return all;
  };
  EXPECT_EQ(answers(512, {259}), answers(521, {1}));
  EXPECT_EQ(answers(512, {260}), answers(522, {1}));
  EXPECT_EQ(answers(512, {261, 0}), answers(525, {0, 1}));
  EXPECT_EQ(answers(512, {261, 2}), answers(525, {2, 1}));
  EXPECT_EQ(answers(512, {262}), answers(527, {1}));
  EXPECT_EQ(answers(512, {263, 0}), answers(2002, {0}));
  EXPECT_EQ(answers(512, {269, 0}), answers(2504, {0}));
  EXPECT_EQ(answers(512, {270, 1}), answers(2505, {1}));
  EXPECT_THAT(answers(2002, {0}), ElementsAre("COMMAND_ACK", "CAMERA_IMAGE_CAPTURED"));
  EXPECT_THAT(answers(525, {0}), ElementsAre("COMMAND_ACK", "STORAGE_INFORMATION", "STORAGE_INFORMATION"));
}

TEST(CameraRequirements, R06_ParametersMayBeNaN) {
  Bench bench;
  EXPECT_EQ(bench.command(512, {269}), result::accepted);
  EXPECT_EQ(bench.sent<VideoStreamInformation>().size(), 2U);
  EXPECT_EQ(bench.command(2001, {}), result::accepted);
  EXPECT_EQ(bench.command(2500, {}), result::accepted);
  EXPECT_EQ(bench.command(2501, {}), result::accepted);
  EXPECT_EQ(bench.command(203, {not_given, not_given, not_given, not_given, 1}), result::accepted);
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
}

TEST(CameraRequirements, R06_TheSameCaptureNumberIsTheSameShot) {
  Bench bench;
  for (int again = 0; again < 3; ++again) {
    EXPECT_EQ(bench.command(2000, {0, 0, 1, 7}), result::accepted);
    bench.run(seconds{1});
  }
  bench.image();
  EXPECT_EQ(bench.command(2000, {0, 0, 1, 7}), result::accepted);
  EXPECT_EQ(bench.asked<TakeImage>(), 1U);
  EXPECT_EQ(bench.command(2000, {0, 0, 1, 7}, other_station), result::accepted);  // a number of its own
  EXPECT_EQ(bench.asked<TakeImage>(), 2U);
  bench.image();
  for (int shot = 0; shot < 2; ++shot) {  // without a number each is a shot
    EXPECT_EQ(bench.command(2000, {0, 0, 1, 0}), result::accepted);
    bench.image();
  }
  EXPECT_EQ(bench.asked<TakeImage>(), 4U);
  EXPECT_EQ(bench.camera.figures().repeated, 3U);
}

TEST(CameraRequirements, R07_AcknowledgementsNameTheRequester) {
  Bench bench;
  bench.hear(command_long(512, {259}), {77, 195}, other_peer);
  const auto ack = bench.sent<CommandAck>().at(0);
  EXPECT_EQ(ack.target_system, 77);
  EXPECT_EQ(ack.target_component, 195);
  EXPECT_EQ(bench.all[0].to, other_peer);
  EXPECT_EQ(bench.all[0].from, (Address{1, 100}));
  EXPECT_EQ(bench.all[1].to, other_peer);
}

TEST(CameraRequirements, R08_StatusIsToldAtEveryChange) {
  Bench bench;
  const auto last = [&] { return bench.sent<CameraCaptureStatus>().back(); };
  bench.command(2000, {0, 0, 1, 1});
  EXPECT_EQ(last().image_status, 1);
  bench.image();
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().size(), 2U);
  EXPECT_EQ(last().image_status, 0);
  EXPECT_EQ(last().image_count, 1);

  bench.command(2000, {0, 2, 0, 0});
  EXPECT_EQ(last().image_status, 3);
  EXPECT_EQ(last().image_interval, 2);
  bench.image();
  EXPECT_EQ(last().image_status, 2);
  bench.command(2001, {0});
  EXPECT_EQ(last().image_status, 0);
  EXPECT_EQ(last().image_interval, 0);
  EXPECT_EQ(last().image_count, 2);

  bench.command(2500, {0, 0});
  EXPECT_EQ(last().video_status, 0);  // not before the camera says so
  bench.done();
  EXPECT_EQ(last().video_status, 1);
  bench.run(seconds{3});
  bench.command(2501, {0});
  bench.done();
  EXPECT_EQ(last().video_status, 0);
  for (const auto& outgoing : bench.all)
    EXPECT_EQ(outgoing.to,
              std::holds_alternative<CommandAck>(outgoing.message) ? std::optional(station_peer) : std::nullopt);
}

TEST(CameraRequirements, R09_IndicesAreConsecutiveAndSurviveARestart) {
  Bench bench;
  for (int i = 0; i < 3; ++i) {
    bench.command(2000, {0, 0, 1, static_cast<float>(i + 1)});
    bench.image(i != 1);
    EXPECT_EQ(bench.sent<CameraImageCaptured>().back().image_index, i);
    EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_count, i + 1);
  }
  ASSERT_EQ(bench.log.size(), 3U);

  Bench restarted(full_description(), bench.log.back().index + 1);
  restarted.log = bench.log;
  restarted.command(2000, {0, 0, 1, 1});
  restarted.image();
  EXPECT_EQ(restarted.sent<CameraImageCaptured>().back().image_index, 3);
  restarted.clear();
  EXPECT_EQ(restarted.command(512, {263, 1, -1}), result::accepted);
  restarted.answer_pages();
  restarted.run(seconds{1});
  const auto told = restarted.sent<CameraImageCaptured>();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].image_index, 1);
  EXPECT_EQ(told[0].capture_result, 0);
  EXPECT_EQ(told[2].image_index, 3);
}

TEST(CameraRequirements, R10_InformationIsCompleteAndHonest) {
  Bench bench;
  bench.command(512, {259});
  auto info = bench.sent<CameraInformation>().at(0);
  EXPECT_EQ(info.vendor_name.view(), "Maker");
  EXPECT_EQ(info.model_name.view(), "Field camera 1");
  EXPECT_EQ(info.firmware_version, 4U << 24 | 3U << 16 | 2U << 8 | 1U);
  EXPECT_EQ(info.flags, 1U | 2 | 4 | 8 | 16 | 64 | 128 | 256);
  EXPECT_EQ(info.cam_definition_uri.view(), "");
  EXPECT_EQ(info.cam_definition_version, 0);

  auto described = full_description();
  described.definition_uri = "http://192.0.2.1/camera.xml";
  Bench with_file(described);
  with_file.command(512, {259});
  info = with_file.sent<CameraInformation>().at(0);
  EXPECT_EQ(info.cam_definition_uri.view(), described.definition_uri);
  EXPECT_NE(info.cam_definition_version, 0);

  auto twin = described;
  twin.address.component = 101;
  EXPECT_FALSE(check(std::vector{described, twin}));  // the model again
  twin.model = "Field camera 2";
  EXPECT_TRUE(check(std::vector{described, twin}));
  twin.address = described.address;
  EXPECT_FALSE(check(std::vector{described, twin}));
}

TEST(CameraRequirements, R11_StoragesAndStreamsCountFromOne) {
  Bench bench;
  bench.camera.storage(1, {.status = storage_status::ready, .total = 1000, .used = 400, .available = 600}, bench.now,
                       bench.out);
  bench.camera.storage(2, {.status = storage_status::ready, .total = 0}, bench.now, bench.out);  // not plausible
  bench.collect();
  EXPECT_EQ(bench.sent<StorageInformation>().size(), 2U);  // told by itself
  bench.clear();
  bench.command(512, {261, 0});
  const auto storages = bench.sent<StorageInformation>();
  ASSERT_EQ(storages.size(), 2U);
  EXPECT_EQ(storages[0].storage_id, 1);
  EXPECT_EQ(storages[0].storage_count, 2);
  EXPECT_EQ(storages[0].status, storage_status::ready);
  EXPECT_EQ(storages[0].available_capacity, 600);
  EXPECT_EQ(storages[1].storage_id, 2);
  EXPECT_EQ(storages[1].status, storage_status::not_supported);
  bench.command(512, {262});
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().available_capacity, 600);

  bench.command(512, {269, 2});
  const auto stream = bench.sent<VideoStreamInformation>().at(0);
  EXPECT_EQ(stream.stream_id, 2);
  EXPECT_EQ(stream.count, 2);
  EXPECT_EQ(stream.name.view(), "thermal");
  EXPECT_EQ(stream.flags, stream_flags::running | stream_flags::thermal);
  EXPECT_EQ(bench.command(512, {269, 3}), result::denied);
  EXPECT_EQ(bench.command(512, {261, 3}), result::denied);
}

TEST(CameraRequirements, R12_RangesAreToldPacedCappedAndToWhoeverAskedAlone) {
  Bench bench;
  bench.log.resize(2500);
  for (std::size_t i = 0; i < bench.log.size(); ++i) bench.log[i].index = static_cast<std::int32_t>(i);
  auto kept = bench.log;
  bench = Bench(full_description(), 2500);
  bench.log = std::move(kept);
  EXPECT_EQ(bench.command(512, {263, -1, -1}), result::accepted);
  EXPECT_EQ(bench.command(512, {263, -1, -1}), result::accepted);  // asked again: told once
  for (int second = 0; second < 30; ++second) {
    const auto before = bench.sent<CameraImageCaptured>().size();
    for (int step = 0; step < 50; ++step) {
      EXPECT_LE(bench.pages.size(), 1U);
      bench.answer_pages();
      bench.run(milliseconds{20});
    }
    EXPECT_LE(bench.sent<CameraImageCaptured>().size() - before, 51U);
  }
  const auto told = bench.sent<CameraImageCaptured>();
  ASSERT_EQ(told.size(), 1000U);
  for (std::size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].image_index, static_cast<std::int32_t>(i));
  for (const auto& outgoing : bench.all)
    EXPECT_EQ(outgoing.to.has_value(), !std::holds_alternative<Heartbeat>(outgoing.message));
}

TEST(CameraRequirements, R13_CapturesAreToldWithTimeAndPlaceAndFailuresToo) {
  Bench bench;
  bench.command(2000, {0, 0, 1, 1});
  bench.run(seconds{2});
  bench.camera.image(bench.asks.back().id,
                     {.taken_at = bench.now.utc,
                      .url = "http://192.0.2.1/1.jpg",
                      .position = Position{481234567, 112345678, 523000, 1000}},
                     bench.now, bench.out);
  bench.collect();
  const auto good = bench.sent<CameraImageCaptured>().at(0);
  EXPECT_EQ(good.time_utc, 1'790'000'002'000'000U);
  EXPECT_EQ(good.time_boot_ms, 2000U);
  EXPECT_EQ(good.lat, 481234567);
  EXPECT_EQ(good.alt, 523000);
  EXPECT_THAT(good.q, ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(good.capture_result, 1);
  EXPECT_EQ(good.file_url.view(), "http://192.0.2.1/1.jpg");

  bench.camera.image({}, {.ok = false, .url = std::string(205, 'x'), .reason = "dark"}, bench.now, bench.out);
  bench.collect();
  const auto bad = bench.sent<CameraImageCaptured>().at(1);
  EXPECT_EQ(bad.capture_result, 0);
  EXPECT_EQ(bad.time_utc, 0U);
  EXPECT_EQ(bad.file_url.view(), "");  // would not have fit whole
  EXPECT_EQ(bad.image_index, 1);
}

TEST(CameraRequirements, R14_BroadcastsAreForEveryCameraAndOtherTargetsForNone) {
  auto second = full_description();
  second.address.component = 101;
  second.model = "Field camera 2";
  Bench one;
  Bench two(second);
  const auto acks = [&](Address to) {
    const auto message = command_long(command::do_digicam_control, {0, 0, 0, 0, 1}, to);
    const auto heard = [&](Bench& bench) {
      bench.clear();
      bench.hear(message);
      if (!bench.asks.empty()) bench.image();
      return bench.sent<CommandAck>().size();
    };
    return std::pair{heard(one), heard(two)};
  };
  EXPECT_EQ(acks({0, 0}), std::pair(1UL, 1UL));
  EXPECT_EQ(acks({1, 0}), std::pair(1UL, 1UL));
  EXPECT_EQ(acks({1, 100}), std::pair(1UL, 0UL));
  EXPECT_EQ(acks({1, 101}), std::pair(0UL, 1UL));
  EXPECT_EQ(acks({1, 1}), std::pair(0UL, 0UL));
  EXPECT_EQ(acks({2, 0}), std::pair(0UL, 0UL));
  EXPECT_EQ(acks({2, 100}), std::pair(0UL, 0UL));
  EXPECT_EQ(one.log.size(), 3U);
  EXPECT_EQ(two.log.size(), 3U);
}

}  // namespace
}  // namespace mavlink::camera
