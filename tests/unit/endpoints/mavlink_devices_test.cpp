// The devices behind our MAVLink cameras: those of a vehicle, and the test pattern.
#include <gmock/gmock.h>

#include <future>
#include <mutex>
#include <set>

#include "server/base/relay_device.hpp"
#include "server/endpoints/mavlink_dualcam.hpp"
#include "server/endpoints/mavlink_pattern.hpp"
#include "storage/formats/format.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/endpoints/fake_host.hpp"
#include "tests/unit/storage/intake_fixture.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;

// With a clock that goes where the test says.
class Clocked final : public Host {
 public:
  asio::io_context& context() noexcept override { return host.context(); }
  net::relay::HttpClient& http() noexcept override { return host.http(); }
  base::WorkerPool& pool() noexcept override { return host.pool(); }
  hub::Now now() const override { return {base::steady_now(), utc}; }
  base::Uuid new_id(base::UtcTime now) override { return host.new_id(now); }
  void heard(hub::Event) override {}
  void refused(Refused) override {}
  void misread(std::string_view) override {}
  void sent(hub::Protocol, std::string_view, std::chrono::milliseconds) override {}
  void health_changed(const std::string&) override {}

  template <class Condition>
  bool until(Condition&& condition) {
    return tests::eventually([&] {
      context().restart();
      context().run_for(1ms);
      return condition();
    });
  }

  base::UtcTime utc{1'790'000'000'000ms};
  FakeHost host;
};

// Called on the pool, played by the test.
struct FakeDesk {
  std::mutex mutex;
  std::vector<CaptureOrder> orders;
  std::map<std::string, CaptureProgress> requests;
  std::optional<base::Error> refuses;  // every order
  bool away = false;                   // the catalog, for every look
  bool online = true;
  std::optional<std::int8_t> battery;
  bool all_alike = false;  // one request for all of them
  std::atomic<unsigned> looks = 0;
  std::atomic<unsigned> looks_at_online = 0;
  std::shared_future<void> gate;  // orders wait for it

  CaptureDesk desk() {
    return {.ask = [this](const CaptureOrder& order) -> base::Result<std::string> {
              if (gate.valid()) gate.wait();
              const std::lock_guard lock(mutex);
              if (refuses) return std::unexpected(*refuses);
              orders.push_back(order);
              std::string id = all_alike ? "r1" : "r" + std::to_string(orders.size());
              requests.try_emplace(id);
              return id;
            },
            .look = [this](const std::string& id) -> base::Result<CaptureProgress> {
              ++looks;
              const std::lock_guard lock(mutex);
              if (away) return base::fail(base::Errc::unavailable, "The catalog is away.");
              return requests.at(id);
            },
            .is_online =
                [this](const base::Imei&) {
                  ++looks_at_online;
                  const std::lock_guard lock(mutex);
                  return online;
                },
            .battery = [this](const base::Imei&) -> std::optional<std::int8_t> {
              const std::lock_guard lock(mutex);
              return battery;
            }};
  }
  void end(const std::string& id, CaptureProgress progress) {
    const std::lock_guard lock(mutex);
    progress.ended = true;
    requests.insert_or_assign(id, std::move(progress));
  }
  std::size_t asked() {
    const std::lock_guard lock(mutex);
    return orders.size();
  }
};

class MavlinkDualcamTest : public testing::Test {
 protected:
  MavlinkDualcamTest() { make(true); }
  ~MavlinkDualcamTest() override {
    camera.reset();
    host.pool().finish();
  }
  void make(bool front) { camera = std::make_unique<MavlinkDualcam>(imei, front, desk.desk(), host, 5ms); }
  Stored keep() {
    return [this](const base::Result<storage::Media>& media) { came.push_back(media); };
  }
  static storage::Media media() {
    storage::Media media{.imei = imei};
    media.id = base::Uuid::v7(base::UtcTime{1'790'000'000'000ms});
    return media;
  }

  inline static const base::Imei imei = *base::Imei::from_number(356307042441013);
  FakeDesk desk;
  Clocked host;
  std::vector<base::Result<storage::Media>> came;
  std::unique_ptr<MavlinkDualcam> camera;
};

TEST_F(MavlinkDualcamTest, AnImageIsARequestForAPhotoOfThatSide) {
  make(false);
  camera->take_image(keep());
  ASSERT_TRUE(host.until([&] { return desk.asked() == 1; }));
  const CaptureOrder& order = desk.orders[0];
  EXPECT_EQ(order.imei, imei);
  EXPECT_EQ(order.kind, base::MediaKind::photo);
  EXPECT_FALSE(order.front);
  EXPECT_TRUE(order.rear);
  EXPECT_EQ(order.at, host.utc);
  EXPECT_EQ(order.origin, "mavlink");
  ASSERT_TRUE(host.until([&] { return desk.looks > 0; }));
  EXPECT_TRUE(came.empty()) << "not before the file is there";
  const storage::Media file = media();
  desk.end("r1", {.media = file});
  ASSERT_TRUE(host.until([&] { return !came.empty(); }));
  ASSERT_TRUE(came[0]) << came[0].error().message;
  EXPECT_EQ(came[0]->id, file.id);
  EXPECT_EQ(came.size(), 1U);
}

TEST_F(MavlinkDualcamTest, ARequestThatComesToNothingSaysWhy) {
  camera->take_image(keep());
  ASSERT_TRUE(host.until([&] { return desk.asked() == 1; }));
  desk.end("r1", {.reason = "The camera has no such video."});
  ASSERT_TRUE(host.until([&] { return !came.empty(); }));
  ASSERT_FALSE(came[0]);
  EXPECT_EQ(came[0].error().message, "The camera has no such video.");
}

TEST_F(MavlinkDualcamTest, AnOrderThatIsRefusedEndsAtOnce) {
  desk.refuses = base::Error{base::Errc::unavailable, "The catalog is locked.", 0};
  camera->take_image(keep());
  ASSERT_TRUE(host.until([&] { return !came.empty(); }));
  ASSERT_FALSE(came[0]);
  EXPECT_EQ(came[0].error().message, "The catalog is locked.");
}

TEST_F(MavlinkDualcamTest, ACatalogThatIsAwayEndsNothing) {
  desk.away = true;
  camera->take_image(keep());
  ASSERT_TRUE(host.until([&] { return desk.looks > 0; }));
  EXPECT_TRUE(came.empty());
  {
    const std::lock_guard lock(desk.mutex);
    desk.away = false;
  }
  desk.end("r1", {.media = media()});
  ASSERT_TRUE(host.until([&] { return !came.empty(); }));
  EXPECT_TRUE(came[0]);
}

TEST_F(MavlinkDualcamTest, OneFileIsTheEndOfAllThatAskedForIt) {
  desk.all_alike = true;
  camera->take_image(keep());
  camera->take_image(keep());
  ASSERT_TRUE(host.until([&] { return desk.asked() == 2; }));
  desk.end("r1", {.media = media()});
  ASSERT_TRUE(host.until([&] { return came.size() == 2; }));
  EXPECT_TRUE(came[0] && came[1]);
}

TEST_F(MavlinkDualcamTest, AVideoIsTheClipBetweenStartAndStop) {
  const base::UtcTime began = host.utc;
  camera->start_video(keep());
  host.utc += 12'300ms;
  EXPECT_EQ(desk.asked(), 0U);
  camera->stop_video();
  camera->stop_video();  // nothing more
  ASSERT_TRUE(host.until([&] { return desk.asked() == 1; }));
  const CaptureOrder& order = desk.orders[0];
  EXPECT_EQ(order.kind, base::MediaKind::video);
  EXPECT_TRUE(order.front);
  EXPECT_FALSE(order.rear);
  EXPECT_EQ(order.at, began);
  EXPECT_EQ(order.before, 0s);
  EXPECT_EQ(order.after, 13s);
}

TEST_F(MavlinkDualcamTest, AVideoHasASecondAtLeastAndANewOneEndsTheOneBefore) {
  camera->start_video(keep());
  camera->stop_video();
  camera->start_video(keep());
  host.utc += 3min;
  camera->start_video(keep());
  ASSERT_TRUE(host.until([&] { return desk.asked() == 2; }));
  EXPECT_EQ(desk.orders[0].after, 1s);
  EXPECT_EQ(desk.orders[1].after, 180s);
  EXPECT_FALSE(camera->video_is_over());
}

TEST_F(MavlinkDualcamTest, AVideoEndsByItselfWhenOneRequestCannotTakeMore) {
  const base::UtcTime began = host.utc;
  camera->start_video(keep());
  host.utc += MavlinkDualcam::longest_video - 1ms;
  const unsigned looks = desk.looks_at_online;
  ASSERT_TRUE(host.until([&] { return desk.looks_at_online > looks + 2; }));
  EXPECT_FALSE(camera->video_is_over());
  host.utc += 1ms;
  ASSERT_TRUE(host.until([&] { return desk.asked() == 1; }));
  EXPECT_TRUE(camera->video_is_over());
  EXPECT_EQ(desk.orders[0].at, began);
  EXPECT_EQ(desk.orders[0].after, 600s) << "the whole of it";
  camera->stop_video();  // as a station would, that has not heard of it
  desk.end("r1", {.media = media()});
  ASSERT_TRUE(host.until([&] { return !came.empty(); }));
  EXPECT_TRUE(came[0]);
  EXPECT_EQ(desk.asked(), 1U);
}

TEST_F(MavlinkDualcamTest, TheBatteryIsThatOfItsTracker) {
  ASSERT_TRUE(host.until([&] { return camera->is_online(); }));
  EXPECT_EQ(camera->battery(), std::nullopt);
  const auto becomes = [&](std::optional<std::int8_t> percent) {
    {
      const std::lock_guard lock(desk.mutex);
      desk.battery = percent;
    }
    return host.until([&] { return camera->battery() == percent; });
  };
  EXPECT_TRUE(becomes(std::int8_t{87}));
  EXPECT_TRUE(becomes(std::int8_t{0}));
  EXPECT_TRUE(becomes(std::nullopt));
}

TEST_F(MavlinkDualcamTest, ItTellsWhereItsNewestVideoIs) {
  EXPECT_EQ(camera->skills().latest, "/api/v1/devices/356307042441013/latest?camera=front&kind=video");
  make(false);
  EXPECT_EQ(camera->skills().latest, "/api/v1/devices/356307042441013/latest?camera=rear&kind=video");
}

TEST_F(MavlinkDualcamTest, ItIsThereWhileItsTrackerIs) {
  EXPECT_FALSE(camera->is_online());
  ASSERT_TRUE(host.until([&] { return camera->is_online(); }));
  const std::unique_lock lock(desk.mutex);
  desk.online = false;
  desk.mutex.unlock();
  const bool gone = host.until([&] { return !camera->is_online(); });
  desk.mutex.lock();
  EXPECT_TRUE(gone);
}

TEST_F(MavlinkDualcamTest, OnlySoManyAreUnderWay) {
  std::promise<void> gate;
  desk.gate = gate.get_future().share();
  for (std::size_t n = 0; n < MavlinkDualcam::most_under_way; ++n) camera->take_image(keep());
  const std::size_t refused = came.size();  // the pool takes only so many at once
  for (const auto& one : came) EXPECT_EQ(one.error().message, "Too many capture requests wait for the catalog.");
  gate.set_value();
  const std::size_t asked = MavlinkDualcam::most_under_way - refused;
  ASSERT_TRUE(host.until([&] { return desk.asked() == asked; }));
  while (came.size() == refused) {  // each of them is under way until it is refused for that
    const std::size_t before = desk.asked();
    camera->take_image(keep());
    if (came.size() == refused) {
      ASSERT_TRUE(host.until([&] { return desk.asked() > before; }));
    }
  }
  EXPECT_EQ(came.back().error().message, "Too many files of this camera are waited for.");
  EXPECT_EQ(desk.asked(), MavlinkDualcam::most_under_way);
}

TEST_F(MavlinkDualcamTest, WhatThePoolBringsBackWhenItIsGoneIsLeftAlone) {
  std::promise<void> gate;
  desk.gate = gate.get_future().share();
  camera->take_image(keep());
  camera->start_video(keep());
  camera.reset();
  gate.set_value();
  ASSERT_TRUE(host.until([&] { return desk.asked() == 1; }));
  host.pool().finish();
  host.context().restart();
  host.context().poll();
  EXPECT_TRUE(came.empty());
}

// ---- The test pattern.

TEST(TestPattern, IsAWholePicture) {
  storage::FormatCheck check;
  check.feed(test_pattern(1));
  const auto verdict = check.finish();
  EXPECT_EQ(verdict.format, storage::Format::jpeg);
  EXPECT_FALSE(verdict.defect) << *verdict.defect;
}

TEST(TestPattern, MovesOnWithEachPictureAndBeginsAnew) {
  std::set<base::Bytes> different;
  for (std::uint32_t n = 0; n < 16; ++n) different.insert(test_pattern(n));
  EXPECT_EQ(different.size(), 16U);
  EXPECT_EQ(test_pattern(16), test_pattern(0));
  EXPECT_EQ(test_pattern(UINT32_MAX - 15).size(), test_pattern(UINT32_MAX - 15).size());
}

class MavlinkPatternTest : public storage::IntakeFixture {
 protected:
  Stored keep() {
    return [this](const base::Result<storage::Media>& media) { came.push_back(media); };
  }
  Clocked host;
  MediaWriter writer{intake, host};
  std::vector<base::Result<storage::Media>> came;
};

TEST_F(MavlinkPatternTest, PicturesAreStoredUnderItsName) {
  MavlinkPattern pattern("bars", &writer, host);
  EXPECT_TRUE(pattern.is_online());
  EXPECT_TRUE(pattern.skills().images);
  EXPECT_TRUE(pattern.skills().videos);
  pattern.take_image(keep());
  ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  pattern.take_image(keep());
  ASSERT_TRUE(host.until([&] { return came.size() == 2; }));
  ASSERT_TRUE(came[0] && came[1]);
  EXPECT_EQ(came[0]->kind, base::MediaKind::photo);
  EXPECT_EQ(came[0]->source, "bars");
  EXPECT_EQ(came[0]->imei, base::relay_device_number("bars"));
  EXPECT_EQ(came[0]->captured_at, host.utc);
  EXPECT_NE(object(came[0]->object_key), object(came[1]->object_key));
}

TEST_F(MavlinkPatternTest, AVideoIsKeptWhenItIsStopped) {
  MavlinkPattern pattern("bars", &writer, host);
  pattern.start_video(keep());
  host.utc += 3s;
  pattern.stop_video();
  ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  ASSERT_TRUE(came[0]) << came[0].error().message;
  EXPECT_EQ(came[0]->kind, base::MediaKind::video);
  EXPECT_EQ(came[0]->duration_s, 3U);
  storage::FormatCheck check;
  check.feed(object(came[0]->object_key));
  EXPECT_FALSE(check.finish().defect);
}

TEST_F(MavlinkPatternTest, StartingAgainEndsTheOneBeforeAndSoDoesTheEnd) {
  {
    MavlinkPattern pattern("bars", &writer, host);
    pattern.start_video(keep());
    host.utc += 1s;
    pattern.start_video(keep());
    host.utc += 1s;
    ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  }
  ASSERT_TRUE(host.until([&] { return came.size() == 2; }));
  EXPECT_TRUE(came[0] && came[1]);
}

TEST_F(MavlinkPatternTest, WithoutAStoreItCanDoNothing) {
  MavlinkPattern pattern("bars", nullptr, host);
  EXPECT_FALSE(pattern.skills().images);
  EXPECT_FALSE(pattern.skills().videos);
  pattern.take_image(keep());
  pattern.start_video(keep());
  pattern.stop_video();
  ASSERT_EQ(came.size(), 2U);
  EXPECT_EQ(came[0].error().message, "There is no store for pictures.");
  EXPECT_EQ(came[1].error().message, "There is no store for videos.");
}

// ---- Recordings of one camera.

class RecordingsTest : public MavlinkPatternTest {
 protected:
  Recordings::Kept keep_with_dropped() {
    return [this](const base::Result<storage::Media>& media, std::uint64_t dropped) {
      came.push_back(media);
      dropped_ += dropped;
    };
  }
  Shot shot() const { return {.device = base::relay_device_number("gate"), .source = "gate", .at = host.utc}; }
  static Frame frame(std::uint32_t number) { return std::make_shared<const base::Bytes>(test_pattern(number)); }
  std::uint64_t dropped_ = 0;
};

TEST_F(RecordingsTest, EachGetsWhatComesWhileItIsUnderWay) {
  Recordings recordings(&writer, host);
  EXPECT_FALSE(recordings.is_busy());
  const auto one = recordings.begin(shot(), 1min, keep_with_dropped());
  recordings.add(frame(1), host.utc);
  const auto two = recordings.begin(shot(), 1min, keep_with_dropped());
  EXPECT_NE(one, two);
  EXPECT_NE(one, 0U);
  host.utc += 1s;
  recordings.add(frame(2), host.utc);
  recordings.end(one);
  recordings.end(one);
  EXPECT_FALSE(recordings.is_recording(one));
  EXPECT_TRUE(recordings.is_recording(two));
  ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  EXPECT_TRUE(recordings.is_busy());
  host.utc += 1s;
  recordings.add(std::make_shared<const base::Bytes>(base::Bytes{1, 2, 3}), host.utc);  // no picture
  recordings.end_all();
  ASSERT_TRUE(host.until([&] { return came.size() == 2; }));
  EXPECT_FALSE(recordings.is_busy());
  EXPECT_TRUE(came[0] && came[1]);
  EXPECT_EQ(dropped_, 1U);
}

TEST_F(RecordingsTest, OneEndsByItselfWhenItIsLongEnough) {
  Recordings recordings(&writer, host);
  const auto one = recordings.begin(shot(), 1ms, keep_with_dropped());
  recordings.add(frame(1), host.utc);
  ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  EXPECT_FALSE(recordings.is_recording(one));
  EXPECT_TRUE(came[0]);
}

TEST_F(RecordingsTest, WithoutPicturesOrAStoreThereIsNoVideo) {
  Recordings recordings(&writer, host);
  recordings.end(recordings.begin(shot(), 1min, keep_with_dropped()));
  ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  EXPECT_EQ(came[0].error().code, base::Errc::invalid);
  Recordings nowhere(nullptr, host);
  nowhere.begin(shot(), 1min, keep_with_dropped());
  ASSERT_EQ(came.size(), 2U);
  EXPECT_EQ(came[1].error().message, "There is no store for videos.");
  EXPECT_FALSE(nowhere.is_busy());
}

TEST_F(RecordingsTest, WhatIsBeingStoredOutlivesThem) {
  {
    Recordings recordings(&writer, host);
    const auto one = recordings.begin(shot(), 1min, keep_with_dropped());
    recordings.add(frame(1), host.utc);
    recordings.end(one);
  }
  ASSERT_TRUE(host.until([&] { return came.size() == 1; }));
  EXPECT_TRUE(came[0]);
}

}  // namespace
}  // namespace endpoints
