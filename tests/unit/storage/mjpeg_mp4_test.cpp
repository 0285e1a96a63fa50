// What the players make of such a file is in tests/unit/transcode/media.
#include <gmock/gmock.h>

#include "storage/formats/format.hpp"
#include "storage/formats/mjpeg_mp4.hpp"

namespace storage {
namespace {

using namespace std::chrono_literals;
using base::Bytes;
using testing::HasSubstr;

const base::UtcTime begin{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};

// As small as a JPEG can be said to be, with `more` bytes of picture data.
Bytes jpeg(std::uint8_t width, std::uint8_t height, std::size_t more = 0) {
  Bytes bytes{0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, height, 0, width, 1, 1,
              0x11, 0,    0xff, 0xda, 0, 8,  1, 1, 0,      0, 63,    0};
  bytes.insert(bytes.end(), more, 0x55);
  bytes.insert(bytes.end(), {0xff, 0xd9});
  return bytes;
}

void append(Bytes& file, base::ByteView bytes) {
  file.insert(file.end(), bytes.begin(), bytes.end());
}

// As a driver writes it.
class Recording {
 public:
  explicit Recording(const MjpegMp4Options& options = {}) : writer(options), file(writer.head()) {}
  base::Result<> add(const Bytes& picture, std::chrono::milliseconds at) {
    auto taken = writer.append(picture, begin + at);
    if (!taken) return std::unexpected(taken.error());
    append(file, *taken);
    append(file, picture);
    EXPECT_EQ(writer.size(), file.size());
    return {};
  }
  Bytes end(std::optional<base::UtcTime> until = {}) const {
    const auto ending = writer.finish(until);
    EXPECT_TRUE(ending);
    Bytes whole = file;
    append(whole, *ending);
    return whole;
  }
  MjpegMp4Writer writer;
  Bytes file;
};

std::optional<std::string> defect(base::ByteView file) {
  FormatCheck check;
  check.feed(file);
  const auto verdict = check.finish();
  EXPECT_EQ(verdict.format, Format::mp4);
  return verdict.defect;
}

// The content of the box that `path` leads to.
base::ByteView box(base::ByteView file, std::initializer_list<std::string_view> path) {
  for (const std::string_view type : path) {
    while (base::as_text(file.subspan(4, 4)) != type) {
      auto size = std::uint64_t{base::load_be<std::uint32_t>(file.data())};
      if (size == 1) size = base::load_be<std::uint64_t>(file.data() + 8);
      file = file.subspan(static_cast<std::size_t>(size));
    }
    file = file.first(base::load_be<std::uint32_t>(file.data())).subspan(8);
  }
  return file;
}

std::vector<std::uint32_t> numbers(base::ByteView bytes) {
  std::vector<std::uint32_t> list;
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) list.push_back(base::load_be<std::uint32_t>(bytes.data()));
  return list;
}

TEST(MjpegMp4, IsWholeWithItsEndingAndNotWithout) {
  Recording recording;
  for (int n = 0; n < 5; ++n) {
    ASSERT_TRUE(recording.add(jpeg(32, 24, static_cast<std::size_t>(n)), n * 100ms));
    EXPECT_THAT(defect(recording.file).value_or(""), HasSubstr("no moov box")) << "what a crash leaves";
    EXPECT_EQ(defect(recording.end()), std::nullopt) << "it may be ended after each picture";
  }
}

TEST(MjpegMp4, HasEachPictureWhereItsIndexSays) {
  Recording recording;
  const std::vector<Bytes> pictures{jpeg(32, 24, 3), jpeg(32, 24, 50), jpeg(32, 24)};
  for (std::size_t n = 0; n < pictures.size(); ++n) ASSERT_TRUE(recording.add(pictures[n], n * 100ms));
  const Bytes file = recording.end();
  const auto table = [&](std::string_view type) {
    return numbers(box(file, {"moov", "trak", "mdia", "minf", "stbl", type}));
  };
  const auto sizes = table("stsz");
  const auto offsets = table("co64");
  ASSERT_EQ(offsets.size(), 2 + 2 * pictures.size());
  for (std::size_t n = 0; n < pictures.size(); ++n) {
    const base::ByteView found = base::ByteView(file).subspan(offsets.at(3 + 2 * n), sizes.at(3 + n));
    EXPECT_EQ(Bytes(found.begin(), found.end()), pictures[n]);
  }
  EXPECT_EQ(base::load_be<std::uint32_t>(box(file, {"moov", "trak", "tkhd"}).data() + 88), 32U << 16U);
  EXPECT_EQ(base::load_be<std::uint32_t>(box(file, {"moov", "trak", "tkhd"}).data() + 92), 24U << 16U);
}

std::vector<std::uint32_t> durations(const Recording& recording, std::optional<base::UtcTime> until = {}) {
  const Bytes file = recording.end(until);
  const auto stts = numbers(box(file, {"moov", "trak", "mdia", "minf", "stbl", "stts"}));
  std::vector<std::uint32_t> list;
  for (std::size_t n = 2; n + 1 < stts.size(); n += 2) list.insert(list.end(), stts[n], stts[n + 1]);
  return list;
}

TEST(MjpegMp4, PicturesAreShownUntilTheNextOne) {
  Recording recording;
  ASSERT_TRUE(recording.add(jpeg(8, 8), 0ms));
  EXPECT_THAT(durations(recording), testing::ElementsAre(200)) << "nothing tells it";
  for (const auto at : {100ms, 200ms, 320ms, 320ms, 10'000ms}) ASSERT_TRUE(recording.add(jpeg(8, 8), at));
  EXPECT_THAT(durations(recording), testing::ElementsAre(100, 100, 120, 1, 9'680, 2'000)) << "the last as the average";
  EXPECT_THAT(durations(recording, begin + 10'050ms), testing::ElementsAre(100, 100, 120, 1, 9'680, 50));
  EXPECT_EQ(recording.writer.duration(), 10'001ms);
  EXPECT_EQ(recording.writer.begins_at(), begin);
}

TEST(MjpegMp4, AClockThatWasSetBackStopsNothing) {
  Recording recording;
  for (const auto at : {3'600'000ms, 3'600'100ms, 0ms, 100ms}) ASSERT_TRUE(recording.add(jpeg(8, 8), at));
  EXPECT_THAT(durations(recording), testing::Each(100U));
}

TEST(MjpegMp4, TakesWholePicturesOfOneSizeOnly) {
  Recording recording;
  ASSERT_TRUE(recording.add(jpeg(32, 24), 0ms));
  const Bytes whole = jpeg(32, 24);
  for (const Bytes& broken : {Bytes{}, Bytes(whole.begin(), whole.end() - 1), jpeg(0, 24), Bytes{'n', 'o'}}) {
    const auto refused = recording.add(broken, 100ms);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::corrupt);
  }
  const auto other = recording.add(jpeg(24, 32), 100ms);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, base::Errc::conflict);
  EXPECT_THAT(other.error().message, HasSubstr("32x24, and this one is 24x32"));
  EXPECT_EQ(recording.writer.frames(), 1U);
  EXPECT_EQ(defect(recording.end()), std::nullopt);
}

TEST(MjpegMp4, IsBounded) {
  const auto full = [](const MjpegMp4Options& options) {
    Recording recording(options);
    EXPECT_TRUE(recording.add(jpeg(8, 8), 0ms));
    EXPECT_TRUE(recording.add(jpeg(8, 8), 900ms));
    const auto refused = recording.add(jpeg(8, 8), 1'100ms);
    EXPECT_EQ(defect(recording.end()), std::nullopt);
    return refused ? "taken" : std::string(to_string(refused.error().code));
  };
  EXPECT_EQ(full({}), "taken");
  EXPECT_EQ(full({.max_frames = 2}), "exhausted");
  EXPECT_EQ(full({.max_bytes = 2 * jpeg(8, 8).size() + 1}), "exhausted");
  EXPECT_EQ(full({.max_duration = 1s}), "exhausted");
}

TEST(MjpegMp4, WithoutAPictureThereIsNoFilm) {
  const auto nothing = MjpegMp4Writer().finish();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::Errc::invalid);
}

}  // namespace
}  // namespace storage
