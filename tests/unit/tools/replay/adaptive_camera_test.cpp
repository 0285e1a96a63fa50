#include "tools/replay/adaptive_camera.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/dualcam/crc16.hpp"

namespace replay {
namespace {

using base::Bytes;
using base::ByteView;
using dualcam::FileClass;

constexpr std::uint64_t number = 356307042441013;

Bytes bytes_of(ByteView view) {
  return {view.begin(), view.end()};
}
Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t n = 0; n < size; ++n) bytes[n] = static_cast<std::uint8_t>(n * 7 + n / 256);
  return bytes;
}

captures::CameraFile file_of(FileClass file_class, std::size_t size, std::uint16_t protocol = 5) {
  captures::CameraFile file{.imei = *base::Imei::from_number(number), .protocol = protocol, .file_class = file_class};
  file.bytes = pattern(size);
  file.size = size;
  file.in_packets = file_class != FileClass::path;
  file.start.size = static_cast<std::uint32_t>(file.in_packets ? (size + 1023) / 1024 : size);
  if (file_class == FileClass::path) file.path = bytes_of(base::as_bytes(std::string_view("dashcam/1.jpg\0", 14)));
  return file;
}

// What it says to a frame.
Bytes answer(AdaptiveCamera& camera, const dualcam::Frame& frame) {
  camera.take(frame.view(), true);
  Bytes out;
  while (camera.send(out, 1 << 20)) {
  }
  return out;
}
AdaptiveCamera camera_with(const std::vector<const captures::CameraFile*>& files, std::uint16_t protocol = 5) {
  AdaptiveCamera camera(files, number, protocol, 0x7e000400);
  std::vector<std::size_t> all;
  for (std::size_t n = 0; n < files.size(); ++n) all.push_back(n);
  camera.offer(all);
  camera.connected();
  return camera;
}
std::uint32_t settings_in(ByteView init) {
  return dualcam::parse_init(init).settings;
}

TEST(AdaptiveCamera, SaysInItsInitWhatIsLeft) {
  const auto photo = file_of(FileClass::photo_front, 2000);
  const auto video = file_of(FileClass::video_rear, 5000);
  AdaptiveCamera camera = camera_with({&photo, &video});
  Bytes out;
  EXPECT_TRUE(camera.send(out, 1000));
  EXPECT_EQ(settings_in(out),
            0x40000400 | dualcam::settings_bit(FileClass::photo_front) | dualcam::settings_bit(FileClass::video_rear));
  answer(camera, dualcam::encode_file_request(base::as_bytes("%photof")));
  answer(camera, dualcam::encode_resume(1));
  out = answer(camera, dualcam::encode_init_repeat());
  EXPECT_EQ(settings_in(out), 0x40000400 | dualcam::settings_bit(FileClass::video_rear));
  EXPECT_TRUE(camera.acknowledged(0));
  EXPECT_EQ(camera.acknowledgements(), 1U);
}

TEST(AdaptiveCamera, BeginsAtThePacketThatIsAskedFor) {
  const auto photo = file_of(FileClass::photo_front, 2500);
  AdaptiveCamera camera = camera_with({&photo});
  answer(camera, dualcam::encode_file_request(base::as_bytes("%photof")));
  Bytes expected = bytes_of(dualcam::encode_sync(2).view());
  const ByteView second = ByteView(photo.bytes).subspan(1024, 1024), third = ByteView(photo.bytes).subspan(2048);
  dualcam::append_data(expected, second, dualcam::crc16(0, second));
  dualcam::append_data(expected, third, dualcam::crc16(dualcam::crc16(0, second), third));
  EXPECT_EQ(answer(camera, dualcam::encode_resume(2)), expected);
}

TEST(AdaptiveCamera, OfTheEnhancedDialectEachPacketSaysItsPlace) {
  const auto file = file_of(FileClass::path, 1500, 6);
  AdaptiveCamera camera = camera_with({&file}, 6);
  answer(camera, dualcam::encode_path_request());
  answer(camera, dualcam::encode_file_request(ByteView(file.path).first(7)));
  Bytes expected = bytes_of(dualcam::encode_sync(1024).view());
  const ByteView rest = ByteView(file.bytes).subspan(1024);
  dualcam::append_enhanced_data(expected, 1024, rest, dualcam::crc16(0, rest));
  EXPECT_EQ(answer(camera, dualcam::encode_resume(1024)), expected);
}

TEST(AdaptiveCamera, WhatTheCaptureHasNotIsNotMadeUp) {
  auto file = file_of(FileClass::photo_front, 4000);
  file.missing = {{2048, 3072}};
  AdaptiveCamera camera = camera_with({&file});
  answer(camera, dualcam::encode_file_request(base::as_bytes("%photof")));
  const Bytes sent = answer(camera, dualcam::encode_resume(1));
  const Bytes status = bytes_of(dualcam::encode_status(17).view());
  EXPECT_EQ(sent.size(), 8 + 2 * (1024 + 6) + status.size());
  EXPECT_TRUE(std::equal(status.rbegin(), status.rend(), sent.rbegin()));
  EXPECT_TRUE(camera.wants_close());
  EXPECT_TRUE(camera.given_up(0));
  EXPECT_FALSE(camera.has_files());
}

TEST(AdaptiveCamera, APathThatNoRequestCanNameIsNotOffered) {
  auto file = file_of(FileClass::path, 100);
  file.path.assign(5000, 'a');
  AdaptiveCamera camera = camera_with({&file});
  Bytes init;
  camera.send(init, 100);
  EXPECT_EQ(answer(camera, dualcam::encode_path_request()), bytes_of(dualcam::encode_status(17).view()));
  EXPECT_TRUE(camera.wants_close());
}

TEST(AdaptiveCamera, AskedForWhatItHasNotItSaysSo) {
  const auto photo = file_of(FileClass::photo_front, 2000);
  for (const auto& frame : {dualcam::encode_file_request(base::as_bytes("%videof")), dualcam::encode_path_request()}) {
    AdaptiveCamera camera = camera_with({&photo});
    Bytes init;
    camera.send(init, 100);
    EXPECT_EQ(answer(camera, frame), bytes_of(dualcam::encode_status(17).view()));
  }
  AdaptiveCamera camera = camera_with({&photo});
  Bytes init;
  camera.send(init, 100);
  EXPECT_EQ(answer(camera, dualcam::encode_resume(1)), bytes_of(dualcam::encode_status(6).view()));
}

}  // namespace
}  // namespace replay
