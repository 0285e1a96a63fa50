// A recording of JPEGs in MP4, as our own writer makes them of a camera's stream: what ffprobe, ffmpeg and process()
// make of it.
#include <algorithm>
#include <fstream>

#include "storage/formats/mjpeg_mp4.hpp"
#include "tests/unit/transcode/media/fixture.hpp"

namespace transcode::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

// Of the ffmpeg program: 50 pictures of 320×240.
std::vector<Bytes> pictures() {
  const Bytes stream = made_by_ffmpeg("-map 0:v -c:v mjpeg -q:v 4 -f mjpeg", "mjpeg");
  constexpr std::array<std::uint8_t, 4> between{0xff, 0xd9, 0xff, 0xd8};
  std::vector<Bytes> list;
  for (auto at = stream.begin(); at != stream.end();) {
    auto end = std::search(at, stream.end(), between.begin(), between.end());
    if (end != stream.end()) end += 2;
    list.emplace_back(at, end);
    at = end;
  }
  return list;
}

struct Film {
  Bytes file;
  std::vector<double> times;
};

// At the times of a camera that wavers, stops for a second, and goes on.
Film film() {
  storage::MjpegMp4Writer writer;
  Film made{.file = writer.head(), .times = {}};
  const auto add = [&](ByteView bytes) { made.file.insert(made.file.end(), bytes.begin(), bytes.end()); };
  base::UtcTime at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
  const base::UtcTime begin = at;
  for (int n = 0; const Bytes& picture : pictures()) {
    const auto taken = writer.append(picture, at);
    EXPECT_TRUE(taken) << taken.error().message;
    add(picture);
    made.times.push_back(static_cast<double>((at - begin).count()) / 1000);
    at += n == 24 ? 1'000ms : n % 2 == 0 ? 90ms : 110ms;
    ++n;
  }
  const auto ending = writer.finish(at);
  EXPECT_TRUE(ending);
  add(ending->trailer);
  std::ranges::copy(ending->patch.bytes, made.file.begin() + static_cast<std::ptrdiff_t>(ending->patch.offset));
  return made;
}

TEST(MjpegInMp4, IsReadByFfmpegWithEveryPictureAtItsTime) {
  const Film made = film();
  const tests::TempFolder folder;
  const auto path = folder / "film.mp4";
  std::ofstream(path, std::ios::binary) << base::as_text(made.file);
  EXPECT_EQ(complaints_of_ffmpeg(path), "");
  const Movie movie = probe(path);
  ASSERT_THAT(movie.video, SizeIs(1));
  EXPECT_EQ(movie.video[0].codec, "mjpeg");
  EXPECT_EQ(movie.video[0].width, 320);
  EXPECT_EQ(movie.video[0].height, 240);
  EXPECT_THAT(movie.video[0].times, testing::Pointwise(testing::DoubleNear(1e-6), made.times));
  EXPECT_THAT(movie.video[0].keys, SizeIs(50));
  EXPECT_NEAR(movie.duration, made.times.back() + 0.11, 1e-6);
  EXPECT_NEAR(movie.video[0].duration, made.times.back() + 0.11, 1e-6);
}

TEST(MjpegInMp4, IsMadePlayableWithAThumbnail) {
  const Film made = film();
  const tests::TempFolder folder;
  const auto result =
      run(folder, Format::mp4, made.file, {Derived::thumbnail, Derived::strip, Derived::remux, Derived::playback});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_THAT(result.report->made, ElementsAre(Derived::thumbnail, Derived::strip, Derived::playback));
  EXPECT_EQ(result.report->playable, Playable::as_encoded) << "else nobody would ask for its playback";
  const auto& probed = result.report->probe;
  EXPECT_EQ(probed.container, "mp4");
  EXPECT_EQ(probed.video_codec, "mjpeg");
  EXPECT_EQ(probed.frames, 50U);
  EXPECT_EQ(probed.width, 320U);
  EXPECT_NEAR(static_cast<double>(probed.duration_us), 1e6 * (made.times.back() + 0.11), 2e4);
  EXPECT_TRUE(probed.is_whole());
  EXPECT_EQ(complaints_of_ffmpeg(result.files.at(Derived::playback)), "");
  const Movie movie = probe(result.files.at(Derived::playback));
  ASSERT_THAT(movie.video, SizeIs(1));
  EXPECT_EQ(movie.video[0].codec, "h264");
  EXPECT_THAT(movie.video[0].times, testing::Pointwise(testing::DoubleNear(1e-3), made.times));
  EXPECT_EQ(gray_of(result.files.at(Derived::thumbnail)).width, 320);
}

}  // namespace
}  // namespace transcode::test
