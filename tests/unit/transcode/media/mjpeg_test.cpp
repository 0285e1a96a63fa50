// A recording of JPEGs in MP4, as our own writer makes them of a camera's stream: what ffprobe, ffmpeg and process()
// make of it.
#include <fstream>

#include "tests/unit/transcode/media/fixture.hpp"
#include "tests/unit/transcode/references/references.hpp"

namespace transcode::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

TEST(MjpegInMp4, IsReadByFfmpegWithEveryPictureAtItsTime) {
  const JpegFilm& made = jpeg_film();
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
  EXPECT_NEAR(movie.duration, made.duration, 1e-6);
  EXPECT_NEAR(movie.video[0].duration, made.duration, 1e-6);
}

TEST(MjpegInMp4, IsMadePlayableWithAThumbnail) {
  const JpegFilm& made = jpeg_film();
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
  EXPECT_NEAR(static_cast<double>(probed.duration_us), 1e6 * made.duration, 2e4);
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
