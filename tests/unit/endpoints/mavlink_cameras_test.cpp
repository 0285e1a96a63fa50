// Our cameras on MAVLink in front of a device that the test plays, with a catalog that can be away.
#include <gmock/gmock.h>

#include <mutex>

#include "server/endpoints/mavlink_cameras.hpp"
#include "server/relay/mavlink/wire/enums.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/endpoints/fake_host.hpp"
#include "tests/unit/endpoints/fake_mavlink_catalog.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
namespace command = mavlink::command;

constexpr mavlink::Address station{255, 190};
constexpr mavlink::Peer peer{1, 1};

// What the camera asked of its device. Outlives it.
struct Asked {
  bool online = true;
  std::optional<base::Error> no_video;  // cannot begin
  std::vector<Stored> images;
  std::vector<Stored> videos;
  int stops = 0;
  bool video_is_over = false;
  std::optional<std::int8_t> battery;
  std::vector<std::string> set;
};

class FakeDevice final : public MavlinkDevice {
 public:
  explicit FakeDevice(Asked& asked) : asked_(asked) {}
  Skills skills() const override {
    return {.images = true,
            .videos = true,
            .stream = true,
            .live = "gate",
            .latest = "/latest",
            .width = 640,
            .height = 480};
  }
  bool is_online() const override { return asked_.online; }
  void take_image(Stored stored) override { asked_.images.push_back(std::move(stored)); }
  void start_video(Stored stored) override {
    if (asked_.no_video) return stored(std::unexpected(*asked_.no_video));
    asked_.videos.push_back(std::move(stored));
  }
  void stop_video() override { ++asked_.stops; }
  bool video_is_over() const override { return asked_.video_is_over; }
  std::optional<std::int8_t> battery() const override { return asked_.battery; }
  std::vector<mavlink::camera::Parameter> parameters() const override {
    return {{.id = "PRESET",
             .type = mavlink::param_type::u8,
             .value = std::uint64_t{0},
             .description = "Preset",
             .min = 0,
             .max = 24,
             .step = 1}};
  }

 private:
  Asked& asked_;
};

class MavlinkCameraTest : public testing::Test {
 protected:
  void make(std::int32_t image_count = 0, std::string public_url = "http://10.0.0.5:8080") {
    camera = std::make_unique<MavlinkCamera>(
        MavlinkCameraConfig{.name = "front", .of = {}, .component = 100, .model = "front"}, std::uint8_t{1},
        image_count, std::make_unique<FakeDevice>(asked),
        MavlinkCamera::Around{.catalog = log,
                              .node = "n",
                              .public_url = std::move(public_url),
                              .send = [this](const mavlink::Outgoing& outgoing) { sent.push_back(outgoing); }},
        host);
    camera->wake();
  }
  void order(std::uint16_t id, std::array<float, 4> parameters = {}, mavlink::Address from = station) {
    mavlink::CommandLong command{.param1 = parameters[0],
                                 .param2 = parameters[1],
                                 .param3 = parameters[2],
                                 .param4 = parameters[3],
                                 .command = id,
                                 .target_system = 1,
                                 .target_component = 100};
    camera->hear({.from = from, .peer = peer, .message = command});
  }
  void shoot(int number) { order(command::image_start_capture, {0, 0, 1, static_cast<float>(number)}); }
  template <class M>
  std::vector<M> all() const {
    std::vector<M> found;
    for (const auto& outgoing : sent)
      if (const auto* const message = std::get_if<M>(&outgoing.message)) found.push_back(*message);
    return found;
  }
  std::vector<std::int32_t> told() const {
    std::vector<std::int32_t> indices;
    for (const auto& image : all<mavlink::CameraImageCaptured>()) indices.push_back(image.image_index);
    return indices;
  }
  bool is_recording() const { return camera->state().condition().recording_since.has_value(); }
  template <class Condition>
  bool until(Condition&& condition) {
    return tests::eventually([&] {
      host.context().restart();
      host.context().run_for(1ms);
      if (camera) camera->wake();
      return condition();
    });
  }
  static storage::Media media(int number) {
    storage::Media media{.imei = *base::Imei::from_number(356307042441013)};
    media.id = base::Uuid::v7(base::UtcTime{1'790'000'000'000ms + number * 1s});
    media.captured_at = base::UtcTime{1'790'000'000'000ms + number * 1s};
    media.latitude = 54.6872;
    media.longitude = -25.2797;
    return media;
  }

  Asked asked;
  FakeMavlinkCatalog log;
  std::vector<mavlink::Outgoing> sent;
  FakeHost host;
  std::unique_ptr<MavlinkCamera> camera;
};

TEST_F(MavlinkCameraTest, AVideoThatEndsByItselfIsToldOfAtOnce) {
  make();
  order(command::video_start_capture, {0, 0});
  ASSERT_TRUE(is_recording());
  sent.clear();
  asked.video_is_over = true;
  camera->wake();
  EXPECT_FALSE(is_recording());
  const auto told = all<mavlink::CameraCaptureStatus>();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].video_status, 0);
  EXPECT_EQ(asked.stops, 0);
  asked.video_is_over = false;  // another one is begun, and its end is seen with the next message
  order(command::video_start_capture, {0, 0});
  ASSERT_TRUE(is_recording());
  asked.video_is_over = true;
  camera->hear({.from = station, .peer = peer, .message = mavlink::Heartbeat{}});
  EXPECT_FALSE(is_recording());
}

TEST_F(MavlinkCameraTest, TheBatteryOfItsDeviceIsItsOwn) {
  make();
  asked.battery = std::int8_t{87};
  camera->wake();
  ASSERT_EQ(all<mavlink::BatteryStatus>().size(), 1U);
  EXPECT_EQ(all<mavlink::BatteryStatus>()[0].battery_remaining, 87);
  camera->wake();
  EXPECT_EQ(all<mavlink::BatteryStatus>().size(), 1U);
}

TEST_F(MavlinkCameraTest, AnImageIsKeptAndThenToldOfWithItsAddress) {
  make();
  shoot(1);
  ASSERT_EQ(asked.images.size(), 1U);
  const storage::Media stored = media(3);
  asked.images[0](stored);
  EXPECT_THAT(told(), ElementsAre()) << "not before it is kept";
  ASSERT_TRUE(until([&] { return !told().empty(); }));
  const auto image = all<mavlink::CameraImageCaptured>().at(0);
  EXPECT_EQ(image.image_index, 0);
  EXPECT_EQ(image.capture_result, 1);
  EXPECT_EQ(image.file_url.view(), "http://10.0.0.5:8080/api/v1/media/" + stored.id.str() + "/content");
  EXPECT_EQ(image.time_utc, 1'790'000'003'000'000U);
  EXPECT_EQ(image.lat, 546'872'000);
  EXPECT_EQ(image.lon, -252'797'000);
  const auto rows = log.rows();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].camera, "front");
  EXPECT_EQ(rows[0].index, 0U);
  EXPECT_EQ(rows[0].at, *stored.captured_at);
  EXPECT_EQ(rows[0].latitude_e7, 546'872'000);
  EXPECT_TRUE(rows[0].taken);
}

TEST_F(MavlinkCameraTest, AShotWithoutAnImageIsToldAndKeptToo) {
  make(7, "");
  shoot(1);
  ASSERT_EQ(asked.images.size(), 1U);
  asked.images[0](base::fail(base::Errc::unavailable, "The camera does not answer."));
  ASSERT_TRUE(until([&] { return !told().empty(); }));
  const auto image = all<mavlink::CameraImageCaptured>().at(0);
  EXPECT_EQ(image.image_index, 7);
  EXPECT_EQ(image.capture_result, 0);
  EXPECT_EQ(image.file_url.view(), "");
  EXPECT_FALSE(log.rows().at(0).taken);
}

TEST_F(MavlinkCameraTest, WhileTheCatalogIsAwayImagesWaitInTheirOrder) {
  make();
  log.fail(true);
  for (int n = 1; n <= 2; ++n) {
    shoot(n);
    ASSERT_EQ(asked.images.size(), static_cast<std::size_t>(n));
    asked.images.back()(media(n));
  }
  ASSERT_TRUE(until([&] { return log.calls() > 0; }));
  EXPECT_THAT(told(), ElementsAre());
  log.fail(false);
  ASSERT_TRUE(until([&] { return told().size() == 2; }));
  EXPECT_THAT(told(), ElementsAre(0, 1));
  EXPECT_EQ(log.rows().size(), 2U);
  EXPECT_GE(log.calls(), 3) << "the first was tried again";
}

TEST_F(MavlinkCameraTest, ImagesOfEarlierRunsAreReadFromTheCatalog) {
  for (std::uint32_t n = 0; n < 5; ++n) log.add(n);
  make(5);
  order(command::request_message, {263, 3});
  ASSERT_TRUE(until([&] { return !told().empty(); }));
  EXPECT_THAT(told(), ElementsAre(3));
  const auto image = all<mavlink::CameraImageCaptured>().at(0);
  EXPECT_EQ(image.file_url.view(), "http://a/3");
  EXPECT_EQ(image.time_utc, 0U) << "not known";
}

TEST_F(MavlinkCameraTest, APageThatCannotBeReadHoldsNothingUp) {
  for (std::uint32_t n = 0; n < 5; ++n) log.add(n);
  make(5);
  log.fail(true);
  order(command::request_message, {263, 3});
  ASSERT_TRUE(until([&] { return log.calls() == 1; }));
  log.fail(false);
  shoot(1);
  ASSERT_EQ(asked.images.size(), 1U);
  asked.images[0](media(1));
  ASSERT_TRUE(until([&] { return !told().empty(); }));
  EXPECT_EQ(told().at(0), 5);
}

TEST_F(MavlinkCameraTest, ANewLogForgetsTheOldOne) {
  for (std::uint32_t n = 0; n < 2; ++n) log.add(n);
  make(2);
  order(command::storage_format, {1, 0, 1});
  ASSERT_TRUE(until([&] { return log.rows().empty(); }));
  shoot(1);
  ASSERT_EQ(asked.images.size(), 1U);
  asked.images[0](media(1));
  ASSERT_TRUE(until([&] { return !told().empty(); }));
  EXPECT_THAT(told(), ElementsAre(0));
}

TEST_F(MavlinkCameraTest, AVideoGoesFromItsStartToItsStop) {
  make();
  EXPECT_FALSE(is_recording());
  order(command::video_start_capture, {0, 0});
  ASSERT_EQ(asked.videos.size(), 1U);
  EXPECT_TRUE(is_recording());
  order(command::video_stop_capture, {0});
  EXPECT_EQ(asked.stops, 1);
  EXPECT_FALSE(is_recording());
}

TEST_F(MavlinkCameraTest, AVideoThatEndsByItselfIsOver) {
  make();
  order(command::video_start_capture, {0, 0});
  ASSERT_EQ(asked.videos.size(), 1U);
  asked.videos[0](media(1));
  EXPECT_FALSE(is_recording());
}

TEST_F(MavlinkCameraTest, TheFileOfAnEarlierVideoDoesNotEndTheOneUnderWay) {
  make();
  order(command::video_start_capture, {0, 0});
  order(command::video_stop_capture, {0});
  order(command::video_start_capture, {0, 0});
  ASSERT_EQ(asked.videos.size(), 2U);
  EXPECT_TRUE(is_recording());
  asked.videos[0](media(1));
  EXPECT_TRUE(is_recording());
  asked.videos[1](base::fail(base::Errc::unavailable, "Its tracker is gone."));
  EXPECT_FALSE(is_recording());
}

TEST_F(MavlinkCameraTest, AVideoThatCannotBeginIsNone) {
  make();
  asked.no_video = base::Error{base::Errc::unavailable, "There is no store for videos.", 0};
  order(command::video_start_capture, {0, 0});
  EXPECT_FALSE(is_recording());
}

TEST_F(MavlinkCameraTest, ItsHeartbeatIsThatOfItsDevice) {
  asked.online = false;
  make();
  EXPECT_TRUE(all<mavlink::Heartbeat>().empty());
  asked.online = true;
  camera->wake();
  ASSERT_FALSE(all<mavlink::Heartbeat>().empty());
  EXPECT_EQ(sent.front().from, (mavlink::Address{1, 100}));
  EXPECT_EQ(all<mavlink::Heartbeat>().front().type, mavlink::type::camera);
  asked.online = false;
  camera->wake();
  EXPECT_FALSE(camera->state().condition().online);
}

TEST_F(MavlinkCameraTest, ItsDefinitionIsWhatCanBeSetOfIt) {
  make();
  EXPECT_EQ(camera->name(), "front");
  const std::string xml = camera->definition();
  EXPECT_THAT(xml, HasSubstr("CAM_MODE"));
  EXPECT_THAT(xml, HasSubstr("PRESET"));
  EXPECT_EQ(camera->state().description().definition_uri, "http://10.0.0.5:8080/api/v1/cameras/front/definition.xml");
  ASSERT_EQ(camera->state().description().streams.size(), 2U);
  EXPECT_EQ(camera->state().description().streams[0].uri, "http://10.0.0.5:8080/api/v1/cameras/gate/live");
  EXPECT_EQ(camera->state().description().streams[1].uri, "http://10.0.0.5:8080/latest");
  make(0, "");
  EXPECT_EQ(camera->state().description().definition_uri, "") << "nobody could fetch it";
  EXPECT_TRUE(camera->state().description().streams.empty());
}

TEST_F(MavlinkCameraTest, AModeIsSetHere) {
  make();
  order(command::set_camera_mode, {0, 1});
  EXPECT_EQ(all<mavlink::CommandAck>().back().result, mavlink::result::accepted);
  order(command::request_message, {260});
  ASSERT_FALSE(all<mavlink::CameraSettings>().empty());
  EXPECT_EQ(all<mavlink::CameraSettings>().back().mode_id, mavlink::camera_mode::video);
}

TEST_F(MavlinkCameraTest, WhatComesWhenItIsGoneIsLeftAlone) {
  make();
  shoot(1);
  order(command::video_start_capture, {0, 0});
  ASSERT_EQ(asked.images.size(), 1U);
  const auto hold = std::make_shared<std::mutex>();
  {
    const std::unique_lock held(*hold);
    ASSERT_TRUE(host.pool().post([hold] { const std::lock_guard lock(*hold); }));
    asked.images[0](media(1));  // its keeping waits behind that
    camera.reset();
  }
  const std::size_t before = sent.size();
  asked.videos.at(0)(media(2));
  ASSERT_TRUE(until([&] { return log.rows().size() == 1; }));
  host.pool().finish();
  host.context().restart();
  host.context().poll();
  EXPECT_EQ(sent.size(), before);
}

}  // namespace
}  // namespace endpoints
