// Everything a camera may send besides PTMF: Annex-B, MP4, MPEG-TS, photos.
#include "tests/unit/transcode/media/fixture.hpp"
#include "transcode/streams/annexb_reader.hpp"

namespace transcode::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// 25 pictures a second for two seconds, 0.04 apart.
std::vector<double> fifty_times() {
  std::vector<double> times;
  for (int n = 0; n < 50; ++n) times.push_back(n * 0.04);
  return times;
}

void expect_fifty_pictures(const std::filesystem::path& file, std::string_view codec) {
  EXPECT_EQ(complaints_of_ffmpeg(file), "");
  const Movie movie = probe(file);
  ASSERT_THAT(movie.video, SizeIs(1));
  EXPECT_EQ(movie.video[0].codec, codec);
  EXPECT_THAT(movie.video[0].times, testing::Pointwise(testing::DoubleNear(1e-4), fifty_times()));
  EXPECT_NEAR(movie.duration, 2, 0.05);
  const auto top = boxes(file);
  EXPECT_LT(std::ranges::find(top, "moov"), std::ranges::find(top, "mdat"));
}

// Reordered pictures: the order of showing comes out of the picture order count.
TEST(Annexb, HevcAndH264AreShownInTheirOrder) {
  const std::string hevc = "-map 0:v -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:bframes=3";
  const std::string avc = "-map 0:v -c:v libx264 -preset veryfast -g 25 -bf 3 -pix_fmt yuv420p";
  for (const auto& [codec, arguments] : {std::pair{"hevc", hevc}, std::pair{"h264", avc}}) {
    SCOPED_TRACE(codec);
    const Bytes file = made_by_ffmpeg(arguments, codec);
    const tests::TempFolder folder;
    const auto result = run(folder, Format::annexb, file, {Derived::remux, Derived::playback, Derived::thumbnail});
    ASSERT_TRUE(result.report) << result.report.error().message;
    EXPECT_THAT(result.report->made, SizeIs(3));
    EXPECT_EQ(result.report->probe.frames, 50U);
    EXPECT_EQ(result.report->probe.frame_rate_milli, 25'000U) << "the stream says so";
    EXPECT_EQ(result.report->probe.duration_us, 2'000'000U);
    EXPECT_TRUE(result.report->probe.is_whole());
    expect_fifty_pictures(result.files.at(Derived::remux), codec);
    expect_fifty_pictures(result.files.at(Derived::playback), "h264");
    EXPECT_EQ(result.report->playable, std::string_view(codec) == "hevc" ? Playable::as_encoded : Playable::as_remux);
  }
}

// The picture's count is there twice, so that the order of all up to the next beginning is a guess.
TEST(Annexb, PicturesOfAnUnknownOrderAreCountedAsDamaged) {
  const Bytes file = made_by_ffmpeg(
      "-map 0:v -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25:open-gop=0", "hevc");
  Bytes twice;
  AnnexbReader reader(file, VideoCodec::hevc);
  constexpr int repeated = 3;
  for (int n = 0; const auto picture = reader.next(); ++n)
    for (int copy = 0; copy < (n == repeated ? 2 : 1); ++copy)
      twice.insert(twice.end(), picture->bytes.begin(), picture->bytes.end());
  const tests::TempFolder folder;
  const auto result = run(folder, Format::annexb, twice, {});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_EQ(result.report->probe.frames, 51U);
  EXPECT_EQ(result.report->probe.damaged_records, 26U) << "those of the first half";
  EXPECT_FALSE(result.report->probe.is_whole());
}

// The stream's own word, then the camera's, then the rate that these cameras usually have.
TEST(Annexb, PlaysAtTheRateThatIsKnown) {
  const auto hevc = [](const std::string& parameters, const std::string& filter) {
    return made_by_ffmpeg(
        "-map 0:v -c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25" + parameters + filter, "hevc");
  };
  const Bytes says_25 = hevc("", "");
  const Bytes says_nothing = hevc(":vui-timing-info=0", "");
  const Bytes says_nonsense = hevc("", " -bsf:v hevc_metadata=tick_rate=100000");
  struct Case {
    const Bytes& file;
    std::uint32_t named;
    std::uint32_t rate;
  };
  for (const auto& [file, named, rate] :
       {Case{says_25, 0, 25}, Case{says_25, 10, 25}, Case{says_nothing, 10, 10}, Case{says_nothing, 30, 30},
        Case{says_nothing, 0, 20}, Case{says_nonsense, 10, 10}, Case{says_nonsense, 0, 20}}) {
    SCOPED_TRACE(testing::Message() << "named " << named << ", to be " << rate);
    const tests::TempFolder folder;
    const auto result = run(folder, Format::annexb, file, {Derived::remux}, quick_encoding(), named);
    ASSERT_TRUE(result.report) << result.report.error().message;
    EXPECT_EQ(result.report->probe.frame_rate_milli, rate * 1000);
    EXPECT_NEAR(static_cast<double>(result.report->probe.duration_us), 50e6 / rate, 1);
    const Movie movie = probe(result.files.at(Derived::remux));
    ASSERT_THAT(movie.video, SizeIs(1));
    EXPECT_NEAR(movie.video[0].times.back(), 49.0 / rate, 1e-3);
  }
}

const std::string h264_and_aac = "-c:v libx264 -preset veryfast -g 25 -bf 2 -pix_fmt yuv420p -c:a aac ";

TEST(Containers, AFastStartMp4PlaysAsItIs) {
  const Bytes file = made_by_ffmpeg(h264_and_aac + "-movflags +faststart", "mp4");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::mp4, file, {Derived::thumbnail, Derived::strip});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_EQ(result.report->playable, Playable::as_it_is);
  EXPECT_THAT(result.report->made, ElementsAre(Derived::thumbnail, Derived::strip));
  const storage::MediaProbe& probe = result.report->probe;
  EXPECT_EQ(probe.container, "mp4");
  EXPECT_EQ(probe.video_codec, "h264");
  EXPECT_EQ(probe.frames, 50U);
  EXPECT_EQ(probe.frame_rate_milli, 25'000U);
  EXPECT_EQ(probe.sound_codec, "aac");
  EXPECT_NEAR(static_cast<double>(probe.duration_us), 2e6, 50'000);
  EXPECT_TRUE(probe.is_whole());
}

TEST(Containers, Mp4AndTsAreRemuxedWithoutEncoding) {
  for (const auto& [format, extension] : {std::pair{Format::mp4, "mp4"}, std::pair{Format::mpegts, "ts"}}) {
    SCOPED_TRACE(extension);
    const Bytes file = made_by_ffmpeg(h264_and_aac, extension);
    EXPECT_EQ(storage::sniff(file), format);
    const tests::TempFolder folder;
    const auto result = run(folder, format, file, {Derived::remux, Derived::playback, Derived::thumbnail});
    ASSERT_TRUE(result.report) << result.report.error().message;
    EXPECT_EQ(result.report->playable, Playable::as_remux);
    EXPECT_EQ(result.report->probe.frames, 50U);
    for (const Derived derived : {Derived::remux, Derived::playback}) {
      expect_fifty_pictures(result.files.at(derived), "h264");
      ASSERT_THAT(probe(result.files.at(derived)).sound, SizeIs(1));
      EXPECT_EQ(probe(result.files.at(derived)).sound[0].codec, "aac");
    }
  }
}

TEST(Containers, HevcAndOtherSoundInTsAreMadePlayable) {
  const Bytes file = made_by_ffmpeg(
      "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=25 -c:a mp2 -ac 2 -ar 44100", "ts");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::mpegts, file, {Derived::remux, Derived::playback});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_EQ(result.report->playable, Playable::as_encoded);
  expect_fifty_pictures(result.files.at(Derived::remux), "hevc");
  const Movie movie = probe(result.files.at(Derived::remux));
  EXPECT_EQ(movie.video[0].tag, "hvc1");
  EXPECT_EQ(movie.sound[0].codec, "aac");
  EXPECT_EQ(movie.sound[0].channels, 2);
  EXPECT_EQ(movie.sound[0].sample_rate, 48'000);
}

TEST(Containers, TenBitHighPicturesAreMadeSmallerAndEightBit) {
  const Bytes file =
      made_by_ffmpeg("-map 0:v -vf scale=1448:1086 -t 0.4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p10le", "mp4");
  const tests::TempFolder folder;
  const auto result = run(folder, Format::mp4, file, {Derived::playback});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_EQ(result.report->playable, Playable::as_encoded);
  const Movie movie = probe(result.files.at(Derived::playback));
  EXPECT_EQ(movie.video[0].width, 960);
  EXPECT_EQ(movie.video[0].height, 720);
  EXPECT_EQ(movie.video[0].pixel_format, "yuv420p");
}

TEST(Containers, CutAnywhereTheyGiveAReasonOrWhatIsThere) {
  for (const auto& [format, extension] : {std::pair{Format::mp4, "mp4"}, std::pair{Format::mpegts, "ts"}}) {
    const Bytes file = made_by_ffmpeg(h264_and_aac + (format == Format::mp4 ? "-movflags +faststart" : ""), extension);
    const tests::TempFolder folder;
    for (std::size_t part = 0; part < 8; ++part) {
      const auto result = run(folder, format, ByteView(file).first(file.size() * part / 8), {Derived::thumbnail});
      if (result.report) continue;
      EXPECT_EQ(result.report.error().code, base::Errc::corrupt);
      EXPECT_FALSE(result.report.error().message.empty());
    }
  }
}

// ---- Photos.

TEST(Photos, HaveAThumbnailAndNothingElse) {
  const Bytes file = made_by_ffmpeg("-map 0:v -frames:v 1 -vf scale=1280:720", "jpg");
  const tests::TempFolder folder;
  const auto result =
      run(folder, Format::jpeg, file, {Derived::thumbnail, Derived::strip, Derived::remux, Derived::playback});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_THAT(result.report->made, ElementsAre(Derived::thumbnail));
  EXPECT_EQ(result.report->playable, Playable::no);
  EXPECT_EQ(result.report->probe.container, "jpeg");
  EXPECT_EQ(result.report->probe.video_codec, "mjpeg");
  EXPECT_EQ(result.report->probe.width, 1280U);
  EXPECT_EQ(result.report->probe.frames, 1U);
  EXPECT_EQ(result.report->probe.duration_us, 0U);
  const Gray gray = gray_of(result.files.at(Derived::thumbnail));
  EXPECT_EQ(gray.width, 320);
  EXPECT_EQ(gray.height, 180);
}

TEST(Photos, ATruncatedOneShowsWhatItHas) {
  Bytes file = made_by_ffmpeg("-map 0:v -frames:v 1 -vf scale=1280:720", "jpg");
  file.resize(file.size() * 2 / 3);
  const tests::TempFolder folder;
  const auto result = run(folder, Format::jpeg, file, {Derived::thumbnail});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_FALSE(result.report->probe.is_whole());
  EXPECT_THAT(result.report->made, ElementsAre(Derived::thumbnail));
}

TEST(Formats, WithoutAPictureAreRefused) {
  const tests::TempFolder folder;
  for (const Format format : {Format::json, Format::unknown}) {
    const auto result = run(folder, format, base::as_bytes("{\"a\": 1}"), {Derived::thumbnail});
    ASSERT_FALSE(result.report);
    EXPECT_EQ(result.report.error().code, base::Errc::invalid);
  }
}

}  // namespace
}  // namespace transcode::test
