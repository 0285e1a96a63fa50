#include "transcode/streams/ptmf_demuxer.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace transcode {
namespace {

using base::Bytes;
using base::ByteView;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t uptime_us = 5'000'000'000;

struct Rec {
  char type = 'P';
  std::uint32_t sequence = 0;
  std::uint64_t time_us = 0;  // of uptime, behind `uptime_us`
  std::string payload = "picture";
};

// Twenty pictures a second.
Rec key(std::uint32_t n) {
  return {'I', n, n * 50'000ULL, "key picture " + std::to_string(n)};
}
Rec picture(std::uint32_t n) {
  return {'P', n, n * 50'000ULL, "picture " + std::to_string(n)};
}
Rec sound(std::uint32_t n) {
  return {'A', n, n * 40'000ULL, std::string("\0\1\xa0\0", 4) + "sound " + std::to_string(n)};
}

Bytes written(const std::vector<Rec>& records) {
  Bytes out;
  for (const Rec& rec : records)
    storage::append_ptmf_record(out,
                                {.type = rec.type,
                                 .frames_per_second = 20,
                                 .width = 1280,
                                 .height = 720,
                                 .sequence = rec.sequence,
                                 .timestamp_us = uptime_us + rec.time_us},
                                base::as_bytes(rec.payload));
  return out;
}

struct Read {
  std::vector<std::string> payloads;
  std::vector<std::int64_t> times_ms;
  StreamDamage damage;
};

Read read(ByteView file) {
  Read read;
  PtmfDemuxer demuxer(file);
  while (const auto unit = demuxer.next()) {
    EXPECT_GE(unit->bytes.data(), file.data());
    EXPECT_LE(unit->bytes.data() + unit->bytes.size(), file.data() + file.size());
    read.payloads.emplace_back(base::as_text(unit->bytes));
    read.times_ms.push_back(unit->time_us / 1000);
  }
  read.damage = demuxer.damage();
  return read;
}

// Offset of a record's header among those before it.
std::size_t offset_of(const std::vector<Rec>& records, std::size_t n) {
  return written({records.begin(), records.begin() + static_cast<std::ptrdiff_t>(n)}).size();
}

const std::vector<Rec> clip{key(0), sound(0), sound(1), picture(1), sound(2), picture(2), sound(3), picture(3)};

TEST(PtmfDemuxer, DeliversEveryRecordWithItsTime) {
  const auto [payloads, times, damage] = read(written(clip));
  EXPECT_THAT(payloads, ElementsAre("key picture 0", "sound 0", "sound 1", "picture 1", "sound 2", "picture 2",
                                    "sound 3", "picture 3"));
  EXPECT_THAT(times, ElementsAre(0, 0, 40, 50, 80, 100, 120, 150));
  EXPECT_EQ(damage, StreamDamage{});
}

TEST(PtmfDemuxer, SaysWhatTheHeaderSays) {
  const auto file = written({key(0), picture(1), sound(0)});
  PtmfDemuxer demuxer(file);
  const auto first = demuxer.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->kind, PtmfUnit::Kind::key_picture);
  EXPECT_EQ(first->width, 1280);
  EXPECT_EQ(first->height, 720);
  EXPECT_EQ(first->frames_per_second, 20);
  EXPECT_EQ(demuxer.next()->kind, PtmfUnit::Kind::picture);
  EXPECT_EQ(demuxer.next()->kind, PtmfUnit::Kind::sound);
  EXPECT_FALSE(demuxer.next());
  EXPECT_FALSE(demuxer.next());
}

TEST(PtmfDemuxer, AnEmptyFileHasNothing) {
  EXPECT_THAT(read({}).payloads, IsEmpty());
  EXPECT_EQ(read({}).damage, StreamDamage{});
}

TEST(PtmfDemuxer, GarbageInFrontIsSkippedAndCounted) {
  Bytes file(100, 0x5a);
  const auto good = written(clip);
  file.insert(file.end(), good.begin(), good.end());
  const auto result = read(file);
  EXPECT_THAT(result.payloads, SizeIs(clip.size()));
  EXPECT_EQ(result.damage, (StreamDamage{.damaged_records = 1, .skipped_bytes = 100}));
}

TEST(PtmfDemuxer, ADamagedHeaderCostsItsRecordOnly) {
  auto file = written(clip);
  const std::size_t at = offset_of(clip, 3);
  file[at] ^= 1;
  const auto result = read(file);
  EXPECT_THAT(result.payloads,
              ElementsAre("key picture 0", "sound 0", "sound 1", "sound 2", "picture 2", "sound 3", "picture 3"));
  EXPECT_EQ(result.damage,
            (StreamDamage{.damaged_records = 1, .skipped_bytes = offset_of(clip, 4) - at, .missing_pictures = 1}));
}

TEST(PtmfDemuxer, EveryBitOfTheFirstHeadersLengthMayBeWrong) {
  const auto good = read(written(clip)).payloads;
  for (unsigned bit = 0; bit < 32; ++bit) {
    SCOPED_TRACE(bit);
    auto file = written(clip);
    file[24 + bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto result = read(file);
    EXPECT_GE(result.damage.damaged_records, 1U);
    if (bit < 24) EXPECT_EQ(result.payloads, good) << "the payload still ends where the next record begins";
    // Above 16 MiB the header itself is not plausible: the pictures up to the next key picture go with it.
    else
      EXPECT_THAT(result.payloads, ElementsAre("sound 0", "sound 1", "sound 2", "sound 3"));
  }
}

TEST(PtmfDemuxer, AWrongLengthOfALaterRecordSwallowsNothing) {
  const auto good = read(written(clip)).payloads;
  for (std::size_t n = 1; n + 1 < clip.size(); ++n)
    for (const std::uint32_t length : {0U, 1U, 50U, 400U, 100'000U, 0xffffffU}) {
      SCOPED_TRACE(testing::Message() << n << " " << length);
      auto file = written(clip);
      base::store_le(file.data() + offset_of(clip, n) + 24, length);
      const auto result = read(file);
      EXPECT_EQ(result.payloads, good);
      EXPECT_EQ(result.damage, StreamDamage{.damaged_records = 1});
    }
}

TEST(PtmfDemuxer, BytesLostInsideAPayloadDoNotReachTheNextRecord) {
  auto file = written(clip);
  const auto at = static_cast<std::ptrdiff_t>(offset_of(clip, 3) + storage::ptmf_header_size);
  file.erase(file.begin() + at, file.begin() + at + 4);
  const auto result = read(file);
  EXPECT_EQ(result.payloads[3], "ure 1");
  EXPECT_EQ(result.payloads[4], "sound 2");
  EXPECT_EQ(result.damage, StreamDamage{.damaged_records = 1});
}

// Bytes overwritten over several records: what was whole before and behind stays whole.
TEST(PtmfDemuxer, AHoleIsNotTakenForPartOfTheRecordBeforeIt) {
  auto file = written(clip);
  const std::size_t begin = offset_of(clip, 3), end = offset_of(clip, 5) + 10;
  std::fill(file.begin() + static_cast<std::ptrdiff_t>(begin), file.begin() + static_cast<std::ptrdiff_t>(end), 0xee);
  const auto result = read(file);
  EXPECT_THAT(result.payloads, ElementsAre("key picture 0", "sound 0", "sound 1", "sound 3", "picture 3"));
  EXPECT_EQ(result.damage.missing_pictures, 2U);
  EXPECT_EQ(result.damage.missing_sounds, 1U);
  EXPECT_EQ(result.damage.skipped_bytes, offset_of(clip, 6) - begin);
}

TEST(PtmfDemuxer, ACutFileGivesWhatIsWhole) {
  const auto file = written(clip);
  for (std::size_t size = 0; size < file.size(); ++size) {
    SCOPED_TRACE(size);
    const auto result = read(ByteView(file).first(size));
    const auto whole = read(written(clip)).payloads;
    ASSERT_LE(result.payloads.size(), whole.size());
    for (std::size_t n = 0; n < result.payloads.size(); ++n)
      EXPECT_TRUE(whole[n].starts_with(result.payloads[n])) << result.payloads[n];
    bool at_boundary = false;
    for (std::size_t n = 0; n <= clip.size(); ++n) at_boundary = at_boundary || offset_of(clip, n) == size;
    EXPECT_EQ(result.damage == StreamDamage{}, at_boundary);
  }
}

TEST(PtmfDemuxer, OfATruncatedLastRecordSoundIsKeptAndAPictureIsNot) {
  const auto file = written(clip);
  const auto picture_cut = read(ByteView(file).first(file.size() - 2));
  EXPECT_EQ(picture_cut.payloads.back(), "sound 3");
  EXPECT_EQ(picture_cut.damage, (StreamDamage{.damaged_records = 1, .missing_pictures = 1}));
  const auto sound_cut = read(ByteView(file).first(offset_of(clip, 7) - 2));
  EXPECT_EQ(sound_cut.payloads.back(), "sound");
  EXPECT_EQ(sound_cut.damage, StreamDamage{.damaged_records = 1});
}

TEST(PtmfDemuxer, GapsInTheSequencesAreCountedForPictureAndSoundApart) {
  const auto result = read(written({key(0), sound(0), picture(3), sound(5), picture(4)}));
  EXPECT_THAT(result.payloads, SizeIs(5));
  EXPECT_EQ(result.damage, (StreamDamage{.missing_pictures = 2, .missing_sounds = 4}));
}

TEST(PtmfDemuxer, AWildSequenceNumberIsDamageAndNotFourBillionPictures) {
  auto records = clip;
  records[3].sequence = 4'000'000'000U;
  const auto result = read(written(records));
  EXPECT_THAT(result.payloads, SizeIs(clip.size()));
  EXPECT_EQ(result.damage, StreamDamage{.damaged_records = 1});
}

TEST(PtmfDemuxer, ASequenceThatBeginsAnewIsFollowed) {
  auto records = clip;
  records[3].sequence = 100, records[5].sequence = 101, records[7].sequence = 102;
  EXPECT_EQ(read(written(records)).damage, StreamDamage{.damaged_records = 1});
  records[7].sequence = 103;
  records[7].time_us += 50'000;
  EXPECT_EQ(read(written(records)).damage, (StreamDamage{.damaged_records = 1, .missing_pictures = 1}));
}

TEST(PtmfDemuxer, SequencesWrap) {
  auto records = clip;
  records[0].sequence = UINT32_MAX - 1, records[3].sequence = UINT32_MAX, records[5].sequence = 0;
  records[7].sequence = 1;
  EXPECT_EQ(read(written(records)).damage, StreamDamage{});
}

TEST(PtmfDemuxer, PicturesBeforeTheFirstKeyPictureAreMissing) {
  const auto result = read(written({picture(0), sound(0), picture(1), key(2), picture(3)}));
  EXPECT_THAT(result.payloads, ElementsAre("sound 0", "key picture 2", "picture 3"));
  EXPECT_EQ(result.damage, StreamDamage{.missing_pictures = 2});
}

TEST(PtmfDemuxer, OneWildTimestampIsReplacedByTheOneExpected) {
  for (const std::uint64_t wild : {0ULL, 1ULL << 40, 1ULL << 63, ~0ULL}) {
    SCOPED_TRACE(wild);
    auto records = clip;
    records[3].time_us = wild - uptime_us;
    const auto result = read(written(records));
    EXPECT_THAT(result.times_ms, ElementsAre(0, 0, 40, 50, 80, 100, 120, 150));
    EXPECT_EQ(result.damage, StreamDamage{.damaged_records = 1});
  }
}

TEST(PtmfDemuxer, AClockThatWasSetIsFollowedFromThenOn) {
  for (const std::int64_t jump : {7'200'000'000LL, -3'600'000'000LL}) {
    SCOPED_TRACE(jump);
    auto records = clip;
    for (std::size_t n = 3; n < records.size(); ++n) records[n].time_us += static_cast<std::uint64_t>(jump);
    const auto result = read(written(records));
    EXPECT_THAT(result.times_ms, ElementsAre(0, 0, 40, 50, 80, 100, 120, 150));
    EXPECT_EQ(result.damage, StreamDamage{.damaged_records = 1});
  }
}

TEST(PtmfDemuxer, AWildFirstTimestampDoesNotMoveTheRest) {
  auto records = clip;
  records[0].time_us = 9'000'000'000'000;
  const auto result = read(written(records));
  EXPECT_THAT(result.times_ms, SizeIs(clip.size()));
  EXPECT_LT(result.times_ms.back(), 400);
  EXPECT_TRUE(std::ranges::is_sorted(result.times_ms));
}

TEST(PtmfDemuxer, TimeThatStandsStillStillGoesOn) {
  const auto result = read(written({key(0), {'P', 1, 0, "one"}, {'P', 2, 0, "two"}, {'P', 3, 0, "three"}}));
  EXPECT_THAT(result.times_ms, ElementsAre(0, 50, 100, 150));
}

TEST(PtmfDemuxer, SoundOfAnotherKindIsNotDelivered) {
  Rec strange = sound(1);
  strange.payload[1] = 2;
  Rec empty = sound(2);
  empty.payload.resize(4);
  Rec endless = sound(3);
  endless.payload.resize(20'000);
  Rec none = sound(4);
  none.payload.clear();
  const auto result = read(written({key(0), sound(0), strange, empty, endless, none, sound(5)}));
  EXPECT_THAT(result.payloads, ElementsAre("key picture 0", "sound 0", "sound 5"));
  EXPECT_EQ(result.damage, StreamDamage{.damaged_records = 4});
}

// A hostile file of headers whose lengths all lie is read in linear time: this one would take minutes otherwise.
TEST(PtmfDemuxer, ManyLyingRecordsAreReadInOnePass) {
  Bytes file;
  for (std::uint32_t n = 0; n < 50'000; ++n) {
    storage::append_ptmf_record(file, {.type = 'I', .sequence = n, .timestamp_us = n * 50'000ULL}, {});
    base::store_le(file.data() + file.size() - 12, 5'000'000U);
  }
  EXPECT_THAT(read(file).payloads, IsEmpty());
}

}  // namespace
}  // namespace transcode
