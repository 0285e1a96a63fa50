#include "tools/sim/files.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "storage/formats/format.hpp"
#include "tools/sim/ffmpeg.hpp"
#include "tools/sim/jpeg.hpp"
#include "tools/sim/plan.hpp"

namespace sim {
namespace {

std::shared_ptr<const FileMaker> synthetic(unsigned seconds = 3) {
  return *FileMaker::create({.media = FileMaker::Media::synthetic, .video_seconds = seconds});
}

std::vector<FileSpec> files_of(std::uint64_t imei, const FileMaker& maker) {
  return plan_files({.photos = 2, .videos = 2, .seed = 3}, {.imei = imei}, maker);
}

storage::FormatVerdict check(const base::Bytes& bytes) {
  storage::FormatCheck format;
  format.feed(bytes);
  return format.finish();
}

TEST(MadeFiles, AreTheSameWheneverMadeAgain) {
  const auto first = synthetic(), second = synthetic();
  for (const FileSpec& spec : files_of(356307042441013, *first))
    EXPECT_TRUE(first->open(spec)->all() == second->open(spec)->all()) << spec.number;
}

TEST(MadeFiles, DifferInEveryPacketFromThoseOfOthers) {
  const auto maker = synthetic();
  std::set<base::Bytes> packets;
  std::size_t count = 0;
  for (const std::uint64_t imei : {356307042441013U, 356307042441021U, 356307042441039U})
    for (const FileSpec& spec : files_of(imei, *maker)) {
      const base::Bytes bytes = maker->open(spec)->all();
      for (std::size_t at = 0; at + 1024 <= bytes.size(); at += 1024, ++count)
        packets.insert(
            {bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(at + 1024)});
    }
  EXPECT_EQ(packets.size(), count);
}

TEST(MadeFiles, ReadTheSameFromAnyOffset) {
  const auto maker = synthetic(1);
  for (const FileSpec& spec : files_of(356307042441013, *maker)) {
    const auto content = maker->open(spec);
    const base::Bytes all = content->all();
    ASSERT_EQ(all.size(), content->size());
    for (std::uint32_t at = 0; at < content->size(); at += 97) {
      base::Bytes part(std::min<std::size_t>(1024, all.size() - at));
      content->read(at, part);
      ASSERT_TRUE(std::ranges::equal(part, base::ByteView(all).subspan(at, part.size()))) << at;
    }
  }
}

TEST(MadeFiles, ArePlausiblePhotosAndVideos) {
  const auto maker = synthetic();
  for (const FileSpec& spec : files_of(356307042441013, *maker)) {
    const base::Bytes bytes = maker->open(spec)->all();
    const storage::FormatVerdict verdict = check(bytes);
    EXPECT_FALSE(verdict.defect) << *verdict.defect;
    if (spec.metadata.kind == base::MediaKind::photo) {
      EXPECT_EQ(verdict.format, storage::Format::jpeg);
      EXPECT_GE(bytes.size(), 27U * 1024);
      EXPECT_LE(bytes.size(), 50U * 1024);
    } else {
      EXPECT_EQ(verdict.format, storage::Format::ptmf);
      EXPECT_EQ(verdict.pictures, 60U);
      EXPECT_EQ(verdict.sounds, 75U);
      EXPECT_EQ(maker->estimated_size(spec), bytes.size());
    }
  }
}

TEST(MadeFiles, PhotosStayInTheirSizeForAnySeed) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const base::Bytes photo = make_photo(seed, "356307042441013\n1");
    EXPECT_GE(photo.size(), 27U * 1024) << seed;
    EXPECT_LE(photo.size(), 50U * 1024) << seed;
  }
}

TEST(MadeFiles, VideoRecordsAreAsTheCameraWritesThem) {
  const auto maker = synthetic(1);
  const FileSpec spec = files_of(356307042441013, *maker)[2];
  const base::Bytes bytes = maker->open(spec)->all();
  std::vector<std::uint64_t> pictures, sounds;
  std::uint32_t picture_sequence = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto header = storage::parse_ptmf_header(base::ByteView(bytes).subspan(at));
    ASSERT_TRUE(header) << at;
    EXPECT_EQ(header->width, 1280);
    EXPECT_EQ(header->height, 720);
    EXPECT_EQ(header->frames_per_second, 20);
    if (header->type == 'A') {
      EXPECT_EQ(header->payload_size, 324U);
      EXPECT_EQ(base::load_be<std::uint32_t>(bytes.data() + at + 36), 0x0001a000U);
      sounds.push_back(header->timestamp_us);
    } else {
      if (!pictures.empty()) {
        EXPECT_EQ(header->sequence, picture_sequence + 1);
      }
      picture_sequence = header->sequence;
      EXPECT_EQ(header->type, pictures.size() % 20 == 0 ? 'I' : 'P');
      pictures.push_back(header->timestamp_us);
    }
    at += storage::ptmf_header_size + header->payload_size;
  }
  ASSERT_EQ(pictures.size(), 20U);
  ASSERT_EQ(sounds.size(), 25U);
  EXPECT_EQ(pictures[1] - pictures[0], 33'400U);
  EXPECT_EQ(pictures[2] - pictures[1], 66'600U);
  EXPECT_EQ(sounds[1] - sounds[0], 40'000U);
}

TEST(GivenFiles, AreSentAsTheyAre) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("dualcam-given-" + std::to_string(::getpid()) + ".jpg");
  std::ofstream(path, std::ios::binary) << "\xff\xd8 and the rest";
  const auto maker = *FileMaker::create({.paths = {path.string()}});
  std::filesystem::remove(path);
  const std::vector<FileSpec> specs = files_of(356307042441013, *maker);
  ASSERT_EQ(specs.size(), 1U);
  EXPECT_EQ(specs[0].metadata.kind, base::MediaKind::photo);
  EXPECT_EQ(base::as_text(maker->open(specs[0])->all()), "\xff\xd8 and the rest");
}

TEST(GivenFiles, ThatAreNotThereAreNamed) {
  const auto maker = FileMaker::create({.paths = {"/nowhere/at all.jpg"}});
  ASSERT_FALSE(maker);
  EXPECT_EQ(maker.error().message, "The file /nowhere/at all.jpg cannot be opened.");
}

TEST(Plan, NewerCaptureDiffersInEverythingThatTellsCapturesApart) {
  const auto maker = synthetic(1);
  const FileSpec old = plan_files({.seed = 3}, {.imei = 356307042441013, .dialect = Dialect::paths}, *maker)[0];
  const FileSpec newer = newer_capture(old, 7);
  EXPECT_EQ(newer.file_class, old.file_class);
  EXPECT_GT(newer.metadata.captured_ms, old.metadata.captured_ms);
  EXPECT_NE(newer.path, old.path);
  EXPECT_FALSE(maker->open(newer)->all() == maker->open(old)->all());
}

// ---- HEVC

base::Bytes nal(int type, bool first_slice, std::uint8_t payload) {
  return {0,      0, 0, 1, static_cast<std::uint8_t>(type << 1), 1, static_cast<std::uint8_t>(first_slice ? 0x80 : 0),
          payload};
}

TEST(AccessUnits, KeepParameterSetsWithTheirKeyFrame) {
  base::Bytes stream;
  for (const base::Bytes& part :
       {nal(32, false, 1), nal(33, false, 2), nal(34, false, 3), nal(19, true, 4), nal(1, true, 5), nal(1, false, 6),
        nal(1, true, 7), nal(32, false, 8), nal(19, true, 9)})
    stream.insert(stream.end(), part.begin(), part.end());
  const std::vector<AccessUnit> units = split_access_units(stream);
  ASSERT_EQ(units.size(), 4U);
  EXPECT_EQ(units[0].bytes.size(), 4 * 8U);
  EXPECT_TRUE(units[0].key);
  EXPECT_EQ(units[1].bytes.size(), 2 * 8U);  // two slices of one picture
  EXPECT_FALSE(units[1].key);
  EXPECT_FALSE(units[2].key);
  EXPECT_EQ(units[3].bytes.size(), 2 * 8U);
  EXPECT_TRUE(units[3].key);
}

TEST(AccessUnits, OfNothingAreNone) {
  EXPECT_TRUE(split_access_units({}).empty());
  EXPECT_TRUE(split_access_units(base::Bytes{0, 0, 1}).empty());
}

TEST(Ffmpeg, MakesClipsWithPictureAndSound) {
  if (!have_ffmpeg()) GTEST_SKIP() << "ffmpeg is not in PATH";
  const auto maker = FileMaker::create({.media = FileMaker::Media::ffmpeg, .video_seconds = 2});
  ASSERT_TRUE(maker) << maker.error().message;
  std::set<base::Bytes> different;
  for (const FileSpec& spec : files_of(356307042441013, **maker)) {
    if (spec.metadata.kind != base::MediaKind::video) continue;
    const base::Bytes bytes = (*maker)->open(spec)->all();
    const storage::FormatVerdict verdict = check(bytes);
    EXPECT_EQ(verdict.format, storage::Format::ptmf);
    EXPECT_FALSE(verdict.defect) << *verdict.defect;
    EXPECT_EQ(verdict.pictures, 40U);
    EXPECT_EQ(verdict.sounds, 50U);
    // The first record is a key frame and begins with a VPS.
    EXPECT_EQ(base::to_hex(base::ByteView(bytes).subspan(36, 5)), "0000000140");
    different.insert(bytes);
  }
  EXPECT_EQ(different.size(), 2U);
}

}  // namespace
}  // namespace sim
