// Pictures and recordings on their way into a store in memory.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <thread>

#include "server/endpoints/media_writer.hpp"
#include "storage/formats/format.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/endpoints/fake_host.hpp"
#include "tests/unit/storage/intake_fixture.hpp"

namespace endpoints {
namespace {

using namespace std::chrono_literals;

const base::UtcTime began{1'790'000'000'000ms};

class MediaWriterTest : public storage::IntakeFixture {
 protected:
  Shot shot() const {
    return {.device = *base::Imei::from_number(356307042441013),
            .source = "gate",
            .at = began,
            .pan_deg = 100.0,
            .tilt_deg = 60.5};
  }
  static Frame jpeg(std::size_t size = 100) { return std::make_shared<const base::Bytes>(small_jpeg(size)); }
  Stored keep() {
    return [this](const base::Result<storage::Media>& media) { ended.push_back(media); };
  }
  std::shared_ptr<Recording> record() { return std::make_shared<Recording>(writer, shot(), keep()); }
  bool run_until_ended() {
    return tests::eventually([&] {
      host.context().restart();
      host.context().run_for(2ms);
      return !ended.empty();
    });
  }
  // What was posted is done, and what comes of it.
  void run_all() {
    for (int steps = 0; steps < 3; ++steps) {
      std::atomic<bool> passed = false;
      while (!host.pool().post([&] { passed = true; })) std::this_thread::yield();
      EXPECT_TRUE(tests::eventually([&] { return passed.load(); }));
      host.context().restart();
      host.context().poll();
    }
  }
  // Nothing on the pool goes on until the object is gone.
  std::shared_ptr<void> hold_pool() {
    const auto gate = std::make_shared<std::promise<void>>();
    EXPECT_TRUE(host.pool().post([opened = gate->get_future().share()] { opened.wait(); }));
    return {gate.get(), [gate](void*) { gate->set_value(); }};
  }

  std::vector<base::Result<storage::Media>> ended;
  FakeHost host;
  MediaWriter writer{intake, host};
};

TEST_F(MediaWriterTest, APictureIsStoredWithWhereItsCameraLooked) {
  const Frame picture = jpeg();
  writer.store_picture(shot(), picture, keep());
  ASSERT_TRUE(run_until_ended());
  ASSERT_TRUE(ended[0]) << ended[0].error().message;
  const storage::Media& media = *ended[0];
  EXPECT_EQ(media.kind, base::MediaKind::photo);
  EXPECT_EQ(media.camera, base::Camera::relay);
  EXPECT_EQ(media.source, "gate");
  EXPECT_EQ(media.pan_deg, 100.0);
  EXPECT_EQ(media.tilt_deg, 60.5);
  EXPECT_EQ(media.captured_at, began);
  EXPECT_EQ(media.content_type, "image/jpeg");
  EXPECT_EQ(object(media.object_key), *picture);
  expect_dropped();
}

TEST_F(MediaWriterTest, APictureThatIsNotWholeIsNotStored) {
  base::Bytes half = small_jpeg(100);
  half.resize(half.size() - 2);
  writer.store_picture(shot(), std::make_shared<const base::Bytes>(half), keep());
  ASSERT_TRUE(run_until_ended());
  ASSERT_FALSE(ended[0]);
  EXPECT_EQ(ended[0].error().code, base::Errc::corrupt);
  expect_nothing_published();
  expect_dropped();
}

TEST_F(MediaWriterTest, FramesBecomeAWholeVideo) {
  const auto recording = record();
  for (int n = 0; n < 10; ++n) {
    recording->add(jpeg(70'000 + static_cast<std::size_t>(n)), began + n * 200ms);
    if (n == 4) run_all();  // written in more steps than one
  }
  recording->finish(began + 2s);
  recording->finish(began + 9s);  // nothing more
  recording->add(jpeg(), began + 3s);
  ASSERT_TRUE(run_until_ended());
  ASSERT_TRUE(ended[0]) << ended[0].error().message;
  const storage::Media& media = *ended[0];
  EXPECT_EQ(media.kind, base::MediaKind::video);
  EXPECT_EQ(media.source, "gate");
  EXPECT_EQ(media.pan_deg, 100.0);
  EXPECT_EQ(media.tilt_deg, 60.5);
  EXPECT_EQ(media.duration_s, 2U);
  EXPECT_EQ(media.content_type, "video/mp4");
  EXPECT_EQ(media.defect, "");
  storage::FormatCheck check;
  check.feed(object(media.object_key));
  const auto verdict = check.finish();
  EXPECT_EQ(verdict.format, storage::Format::mp4);
  EXPECT_FALSE(verdict.defect) << *verdict.defect;
  EXPECT_GT(media.size, 10U * 70'000U);
  EXPECT_EQ(recording->frames(), 10U);
  EXPECT_EQ(recording->dropped(), 0U);
  run_all();
  EXPECT_EQ(ended.size(), 1U);
  expect_dropped();
}

TEST_F(MediaWriterTest, FramesBeyondTheBoundAreDroppedAndCounted) {
  const auto recording = record();
  auto held = hold_pool();
  const std::size_t in_step = 1;  // the first begins a step of its own
  for (std::size_t n = 0; n < in_step + Recording::most_waiting + 5; ++n)
    recording->add(jpeg(), began + static_cast<int>(n) * 40ms);
  EXPECT_EQ(recording->dropped(), 5U);
  EXPECT_EQ(recording->frames(), in_step + Recording::most_waiting);
  held.reset();
  recording->finish(began + 3s);
  ASSERT_TRUE(run_until_ended());
  EXPECT_TRUE(ended[0]);
}

TEST_F(MediaWriterTest, WhatIsNoPictureIsLeftOutAndCounted) {
  const auto recording = record();
  recording->add(jpeg(), began);
  recording->add(std::make_shared<const base::Bytes>(base::Bytes{1, 2, 3}), began + 200ms);
  recording->add(jpeg(7), began + 400ms);
  recording->finish(began + 1s);
  ASSERT_TRUE(run_until_ended());
  ASSERT_TRUE(ended[0]) << ended[0].error().message;
  EXPECT_EQ(recording->dropped(), 1U);
}

TEST_F(MediaWriterTest, ARecordingWithoutAPictureIsAnError) {
  const auto recording = record();
  recording->finish(began + 1s);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].error().code, base::Errc::invalid);
  expect_nothing_published();

  ended.clear();
  const auto no_pictures = record();
  no_pictures->add(std::make_shared<const base::Bytes>(base::Bytes{1, 2, 3}), began);
  no_pictures->finish(began + 1s);
  ASSERT_TRUE(run_until_ended());
  EXPECT_EQ(ended[0].error().code, base::Errc::invalid);
  expect_nothing_published();
  expect_dropped();
}

TEST_F(MediaWriterTest, ADiskThatFailsEndsARecordingOnceAndTakesNoRoom) {
  const auto recording = record();
  recording->add(jpeg(), began);
  run_all();
  files.count_operations();
  files.fail_operation(0, ENOSPC);
  recording->add(jpeg(), began + 200ms);
  ASSERT_TRUE(run_until_ended());
  EXPECT_FALSE(ended[0]);
  recording->add(jpeg(), began + 400ms);
  recording->finish(began + 1s);
  run_all();
  EXPECT_EQ(ended.size(), 1U);
  expect_dropped();  // while the recording itself is still there
}

TEST_F(MediaWriterTest, WhereTooMuchWaitsNothingIsQueuedWithoutABound) {
  auto held = hold_pool();
  for (int n = 0; n < 20; ++n) writer.store_picture(shot(), jpeg(), keep());
  ASSERT_GE(ended.size(), 15U);
  EXPECT_EQ(ended[0].error().code, base::Errc::exhausted);
  const auto recording = record();
  const std::size_t before = ended.size();
  recording->add(jpeg(), began);
  ASSERT_EQ(ended.size(), before + 1);
  EXPECT_EQ(ended.back().error().code, base::Errc::exhausted);
  held.reset();
  host.pool().finish();
}

}  // namespace
}  // namespace endpoints
