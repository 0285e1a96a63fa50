// What is said of a store in order, of one device, of a file somebody has; and what is not there to be read.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "storage/catalog/catalog.hpp"
#include "tests/unit/tools/verify_bucket.hpp"
#include "tools/verify/command.hpp"

namespace verify::testing {
namespace {

using storage::evidence::Break;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Two devices; the second one's first clip is deleted on purpose.
class VerifyStore : public ::testing::Test {
 protected:
  VerifyStore() {
    bucket_.store(0, "clip A1");
    const auto b1 = bucket_.store(1, "clip B1");
    bucket_.seal();
    bucket_.remove(b1);
    bucket_.store(1, "clip B2");
    bucket_.seal();
  }
  std::string file(const std::string& name, const std::string& content) {
    const auto path = bucket_.folder() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::string segment_hash(std::uint64_t number) { return sha256_of(bucket_.read(bucket_.segment_path(number))); }

  Bucket bucket_;
};

TEST_F(VerifyStore, InOrderIsProven) {
  const Report report = bucket_.verify();
  EXPECT_EQ(report.outcome(), Outcome::proven) << as_text(report);
  EXPECT_EQ(report.chain.segments, 2U);
  EXPECT_EQ(report.chain.records, 4U);
  EXPECT_EQ(report.chain.devices, 2U);
  EXPECT_EQ(report.objects.files, 2U);
  EXPECT_EQ(report.objects.deleted, 1U);
  EXPECT_EQ(report.objects.read, 2U);
  EXPECT_EQ(report.objects.bytes, 14U);
  EXPECT_EQ(report.last_segment.hash, segment_hash(2));
  EXPECT_THAT(as_text(report), HasSubstr("PROVEN: every file is what was stored"));
  EXPECT_THAT(as_text(report), HasSubstr("Head: segment 2"));
}

TEST_F(VerifyStore, OneDeviceIsNotAskedForTheOthers) {
  bucket_.write("media/" + device(1).str() + "/x.mp4", "planted");
  const auto only_first = [](Request& request) { request.imei = device(0); };
  const Report report = bucket_.verify(only_first);
  EXPECT_EQ(report.outcome(), Outcome::proven) << as_text(report);
  EXPECT_EQ(report.chain.records, 1U);
  EXPECT_EQ(report.objects.files, 1U);
  EXPECT_EQ(report.last_record.number, 1U);
  EXPECT_EQ(bucket_.verify([](Request& request) { request.imei = device(1); }).outcome(), Outcome::broken);
}

TEST_F(VerifyStore, ADeviceWithoutRecordsIsNoProof) {
  const Report report = bucket_.verify([](Request& request) { request.imei = device(7); });
  ASSERT_EQ(report.outcome(), Outcome::broken);
  EXPECT_EQ(report.findings.kept().front().kind, Break::no_evidence);
}

TEST_F(VerifyStore, AHashWrittenDownEarlierIsStillGood) {
  for (const std::uint64_t number : {1U, 2U}) {
    const auto noted = segment_hash(number);
    const Report report = bucket_.verify([&](Request& request) { request.noted = noted; });
    EXPECT_EQ(report.outcome(), Outcome::proven);
    EXPECT_EQ(report.noted_at, number);
  }
  const auto record_hash = bucket_.verify([](Request& request) { request.imei = device(1); }).last_record.hash;
  const auto of_device = [&](std::uint64_t index) {
    return bucket_.verify([&](Request& request) {
      request.imei = device(index);
      request.noted = record_hash;
    });
  };
  EXPECT_EQ(of_device(1).noted_at, 3U);
  EXPECT_EQ(of_device(0).findings.kept().at(0).kind, Break::head_unknown);
}

TEST_F(VerifyStore, AFileSomebodyHasIsProvenByItsContent) {
  const auto clip = file("a clip.mp4", "clip A1");
  const auto other = file("other.mp4", "clip A!");
  const Report report = bucket_.verify([&](Request& request) { request.files = {clip}; });
  ASSERT_EQ(report.outcome(), Outcome::proven) << as_text(report);
  const Match& match = report.files.at(0).matches.at(0);
  EXPECT_EQ(match.stored.imei, device(0));
  EXPECT_EQ(match.stored.packets, 9U);
  EXPECT_EQ(match.number, 1U);
  EXPECT_EQ(match.place.segment, 1U);
  EXPECT_EQ(match.place.line, 2U);
  EXPECT_FALSE(match.deleted_at);
  EXPECT_FALSE(report.checked_objects);

  const Report both = bucket_.verify([&](Request& request) { request.files = {other, clip}; });
  EXPECT_EQ(both.outcome(), Outcome::broken);
  EXPECT_THAT(both.files.at(0).matches, IsEmpty());
  EXPECT_EQ(both.files.at(1).matches.size(), 1U);
  EXPECT_THAT(as_text(both), HasSubstr("UNKNOWN  " + other));
}

TEST_F(VerifyStore, AFileThatWasDeletedFromTheStoreIsStillProven) {
  const auto clip = file("b.mp4", "clip B1");
  const Report report = bucket_.verify([&](Request& request) { request.files = {clip}; });
  EXPECT_EQ(report.outcome(), Outcome::proven);
  EXPECT_TRUE(report.files.at(0).matches.at(0).deleted_at);
}

TEST_F(VerifyStore, AFileOfABrokenChainIsNotCalledProven) {
  auto lines = bucket_.lines(1);
  std::swap(lines[1], lines[2]);
  bucket_.write_lines(1, lines);
  const auto clip = file("a.mp4", "clip A1");
  const Report report = bucket_.verify([&](Request& request) { request.files = {clip}; });
  EXPECT_EQ(report.outcome(), Outcome::broken);
  EXPECT_THAT(as_text(report), HasSubstr("RECORDED (but the chain is broken)"));
}

TEST_F(VerifyStore, AFolderOfSegmentsIsEnoughForAFile) {
  const auto segments = segments_in_folder(bucket_.path("evidence"));
  ASSERT_TRUE(segments) << segments.error().message;
  Progress progress(false);
  const Request request{.segments = segments->get(), .noted = segment_hash(2), .files = {file("a.mp4", "clip A1")}};
  EXPECT_EQ(verify(request, progress).outcome(), Outcome::proven);
}

TEST_F(VerifyStore, WithoutContentSizesAreCompared) {
  const auto sizes = [](Request& request) { request.content = false; };
  EXPECT_EQ(bucket_.verify(sizes).outcome(), Outcome::proven);
  const auto clip = bucket_.store(0, "clip A2");
  bucket_.seal();
  bucket_.write(clip, "CLIP A2");
  EXPECT_EQ(bucket_.verify(sizes).outcome(), Outcome::proven);
  bucket_.write(clip, "clip A");
  EXPECT_EQ(bucket_.verify(sizes).findings.kept().at(0).kind, Break::object_size);
  std::filesystem::remove(bucket_.path(clip));
  EXPECT_EQ(bucket_.verify(sizes).findings.kept().at(0).kind, Break::object_missing);
}

TEST_F(VerifyStore, WhatIsYoungerThanTheLastSealIsSaidAndNoBreak) {
  bucket_.store(0, "not sealed yet");
  const Report report = bucket_.verify();
  EXPECT_EQ(report.outcome(), Outcome::proven) << as_text(report);
  EXPECT_EQ(report.objects.unsealed, 1U);
  EXPECT_THAT(as_text(report), HasSubstr("1 object younger than the last seal"));
}

TEST_F(VerifyStore, EveryBreakIsCountedAndTheFirstOnesAreKept) {
  for (int i = 0; i < 150; ++i) bucket_.write(fmt::format("media/x{:03}.jpg", i), "planted");
  const Report report = bucket_.verify();
  EXPECT_EQ(report.findings.total(), 150U);
  EXPECT_EQ(report.findings.kept().size(), Findings::kept_of_a_kind);
  EXPECT_EQ(report.findings.kept().front().object, "media/x000.jpg");
  EXPECT_THAT(as_text(report), HasSubstr("150 object_unknown"));
}

TEST_F(VerifyStore, ManyJobsSayTheSameInTheSameOrder) {
  for (int i = 0; i < 40; ++i) {
    const auto key = bucket_.store(0, fmt::format("clip number {}", i));
    if (i % 2 == 0) bucket_.write(key, fmt::format("CLIP number {}", i));
  }
  bucket_.seal();
  const auto alone = bucket_.verify([](Request& request) { request.jobs = 1; });
  const auto together = bucket_.verify([](Request& request) { request.jobs = 16; });
  EXPECT_EQ(alone.findings.total(), 20U);
  EXPECT_EQ(as_json(alone), as_json(together));
}

TEST_F(VerifyStore, OpeningAStoreToReadChangesNothing) {
  const auto temporary = bucket_.path("~tmp/half an object");
  std::filesystem::create_directories(temporary.parent_path());
  std::ofstream(temporary) << "of a server that works with the store";
  EXPECT_EQ(bucket_.verify().outcome(), Outcome::proven);
  EXPECT_TRUE(std::filesystem::exists(temporary));
  EXPECT_FALSE(storage::open_object_store_to_read("file:" + (bucket_.folder() / "absent").string()));
  EXPECT_FALSE(std::filesystem::exists(bucket_.folder() / "absent"));
}

// ---- The command

class VerifyCommand : public VerifyStore {
 protected:
  Outcome run(CommandOptions options) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const Outcome outcome = run_command(options);
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return outcome;
  }
  std::string out_, err_;
};

TEST_F(VerifyCommand, SaysInJsonWhatItSaysInText) {
  auto lines = bucket_.lines(1);
  lines.erase(lines.begin() + 1);
  bucket_.write_lines(1, lines);
  EXPECT_EQ(run({.objects = bucket_.url(), .json = true}), Outcome::broken);
  const auto report = nlohmann::json::parse(out_);
  EXPECT_EQ(report["outcome"], "broken");
  EXPECT_EQ(report["breaks"][0]["kind"], "segment_entries");
  EXPECT_EQ(report["breaks"][0]["segment"], 1);
  EXPECT_EQ(report["break_count"], report["break_counts"].size());
  EXPECT_EQ(report["last_segment"]["hash"], segment_hash(2));
  EXPECT_EQ(run({.objects = bucket_.url()}), Outcome::broken);
  EXPECT_THAT(out_, ::testing::StartsWith("BROKEN: Segment 1 has 1 entries, and its header says 2"));
}

TEST_F(VerifyCommand, WrongOptionsAreTold) {
  EXPECT_EQ(run({}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("Give --objects URL or --segments FOLDER"));
  EXPECT_EQ(run({.objects = "ftp://x"}), Outcome::unusable);
  EXPECT_EQ(run({.objects = bucket_.url(), .imei = "123"}), Outcome::unusable);
  EXPECT_EQ(run({.objects = bucket_.url(), .head = "abc"}), Outcome::unusable);
}

TEST_F(VerifyCommand, WhatCannotBeReadIsNoProofAndNoBreak) {
  EXPECT_EQ(run({.objects = "file:" + (bucket_.folder() / "absent").string()}), Outcome::unreadable);
  EXPECT_EQ(run({.objects = bucket_.url(), .catalog = "sqlite:" + (bucket_.folder() / "absent.db").string()}),
            Outcome::unreadable);
  EXPECT_FALSE(std::filesystem::exists(bucket_.folder() / "absent.db"));
  EXPECT_EQ(run({.objects = bucket_.url(), .files = {bucket_.folder() / "absent.mp4"}}), Outcome::unreadable);
  EXPECT_THAT(out_, HasSubstr("NOT READ TO THE END"));
}

TEST(VerifyProgress, ShowsHowFarItIs) {
  using std::chrono::milliseconds;
  EXPECT_EQ(Progress::line("reading", 5'000'000, 0, milliseconds(1'000), 80), "reading  5.0 MB  5.0 MB/s");
  const auto half = Progress::line("reading", 50'000'000, 100'000'000, milliseconds(10'000), 100);
  EXPECT_THAT(half, HasSubstr(" 50%  reading  50.0 MB  5.0 MB/s  0:10 left"));
  EXPECT_THAT(half, ::testing::StartsWith("[####"));
  EXPECT_LE(Progress::line("reading", 1, 2, milliseconds(1), 20).size(), 20U);
}

}  // namespace
}  // namespace verify::testing
