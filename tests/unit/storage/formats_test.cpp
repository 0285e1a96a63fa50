#include <gmock/gmock.h>

#include "storage/formats/format.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;
using testing::HasSubstr;

Bytes bytes(std::initializer_list<int> values) {
  Bytes result;
  for (const int value : values) result.push_back(static_cast<std::uint8_t>(value));
  return result;
}

Bytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes result;
  for (const auto& part : parts) result.insert(result.end(), part.begin(), part.end());
  return result;
}

FormatVerdict check(ByteView file) {
  FormatCheck whole;
  whole.feed(file);
  return whole.finish();
}

std::string defect(ByteView file) {
  return check(file).defect.value_or("whole");
}

void expect_equal(const FormatVerdict& one, const FormatVerdict& other) {
  EXPECT_EQ(one.format, other.format);
  EXPECT_EQ(one.defect, other.defect);
  EXPECT_EQ(one.pictures, other.pictures);
  EXPECT_EQ(one.sounds, other.sounds);
  EXPECT_EQ(one.width, other.width);
  EXPECT_EQ(one.height, other.height);
}

// One block, two blocks cut at every place, and single bytes.
void expect_same_however_split(ByteView file) {
  const auto expected = check(file);
  for (std::size_t cut = 0; cut <= file.size(); ++cut) {
    SCOPED_TRACE(cut);
    FormatCheck parts;
    parts.feed(file.first(cut));
    parts.feed(file.subspan(cut));
    expect_equal(parts.finish(), expected);
  }
  FormatCheck single;
  for (std::size_t at = 0; at < file.size(); ++at) single.feed(file.subspan(at, 1));
  expect_equal(single.finish(), expected);
}

// 1280x720 baseline, as small as a JPEG can be said to be.
Bytes jpeg() {
  return join({bytes({0xff, 0xd8, 0xff, 0xe0, 0, 4, 0xff, 0xd9}),                                         // APP0
               bytes({0xff, 0xff, 0xfe, 0, 2}),                                                           // fill, COM
               bytes({0xff, 0xc4, 0, 3, 0x55}),                                                           // DHT
               bytes({0xff, 0xc0, 0, 11, 8, 0x02, 0xd0, 0x05, 0x00, 1, 1, 0x11, 0}),                      // SOF0
               bytes({0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0x34, 0xff, 0x00, 0x56, 0xff, 0xd9})});  // SOS … EOI
}

Bytes record(char type, std::uint32_t sequence, std::size_t payload) {
  Bytes out;
  append_ptmf_record(out,
                     {.type = type,
                      .frames_per_second = 20,
                      .width = 1280,
                      .height = 720,
                      .sequence = sequence,
                      .timestamp_us = 5'000'000 + sequence},
                     Bytes(payload, 0xab));
  return out;
}

Bytes ptmf() {
  return join({record('I', 7, 9), record('A', 0, 324), record('P', 8, 5), record('A', 1, 0), record('P', 9, 1)});
}

Bytes box(std::string_view type, std::size_t payload) {
  Bytes out(8 + payload, 0x11);
  base::store_be(out.data(), static_cast<std::uint32_t>(out.size()));
  std::ranges::copy(type, out.begin() + 4);
  return out;
}

Bytes large_box(std::string_view type, std::size_t payload) {
  Bytes out(16 + payload, 0x22);
  base::store_be(out.data(), std::uint32_t{1});
  std::ranges::copy(type, out.begin() + 4);
  base::store_be(out.data() + 8, static_cast<std::uint64_t>(out.size()));
  return out;
}

Bytes endless_box(std::string_view type, std::size_t payload) {
  auto out = box(type, payload);
  base::store_be(out.data(), std::uint32_t{0});
  return out;
}

Bytes mp4() {
  return join({box("ftyp", 8), large_box("mdat", 20), box("moov", 12), box("free", 0)});
}

Bytes mpegts() {
  Bytes out(188 * 3, 0xff);
  for (std::size_t at = 0; at < out.size(); at += 188) out[at] = 0x47;
  return out;
}

// ---- What it is.

TEST(Formats, AreToldByTheirFirstBytes) {
  EXPECT_EQ(sniff(jpeg()), Format::jpeg);
  EXPECT_EQ(sniff(ptmf()), Format::ptmf);
  EXPECT_EQ(sniff(mp4()), Format::mp4);
  EXPECT_EQ(sniff(bytes({0, 0, 0, 1, 0x40, 1})), Format::annexb);
  EXPECT_EQ(sniff(bytes({0, 0, 1, 0x67})), Format::annexb);
  EXPECT_EQ(sniff(text("{\"version\": 1}")), Format::json);
  EXPECT_EQ(sniff(text(" \r\n\t{ }")), Format::json);
  EXPECT_EQ(sniff(text("{")), Format::json);
}

TEST(Formats, OthersAreUnknown) {
  for (const auto& other :
       {Bytes(), bytes({0xff}), bytes({0xff, 0xd8}), bytes({0xff, 0xd8, 0}), text("PTM"), text("PTMG"), text("    fty"),
        text("    ftyq"), bytes({0, 0, 0, 1}), bytes({0, 0, 1}), bytes({0, 0, 0, 1, 0x80}), bytes({0, 0, 2, 1}),
        text("{x"), text("[1]"), text("     "), text("                {}")})
    EXPECT_EQ(sniff(other), Format::unknown) << base::to_hex(other);
}

TEST(Formats, MpegTsIsToldByTwoPackets) {
  const auto file = mpegts();
  EXPECT_EQ(sniff(file), Format::mpegts);
  EXPECT_EQ(sniff(ByteView(file).first(189)), Format::mpegts);
  EXPECT_EQ(sniff(ByteView(file).first(188)), Format::unknown);
  auto other = file;
  other[188] = 0x48;
  EXPECT_EQ(sniff(other), Format::unknown);
  EXPECT_EQ(defect(file), "whole");
}

TEST(Formats, SoManyBytesAreEnough) {
  for (const auto& file : {jpeg(), ptmf(), mp4(), mpegts()})
    EXPECT_EQ(sniff(ByteView(file).first(std::min(file.size(), sniff_size))), sniff(file));
}

TEST(Formats, HaveNamesTypesAndExtensions) {
  const auto words = [](Format format) {
    return std::string(to_string(format)) + " " + std::string(content_type(format)) + " " +
           std::string(extension(format));
  };
  EXPECT_EQ(words(Format::jpeg), "JPEG image/jpeg jpg");
  EXPECT_EQ(words(Format::ptmf), "PTMF video/x-ptmf ptmf");
  EXPECT_EQ(words(Format::annexb), "Annex-B video/h265 h265");
  EXPECT_EQ(words(Format::mp4), "MP4 video/mp4 mp4");
  EXPECT_EQ(words(Format::mpegts), "MPEG-TS video/mp2t ts");
  EXPECT_EQ(words(Format::json), "JSON application/json json");
  EXPECT_EQ(words(Format::unknown), "unknown application/octet-stream bin");
}

TEST(Formats, UnknownAndAnnexBAreWholeAsTheyAre) {
  EXPECT_EQ(defect(text("anything at all, longer than sixteen bytes")), "whole");
  EXPECT_EQ(defect(bytes({0, 0, 0, 1, 0x40, 1})), "whole");
  EXPECT_EQ(check(bytes({0, 0, 0, 1, 0x40, 1})).format, Format::annexb);
}

TEST(Formats, AnEmptyFileIsNotWhole) {
  EXPECT_EQ(defect({}), "The file is empty.");
  EXPECT_EQ(FormatCheck().finish().defect, "The file is empty.");
}

TEST(Formats, ACheckMoves) {
  const auto file = jpeg();
  FormatCheck one;
  one.feed(ByteView(file).first(20));
  FormatCheck other = std::move(one);
  other.feed(ByteView(file).subspan(20));
  one = std::move(other);
  EXPECT_FALSE(one.finish().defect);
}

TEST(Formats, TheVerdictDoesNotDependOnTheBlocks) {
  expect_same_however_split(jpeg());
  expect_same_however_split(ptmf());
  expect_same_however_split(mp4());
  expect_same_however_split(mpegts());
  expect_same_however_split(text(R"( {"a\"": ["}", {"b\\": 1}], "c": 2} )"));
  expect_same_however_split(bytes({0, 0, 1, 0x67, 1, 2, 3}));
  expect_same_however_split(text("none of the above, but a few bytes"));
}

// ---- JPEG.

TEST(Jpeg, AWholeOneIsWhole) {
  const auto verdict = check(jpeg());
  EXPECT_EQ(verdict.defect, std::nullopt);
  EXPECT_EQ(verdict.pictures, 1U);
  EXPECT_EQ(verdict.width, 1280U);
  EXPECT_EQ(verdict.height, 720U);
}

TEST(Jpeg, NoTruncatedOneIsWhole) {
  const auto file = jpeg();
  for (std::size_t size = 3; size < file.size(); ++size) {
    SCOPED_TRACE(size);
    const auto cut = ByteView(file).first(size);
    EXPECT_THAT(defect(cut),
                HasSubstr(size > file.size() - 8 ? "does not end with an EOI" : "ends within its headers"));
    expect_same_however_split(cut);
  }
}

TEST(Jpeg, AnythingBehindTheEndIsADefect) {
  auto file = jpeg();
  file.push_back(0);
  EXPECT_EQ(defect(file), "The JPEG does not end with an EOI marker.");
}

TEST(Jpeg, DamagedHeadersAreToldWithTheirPlace) {
  const auto with = [](std::size_t at, int value) {
    auto file = jpeg();
    file[at] = static_cast<std::uint8_t>(value);
    expect_same_however_split(file);
    return defect(file);
  };
  EXPECT_THAT(with(8, 0x00), HasSubstr("no marker at offset 8"));
  EXPECT_THAT(with(3, 0xd9), HasSubstr("marker d9 at offset 3"));
  EXPECT_THAT(with(3, 0x00), HasSubstr("marker 00 at offset 3"));
  EXPECT_THAT(with(12, 1), HasSubstr("says a length of 1"));
  EXPECT_THAT(with(4, 0xff), HasSubstr("ends within its headers"));
  EXPECT_THAT(with(19, 0xc8), HasSubstr("without a frame header"));
  EXPECT_THAT(with(19, 0xcc), HasSubstr("without a frame header"));
  EXPECT_EQ(with(19, 0xc2), "whole") << "progressive";
  EXPECT_EQ(with(19, 0xcf), "whole");
}

TEST(Jpeg, MarkersWithoutALengthAreWalkedOver) {
  const auto head = bytes({0xff, 0xd8, 0xff, 0x01, 0xff, 0xd0, 0xff, 0xd7});
  const auto file = jpeg();
  EXPECT_EQ(defect(join({head, Bytes(file.begin() + 2, file.end())})), "whole");
}

TEST(Jpeg, AFrameHeaderTooShortForASizeHasNone) {
  const auto file = join({bytes({0xff, 0xd8, 0xff, 0xc0, 0, 4, 1, 2}), bytes({0xff, 0xda, 0, 2, 0xff, 0xd9})});
  expect_same_however_split(file);
  EXPECT_EQ(check(file).width, 0U);
  EXPECT_EQ(check(file).defect, std::nullopt);
}

// ---- PTMF.

TEST(Ptmf, AWholeOneIsWholeAndCounted) {
  const auto verdict = check(ptmf());
  EXPECT_EQ(verdict.defect, std::nullopt);
  EXPECT_EQ(verdict.pictures, 3U);
  EXPECT_EQ(verdict.sounds, 2U);
  EXPECT_EQ(verdict.width, 1280U);
  EXPECT_EQ(verdict.height, 720U);
}

TEST(Ptmf, NoTruncatedOneIsWholeExceptBetweenRecords) {
  const auto file = ptmf();
  const std::vector<std::size_t> ends = {45, 45 + 360, 45 + 360 + 41, 45 + 360 + 41 + 36};
  for (std::size_t size = 4; size < file.size(); ++size) {
    const auto cut = ByteView(file).first(size);
    EXPECT_EQ(defect(cut) == "whole", std::ranges::count(ends, size) == 1) << size;
    if (size % 7 == 0) expect_same_however_split(cut);
  }
  EXPECT_EQ(defect(ByteView(file).first(44)),
            "The PTMF file ends 1 bytes before the end of record 0, which begins at offset 0.");
  EXPECT_EQ(defect(ByteView(file).first(46)), "The PTMF file ends within the header of record 1, at offset 45.");
}

TEST(Ptmf, ABadRecordIsToldWithItsNumberAndPlace) {
  const auto with = [](std::size_t at, int value) {
    auto file = ptmf();
    file[at] = static_cast<std::uint8_t>(value);
    expect_same_however_split(file);
    return defect(file);
  };
  EXPECT_EQ(with(45, 'Q'), "Record 1 of the PTMF file, at offset 45, has no valid header.");
  EXPECT_EQ(with(45 + 5, 'B'), "Record 1 of the PTMF file, at offset 45, has no valid header.");
  EXPECT_EQ(with(45 + 27, 1), "Record 1 of the PTMF file, at offset 45, has no valid header.") << "16 MiB";
  EXPECT_EQ(with(405 + 12, 9), "Record 2 of the PTMF file, at offset 405, has the sequence number 9 instead of 8.");
  EXPECT_EQ(with(446 + 12, 0), "Record 3 of the PTMF file, at offset 446, has the sequence number 0 instead of 1.");
  EXPECT_EQ(with(5, 'Z'), "Record 0 of the PTMF file, at offset 0, has no valid header.");
}

TEST(Ptmf, SequenceNumbersWrap) {
  EXPECT_EQ(defect(join({record('I', UINT32_MAX, 1), record('P', 0, 1)})), "whole");
}

TEST(Ptmf, SoundAloneHasNoPictureSize) {
  const auto verdict = check(record('A', 3, 324));
  EXPECT_EQ(verdict.pictures, 0U);
  EXPECT_EQ(verdict.sounds, 1U);
  EXPECT_EQ(verdict.width, 0U);
}

TEST(Ptmf, HeadersComeBackAsTheyWereWritten) {
  const auto bytes_of_record = record('P', 0x01020304, 0x0506);
  const auto header = parse_ptmf_header(bytes_of_record);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->type, 'P');
  EXPECT_EQ(header->frames_per_second, 20);
  EXPECT_EQ(header->width, 1280);
  EXPECT_EQ(header->height, 720);
  EXPECT_EQ(header->sequence, 0x01020304U);
  EXPECT_EQ(header->payload_size, 0x0506U);
  EXPECT_EQ(header->timestamp_us, 5'000'000U + 0x01020304);
  EXPECT_FALSE(parse_ptmf_header(ByteView(bytes_of_record).first(ptmf_header_size - 1)));
}

// The layout, byte for byte, so that writer and reader cannot be wrong together.
TEST(Ptmf, TheLayoutIsTheCameras) {
  const auto golden =
      *base::from_hex("50544d46 00 49 00 14 0005 d002 04030201 0000000000000000 02000000 efcdab8967452301 aabb");
  const auto header = parse_ptmf_header(golden);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->sequence, 0x01020304U);
  EXPECT_EQ(header->payload_size, 2U);
  EXPECT_EQ(header->timestamp_us, 0x0123456789abcdefU);
  Bytes out;
  append_ptmf_record(out, *header, bytes({0xaa, 0xbb}));
  EXPECT_EQ(base::to_hex(out), base::to_hex(golden));
}

// ---- MP4.

TEST(Mp4, AWholeOneIsWhole) {
  EXPECT_EQ(defect(mp4()), "whole");
  EXPECT_EQ(defect(join({box("ftyp", 8), box("moov", 1), endless_box("mdat", 50)})), "whole");
}

TEST(Mp4, NoTruncatedOneIsWhole) {
  const auto file = mp4();
  for (std::size_t size = 8; size < file.size() - 8; ++size) {
    EXPECT_NE(defect(ByteView(file).first(size)), "whole") << size;
    if (size % 5 == 0) expect_same_however_split(ByteView(file).first(size));
  }
  EXPECT_EQ(defect(ByteView(file).first(15)), "The MP4 file ends 1 bytes before the end of the box at offset 0.");
  EXPECT_EQ(defect(ByteView(file).first(20)), "The MP4 file ends within the head of the box at offset 16.");
  EXPECT_EQ(defect(ByteView(file).first(28)), "The MP4 file ends within the head of the box at offset 16.");
  EXPECT_EQ(defect(ByteView(file).first(52)), "The MP4 file has no moov box: nothing can play it.");
}

TEST(Mp4, BadBoxesAreToldWithTheirPlace) {
  const auto small = join({box("ftyp", 8), bytes({0, 0, 0, 7, 'm', 'o', 'o', 'v'})});
  EXPECT_EQ(defect(small), "The MP4 file has no valid box at offset 16.");
  const auto strange = join({box("ftyp", 8), box("mo\1v", 8)});
  EXPECT_EQ(defect(strange), "The MP4 file has no valid box at offset 16.");
  auto large = join({box("ftyp", 8), large_box("moov", 0)});
  large.back() = 15;
  EXPECT_EQ(defect(large), "The MP4 file has no valid box at offset 16.");
  for (const auto& file : {small, strange, large}) expect_same_however_split(file);
}

TEST(Mp4, ABoxLargerThanAnyFileIsADefect) {
  auto file = join({box("ftyp", 8), large_box("moov", 4)});
  file[24] = 0xff;
  EXPECT_THAT(defect(file), HasSubstr("before the end of the box at offset 16"));
}

// ---- JSON.

TEST(Json, ItsEndIsTold) {
  EXPECT_EQ(defect(text(R"({"a": [1, {"b": "}]"}], "c\\": "\""} )")), "whole");
  EXPECT_EQ(defect(text("{}")), "whole");
  EXPECT_EQ(defect(text(R"({"a": [1, 2})")), "The JSON document ends before it is closed.");
  EXPECT_EQ(defect(text(R"({"a": "}})")), "The JSON document ends before it is closed.");
  EXPECT_EQ(defect(text(R"({"a": 1} {)")), "The JSON document is followed by something else.");
}

}  // namespace
}  // namespace storage
