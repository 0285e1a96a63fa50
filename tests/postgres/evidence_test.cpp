// Two nodes seal into one store, and write the chains of the same devices.
#include <latch>
#include <thread>

#include "storage/evidence/chain_check.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "storage/sealing/sealer.hpp"
#include "tests/postgres/fixture.hpp"
#include "tests/support/temp_folder.hpp"

namespace storage::postgres {
namespace {

using PostgresEvidence = tests::PostgresTest;
using tests::at;
using tests::device;
using tests::photo;

// Feeds every segment of the store to a check.
void read_segments(ObjectStore& objects, evidence::ChainCheck& check) {
  std::uint64_t number = 0;
  ASSERT_TRUE(objects.list("evidence/", [&](const ObjectInfo& object) {
    check.begin_segment(++number);
    EXPECT_EQ(object.key, evidence::segment_key(number));
    base::Bytes bytes(object.size);
    EXPECT_EQ((*objects.open(object.key))->read_at(0, bytes).value_or(0), object.size);
    EXPECT_TRUE(check.feed(bytes));
    return check.end_segment().has_value();
  }));
}

TEST_F(PostgresEvidence, TwoNodesWriteAndSealOneChainWithoutAGap) {
  constexpr int each = 60;
  constexpr std::uint32_t segment_entries = 7;
  const std::array nodes{open(), open()};
  const tests::TempFolder folder;
  MemoryObjectStore objects;
  std::array sealers{std::make_unique<Sealer>(nodes[0]->evidence(), objects, folder / "a", segment_entries),
                     std::make_unique<Sealer>(nodes[1]->evidence(), objects, folder / "b", segment_entries)};
  {
    std::latch start(6);
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < 4; ++t)
      workers.emplace_back([&, t] {
        start.arrive_and_wait();
        for (int i = 0; i < each; ++i) {
          const auto done = nodes[t % 2]->commit_media(photo(device(static_cast<std::uint64_t>(i % 3))));
          ASSERT_TRUE(done) << done.error().message;
        }
      });
    for (const auto& sealer : sealers)
      workers.emplace_back([&] {
        start.arrive_and_wait();
        for (int i = 0; i < 20; ++i) {
          const auto sealed = sealer->run();
          ASSERT_TRUE(sealed) << sealed.error().message;
        }
      });
  }
  ASSERT_TRUE(sealers[0]->run());
  EXPECT_EQ(*nodes[1]->evidence().waiting(), 0U);

  std::vector<std::string> messages;
  evidence::ChainCheck check(
      {}, "", [](const auto&...) {}, [&](const evidence::Finding& finding) { messages.push_back(finding.message); });
  read_segments(objects, check);
  EXPECT_THAT(messages, testing::IsEmpty());
  EXPECT_EQ(check.totals().records, 4U * each);
  EXPECT_EQ(check.totals().devices, 3U);
  EXPECT_EQ(std::to_string(check.totals().segments), value("SELECT count(*) FROM evidence_segments WHERE stored"));
  EXPECT_EQ(check.last_segment().hash, (*nodes[0]->evidence().last_stored())->sha256);
}

// The node that began a segment died: whoever comes next stores the very same.
TEST_F(PostgresEvidence, AnotherNodeStoresWhatADeadOneBegan) {
  const std::array nodes{open(), open()};
  ASSERT_TRUE(nodes[0]->commit_media(photo()));
  const auto begun = nodes[0]->evidence().seal(at(0), 10);
  ASSERT_TRUE(begun && *begun);
  const tests::TempFolder folder;
  MemoryObjectStore objects;
  const auto sealed = Sealer(nodes[1]->evidence(), objects, folder / "s").run();
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->segments, 1U);
  EXPECT_EQ(sealed->head, (*begun)->sha256);
}

TEST_F(PostgresEvidence, WhileOneNodeSealsTheOtherDoesNotWait) {
  const std::array nodes{open(), open()};
  ASSERT_TRUE(nodes[0]->commit_media(photo()));
  Connector connector(location());
  const auto sealing = connector.connect(Connection::Purpose::write, base::steady_now());
  ASSERT_TRUE(sealing) << sealing.error().message;
  ASSERT_TRUE((*sealing)->begin());
  ASSERT_TRUE((*sealing)->run("SELECT pg_advisory_xact_lock('evidence_segments'::regclass::oid::bigint)"));
  const auto sealed = nodes[1]->evidence().seal(at(0), 10);
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_FALSE(*sealed);
  EXPECT_TRUE(nodes[1]->commit_media(photo()));
}

TEST_F(PostgresEvidence, TheRightToSelectIsEnoughForAProof) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->commit_media(photo()));
  cluster_.run(
      fmt::format("CREATE ROLE auditor LOGIN PASSWORD 'reads-only'; GRANT USAGE ON SCHEMA \"{0}\" TO auditor; "
                  "GRANT SELECT ON \"{0}\".evidence, \"{0}\".evidence_segments TO auditor",
                  schema_));
  const auto reading = open_evidence(cluster_.url(schema_, "postgres", "auditor", "reads-only"));
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_FALSE(*(*reading)->last_stored());
  const auto records = (*reading)->records_beyond(0, {}, 10);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(records->size(), 1U);
}

}  // namespace
}  // namespace storage::postgres
