#include <gmock/gmock.h>

#include "tests/unit/relay/trendnet/stream.hpp"

namespace trendnet {
namespace {

using test::delimiter;
using test::header;
using test::jpeg;
using test::part;
using test::Read;
using test::read;
using testing::IsEmpty;
using testing::SizeIs;

std::uint64_t bad(const Read& seen, BadPart reason) {
  return seen.counts.bad[static_cast<std::size_t>(reason)];
}

// The same in one piece, in two cut at every byte, and byte by byte.
Read read_however_cut(const std::string& stream, const MjpegOptions& options = {}) {
  const Read whole = read(stream, options);
  for (std::size_t cut = 1; cut < stream.size(); ++cut)
    EXPECT_EQ(read(stream, cut, stream.size(), options), whole) << "cut at " << cut;
  EXPECT_EQ(read(stream, 1, 1, options), whole);
  EXPECT_EQ(read(stream, 7, 7, options), whole);
  return whole;
}

void expect_pictures(const Read& seen, const std::vector<std::string>& pictures) {
  ASSERT_THAT(seen.frames, SizeIs(pictures.size()));
  for (std::size_t n = 0; n < pictures.size(); ++n) EXPECT_EQ(seen.frames[n].jpeg, pictures[n]) << n;
  EXPECT_EQ(seen.counts.frames, pictures.size());
}

void expect_nothing_wrong(const Read& seen) {
  EXPECT_EQ(seen.counts.bad_in_all(), 0U);
  EXPECT_EQ(seen.counts.skipped_bytes, 0U);
  EXPECT_EQ(seen.counts.wrong_lengths, 0U);
}

const std::string one = jpeg(300, 1), two = jpeg(411, 2), three = jpeg(97, 3);

TEST(Mjpeg, ACamerasStreamIsReadWithAllThatIsBesideThePictures) {
  const Read seen = read_however_cut(part(one) + part(two) + part(three));
  expect_pictures(seen, {one, two, three});
  expect_nothing_wrong(seen);
  EXPECT_EQ(seen.counts.frame_bytes, one.size() + two.size() + three.size());
  for (const auto& frame : seen.frames) {
    EXPECT_EQ(frame.time, "2007-08-16 14:56:19");
    EXPECT_EQ(frame.position, (Position{136, 46}));
    ASSERT_TRUE(frame.io);
    EXPECT_TRUE(frame.io->outputs.trigger1);
  }
}

// Each of them in public use with cameras of this family.
TEST(Mjpeg, RelativesAreRead) {
  const auto with = [](const std::string& head) {
    return head + one + "\r\n\r\n" + head + two + "\r\n\r\n" + head + three + "\r\n\r\n";
  };
  const std::string length = "CONTENT-LENGTH: ";
  const std::string us_date = "Date: 03-28-2025 12:32:19 AM IO_00000000_PT_191_010\r\n";
  struct Row {
    std::string what, stream;
    bool right_lengths = true;
  };
  const std::vector<Row> rows{
      {"no delimiter before the first", header(one.size()) + one + "\r\n\r\n" + part(two) + part(three)},
      {"no length", with(std::string(delimiter) + us_date + "Content-Type: image/jpeg\r\n\r\n")},
      {"no length, one line break",
       delimiter + std::string("\r\n") + one + "\r\n" + delimiter + "\r\n" + two + "\r\n" + delimiter + "\r\n" + three},
      {"no headers at all", with(std::string(delimiter) + "\r\n")},
      {"no line break before the delimiter", delimiter + header(one.size()) + one + delimiter + header(two.size()) +
                                                 two + delimiter + header(three.size()) + three},
      {"no delimiters",
       header(one.size()) + one + "\r\n\r\n" + header(two.size()) + two + "\r\n" + header(three.size()) + three},
      {"neither", with("Content-Type: image/jpeg\r\n\r\n")},
      {"bare line feeds", "--video boundary--\ncontent-length:300\n\n" + one +
                              "\n\n--video boundary--\ncontent-length: 411\n\n" + two +
                              "\n\n--video boundary--\ncontent-length: 97\n\n" + three},
      {"the length counts the empty line", delimiter + length + "304\r\n\r\n" + one + "\r\n\r\n" + delimiter + length +
                                               "415\r\n\r\n" + two + "\r\n\r\n" + part(three)},
      {"headers nobody knows",
       delimiter + std::string("X-Camera: 1\r\n") + header(one.size()) + one + "\r\n\r\n" + part(two) + part(three)},
      {"empty line missing",
       delimiter + std::string("Content-length: 300\r\n") + one + "\r\n\r\n" + part(two) + part(three)},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    const Read seen = read_however_cut(row.stream);
    expect_pictures(seen, {one, two, three});
    expect_nothing_wrong(seen);
  }
  const Read american = read(with(std::string(delimiter) + us_date + "\r\n"));
  EXPECT_EQ(american.frames.at(1).time, "03-28-2025 12:32:19 AM");
  EXPECT_EQ(american.frames.at(1).position, (Position{191, 10}));
}

TEST(Mjpeg, AWrongLengthCostsNoPicture) {
  for (const std::string length : {"0", "1", "299", "305", "310", "330", "500", "700", "99999", "4194305", "-3",
                                   "99999999999999999999", "many", ""}) {
    SCOPED_TRACE(length);
    const std::string wrong = delimiter + std::string("Content-length: ") + length + "\r\n\r\n" + one + "\r\n\r\n";
    const Read seen = read_however_cut(wrong + part(two) + part(three));
    expect_pictures(seen, {one, two, three});
    EXPECT_EQ(seen.counts.wrong_lengths, 1U);
    EXPECT_EQ(seen.counts.bad_in_all(), 0U);
    EXPECT_EQ(seen.counts.skipped_bytes, 0U);
  }
}

TEST(Mjpeg, WrongLengthsWithoutDelimitersCostNoPictureEither) {
  const auto with = [](const std::string& length, const std::string& picture) {
    return "Content-length: " + length + "\r\nContent-type: image/jpeg\r\n\r\n" + picture + "\r\n\r\n";
  };
  const Read seen = read_however_cut(with("320", one) + with("200", two) + with("97", three));
  expect_pictures(seen, {one, two, three});
  EXPECT_EQ(seen.counts.wrong_lengths, 2U);
}

TEST(Mjpeg, BadPartsAreCountedAndTheNextOneIsRead) {
  const std::string broken = one.substr(0, 200);
  struct Row {
    std::string part;
    BadPart reason;
  };
  const std::vector<Row> rows{
      {delimiter + header(300) + broken + "\r\n\r\n", BadPart::no_end},
      {delimiter + header(200) + broken + "\r\n\r\n", BadPart::no_end},
      {delimiter + header(13) + "No picture...\r\n\r\n", BadPart::no_start},
      {delimiter + header(0) + "\r\n\r\n", BadPart::no_start},
      {delimiter + std::string("Content-type: image/jpeg\r\n\r\n"), BadPart::no_start},
      {delimiter + header(298) + one.substr(2) + "\r\n\r\n", BadPart::no_start},
      {delimiter + std::string("Content-length: 3"), BadPart::no_header},
      {delimiter + std::string("Content-length: 300\r\n"), BadPart::cut_off},
      {delimiter + std::string("Date: 1\r\nthis is no header\r\n\r\n") + one + "\r\n\r\n", BadPart::no_header},
      {delimiter + ("Date: " + std::string(5000, 'x')) + "\r\n\r\n" + one + "\r\n\r\n", BadPart::header_too_long},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.part);
    const Read seen = row.part.size() < 1000 ? read_however_cut(part(two) + row.part + part(three))
                                             : read(part(two) + row.part + part(three));
    EXPECT_THAT(seen.frames, SizeIs(testing::Ge(2U)));
    EXPECT_EQ(seen.frames.front().jpeg, two);
    EXPECT_EQ(seen.frames.back().jpeg, three);
    EXPECT_EQ(bad(seen, row.reason), row.reason == BadPart::no_header && row.part.size() < 40 ? 0U : 1U);
  }
}

TEST(Mjpeg, GarbageBetweenPartsIsSkippedAndCounted) {
  const std::string garbage = "\x01\x02 nothing of this --video is known \xff\xff\r\n--video\r\n";
  const Read seen = read_however_cut(part(one) + garbage + part(two) + garbage + header(97) + three);
  expect_pictures(seen, {one, two, three});
  EXPECT_EQ(seen.counts.skipped_bytes, 2 * garbage.size());
  EXPECT_EQ(seen.counts.bad_in_all(), 0U);
}

TEST(Mjpeg, PicturesAreBounded) {
  const MjpegOptions small{.max_header = 200, .max_frame = 400};
  const std::string large = jpeg(401, 5), larger = jpeg(2000, 6);
  for (const std::string& picture : {large, larger}) {
    for (const bool with_length : {true, false}) {
      const std::string head = with_length ? header(picture.size()) : "Content-type: image/jpeg\r\n\r\n";
      const Read seen = read_however_cut(part(one) + delimiter + head + picture + "\r\n\r\n" + part(three), small);
      expect_pictures(seen, {one, three});
      EXPECT_EQ(bad(seen, BadPart::too_large), 1U);
      EXPECT_GE(seen.counts.skipped_bytes, picture.size());
    }
  }
  expect_pictures(read_however_cut(part(jpeg(400, 7)), small), {jpeg(400, 7)});
}

TEST(Mjpeg, MemoryIsBoundedWhateverComes) {
  const MjpegOptions small{.max_header = 200, .max_frame = 10'000};
  for (const std::string& endless : {std::string(1 << 20, 'x'), std::string(1 << 20, '\n'), std::string(1 << 20, '-'),
                                     "Date: " + std::string(1 << 20, 'x'), "\xff\xd8" + std::string(1 << 20, '\n')}) {
    MjpegReader reader(small);
    base::ByteView left = base::as_bytes(endless);
    while (!left.empty()) {
      const std::size_t taken = reader.push(left.first(std::min<std::size_t>(left.size(), 1 << 18)));
      ASSERT_GT(taken, 0U);
      left = left.subspan(taken);
      ASSERT_FALSE(reader.next());
      ASSERT_LE(reader.memory(), reader.most_memory());
    }
    EXPECT_LE(reader.most_memory(), 32'768U);
    EXPECT_FALSE(reader.finish());
  }
}

TEST(Mjpeg, AReaderThatIsNotEmptiedTakesNoMore) {
  const MjpegOptions small{.max_header = 200, .max_frame = 1000};
  MjpegReader reader(small);
  std::size_t taken = 0;
  while (true) {
    const std::size_t now = reader.push(base::as_bytes(part(one)));
    taken += now;
    if (now == 0) break;
  }
  EXPECT_LE(taken, reader.most_memory());
  std::size_t frames = 0;
  while (reader.next()) ++frames;
  EXPECT_EQ(frames, taken / part(one).size());
  EXPECT_GT(reader.push(base::as_bytes(part(one))), 0U);
}

// As soon as the length is there, and not when the next part begins.
TEST(Mjpeg, APictureIsThereWithItsLastByteAndIsNotCopied) {
  MjpegReader reader;
  const std::string stream = part(one) + part(two);
  reader.push(base::as_bytes(stream).first(stream.size() - 4));
  const auto first = reader.next();
  ASSERT_TRUE(first);
  const std::uint8_t* const at = first->jpeg.data();
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(base::as_text(second->jpeg), two);
  EXPECT_EQ(second->jpeg.data() - at, static_cast<std::ptrdiff_t>(part(one).size())) << "both lie where they came in";
  EXPECT_FALSE(reader.next());
}

TEST(Mjpeg, TheEndOfAStreamEndsAPictureWhoseLengthIsNotKnown) {
  const Read seen = read_however_cut(std::string(delimiter) + "Content-type: image/jpeg\r\n\r\n" + one);
  expect_pictures(seen, {one});
  for (const std::string& cut :
       {delimiter + header(300) + one.substr(0, 250), delimiter + std::string("Date: 1\r\nDa")}) {
    const Read nothing = read_however_cut(cut);
    EXPECT_THAT(nothing.frames, IsEmpty());
    EXPECT_EQ(bad(nothing, BadPart::cut_off), 1U);
  }
}

TEST(Mjpeg, AReaderIsReadyForTheNextStreamAfterTheEnd) {
  MjpegReader reader;
  reader.push(base::as_bytes(part(one)).first(150));
  EXPECT_FALSE(reader.next());
  EXPECT_FALSE(reader.finish());
  reader.push(base::as_bytes(part(two)));
  const auto frame = reader.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(base::as_text(frame->jpeg), two);
  EXPECT_EQ(reader.counts().bad_in_all(), 1U);
}

TEST(Mjpeg, ATimeThatIsNoTextIsMadePrintable) {
  const Read seen = read(delimiter + std::string("Date: a\x01\xc3\xa4z\r\n\r\n") + one + "\r\n" + delimiter);
  ASSERT_THAT(seen.frames, SizeIs(1));
  EXPECT_EQ(seen.frames[0].time, "a???z");
}

}  // namespace
}  // namespace trendnet
