// Thumbnail and contact strip: which picture, how large, how bright.
#include <cmath>
#include <numeric>

#include "tests/unit/transcode/media/fixture.hpp"

namespace transcode::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

double mean_of(const Gray& gray, int from_x = 0, int to_x = 1 << 20) {
  double sum = 0, count = 0;
  for (int y = 0; y < gray.height; ++y)
    for (int x = from_x; x < std::min(to_x, gray.width); ++x, ++count)
      sum += gray.pixels[static_cast<std::size_t>(y * gray.width + x)];
  return sum / count;
}

// How far two pictures of one size are apart, per pixel.
double distance(const Gray& one, const Gray& other) {
  EXPECT_EQ(one.pixels.size(), other.pixels.size());
  double sum = 0;
  for (std::size_t n = 0; n < std::min(one.pixels.size(), other.pixels.size()); ++n)
    sum += std::abs(one.pixels[n] - other.pixels[n]);
  return sum / static_cast<double>(one.pixels.size());
}

Bytes hevc_of(const std::string& filter) {
  return made_by_ffmpeg("-map 0:v -vf \"" + filter +
                            "\" -pix_fmt yuvj420p -c:v libx265 -preset ultrafast -x265-params "
                            "log-level=none:keyint=5:min-keyint=5:scenecut=0:bframes=0",
                        "h265");
}

TEST(Thumbnail, IsTheFirstKeyPictureMadeSmall) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(clip_records()), {Derived::thumbnail, Derived::remux});
  EXPECT_THAT(result.report->made, SizeIs(2));
  const Gray thumbnail = gray_of(result.files.at(Derived::thumbnail));
  EXPECT_EQ(thumbnail.width, 320);
  EXPECT_EQ(thumbnail.height, 180);
  const auto reference = folder / "first.jpg";
  const auto said = shell("ffmpeg -nostdin -v error -i " + result.files.at(Derived::remux).string() +
                          " -frames:v 1 -vf scale=320:180:flags=area -q:v 2 " + reference.string());
  ASSERT_EQ(said.exit, 0) << said.output;
  EXPECT_LT(distance(thumbnail, gray_of(reference)), 3);
}

TEST(Thumbnail, PassesOverBlackPictures) {
  // Black for the first 0.7 s: four key pictures of the ten.
  const auto file = hevc_of("drawbox=t=fill:c=black:enable='lt(t,0.7)'");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::annexb, file, {Derived::thumbnail});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_GT(mean_of(gray_of(result.files.at(Derived::thumbnail))), 60);
}

TEST(Thumbnail, OfABlackClipIsBlack) {
  const auto file = hevc_of("drawbox=t=fill:c=black");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::annexb, file, {Derived::thumbnail, Derived::strip});
  EXPECT_THAT(result.report->made, SizeIs(2));
  EXPECT_LT(mean_of(gray_of(result.files.at(Derived::thumbnail))), 5);
}

// The camera's full range stays; 16..235 is stretched, since a JPEG says nothing of its range.
TEST(Thumbnail, KeepsBrightness) {
  for (const std::string format : {"yuvj420p", "yuv420p"}) {
    SCOPED_TRACE(format);
    const auto file = made_by_ffmpeg(
        "-map 0:v -vf \"drawbox=t=fill:c=white\" -pix_fmt " + format + " -c:v libx264 -preset ultrafast", "h264");
    const tests::TempFolder folder;
    const auto result = run(folder, Format::annexb, file, {Derived::thumbnail});
    EXPECT_NEAR(mean_of(gray_of(result.files.at(Derived::thumbnail))), 255, 3);
  }
}

TEST(Thumbnail, IsNeverLargerThanThePicture) {
  const auto file = made_by_ffmpeg("-map 0:v -frames:v 1 -vf scale=100:76", "jpg");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::jpeg, file, {Derived::thumbnail});
  const Gray gray = gray_of(result.files.at(Derived::thumbnail));
  EXPECT_EQ(gray.width, 100);
  EXPECT_EQ(gray.height, 76);
}

TEST(Strip, HasFivePicturesFromBeginningToEnd) {
  // A gray of its own for every 0.4 s, in 16..235: geq knows nothing else. A JPEG has them in 0..255.
  const auto expected = [](int n) { return (20 + 50 * n - 16) * 255.0 / 219; };
  const auto clip = made_by_ffmpeg(
      "-map 0:v -vf \"geq=lum='20+50*floor(N/10)':cb=128:cr=128\" -pix_fmt yuvj420p -c:v libx265 "
      "-preset ultrafast "
      "-x265-params log-level=none:keyint=5:min-keyint=5:scenecut=0:bframes=0",
      "h265");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::annexb, clip, {Derived::strip});
  ASSERT_THAT(result.report->made, ElementsAre(Derived::strip));
  const Gray strip = gray_of(result.files.at(Derived::strip));
  EXPECT_EQ(strip.width, 5 * 320);
  EXPECT_EQ(strip.height, 240);
  for (int n = 0; n < 5; ++n) EXPECT_NEAR(mean_of(strip, n * 320 + 4, n * 320 + 316), expected(n), 3) << n;
}

}  // namespace
}  // namespace transcode::test
