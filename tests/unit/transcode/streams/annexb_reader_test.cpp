#include "transcode/streams/annexb_reader.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace transcode {
namespace {

using base::Bytes;
using base::ByteView;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Bytes hex(std::string_view text) {
  return base::from_hex(text).value();
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// HEVC units with their start codes. 40 VPS, 42 SPS, 44 PPS, 4e prefix SEI, 50 suffix SEI, 46 delimiter, 26 IDR, 2a
// CRA, 02 TRAIL_R; a slice that is its picture's first has the next bit set.
const Bytes sets = hex("00000001 40010c01  00000001 42010101  00000001 4401c172");
const Bytes idr = hex("00000001 2601af11"), idr_more = hex("000001 26012f12");
const Bytes cra = hex("00000001 2a01af33");
const Bytes p1 = hex("00000001 0201d021"), p2 = hex("000001 0201d022"), p2_more = hex("000001 02015023");
const Bytes sei = hex("00000001 4e010155"), suffix_sei = hex("000001 50010166"), delimiter = hex("00000001 460150");
const Bytes end = hex("00000001 4801");  // of sequence: a header and nothing else

struct Cut {
  std::vector<Bytes> pictures;
  std::vector<bool> keys;
  StreamDamage damage;
};

Cut cut(ByteView stream, VideoCodec codec = VideoCodec::hevc) {
  Cut cut;
  AnnexbReader reader(stream, codec);
  while (const auto unit = reader.next()) {
    cut.pictures.emplace_back(unit->bytes.begin(), unit->bytes.end());
    cut.keys.push_back(unit->key);
  }
  cut.damage = reader.damage();
  return cut;
}

TEST(AnnexbReader, CutsBeforeWhatBeginsAPicture) {
  const auto result =
      cut(join({sets, sei, idr, idr_more, p1, suffix_sei, p2, p2_more, delimiter, sets, cra, sei, p1, end}));
  EXPECT_THAT(result.pictures, ElementsAre(join({sets, sei, idr, idr_more}), join({p1, suffix_sei}),
                                           join({p2, p2_more}), join({delimiter, sets, cra}), join({sei, p1, end})));
  EXPECT_THAT(result.keys, ElementsAre(true, false, false, true, false));
  EXPECT_EQ(result.damage, StreamDamage{});
}

TEST(AnnexbReader, ACleanRandomAccessDoesNotRestartTheOrder) {
  const auto stream = join({sets, idr, cra});
  AnnexbReader reader(stream, VideoCodec::hevc);
  EXPECT_TRUE(reader.next()->restarts_order);
  const auto second = reader.next();
  EXPECT_TRUE(second->key);
  EXPECT_FALSE(second->restarts_order);
}

TEST(AnnexbReader, PicturesBeforeTheFirstKeyAreMissing) {
  const auto result = cut(join({p1, p2, sets, idr, p1}));
  EXPECT_THAT(result.pictures, ElementsAre(join({sets, idr}), p1));
  EXPECT_EQ(result.damage, StreamDamage{.missing_pictures = 2});
}

TEST(AnnexbReader, WhatIsNoUnitIsCounted) {
  const auto result = cut(join({hex("112233"), sets, idr, hex("000001 ff0102 000001 0201  000001 0200d0"), p1, sets}));
  EXPECT_THAT(result.pictures, SizeIs(2));
  EXPECT_EQ(result.damage, (StreamDamage{.damaged_records = 3, .skipped_bytes = 3 + sets.size()}));
}

TEST(AnnexbReader, NothingComesOfNothing) {
  for (const Bytes& stream : {Bytes{}, hex("00"), hex("000001"), hex("00000001"), hex("000001000001"), hex("aabbcc")}) {
    const auto result = cut(stream);
    EXPECT_THAT(result.pictures, IsEmpty());
    EXPECT_EQ(result.damage, StreamDamage{.skipped_bytes = stream.size()}) << base::to_hex(stream);
  }
}

// 67 SPS, 68 PPS, 65 IDR, 41 P, 09 delimiter, 06 SEI; first_mb_in_slice 0 is a 1 bit.
const Bytes avc_sets = hex("00000001 67640028  00000001 68ee3c80"), avc_idr = hex("000001 658884"),
            avc_idr_more = hex("000001 654184"), avc_p = hex("000001 419a21"), avc_aud = hex("00000001 09f0");

TEST(AnnexbReader, CutsH264) {
  const auto result =
      cut(join({avc_aud, avc_sets, avc_idr, avc_idr_more, avc_aud, avc_p, avc_p, avc_sets, avc_p}), VideoCodec::h264);
  EXPECT_THAT(result.pictures, ElementsAre(join({avc_aud, avc_sets, avc_idr, avc_idr_more}), join({avc_aud, avc_p}),
                                           avc_p, join({avc_sets, avc_p})));
  EXPECT_THAT(result.keys, ElementsAre(true, false, false, true)) << "the last brings its SPS";
}

TEST(CodecOf, IsToldByTheParameterSets) {
  EXPECT_EQ(codec_of(join({sets, idr})), VideoCodec::hevc);
  EXPECT_EQ(codec_of(join({delimiter, sei, sets})), VideoCodec::hevc);
  EXPECT_EQ(codec_of(join({avc_aud, avc_sets, avc_idr})), VideoCodec::h264);
  EXPECT_EQ(codec_of(hex("000001 27420028")), VideoCodec::h264);
  EXPECT_EQ(codec_of(join({p1, p2})), std::nullopt);
  EXPECT_EQ(codec_of({}), std::nullopt);
}

TEST(ParameterSets, AreThoseInFrontOfTheFirstSlice) {
  EXPECT_EQ(parameter_sets(VideoCodec::hevc, join({delimiter, sets, sei, sets, idr, sets})), sets);
  EXPECT_EQ(parameter_sets(VideoCodec::h264, join({avc_aud, avc_sets, avc_idr})), avc_sets);
  EXPECT_THAT(parameter_sets(VideoCodec::hevc, p1), IsEmpty());
}

Bytes stripped(const Bytes& picture) {
  Bytes buffer;
  const auto view = without_parameter_sets(VideoCodec::hevc, picture, sets, buffer);
  return {view.begin(), view.end()};
}

TEST(ParameterSets, AreTakenOutWhereTheyAreKnown) {
  EXPECT_EQ(stripped(join({sets, idr, idr_more})), join({idr, idr_more}));
  EXPECT_EQ(stripped(join({delimiter, sets, sei, idr})), join({delimiter, sei, idr}));
  EXPECT_EQ(stripped(p1), p1);
  const auto other = hex("00000001 42010102");
  EXPECT_EQ(stripped(join({sets, other, idr})), join({other, idr}));
}

TEST(ParameterSets, AtTheFrontAreCutOffWithoutACopy) {
  const auto picture = join({sets, idr});
  Bytes buffer;
  const auto view = without_parameter_sets(VideoCodec::hevc, picture, sets, buffer);
  EXPECT_EQ(view.data(), picture.data() + sets.size());
}

}  // namespace
}  // namespace transcode
