// The camera's own clips: what comes out has every picture at its time, and the sound beside it.
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/unit/transcode/media/fixture.hpp"

namespace transcode::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double one_picture = 0.05;
constexpr double in_step = 0.040;

// Seconds since the first key picture, of every picture record.
std::vector<double> picture_times(const std::vector<PtmfRecord>& records) {
  std::vector<double> times;
  std::uint64_t origin = 0;
  for (const PtmfRecord& record : records) {
    if (record.header.type == 'A') continue;
    if (times.empty()) origin = record.header.timestamp_us;
    times.push_back(static_cast<double>(record.header.timestamp_us - origin) / 1e6);
  }
  return times;
}

std::vector<PtmfRecord> only(char type_or_picture) {
  auto records = clip_records();
  std::erase_if(records,
                [&](const PtmfRecord& record) { return (record.header.type == 'A') != (type_or_picture == 'A'); });
  return records;
}

void expect_movie_of(const std::vector<PtmfRecord>& records, const std::filesystem::path& file) {
  EXPECT_THAT(boxes(file), ElementsAre("ftyp", "moov", "free", "free", "mdat"));
  EXPECT_EQ(complaints_of_ffmpeg(file), "");
  const Movie movie = probe(file);
  ASSERT_THAT(movie.video, SizeIs(1));
  const auto expected = picture_times(records);
  EXPECT_THAT(movie.video[0].times, testing::Pointwise(testing::DoubleNear(2e-5), expected));
  EXPECT_NEAR(movie.duration, std::max<double>(expected.back() + one_picture, clip_seconds), one_picture);
}

TEST(Ptmf, RemuxHasEveryPictureAtItsTimeAndAac) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(clip_records()), {Derived::remux});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_THAT(result.report->made, ElementsAre(Derived::remux));
  const auto& file = result.files.at(Derived::remux);
  expect_movie_of(clip_records(), file);
  const Movie movie = probe(file);
  EXPECT_EQ(movie.video[0].codec, "hevc");
  EXPECT_EQ(movie.video[0].tag, "hvc1");
  EXPECT_EQ(movie.video[0].width, 1280);
  EXPECT_THAT(movie.video[0].keys, ElementsAre(0, 1, 2));
  ASSERT_THAT(movie.sound, SizeIs(1));
  EXPECT_EQ(movie.sound[0].codec, "aac");
  EXPECT_EQ(movie.sound[0].sample_rate, 48'000);
  EXPECT_EQ(movie.sound[0].channels, 1);
  EXPECT_NEAR(movie.sound[0].duration, clip_seconds, 0.03);
}

// "hvc1" promises that parameter sets are in front alone; the pictures themselves are untouched.
TEST(Ptmf, RemuxedPicturesAreTheCamerasWithoutTheirParameterSets) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(clip_records()), {Derived::remux});
  const auto raw = folder / "raw.h265";
  Bytes hevc;
  for (const PtmfRecord& record : only('P')) hevc.insert(hevc.end(), record.payload.begin(), record.payload.end());
  std::ofstream(raw, std::ios::binary)
      .write(reinterpret_cast<const char*>(hevc.data()), static_cast<long>(hevc.size()));
  const auto md5 = [](const std::filesystem::path& file) {
    return shell("ffmpeg -nostdin -v error -i " + file.string() +
                 " -map 0:v -vsync passthrough -f framehash -hash md5 - "
                 "| grep -v '^#' | awk '{print $NF}'")
        .output;
  };
  EXPECT_EQ(md5(result.files.at(Derived::remux)), md5(raw));
  const Bytes file = read_file(result.files.at(Derived::remux));
  const auto text = base::as_text(file);
  const auto mdat = text.find("mdat");
  EXPECT_EQ(text.find(std::string_view("\x42\x01\x01", 3), mdat), std::string_view::npos)
      << "an SPS among the pictures";
}

TEST(Ptmf, PlaybackIsH264WithEveryPictureAtItsTime) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(clip_records()), {Derived::playback});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_EQ(result.report->playable, Playable::as_encoded);
  EXPECT_EQ(result.report->probe.decode_errors, 0U);
  const auto& file = result.files.at(Derived::playback);
  expect_movie_of(clip_records(), file);
  const Movie movie = probe(file);
  EXPECT_EQ(movie.video[0].codec, "h264");
  EXPECT_EQ(movie.video[0].pixel_format, "yuvj420p") << "the camera's range is kept, and said";
  EXPECT_EQ(movie.video[0].height, 720);
  EXPECT_THAT(movie.video[0].keys, ElementsAre(0, 2)) << "every two seconds, not where the camera has them";
  EXPECT_THAT(movie.sound, SizeIs(1));
}

TEST(Ptmf, PlaybackWithReorderedPicturesIsInStep) {
  const tests::TempFolder folder;
  Encoding encoding = quick_encoding();
  encoding.preset = "veryfast";  // has B pictures
  encoding.max_height = 240;
  const auto records = with_tone_from(1'500'000);
  const auto result = run(folder, Format::ptmf, to_file(records), {Derived::playback}, encoding);
  const auto& file = result.files.at(Derived::playback);
  expect_movie_of(records, file);
  const Movie movie = probe(file);
  EXPECT_EQ(movie.video[0].profile, "High");
  EXPECT_EQ(movie.video[0].width, 426) << "even, and in proportion";
  EXPECT_EQ(movie.video[0].height, 240);
  EXPECT_DOUBLE_EQ(movie.video[0].start, 0);
  EXPECT_NEAR(loud_from(samples_of(file)), 1.5, in_step);
}

TEST(Ptmf, TheSoundIsInStep) {
  for (const std::int64_t at_us : {400'000, 2'000'000}) {
    const tests::TempFolder folder;
    const auto result = run(folder, Format::ptmf, to_file(with_tone_from(at_us)), {Derived::remux});
    EXPECT_NEAR(loud_from(samples_of(result.files.at(Derived::remux))), static_cast<double>(at_us) / 1e6, 0.005);
  }
}

// A player that ignores the edit list hears the encoder's priming: still within what is in step.
TEST(Ptmf, TheSoundIsInStepForPlayersThatKnowNoEditList) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(with_tone_from(1'000'000)), {Derived::remux});
  const auto raw = folder / "raw.f32";
  const auto said = shell("ffmpeg -nostdin -v error -ignore_editlist 1 -flags2 +skip_manual -i " +
                          result.files.at(Derived::remux).string() + " -map 0:a -f f32le -ar 48000 " + raw.string());
  EXPECT_EQ(said.exit, 0) << said.output;
  const Bytes bytes = read_file(raw);
  std::vector<float> samples(bytes.size() / 4);
  std::memcpy(samples.data(), bytes.data(), samples.size() * 4);
  EXPECT_NEAR(loud_from(samples), 1.0, in_step);
}

TEST(Ptmf, SoundThatIsMissingIsSilenceAndMovesNothing) {
  auto records = with_tone_from(1'500'000);
  std::erase_if(records, [n = 0](const PtmfRecord& record) mutable {
    return record.header.type == 'A' && ++n > 10 && n <= 20;  // 0.4 s
  });
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(records), {Derived::remux});
  EXPECT_EQ(result.report->probe.missing_sounds, 10U);
  EXPECT_EQ(result.report->probe.sound_us, 2'600'000U);
  EXPECT_NEAR(loud_from(samples_of(result.files.at(Derived::remux))), 1.5, in_step);
}

TEST(Ptmf, SoundBeforeTheFirstKeyPictureIsCutAndLaterSoundWaits) {
  auto early = with_tone_from(1'500'000);
  // The first second has no picture that can be shown.
  std::erase_if(early, [&](const PtmfRecord& record) {
    return record.header.type != 'A' && record.header.timestamp_us < early.front().header.timestamp_us + 1'000'000;
  });
  const tests::TempFolder folder;
  auto result = run(folder, Format::ptmf, to_file(early), {Derived::remux});
  EXPECT_NEAR(loud_from(samples_of(result.files.at(Derived::remux))), 0.5, in_step);
  EXPECT_NEAR(probe(result.files.at(Derived::remux)).sound[0].duration, 2, 0.03);

  auto late = with_tone_from(0);
  const auto begin = late.front().header.timestamp_us;
  std::erase_if(late, [&](const PtmfRecord& record) {
    return record.header.type == 'A' && record.header.timestamp_us < begin + 1'000'000;
  });
  result = run(folder, Format::ptmf, to_file(late), {Derived::remux});
  EXPECT_NEAR(loud_from(samples_of(result.files.at(Derived::remux))), 1, in_step);
}

TEST(Ptmf, OverlappingSoundIsCut) {
  auto records = with_tone_from(2'000'000);
  std::vector<PtmfRecord> twice;
  for (const PtmfRecord& record : records) {
    twice.push_back(record);
    if (record.header.type != 'A') continue;
    twice.back().header.sequence *= 2;
    twice.push_back(twice.back());  // said again, a moment later
    ++twice.back().header.sequence;
    twice.back().header.timestamp_us += 1000;
  }
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(twice), {Derived::remux});
  EXPECT_NEAR(loud_from(samples_of(result.files.at(Derived::remux))), 2, in_step);
  EXPECT_NEAR(probe(result.files.at(Derived::remux)).sound[0].duration, clip_seconds, 0.06);
}

TEST(Ptmf, TheProbeSaysWhatIsInIt) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(clip_records()), {});
  ASSERT_TRUE(result.report);
  const storage::MediaProbe& probe = result.report->probe;
  EXPECT_EQ(probe.container, "ptmf");
  EXPECT_EQ(probe.video_codec, "hevc");
  EXPECT_EQ(probe.width, 1280U);
  EXPECT_EQ(probe.height, 720U);
  EXPECT_EQ(probe.frames, 60U);
  EXPECT_EQ(probe.frame_rate_milli, 20'000U);
  EXPECT_EQ(probe.duration_us, 3'000'000U) << "the sound's; the pictures end 17 ms before";
  EXPECT_EQ(probe.sound_codec, "pcm_alaw");
  EXPECT_EQ(probe.sample_rate, 8000U);
  EXPECT_EQ(probe.channels, 1U);
  EXPECT_EQ(probe.sound_us, 3'000'000U);
  EXPECT_TRUE(probe.is_whole());
  EXPECT_TRUE(result.report->made.empty());
}

TEST(Ptmf, EverythingAtOnceAndProgressRises) {
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(clip_records()),
                          {Derived::remux, Derived::thumbnail, Derived::strip, Derived::playback});
  EXPECT_THAT(result.report->made, ElementsAre(Derived::remux, Derived::thumbnail, Derived::strip, Derived::playback));
  EXPECT_LE(result.progress.size(), 100U);
  EXPECT_TRUE(std::ranges::is_sorted(result.progress));
  EXPECT_EQ(result.progress.back(), 100U);
}

TEST(Ptmf, PictureAloneAndSoundAlone) {
  const tests::TempFolder folder;
  auto result = run(folder, Format::ptmf, to_file(only('P')), {Derived::remux, Derived::playback});
  for (const auto& [derived, file] : result.files) {
    expect_movie_of(clip_records(), file);
    EXPECT_THAT(probe(file).sound, IsEmpty());
  }
  EXPECT_FALSE(result.report->probe.has_sound());

  result = run(folder, Format::ptmf, to_file(only('A')),
               {Derived::remux, Derived::playback, Derived::thumbnail, Derived::strip});
  EXPECT_THAT(result.report->made, ElementsAre(Derived::remux, Derived::playback));
  EXPECT_EQ(result.report->playable, Playable::no);
  EXPECT_FALSE(result.report->probe.has_picture());
  for (const Derived derived : result.report->made) {
    EXPECT_EQ(complaints_of_ffmpeg(result.files.at(derived)), "");
    EXPECT_NEAR(probe(result.files.at(derived)).duration, clip_seconds, 0.03);
  }
}

TEST(Ptmf, OnePictureIsAMovie) {
  const tests::TempFolder folder;
  const auto result =
      run(folder, Format::ptmf, to_file({clip_records().front()}), {Derived::remux, Derived::playback, Derived::strip});
  EXPECT_THAT(result.report->made, SizeIs(3));
  for (const Derived derived : {Derived::remux, Derived::playback}) {
    EXPECT_EQ(complaints_of_ffmpeg(result.files.at(derived)), "");
    const Movie movie = probe(result.files.at(derived));
    EXPECT_THAT(movie.video[0].times, ElementsAre(0));
    EXPECT_NEAR(movie.duration, one_picture, 1e-3);
  }
}

// ---- Damage.

TEST(DamagedPtmf, AMissingPictureIsCountedAndTheRestKeepsItsTime) {
  auto records = clip_records();
  const auto lost = std::ranges::find_if(
      records, [](const auto& record) { return record.header.type == 'P' && record.header.sequence == 7 + 30; });
  records.erase(lost);
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, to_file(records), {Derived::remux, Derived::playback});
  EXPECT_EQ(result.report->probe.missing_pictures, 1U);
  EXPECT_EQ(result.report->probe.frames, 59U);
  EXPECT_GE(result.report->probe.decode_errors, 1U);
  const auto expected = picture_times(records);
  for (const auto& [derived, file] : result.files)
    EXPECT_THAT(probe(file).video[0].times, testing::Pointwise(testing::DoubleNear(2e-5), expected));
  EXPECT_EQ(complaints_of_ffmpeg(result.files.at(Derived::playback)), "");
}

TEST(DamagedPtmf, AWrongLengthCostsNothing) {
  auto file = to_file(clip_records());
  const std::size_t second = storage::ptmf_header_size + clip_records()[0].payload.size();
  base::store_le(file.data() + second + 24, 1'000'000U);
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, file, {Derived::remux});
  EXPECT_EQ(result.report->probe.damaged_records, 1U);
  EXPECT_EQ(result.report->probe.frames, 60U);
  expect_movie_of(clip_records(), result.files.at(Derived::remux));
}

TEST(DamagedPtmf, ACutEndAndGarbageInFront) {
  auto file = to_file(clip_records());
  file.resize(file.size() / 2);
  Bytes front(1000, 0x33);
  file.insert(file.begin(), front.begin(), front.end());
  const tests::TempFolder folder;
  const auto result = run(folder, Format::ptmf, file, {Derived::remux, Derived::playback});
  ASSERT_TRUE(result.report) << result.report.error().message;
  EXPECT_GE(result.report->probe.skipped_bytes, 1000U);
  EXPECT_FALSE(result.report->probe.is_whole());
  EXPECT_GT(result.report->probe.frames, 20U);
  for (const auto& [derived, path] : result.files) {
    EXPECT_EQ(complaints_of_ffmpeg(path), "");
    EXPECT_EQ(probe(path).video[0].times.size(), result.report->probe.frames);
  }
}

TEST(DamagedPtmf, NothingThatCanBeShownIsTheFilesFault) {
  const tests::TempFolder folder;
  auto noise = clip_records();
  for (PtmfRecord& record : noise) std::ranges::fill(record.payload, 0x5a);
  for (const Bytes& file : {Bytes{}, Bytes(100'000, 0x41), to_file(noise)}) {
    const auto result = run(folder, Format::ptmf, file, {Derived::remux, Derived::thumbnail});
    ASSERT_FALSE(result.report);
    EXPECT_EQ(result.report.error().code, base::Errc::corrupt);
    EXPECT_TRUE(result.report.error().message.ends_with(".")) << result.report.error().message;
  }
}

// The worker's file size limit and a full disk look like this.
TEST(Ptmf, AnOutputThatCannotBeWrittenIsNotTheFilesFault) {
  const int full = open("/dev/full", O_RDWR | O_CLOEXEC);
  const auto file = to_file(clip_records());
  for (const Derived derived : {Derived::remux, Derived::thumbnail}) {
    const Order order{.format = Format::ptmf, .outputs = {{derived, full}}, .encoding = quick_encoding()};
    const auto report = process(order, file, {});
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, base::Errc::exhausted) << report.error().message;
  }
  close(full);
}

}  // namespace
}  // namespace transcode::test
