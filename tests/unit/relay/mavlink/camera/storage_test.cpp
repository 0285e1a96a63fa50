#include <gtest/gtest.h>

#include "bench.hpp"

namespace mavlink::camera {
namespace {

constexpr auto format = command::storage_format;

Bench with_images(int count) {
  Bench bench;
  for (int i = 0; i < count; ++i) {
    bench.command(command::image_start_capture, {0, 0, 1, 0});
    bench.image();
  }
  bench.clear();
  return bench;
}

TEST(CameraStorage, FormattingTellsHowFarItIsAndForgetsTheImages) {
  auto bench = with_images(3);
  EXPECT_EQ(bench.command(format, {1, 1, 0}), result::in_progress);
  ASSERT_EQ(bench.asked<FormatStorage>(), 1U);
  EXPECT_EQ(std::get<FormatStorage>(bench.asks[0].wish).storage, 1);
  bench.camera.progress(bench.asks[0].id, 40, bench.now, bench.out);
  bench.camera.progress(99, 77, bench.now, bench.out);  // of nothing
  bench.run(seconds{2});
  const auto told = bench.sent<CommandAck>();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[2].result, result::in_progress);
  EXPECT_EQ(told[2].progress, 40);
  EXPECT_EQ(bench.command(format, {1, 1, 0}), result::in_progress);  // again
  EXPECT_EQ(bench.command(format, {1, 1, 0}, other_station), result::temporarily_rejected);
  EXPECT_EQ(bench.command(command::image_start_capture, {0, 0, 1, 9}), result::temporarily_rejected);
  EXPECT_EQ(bench.command(command::video_start_capture, {}), result::temporarily_rejected);
  bench.hear(CommandCancel{.command = format});
  EXPECT_EQ(bench.sent<CommandAck>().back().result, result::in_progress);  // goes on
  EXPECT_EQ(bench.log.size(), 3U);

  bench.clear();
  bench.camera.done(1 + 3, {}, bench.now, bench.out);  // three images came before
  bench.collect();
  ASSERT_GE(bench.all.size(), 2U);
  EXPECT_EQ(std::get<CommandAck>(bench.all[0].message).result, result::accepted);
  EXPECT_EQ(std::get<CommandAck>(bench.all[0].message).target_system, station.system);
  EXPECT_EQ(std::get<StorageInformation>(bench.all[1].message).storage_id, 1);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_count, 0);
  EXPECT_TRUE(bench.log.empty());
  EXPECT_EQ(bench.command(format, {1, 1, 0}), result::accepted);  // its last word was lost
  EXPECT_EQ(bench.asked<FormatStorage>(), 0U);
  bench.run(seconds{11});
  EXPECT_EQ(bench.command(format, {0, 1, 0}), result::in_progress);
}

TEST(CameraStorage, FailureKeepsTheImages) {
  auto bench = with_images(2);
  bench.command(format, {1, 1, 0});
  bench.done(false);
  EXPECT_EQ(bench.sent<CommandAck>().back().result, result::failed);
  EXPECT_EQ(bench.log.size(), 2U);
  EXPECT_EQ(bench.command(command::image_start_capture, {0, 0, 1, 9}), result::accepted);
}

TEST(CameraStorage, FormattingThatNeverEndsFailsAfterItsTime) {
  Bench bench;
  bench.command(format, {1, 1, 0});
  bench.run(seconds{299});
  EXPECT_EQ(bench.sent<CommandAck>().back().result, result::in_progress);
  bench.run(seconds{2});
  EXPECT_EQ(bench.sent<CommandAck>().back().result, result::failed);
}

TEST(CameraStorage, ImageLogAloneIsForgottenAtOnce) {
  auto bench = with_images(2);
  EXPECT_EQ(bench.command(format, {2, 0, 1}), result::accepted);
  EXPECT_TRUE(bench.log.empty());
  EXPECT_EQ(bench.asked<FormatStorage>(), 0U);
  EXPECT_EQ(bench.sent<StorageInformation>().at(0).storage_id, 2);
  EXPECT_EQ(bench.sent<CameraCaptureStatus>().back().image_count, 0);
  bench.command(command::image_start_capture, {0, 0, 1, 5});
  bench.image();
  EXPECT_EQ(bench.log.at(0).index, 0);
}

TEST(CameraStorage, WhatCannotBeFormatted) {
  Bench bench;
  EXPECT_EQ(bench.command(format, {1}), result::denied);
  EXPECT_EQ(bench.command(format, {3, 1}), result::denied);
  EXPECT_EQ(bench.command(format, {-1, 1}), result::denied);
  EXPECT_EQ(bench.command(format, {2, 1}), result::unsupported);
  bench.command(command::image_start_capture, {0, 0, 1, 5});
  EXPECT_EQ(bench.command(format, {1, 1}), result::temporarily_rejected);
  bench.image();
  bench.camera.recording(true, bench.now, bench.out);
  EXPECT_EQ(bench.command(format, {0, 0, 1}), result::temporarily_rejected);
}

TEST(CameraStorage, NumbersAreToldWhenTheyChange) {
  Bench bench;
  const StorageNumbers numbers{.status = storage_status::ready, .total = 10, .used = 4, .available = 6};
  for (const std::uint8_t id : std::initializer_list<std::uint8_t>{0, 1, 1, 3})
    bench.camera.storage(id, numbers, bench.now, bench.out);
  bench.collect();
  EXPECT_EQ(bench.sent<StorageInformation>().size(), 1U);
  for (const auto& wrong : {StorageNumbers{storage_status::ready, 10, 11, 1}, StorageNumbers{2, 10, 1, -1},
                            StorageNumbers{2, not_given, 1, 1}, StorageNumbers{2, 10, not_given, 1}}) {
    bench.camera.storage(1, wrong, bench.now, bench.out);
    bench.collect();
    EXPECT_EQ(bench.sent<StorageInformation>().back().status, storage_status::not_supported);
    EXPECT_EQ(bench.sent<StorageInformation>().back().total_capacity, 0);
  }
}

TEST(CameraImageLog, IndicesAndRanges) {
  auto bench = with_images(6);
  const auto request = [&](float first, float last) {
    bench.clear();
    const auto answer = bench.command(512, {263, first, last});
    bench.answer_pages();
    bench.run(seconds{1});
    bench.answer_pages();
    bench.run(seconds{1});
    std::vector<int> told{*answer};
    for (const auto& image : bench.sent<CameraImageCaptured>()) told.push_back(image.image_index);
    return told;
  };
  EXPECT_EQ(request(0, 0), (std::vector{0, 0}));
  EXPECT_EQ(request(5, not_given), (std::vector{0, 5}));
  EXPECT_EQ(request(3, -1), (std::vector{0, 3, 4, 5}));
  EXPECT_EQ(request(1, 2), (std::vector{0, 1, 2}));
  EXPECT_EQ(request(4, 99), (std::vector{0, 4, 5}));
  EXPECT_EQ(request(-1, 0), (std::vector{0, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(request(6, 0), (std::vector<int>{result::denied}));
  EXPECT_EQ(request(4, 3), (std::vector<int>{result::denied}));
  EXPECT_EQ(request(-2, 0), (std::vector<int>{result::denied}));
  EXPECT_EQ(request(0, -2), (std::vector<int>{result::denied}));
  EXPECT_EQ(request(0.5F, 0), (std::vector<int>{result::denied}));
  Bench empty;
  EXPECT_EQ(empty.command(512, {263, -1, -1}), result::accepted);
  EXPECT_EQ(empty.command(512, {263, 0}), result::denied);
  EXPECT_TRUE(empty.pages.empty());
}

TEST(CameraImageLog, AsManyAtOnceAsAreBearable) {
  Bench bench(full_description(), 1000);
  int ranges = 0;
  int single = 0;
  for (int i = 0; i < 10; ++i)
    ranges += *bench.command(512, {263, static_cast<float>(i), static_cast<float>(500 + i)}, station,
                             {1, static_cast<std::uint32_t>(i)}) == result::accepted;
  EXPECT_EQ(ranges, 4);  // one of them read: its rest counts on
  for (int i = 0; i < 40; ++i)
    single += *bench.command(512, {263, static_cast<float>(i)}, station, {9, 9}) == result::accepted;
  EXPECT_EQ(single, 28);
  EXPECT_EQ(bench.pages.size(), 1U);
  for (std::uint32_t i = 0; i < 10; ++i) bench.camera.forget({1, i});
  bench.camera.forget({9, 9});
  bench.run(seconds{30});
  EXPECT_EQ(bench.pages.size(), 1U);
  EXPECT_TRUE(bench.sent<CameraImageCaptured>().empty());
}

TEST(CameraImageLog, LostPagesHoldNothingUp) {
  auto bench = with_images(3);
  bench.command(512, {263, 0});
  bench.command(512, {263, 0});  // asked for already
  bench.command(512, {263, 1});
  bench.command(512, {263, 2});
  ASSERT_EQ(bench.pages.size(), 1U);
  bench.camera.page(77, bench.log, bench.now, bench.out);  // of nobody
  bench.camera.page_failed(77, bench.now, bench.out);
  bench.camera.page_failed(bench.pages[0].id, bench.now, bench.out);
  bench.collect();
  ASSERT_EQ(bench.pages.size(), 2U);
  EXPECT_EQ(bench.pages[1].first, 1);
  bench.run(seconds{11});  // nobody answers
  ASSERT_EQ(bench.pages.size(), 3U);
  bench.camera.page(bench.pages[2].id, bench.log, bench.now, bench.out);  // more than was asked for
  bench.collect();
  ASSERT_EQ(bench.sent<CameraImageCaptured>().size(), 1U);
  EXPECT_EQ(bench.sent<CameraImageCaptured>()[0].image_index, 2);
}

}  // namespace
}  // namespace mavlink::camera
