// Everything somebody could do to a store that others trust: each is found, and named as the first break.
#include <gmock/gmock.h>

#include "tests/unit/tools/verify_bucket.hpp"

namespace verify::testing {
namespace {

using storage::evidence::Break;
using storage::evidence::Entry;
using storage::evidence::parse_entry;
using ::testing::HasSubstr;

// Segment 1 (lines 2 to 7): A1 B1 A2 C1 A3 B2. Segment 2: A4 B3 (deletes B1). Segment 3: A5 C2.
struct Fleet : Bucket {
  Fleet() {
    a1 = store(0, "clip A1");
    b1 = store(1, "clip B1");
    a2 = store(0, "clip A2, longer");
    c1 = store(2, "clip C1");
    store(0, "clip A3");
    store(1, "clip B2");
    seal();
    a4 = store(0, "clip A4");
    remove(b1);
    seal();
    a5 = store(0, "clip A5");
    store(2, "clip C2");
    seal();
    head = sha256_of(read(segment_path(3)));
  }
  std::string a1, b1, a2, c1, a4, a5, head;
};

// Another text in an entry; `hash_again` as somebody would who knows how it is made.
std::string changed(const std::string& line, const std::string& previous_line, bool hash_again) {
  Entry entry = *parse_entry(line);
  const auto at = entry.record.find("\"bad_crcs\":1");
  entry.record.replace(at, 12, "\"bad_crcs\":0");
  const std::string previous = previous_line.empty() ? "" : parse_entry(previous_line)->hash;
  if (hash_again) entry.hash = *storage::evidence::hash_of(previous, entry.number, entry.record);
  return line_of(entry);
}

struct Tampering {
  std::string name;
  std::function<void(Fleet&)> act;
  Break kind{};
  std::uint64_t segment = 0;
  std::uint64_t line = 0;
  std::uint64_t number = 0;                           // of the device's record
  std::function<std::string(const Fleet&)> object{};  // whose name must be said
  std::string says{};
  bool with_head = false;
};

void edit(Fleet& fleet, std::uint64_t segment, const std::function<void(std::vector<std::string>&)>& change) {
  auto lines = fleet.lines(segment);
  change(lines);
  fleet.write_lines(segment, lines);
}

void replace(Fleet& fleet, const std::string& key, const std::string& content) {
  fleet.write(key, content);
}

const std::vector<Tampering> tamperings{
    {.name = "ByteOfAClipFlipped",
     .act = [](Fleet& f) { replace(f, f.a2, "clip A2, Longer"); },
     .kind = Break::object_content,
     .segment = 1,
     .line = 4,
     .number = 2,
     .object = [](const Fleet& f) { return f.a2; },
     .says = sha256_of("clip A2, longer")},
    {.name = "ClipTruncated",
     .act = [](Fleet& f) { replace(f, f.a2, "clip A2"); },
     .kind = Break::object_size,
     .segment = 1,
     .line = 4,
     .number = 2,
     .object = [](const Fleet& f) { return f.a2; },
     .says = "has 7 bytes, and record 2 of device"},
    {.name = "ClipDeleted",
     .act = [](Fleet& f) { std::filesystem::remove(f.path(f.c1)); },
     .kind = Break::object_missing,
     .segment = 1,
     .line = 5,
     .number = 1,
     .object = [](const Fleet& f) { return f.c1; }},
    {.name = "ClipSwappedWithAnothersOfTheSameSize",
     .act =
         [](Fleet& f) {
           replace(f, f.a1, "clip C1");
           replace(f, f.c1, "clip A1");
         },
     .kind = Break::object_content,
     .segment = 1,
     .line = 2,
     .number = 1,
     .object = [](const Fleet& f) { return f.a1; }},
    {.name = "DeletedClipPutBack",
     .act = [](Fleet& f) { f.write(f.b1, "clip B1"); },
     .kind = Break::object_left,
     .segment = 1,
     .line = 3,
     .number = 1,
     .object = [](const Fleet& f) { return f.b1; }},
    {.name = "ObjectAdded",
     .act = [](Fleet& f) { f.write("media/" + device(0).str() + "/2026/09/21/planted.mp4", "made up"); },
     .kind = Break::object_unknown,
     .says = "planted.mp4"},
    {.name = "RecordChanged",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines[3] = changed(lines[3], "", false); }); },
     .kind = Break::record_changed,
     .segment = 1,
     .line = 4,
     .number = 2},
    {.name = "RecordChangedAndHashedAgain",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines[3] = changed(lines[3], lines[1], true); }); },
     .kind = Break::record_changed,
     .segment = 1,
     .line = 6,
     .number = 3,
     .says = "does not follow from record 2"},
    {.name = "LastRecordOfADeviceInASegmentChangedAndHashedAgain",
     .act = [](Fleet& f) { edit(f, 3, [](auto& lines) { lines[2] = changed(lines[2], "", true); }); },
     .kind = Break::record_changed,  // hashed without the one before, in another segment
     .segment = 3,
     .line = 3,
     .number = 2},
    {.name = "FirstRecordChanged",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines[4] = changed(lines[4], "", false); }); },
     .kind = Break::record_changed,
     .segment = 1,
     .line = 5,
     .number = 1},
    {.name = "LastRecordChangedAndHashedAgain",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines[6] = changed(lines[6], lines[2], true); }); },
     .kind = Break::segment_changed,  // the next record of the device is in the next segment, behind its header
     .segment = 2,
     .line = 1,
     .says = "Segment 1 is not the one that segment 2 was sealed behind"},
    {.name = "RecordRemoved",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines.erase(lines.begin() + 3); }); },
     .kind = Break::record_missing,
     .segment = 1,
     .line = 5,
     .number = 3,
     .says = "stands where record 2 should"},
    {.name = "LastRecordOfASegmentRemoved",
     .act = [](Fleet& f) { edit(f, 3, [](auto& lines) { lines.pop_back(); }); },
     .kind = Break::segment_entries,
     .segment = 3,
     .says = "has 1 entries, and its header says 2"},
    {.name = "RecordsOfADeviceReordered",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { std::swap(lines[3], lines[5]); }); },
     .kind = Break::record_missing,
     .segment = 1,
     .line = 4,
     .number = 3},
    {.name = "RecordSaidTwice",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines.insert(lines.begin() + 3, lines[1]); }); },
     .kind = Break::record_repeated,
     .segment = 1,
     .line = 4,
     .number = 1},
    {.name = "TwoDevicesLinesSwapped",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { std::swap(lines[1], lines[2]); }); },
     .kind = Break::segment_changed,
     .segment = 2,
     .line = 1},
    {.name = "TwoDevicesRecordsSwapped",
     .act =
         [](Fleet& f) {
           edit(f, 1, [](auto& lines) {
             Entry a = *parse_entry(lines[1]);
             Entry b = *parse_entry(lines[2]);
             std::swap(a.record, b.record);
             lines[1] = line_of(a);
             lines[2] = line_of(b);
           });
         },
     .kind = Break::record_changed,
     .segment = 1,
     .line = 2,
     .number = 1},
    {.name = "SegmentRemoved",
     .act = [](Fleet& f) { std::filesystem::remove(f.path(f.segment_path(2))); },
     .kind = Break::segment_missing,
     .segment = 3,
     .says = "Segment 2 is missing"},
    {.name = "FirstSegmentRemoved",
     .act = [](Fleet& f) { std::filesystem::remove(f.path(f.segment_path(1))); },
     .kind = Break::segment_missing,
     .segment = 2,
     .says = "Segment 1 is missing"},
    {.name = "LastSegmentAndItsClipsRemoved",
     .act =
         [](Fleet& f) {
           std::filesystem::remove(f.path(f.segment_path(3)));
           for (const auto& key : {f.a5}) std::filesystem::remove(f.path(key));
         },
     .kind = Break::head_unknown,
     .says = "cut off",
     .with_head = true},
    {.name = "EverySegmentRemoved",
     .act = [](Fleet& f) { std::filesystem::remove_all(f.path("evidence")); },
     .kind = Break::no_evidence},
    {.name = "TimeInAHeaderChanged",
     .act =
         [](Fleet& f) {
           edit(f, 2, [](auto& lines) {
             lines[0].replace(lines[0].find("\"sealed_at\":\"2026"), 17, "\"sealed_at\":\"2025");
           });
         },
     .kind = Break::segment_changed,
     .segment = 3,
     .line = 1,
     .says = "Segment 2 is not the one"},
    {.name = "TimeInTheLastHeaderChanged",
     .act =
         [](Fleet& f) {
           edit(f, 3, [](auto& lines) {
             lines[0].replace(lines[0].find("\"sealed_at\":\"2026"), 17, "\"sealed_at\":\"2025");
           });
         },
     .kind = Break::head_unknown,
     .with_head = true},
    {.name = "LinkInAHeaderChanged",
     .act =
         [](Fleet& f) { edit(f, 2, [](auto& lines) { lines[0].replace(lines[0].find("256\":\"") + 6, 4, "0000"); }); },
     .kind = Break::segment_changed,
     .segment = 2,
     .line = 1},
    {.name = "SegmentsSwapped",
     .act = [](Fleet& f) { std::filesystem::rename(f.path(f.segment_path(3)), f.path(f.segment_path(2))); },
     .kind = Break::segment_header,
     .segment = 2,
     .line = 1,
     .says = "has the header of segment 3"},
    {.name = "GarbageLine",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines.insert(lines.begin() + 2, "\x01\xff not JSON {"); }); },
     .kind = Break::line_unreadable,
     .segment = 1,
     .line = 3,
     .says = "Line 3 of segment 1 is no entry"},
    {.name = "RecordWithASpace",
     .act = [](Fleet& f) { edit(f, 1, [](auto& lines) { lines[2].insert(lines[2].find("\"imei\""), " "); }); },
     .kind = Break::line_unreadable,
     .segment = 1,
     .line = 3},
    {.name = "OversizedLine",
     .act = [](Fleet& f) { edit(f, 2, [](auto& lines) { lines.push_back(std::string(5'000'000, 'x')); }); },
     .kind = Break::line_unreadable,
     .segment = 2,
     .line = 4,
     .says = "is longer than 16384 bytes"},
    {.name = "SegmentCutInALine",
     .act =
         [](Fleet& f) {
           const auto text = f.read(f.segment_path(3));
           f.write(f.segment_path(3), text.substr(0, text.size() - 5));
         },
     .kind = Break::line_unreadable,
     .segment = 3,
     .line = 3,
     .says = "cut off"},
    {.name = "SegmentEmptied",
     .act = [](Fleet& f) { f.write(f.segment_path(2), ""); },
     .kind = Break::segment_header,
     .segment = 2},
    {.name = "StrangerAmongTheSegments",
     .act = [](Fleet& f) { f.write("evidence/notes.txt", "hello"); },
     .kind = Break::object_unknown,
     .says = "evidence/notes.txt"},
};

class VerifyTampering : public ::testing::TestWithParam<Tampering> {};
INSTANTIATE_TEST_SUITE_P(Every, VerifyTampering, ::testing::ValuesIn(tamperings),
                         [](const auto& test) { return test.param.name; });

TEST_P(VerifyTampering, IsNamedAsTheFirstBreak) {
  const Tampering& tampering = GetParam();
  Fleet fleet;
  ASSERT_EQ(fleet.verify().outcome(), Outcome::proven);
  tampering.act(fleet);
  const Report report = fleet.verify([&](Request& request) {
    if (tampering.with_head) request.noted = fleet.head;
  });
  ASSERT_EQ(report.outcome(), Outcome::broken);
  const Finding& first = report.findings.kept().front();
  EXPECT_EQ(to_string(first.kind), to_string(tampering.kind)) << first.message;
  EXPECT_EQ(first.place.segment, tampering.segment) << first.message;
  if (tampering.line != 0) {
    EXPECT_EQ(first.place.line, tampering.line) << first.message;
  }
  EXPECT_EQ(first.number, tampering.number) << first.message;
  if (tampering.object) {
    EXPECT_EQ(first.object, tampering.object(fleet)) << first.message;
  }
  EXPECT_THAT(first.message, HasSubstr(tampering.says));
  EXPECT_THAT(first.message, ::testing::EndsWith("."));
}

}  // namespace
}  // namespace verify::testing
