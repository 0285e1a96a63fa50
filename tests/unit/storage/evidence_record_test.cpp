// The text of records, entries and headers: exactly what is written is read, and nothing else.
#include "storage/evidence/record.hpp"

#include <gmock/gmock.h>

#include "storage/evidence/segment.hpp"
#include "tests/support/samples.hpp"

namespace storage::evidence {
namespace {

using tests::at;
using tests::device;

StoredFile sample() {
  return {.id = *base::Uuid::parse("01999999-0000-7000-8000-000000000001"),
          .imei = device(),
          .camera = base::Camera::front,
          .kind = base::MediaKind::video,
          .name = "/sd/é\"🎥.mp4",
          .captured_at = at(-1'000),
          .received_at = at(0),
          .size = 7,
          .sha256 = "00000000000000000000000000000000000000000000000000000000000000ff",
          .object_key = "media/a.mp4",
          .packets = 12,
          .bad_crcs = 1};
}

TEST(EvidenceRecord, IsOneLineOfAscii) {
  EXPECT_EQ(record_of(sample()),
            R"({"type":"stored","imei":"356307042441013","id":"01999999-0000-7000-8000-000000000001",)"
            R"("camera":"front","kind":"video","name":"/sd/\u00e9\"\ud83c\udfa5.mp4",)"
            R"("captured_at":"2026-09-21T14:13:19.000Z","received_at":"2026-09-21T14:13:20.000Z","size":7,)"
            R"("sha256":"00000000000000000000000000000000000000000000000000000000000000ff",)"
            R"("object":"media/a.mp4","packets":12,"bad_crcs":1})");
}

// printf '\n1\nrecord' | sha256sum
TEST(EvidenceRecord, HashIsThatOfTheTextBehindTheHashBefore) {
  EXPECT_EQ(*hash_of("", 1, "record"), "3e7454d5c3ad20ddda8db62701547c4517d8fe8df03a84b1f8063b1842b1fc16");
  EXPECT_NE(*hash_of("", 11, "record"), *hash_of("", 1, "1record"));
}

TEST(EvidenceRecord, ComesBack) {
  const auto record = parse_record(record_of(sample()));
  ASSERT_TRUE(record) << record.error().message;
  const auto& stored = std::get<Stored>(*record);
  EXPECT_EQ(stored.name, sample().name);
  EXPECT_EQ(stored.captured_at, sample().captured_at);
  EXPECT_EQ(stored.packets, 12U);
  const auto deleted = parse_record(record_of(DeletedFile{.id = sample().id,
                                                          .imei = device(1),
                                                          .deleted_at = at(5),
                                                          .size = 7,
                                                          .sha256 = sample().sha256,
                                                          .object_key = "media/a.mp4",
                                                          .reason = "too old"}));
  ASSERT_TRUE(deleted) << deleted.error().message;
  EXPECT_EQ(std::get<Deleted>(*deleted).reason, "too old");
  EXPECT_EQ(imei_of(*deleted), device(1));
}

TEST(EvidenceRecord, NothingElseIsOne) {
  const std::string good = record_of(sample());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const std::string& text : {std::string(),
                                  std::string("{}"),
                                  std::string("[1]"),
                                  std::string(10'000, '['),
                                  good + " ",
                                  " " + good,
                                  with("stored", "strange"),
                                  with("356307042441013", "356307042441014"),
                                  with("\"size\":7", "\"size\":-7"),
                                  with("\"size\":7", "\"size\":7.0"),
                                  with("\"size\":7", "\"size\":07"),
                                  with("\"size\":7", "\"size\":18446744073709551615"),
                                  with("\"packets\":12", "\"packets\":4294967296"),
                                  with("\"size\":7,", ""),
                                  with("\"size\":7", "\"size\":7,\"more\":1"),
                                  with("\"size\":7", "\"size\":8,\"size\":7"),
                                  with("2026-09-21T14:13:20.000Z", "2026-09-21T14:13:20Z"),
                                  with("\\u00e9", "é"),
                                  with("\\u00e9", "\\u00E9"),
                                  with("front", "attic"),
                                  with("00ff", "00FF"),
                                  with("01999999-", "01999999_")})
    EXPECT_FALSE(parse_record(text)) << text.substr(0, 300);
}

TEST(EvidenceSegment, LinesComeBack) {
  const SegmentHeader header{.number = 12, .previous_sha256 = tests::sha256(5), .sealed_at = at(0), .entries = 3};
  const auto read = parse_header(line_of(header));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, 12U);
  EXPECT_EQ(read->previous_sha256, header.previous_sha256);
  EXPECT_EQ(read->sealed_at, at(0));
  EXPECT_EQ(read->entries, 3U);
  const auto entry = parse_entry(line_of(Entry{.number = 9, .hash = tests::sha256(7), .record = "{\"a\":{}}"}));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->number, 9U);
  EXPECT_EQ(entry->record, "{\"a\":{}}");
}

TEST(EvidenceSegment, NothingElseIsALine) {
  const std::string header =
      line_of(SegmentHeader{.number = 2, .previous_sha256 = tests::sha256(5), .sealed_at = at(0), .entries = 3});
  const std::string entry = line_of(Entry{.number = 9, .hash = tests::sha256(7), .record = "{}"});
  for (std::size_t length = 0; length < header.size(); ++length) EXPECT_FALSE(parse_header(header.substr(0, length)));
  for (std::size_t length = 0; length < entry.size(); ++length) EXPECT_FALSE(parse_entry(entry.substr(0, length)));
  EXPECT_FALSE(parse_header(header + " "));
  EXPECT_FALSE(parse_header(line_of(SegmentHeader{.number = 2, .previous_sha256 = "", .sealed_at = at(0)})));
  EXPECT_FALSE(
      parse_header(line_of(SegmentHeader{.number = 1, .previous_sha256 = tests::sha256(5), .sealed_at = at(0)})));
  for (const char* number : {"", "-1", "01", "9223372036854775808", "99999999999999999999", " 1", "1.0"})
    EXPECT_FALSE(parse_entry("{\"number\":" + std::string(number) + entry.substr(entry.find(','))));
}

TEST(EvidenceSegment, KeysAreNumbersOfTenDigitsAndMore) {
  EXPECT_EQ(segment_key(1), "evidence/0000000001.jsonl");
  EXPECT_EQ(segment_number("evidence/0000000001.jsonl"), 1U);
  EXPECT_EQ(segment_number("0000000042.jsonl"), 42U);
  EXPECT_EQ(segment_number(segment_key(12'345'678'901)), 12'345'678'901U);
  for (const char* name : {"", "1.jsonl", "0000000000.jsonl", "0000000001.json", "0000000001.jsonlx",
                           "-000000001.jsonl", "evidence/x", "00000000001.jsonl"})
    EXPECT_FALSE(segment_number(name)) << name;
}

}  // namespace
}  // namespace storage::evidence
