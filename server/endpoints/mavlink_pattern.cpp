#include "server/endpoints/mavlink_pattern.hpp"

#include <jpeglib.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "server/base/relay_device.hpp"

namespace endpoints {

namespace {
constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 480;
constexpr std::uint32_t square = 40;
constexpr std::chrono::milliseconds frame_interval{200};
constexpr std::chrono::minutes longest_video{10};
using Pixel = std::array<std::uint8_t, 3>;
// White, yellow, cyan, green, magenta, red, blue at three quarters, as colour bars are.
constexpr std::array<Pixel, 7> bars{
    {{191, 191, 191}, {191, 191, 0}, {0, 191, 191}, {0, 191, 0}, {191, 0, 191}, {191, 0, 0}, {0, 0, 191}}};

std::vector<std::uint8_t> row_of(std::uint32_t y, std::uint32_t number) {
  std::vector<std::uint8_t> row;
  row.reserve(std::size_t{width} * 3);
  const std::uint32_t left = number * square % width;
  const bool in_square = y >= (height - square) / 2 && y < (height + square) / 2;
  for (std::uint32_t x = 0; x < width; ++x) {
    const Pixel pixel =
        in_square && x >= left && x < left + square ? Pixel{255, 255, 255} : bars.at(x * bars.size() / width);
    row.insert(row.end(), pixel.begin(), pixel.end());
  }
  return row;
}
}  // namespace

base::Bytes test_pattern(std::uint32_t number) {
  constexpr int quality = 80;
  // The library ends the program on an error; writing pixels that are there into memory has none.
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* memory = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): the library's
  jpeg_mem_dest(&codec, &memory, &size);
  codec.image_width = width;
  codec.image_height = height;
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  jpeg_set_quality(&codec, quality, TRUE);
  jpeg_start_compress(&codec, TRUE);
  for (std::uint32_t y = 0; y < height; ++y) {
    std::vector<std::uint8_t> row = row_of(y, number);
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&codec, &rows, 1);
  }
  jpeg_finish_compress(&codec);
  base::Bytes bytes(memory, memory + size);
  jpeg_destroy_compress(&codec);
  std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc): the library's
  return bytes;
}

MavlinkPattern::MavlinkPattern(std::string name, MediaWriter* media, Host& host)
    : name_(std::move(name)), media_(media), host_(host), recordings_(media, host), timer_(host.context()) {}

MavlinkPattern::~MavlinkPattern() {
  stop_video();
}

MavlinkDevice::Skills MavlinkPattern::skills() const {
  return {.images = media_ != nullptr,
          .videos = media_ != nullptr,
          .stream = false,
          .live = {},
          .width = width,
          .height = height};
}

Shot MavlinkPattern::shot() const {
  return {.device = base::relay_device_number(name_), .source = name_, .at = host_.now().utc};
}

void MavlinkPattern::take_image(Stored stored) {
  if (media_ == nullptr) return stored(base::fail(base::Errc::unavailable, "There is no store for pictures."));
  media_->store_picture(shot(), std::make_shared<const base::Bytes>(test_pattern(++pictures_)), std::move(stored));
}

void MavlinkPattern::start_video(Stored stored) {
  stop_video();
  recording_ =
      recordings_.begin(shot(), longest_video,
                        [stored = std::move(stored)](const auto& media, std::uint64_t /*dropped*/) { stored(media); });
  next_frame();
}

void MavlinkPattern::stop_video() {
  timer_.cancel();
  recordings_.end(recording_);
}

void MavlinkPattern::next_frame() {
  if (!recordings_.is_recording(recording_)) return;
  recordings_.add(std::make_shared<const base::Bytes>(test_pattern(++pictures_)), host_.now().utc);
  timer_.expires_after(frame_interval);
  timer_.async_wait([this](const std::error_code& error) {
    if (!error) next_frame();
  });
}

}  // namespace endpoints
