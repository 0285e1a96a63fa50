// The chain of evidence is the same whichever catalog writes it, and survives what happens around it.
#include <latch>
#include <map>
#include <thread>

#include "storage/evidence/chain_check.hpp"
#include "tests/conformance/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::HasSubstr;
using tests::at;
using tests::device;
using tests::photo;

class CatalogEvidence : public tests::CatalogTest {
 protected:
  EvidenceCatalog& evidence() { return catalog_->evidence(); }

  std::vector<EvidenceEntry> records() {
    const auto found = evidence().records_beyond(0, {}, 100'000);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(std::vector<EvidenceEntry>{});
  }

  // What is wrong with the chains of these records.
  static std::vector<std::string> breaks(const std::vector<EvidenceEntry>& entries) {
    std::vector<std::string> messages;
    evidence::ChainCheck check(
        {}, "", [](const auto&...) {}, [&](const evidence::Finding& finding) { messages.push_back(finding.message); });
    for (const auto& [imei, entry] : entries) EXPECT_TRUE(check.add_unsealed(imei, entry));
    return messages;
  }

  EvidenceSegment seal(std::uint32_t most = 100) {
    const auto segment = evidence().seal(at(7), most);
    EXPECT_TRUE(segment) << segment.error().message;
    return segment && *segment ? **segment : EvidenceSegment{};
  }
  EvidenceSegment seal_and_store(std::uint32_t most = 100) {
    auto segment = seal(most);
    EXPECT_TRUE(evidence().mark_stored(segment.number));
    return segment;
  }
};
INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogEvidence, testing::ValuesIn(tests::catalog_implementations()),
                         [](const auto& test) { return test.param.name; });

TEST_P(CatalogEvidence, EveryTextOfADeviceIsHashedAsItIsRecorded) {
  const std::vector<std::string> names{"%photof",
                                       "",
                                       "quotes \" ' \\ and $1 %s",
                                       std::string("\0 \x01 \n \r \t \x7f", 11),
                                       "é 你好 🎥 \u2028 \u0085",
                                       "\U0010FE41 and \U0010FFFF",  // PostgreSQL's texts escape with these
                                       "no UTF-8: \xff\xfe \xc0\x80 \xed\xa0\x80"};
  std::string previous;
  for (const std::string& name : names) {
    Media media = photo();
    media.name = name;
    media.packets = 17;
    media.bad_crcs = 3;
    commit(media);
    const auto entries = records();
    const auto& [imei, entry] = entries.back();
    EXPECT_EQ(imei, media.imei);
    EXPECT_EQ(entry.number, entries.size());
    const auto text = evidence::record_of(evidence::StoredFile{.id = media.id,
                                                               .imei = media.imei,
                                                               .camera = media.camera,
                                                               .kind = media.kind,
                                                               .name = media.name,
                                                               .captured_at = media.captured_at,
                                                               .received_at = media.received_at,
                                                               .size = media.size,
                                                               .sha256 = media.sha256,
                                                               .object_key = media.object_key,
                                                               .packets = 17,
                                                               .bad_crcs = 3});
    EXPECT_EQ(entry.record, text);
    EXPECT_EQ(entry.hash, *evidence::hash_of(previous, entry.number, text)) << text;
    previous = entry.hash;
  }
}

TEST_P(CatalogEvidence, ADuplicateAddsNothing) {
  const Media media = photo();
  commit(media);
  commit(media);  // again, after an answer that got lost
  Media duplicate = media;
  duplicate.id = base::Uuid::v7(at(0));
  EXPECT_TRUE(commit(duplicate).duplicate);
  EXPECT_EQ(records().size(), 1U);
}

TEST_P(CatalogEvidence, TimesNoTextHasAreNotRecorded) {
  Media media = photo();
  media.captured_at = base::UtcTime(std::chrono::milliseconds(INT64_MAX));
  commit(media);
  EXPECT_THAT(records().at(0).entry.record, HasSubstr("\"captured_at\":null"));
  EXPECT_THAT(breaks(records()), testing::IsEmpty());
}

TEST_P(CatalogEvidence, CommitsAtTheSameTimeLeaveNoGap) {
  constexpr int threads = 6;
  constexpr int each = 25;
  std::latch start(threads);
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&] {
        start.arrive_and_wait();
        for (int i = 0; i < each; ++i) EXPECT_TRUE(catalog_->commit_media(photo(device(i % 3 == 0 ? 1 : 0))));
      });
  }
  const auto entries = records();
  EXPECT_EQ(entries.size(), static_cast<std::size_t>(threads * each));
  EXPECT_THAT(breaks(entries), testing::IsEmpty());
}

TEST_P(CatalogEvidence, ASegmentHasTheOldestRecordsAndIsSettled) {
  for (int i = 0; i < 5; ++i) commit(photo(device(i % 2 == 0 ? 0 : 1)));
  const auto first = seal(3);
  EXPECT_EQ(first.number, 1U);
  EXPECT_EQ(first.entries, 3U);
  EXPECT_EQ(first.previous_sha256, "");
  EXPECT_EQ(first.object_key, "evidence/0000000001.jsonl");
  const auto text = evidence().text_of(first);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->size(), first.size);
  Sha256 hash;
  hash.feed(base::as_bytes(*text));
  EXPECT_EQ(*hash.hex(), first.sha256);
  EXPECT_THAT(*text,
              testing::StartsWith("{\"type\":\"segment\",\"number\":1,\"previous_sha256\":\"\",\"sealed_at\":\"" +
                                  base::to_iso8601(at(7)) + "\",\"entries\":3}\n{\"number\":1,\"hash\":\""));

  commit(photo());
  EXPECT_EQ(seal(100).sha256, first.sha256) << "not stored yet: the same one again, whatever came meanwhile";
  EXPECT_EQ(*evidence().waiting(), 6U);
  EXPECT_FALSE(*evidence().last_stored());
  ASSERT_TRUE(evidence().mark_stored(1));
  EXPECT_EQ((*evidence().last_stored())->sha256, first.sha256);
  EXPECT_EQ(*evidence().waiting(), 3U);

  const auto second = seal_and_store();
  EXPECT_EQ(second.number, 2U);
  EXPECT_EQ(second.previous_sha256, first.sha256);
  EXPECT_EQ(second.entries, 3U);
  EXPECT_FALSE(*evidence().seal(at(9), 100)) << "nothing waits";
  EXPECT_EQ(*evidence().waiting(), 0U);
}

TEST_P(CatalogEvidence, SegmentsAreChainsWithoutABreak) {
  for (int i = 0; i < 20; ++i) commit(photo(device(static_cast<std::uint64_t>(i % 3))));
  std::vector<std::string> messages;
  std::uint64_t seen = 0;
  evidence::ChainCheck check(
      {}, "", [&](const auto&...) { ++seen; },
      [&](const evidence::Finding& finding) { messages.push_back(finding.message); });
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const auto segment = seal_and_store(4);
    check.begin_segment(segment.number);
    ASSERT_TRUE(check.feed(base::as_bytes(*evidence().text_of(segment))));
    ASSERT_TRUE(check.end_segment());
    EXPECT_EQ(check.last_segment().hash, segment.sha256);
  }
  EXPECT_THAT(messages, testing::IsEmpty());
  EXPECT_EQ(seen, 20U);
}

TEST_P(CatalogEvidence, WhatIsBeyondASegmentComesInPages) {
  for (int i = 0; i < 10; ++i) commit(photo(device(i % 2 == 0 ? 0 : 1)));
  seal_and_store(4);
  EvidenceCatalog::Position after;
  std::vector<EvidenceEntry> all;
  for (;;) {
    const auto page = evidence().records_beyond(1, after, 2);
    ASSERT_TRUE(page) << page.error().message;
    if (page->empty()) break;
    all.insert(all.end(), page->begin(), page->end());
    after = {.imei = all.back().imei.number(), .number = all.back().entry.number};
  }
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all.front().imei, device(0));
  EXPECT_EQ(all.front().entry.number, 3U);
}

TEST_P(CatalogEvidence, AReaderSeesItAndChangesNothing) {
  if (GetParam().url(folder_) == "sqlite::memory:") GTEST_SKIP() << "is seen by its own process alone";
  commit(photo());
  const auto reading = open_evidence(GetParam().url(folder_));
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_EQ((*reading)->records_beyond(0, {}, 10)->size(), 1U);
  EXPECT_EQ(*(*reading)->waiting(), 1U);
  EXPECT_EQ((*reading)->seal(at(0), 10).error().code, base::Errc::refused);
  EXPECT_EQ((*reading)->mark_stored(1).error().code, base::Errc::refused);
  EXPECT_EQ(*evidence().waiting(), 1U);
}

}  // namespace
}  // namespace storage
