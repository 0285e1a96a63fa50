#include "storage/journal/relay_journal.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "storage/catalog/catalog.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/held_relay_catalog.hpp"

namespace storage {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using tests::at;
using namespace std::chrono_literals;

Trigger event(std::string kind = "trigger") {
  return {.id = base::Uuid::v7(base::utc_now()), .node = "n1", .kind = std::move(kind), .at = base::utc_now()};
}
RelayNotes rows(std::size_t count, const std::string& kind = "trigger") {
  RelayNotes notes;
  for (std::size_t i = 0; i < count; ++i) notes.triggers.push_back(event(kind));
  return notes;
}

class RelayJournalTest : public testing::Test {
 protected:
  void start(JournalOptions options = {}) {
    options.node = "n1";
    journal_ = std::make_unique<RelayJournal>(catalog_, registry_, options);
  }
  // Of the metric without labels.
  double figure(const std::string& name) {
    for (const auto& family : registry_.Collect())
      if (family.name == name) {
        const auto& metric = family.metric.at(0);
        return metric.counter.value + metric.gauge.value;
      }
    ADD_FAILURE() << "no metric " << name;
    return -1;
  }
  // The thread is in a call of note() with the first row, and what is added now waits.
  void keep_busy() {
    catalog_.hold();
    journal_->add(rows(1, "first"));
    ASSERT_TRUE(catalog_.wait_for_calls(1));
  }

  tests::HeldRelayCatalog catalog_;
  prometheus::Registry registry_;
  std::unique_ptr<RelayJournal> journal_;
};

TEST_F(RelayJournalTest, WhatComesWhileOneTransactionRunsSharesTheNext) {
  start();
  keep_busy();
  for (int i = 0; i < 100; ++i) journal_->add(rows(2));
  EXPECT_EQ(figure("dualcamd_relay_log_waiting_rows"), 200);
  catalog_.let_go();
  ASSERT_TRUE(journal_->flush(tests::patience));
  const auto noted = catalog_.noted();
  ASSERT_THAT(noted, SizeIs(2));
  EXPECT_THAT(noted[0].triggers, SizeIs(1));
  EXPECT_THAT(noted[1].triggers, SizeIs(200));
  EXPECT_EQ(figure("dualcamd_relay_log_rows_total"), 201);
  EXPECT_EQ(figure("dualcamd_relay_log_waiting_rows"), 0);
}

TEST_F(RelayJournalTest, EverythingOfANoteIsWritten) {
  start();
  RelayNotes notes = rows(1);
  notes.takes = {{.id = base::Uuid::v7(at(0)), .number = 7}};
  notes.pending = {{.id = base::Uuid::v7(at(0)), .target = "west"}};
  notes.settled = {base::Uuid::v7(at(0))};
  journal_->add(notes);
  ASSERT_TRUE(journal_->flush(tests::patience));
  const auto noted = catalog_.noted();
  ASSERT_THAT(noted, SizeIs(1));
  EXPECT_EQ(noted[0].triggers.at(0).id, notes.triggers[0].id);
  EXPECT_EQ(noted[0].takes.at(0).number, 7U);
  EXPECT_EQ(noted[0].pending.at(0).target, "west");
  EXPECT_EQ(noted[0].settled, notes.settled);
}

TEST_F(RelayJournalTest, ATransactionHasABound) {
  start();
  keep_busy();
  journal_->add(rows(4'500));
  catalog_.let_go();
  ASSERT_TRUE(journal_->flush(tests::patience));
  const auto noted = catalog_.noted();
  ASSERT_THAT(noted, SizeIs(4));
  EXPECT_THAT(noted[1].triggers, SizeIs(2'000));
  EXPECT_THAT(noted[3].triggers, SizeIs(500));
}

TEST_F(RelayJournalTest, AFlushOfNothingWaitsForNothing) {
  start();
  EXPECT_TRUE(journal_->flush(0ms));
  journal_->add({});
  EXPECT_TRUE(journal_->flush(0ms));
  EXPECT_EQ(catalog_.calls(), 0U);
}

TEST_F(RelayJournalTest, AFlushSaysWhenItIsNotDurableInTime) {
  start();
  keep_busy();
  EXPECT_FALSE(journal_->flush(1ms)) << "the first row is still on its way";
  catalog_.let_go();
  EXPECT_TRUE(journal_->flush(tests::patience));
}

TEST_F(RelayJournalTest, ACatalogThatIsAwayIsTriedAgainAndNothingIsLost) {
  start({.retry = 1ms, .longest_retry = 5ms});
  catalog_.fail_with(base::Errc::unavailable);
  RelayNotes notes = rows(3);
  notes.pending = {{.id = base::Uuid::v7(at(0))}};
  journal_->add(notes);
  ASSERT_TRUE(catalog_.wait_for_calls(5));
  RelayNotes later = rows(2);
  later.settled = {notes.pending[0].id};
  journal_->add(later);
  catalog_.fail_with(std::nullopt);
  ASSERT_TRUE(journal_->flush(tests::patience));
  EXPECT_THAT(catalog_.rows(), SizeIs(5));
  const auto noted = catalog_.noted();
  ASSERT_THAT(noted, SizeIs(2)) << "what was tried, then what came meanwhile";
  EXPECT_THAT(noted[0].pending, SizeIs(1));
  EXPECT_EQ(noted[1].settled, later.settled);
  EXPECT_GE(figure("dualcamd_relay_log_failures_total"), 4);
  EXPECT_EQ(figure("dualcamd_relay_log_dropped_rows_total"), 0);
}

TEST_F(RelayJournalTest, AFlushTriesAtOnce) {
  start({.retry = 1h, .longest_retry = 1h});
  catalog_.fail_with(base::Errc::unavailable);
  journal_->add(rows(1));
  ASSERT_TRUE(catalog_.wait_for_calls(1));
  catalog_.fail_with(std::nullopt);
  EXPECT_TRUE(journal_->flush(tests::patience)) << "and not an hour later";
}

TEST_F(RelayJournalTest, WhatIsLeftOutIsToldByOneRow) {
  start({.backlog = {100, 1 << 30}});
  keep_busy();
  for (int i = 0; i < 50; ++i) journal_->add(rows(10, "storm"));
  RelayNotes shot = rows(1, "fires");
  shot.triggers.push_back(event("shot"));
  shot.triggers[1].incoming = false;
  shot.triggers[1].cause = shot.triggers[0].id;
  shot.pending = {{.id = base::Uuid::v7(at(0))}};
  journal_->add(shot);
  for (int i = 0; i < 50; ++i) journal_->add(rows(10, "storm"));
  catalog_.let_go();
  ASSERT_TRUE(journal_->flush(tests::patience));
  std::map<std::string, std::size_t> kinds;
  std::string reason;
  for (const Trigger& each : catalog_.rows()) {
    ++kinds[each.kind];
    if (each.kind == "rows_missing") reason = each.reason;
  }
  EXPECT_EQ(kinds["storm"], 98U);
  EXPECT_EQ(kinds["fires"], 1U);
  EXPECT_EQ(kinds["shot"], 1U);
  EXPECT_EQ(kinds["rows_missing"], 1U);
  EXPECT_THAT(reason, HasSubstr("902 rows were not recorded"));
  EXPECT_EQ(figure("dualcamd_relay_log_dropped_rows_total"), 902);
  EXPECT_THAT(catalog_.noted()[1].pending, SizeIs(1));
  journal_->add(rows(1));
  ASSERT_TRUE(journal_->flush(tests::patience));
  EXPECT_THAT(catalog_.noted().back().triggers, SizeIs(1)) << "told once";
}

TEST_F(RelayJournalTest, WhatTheCatalogWillNeverTakeHoldsNothingUp) {
  start();
  catalog_.fail_with(base::Errc::invalid);
  RelayNotes notes = rows(2, "refused");
  notes.pending = {{.id = base::Uuid::v7(at(0))}};
  journal_->add(notes);
  ASSERT_TRUE(journal_->flush(tests::patience));
  journal_->add(rows(1));
  ASSERT_TRUE(journal_->flush(tests::patience));
  const auto noted = catalog_.noted();
  ASSERT_THAT(noted, SizeIs(2));
  EXPECT_THAT(noted[0].pending, SizeIs(1)) << "the rest goes without them";
  ASSERT_THAT(noted[0].triggers, SizeIs(1));
  EXPECT_THAT(noted[0].triggers[0].reason, HasSubstr("2 rows"));
  EXPECT_EQ(noted[1].triggers.at(0).kind, "trigger");
}

TEST_F(RelayJournalTest, ItsEndWritesWhatWaits) {
  start();
  keep_busy();
  journal_->add(rows(5'000));
  std::jthread letting_go([&] { catalog_.let_go(); });
  journal_.reset();
  EXPECT_THAT(catalog_.rows(), SizeIs(5'001));
}

TEST_F(RelayJournalTest, ItsEndIsBoundedWhenTheCatalogFails) {
  start({.retry = 1h, .longest_retry = 1h, .closing_patience = tests::patience});
  catalog_.fail_with(base::Errc::unavailable);
  journal_->add(rows(3));
  ASSERT_TRUE(catalog_.wait_for_calls(1));
  journal_.reset();
  EXPECT_THAT(catalog_.rows(), IsEmpty());
  EXPECT_GE(catalog_.calls(), 2U) << "once more, at least";
}

TEST(RelayJournalEnd, IsBoundedWhenTheCatalogHangs) {
  // The thread that is left behind may use them longer than this test takes.
  static auto& catalog = *new tests::HeldRelayCatalog;
  static auto& registry = *new prometheus::Registry;
  auto journal =
      std::make_unique<RelayJournal>(catalog, registry, JournalOptions{.node = "n1", .closing_patience = 10ms});
  catalog.hold();
  journal->add(rows(1));
  ASSERT_TRUE(catalog.wait_for_calls(1));
  journal.reset();
  EXPECT_THAT(catalog.rows(), IsEmpty());
  catalog.let_go();
  ASSERT_TRUE(tests::eventually([] { return catalog.rows().size() == 1; })) << "it ends on its own";
}

TEST_F(RelayJournalTest, ThreadsAddTogetherAndSqliteHasItAll) {
  constexpr int threads = 4;
  constexpr int calls = 250;
  const tests::TempFolder folder;
  const auto catalog = open_catalog("sqlite:" + (folder / "c.db").string()).value();
  ASSERT_TRUE(catalog->migrate());
  RelayJournal journal(catalog->relay(), registry_, {.node = "n1"});
  RelayTake take{.id = base::Uuid::v7(at(0)), .number = 1, .node = "n1", .state = "open"};
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < calls; ++i) {
          RelayNotes notes = rows(2);
          const PendingCommand brief{.id = base::Uuid::v7(at(i)), .node = "n1"};
          notes.pending = {brief};
          journal.add(std::move(notes));
          journal.add({.settled = {brief.id}});
        }
      });
  }
  journal.add({.takes = {take}});
  take.state = "ended";
  journal.add({.takes = {take}});
  ASSERT_TRUE(journal.flush(tests::patience));
  std::size_t listed = 0;
  TriggerQuery query{.limit = 500};
  do {
    const auto page = catalog->relay().list_triggers(query).value();
    listed += page.items.size();
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  EXPECT_EQ(listed, 2U * threads * calls);
  EXPECT_THAT(catalog->relay().pending("n1").value(), IsEmpty());
  EXPECT_EQ(catalog->relay().find_take(take.id).value()->state, "ended");
}

}  // namespace
}  // namespace storage
