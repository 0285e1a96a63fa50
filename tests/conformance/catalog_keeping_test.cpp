// Deletion, holds, what the rules ask, findings and chores: the same on every catalog.
#include <algorithm>
#include <barrier>
#include <thread>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using storage::AgeMark;
using storage::Finding;
using storage::FindingKind;
using storage::Media;
using storage::OldestQuery;
using storage::Tombstone;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

class CatalogKeeping : public CatalogTest {
 protected:
  storage::KeepingCatalog& keeping() { return catalog_->keeping(); }

  Media stored(base::Imei imei = device(), base::UtcTime received = at(0)) {
    Media media = photo(imei, received);
    commit(media);
    return media;
  }
  std::vector<Tombstone> remove(const Media& media, std::string_view reason = "it was asked for") {
    const std::vector ids{media.id};
    auto deleted = keeping().delete_media(media.imei, ids, reason, at(9'000));
    EXPECT_TRUE(deleted) << deleted.error().message;
    return deleted.value_or(std::vector<Tombstone>{});
  }
  std::vector<base::Uuid> oldest(const OldestQuery& query) {
    const auto files = keeping().oldest_media(query);
    EXPECT_TRUE(files) << files.error().message;
    std::vector<base::Uuid> found;
    if (files)
      for (const auto& file : *files) found.push_back(file.id);
    return found;
  }
  bool is_stored(const Media& media) { return catalog_->find_media(media.id).value().has_value(); }
  storage::Device device_row(base::Imei imei = device()) { return catalog_->find_device(imei).value().value(); }
};

TEST_P(CatalogKeeping, ADeletedFileLeavesATombstone) {
  const Media media = stored();
  const Media other = stored();
  const auto deleted = remove(media, "it was older than 90 days");
  ASSERT_THAT(deleted, SizeIs(1));
  EXPECT_FALSE(is_stored(media));
  EXPECT_TRUE(is_stored(other));
  EXPECT_EQ(device_row().media_count, 1U);
  EXPECT_EQ(device_row().stored_bytes, other.size);

  const auto found = keeping().find_tombstone(media.id).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, media.id);
  EXPECT_EQ(found->imei, media.imei);
  EXPECT_EQ(found->camera, media.camera);
  EXPECT_EQ(found->kind, media.kind);
  EXPECT_EQ(found->name, media.name);
  EXPECT_EQ(found->captured_at, media.captured_at);
  EXPECT_EQ(found->received_at, media.received_at);
  EXPECT_EQ(found->size, media.size);
  EXPECT_EQ(found->sha256, media.sha256);
  EXPECT_EQ(found->object_key, media.object_key);
  EXPECT_EQ(found->deleted_at, at(9'000));
  EXPECT_EQ(found->reason, "it was older than 90 days");
  EXPECT_FALSE(found->object_removed);
  EXPECT_EQ(keeping().find_tombstone_of(media.object_key).value()->id, media.id);
  EXPECT_FALSE(keeping().find_tombstone(other.id).value());
  EXPECT_FALSE(keeping().find_tombstone_of(other.object_key).value());
}

TEST_P(CatalogKeeping, DeletingAgainOrOfAnotherDeviceDoesNothing) {
  const Media media = stored();
  EXPECT_THAT(keeping().delete_media(device(1), std::vector{media.id}, "r", at(1)).value(), IsEmpty());
  EXPECT_TRUE(is_stored(media));
  EXPECT_THAT(remove(media), SizeIs(1));
  EXPECT_THAT(remove(media), IsEmpty());
  EXPECT_EQ(device_row().media_count, 0U);
  EXPECT_EQ(device_row().stored_bytes, 0U);
}

TEST_P(CatalogKeeping, ObjectsWaitUntilTheyAreRemoved) {
  const Media first = stored();
  const Media second = stored();
  ASSERT_TRUE(keeping().delete_media(device(), std::vector{first.id}, "r", at(1)));
  ASSERT_TRUE(keeping().delete_media(device(), std::vector{second.id}, "r", at(2)));
  const auto pending = keeping().pending_removals(std::nullopt, 10).value();
  ASSERT_THAT(pending, SizeIs(2));
  EXPECT_EQ(pending[0].id, first.id);
  EXPECT_EQ(pending[1].id, second.id);
  EXPECT_THAT(keeping().pending_removals(std::nullopt, 1).value(), SizeIs(1));
  const auto rest = keeping().pending_removals(AgeMark{pending[0].deleted_at, pending[0].id}, 10).value();
  ASSERT_THAT(rest, SizeIs(1));
  EXPECT_EQ(rest[0].id, second.id);
  ASSERT_TRUE(keeping().mark_removed(std::vector{second.id, first.id}));
  EXPECT_THAT(keeping().pending_removals(std::nullopt, 10).value(), IsEmpty());
  EXPECT_TRUE(keeping().find_tombstone(first.id).value()->object_removed);
}

TEST_P(CatalogKeeping, TheKeyOfAStoredFileIsNotPending) {
  const Media media = stored();
  remove(media);
  Media again = photo();
  again.object_key = media.object_key;
  commit(again);
  EXPECT_THAT(keeping().pending_removals(std::nullopt, 10).value(), IsEmpty());
}

TEST_P(CatalogKeeping, ADeletedIdNeverComesBack) {
  const Media media = stored();
  remove(media);
  const auto again = catalog_->commit_media(media);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Errc::corrupt) << again.error().message;
  EXPECT_FALSE(is_stored(media));
  EXPECT_EQ(device_row().media_count, 0U);
  Media fresh = media;
  fresh.id = base::Uuid::v7(at(0));
  fresh.object_key += "2";
  EXPECT_FALSE(commit(fresh).duplicate) << "the same content under another id";
  EXPECT_TRUE(is_stored(fresh));
}

TEST_P(CatalogKeeping, AHoldSurvivesDeletion) {
  const Media media = stored();
  ASSERT_TRUE(keeping().hold_media(media.id, "case 7", at(5)).value());
  EXPECT_THAT(remove(media), IsEmpty());
  const auto held = catalog_->find_media(media.id).value();
  ASSERT_TRUE(held);
  EXPECT_TRUE(held->legal_hold);
  EXPECT_EQ(held->hold_reason, "case 7");
  EXPECT_EQ(held->held_at, at(5));
  EXPECT_THAT(oldest({}), IsEmpty());

  ASSERT_TRUE(keeping().hold_media(media.id, "case 8", at(6)).value());
  EXPECT_EQ(catalog_->find_media(media.id).value()->hold_reason, "case 8");
  EXPECT_EQ(catalog_->find_media(media.id).value()->held_at, at(5)) << "held since";
  ASSERT_TRUE(keeping().release_media(media.id).value());
  ASSERT_TRUE(keeping().release_media(media.id).value());
  EXPECT_FALSE(catalog_->find_media(media.id).value()->legal_hold);
  EXPECT_EQ(catalog_->find_media(media.id).value()->hold_reason, "");
  EXPECT_FALSE(catalog_->find_media(media.id).value()->held_at);
  EXPECT_THAT(remove(media), SizeIs(1));
  EXPECT_FALSE(keeping().hold_media(media.id, "too late", at(7)).value());
  EXPECT_FALSE(keeping().release_media(media.id).value());
  EXPECT_FALSE(keeping().hold_media(base::Uuid::v7(at(0)), "nothing", at(7)).value());
}

TEST_P(CatalogKeeping, OfAHoldAndADeletionExactlyOneWins) {
  for (int round = 0; round < 20; ++round) {
    const Media media = stored();
    std::barrier start(2);
    bool held = false;
    std::thread holder([&] {
      start.arrive_and_wait();
      held = keeping().hold_media(media.id, "case 7", at(5)).value();
    });
    start.arrive_and_wait();
    const bool deleted = !remove(media).empty();
    holder.join();
    EXPECT_NE(held, deleted);
    EXPECT_EQ(is_stored(media), held);
  }
}

TEST_P(CatalogKeeping, OldestFirst) {
  const Media third = stored(device(1), at(3'000));
  const Media first = stored(device(0), at(1'000));
  const Media second = stored(device(1), at(2'000));
  EXPECT_THAT(oldest({}), ElementsAre(first.id, second.id, third.id));
  EXPECT_THAT(oldest({.limit = 2}), ElementsAre(first.id, second.id));
  EXPECT_THAT(oldest({.imei = device(1)}), ElementsAre(second.id, third.id));
  EXPECT_THAT(oldest({.received_before = at(2'000)}), ElementsAre(first.id));
  EXPECT_THAT(oldest({.after = AgeMark{at(2'000), second.id}}), ElementsAre(third.id));
  EXPECT_THAT(oldest({.imei = device(1), .received_before = at(3'000), .after = AgeMark{at(2'000), second.id}}),
              IsEmpty());
  const auto file = keeping().oldest_media({}).value().front();
  EXPECT_EQ(file.imei, first.imei);
  EXPECT_EQ(file.received_at, first.received_at);
  EXPECT_EQ(file.size, first.size);
  EXPECT_EQ(file.sha256, first.sha256);
  EXPECT_EQ(file.object_key, first.object_key);
}

TEST_P(CatalogKeeping, Totals) {
  EXPECT_EQ(keeping().kept_totals().value().files, 0U);
  const Media held = stored(device(0));
  stored(device(1));
  stored(device(1));
  ASSERT_TRUE(keeping().hold_media(held.id, "r", at(1)).value());
  const auto totals = keeping().kept_totals().value();
  EXPECT_EQ(totals.files, 3U);
  EXPECT_EQ(totals.bytes, 3 * held.size);
  EXPECT_EQ(totals.held_files, 1U);
  EXPECT_EQ(totals.held_bytes, held.size);
  const auto above = keeping().devices_above(held.size).value();
  ASSERT_THAT(above, SizeIs(1));
  EXPECT_EQ(above[0].imei, device(1));
  EXPECT_EQ(above[0].bytes, 2 * held.size);
}

TEST_P(CatalogKeeping, FilesInTheOrderOfTheirKeys) {
  std::vector<std::string> keys{"media/A/2", "media/a-b/1", "media/a/1", "media/B/1", "media/a_b/1", "media/a.b/1"};
  for (const auto& key : keys) {
    Media media = photo();
    media.object_key = key;
    commit(media);
  }
  std::ranges::sort(keys);  // byte by byte, as object stores list them
  std::vector<std::string> found;
  std::string last;
  for (;;) {
    const auto page = keeping().media_behind(last, 2).value();
    if (page.empty()) break;
    for (const auto& file : page) found.push_back(file.object_key);
    last = found.back();
  }
  EXPECT_EQ(found, keys);
  EXPECT_EQ(keeping().find_media_of("media/a/1").value()->object_key, "media/a/1");
  EXPECT_FALSE(keeping().find_media_of("media/a").value());
}

Finding finding_of(const Media& media, FindingKind kind, base::UtcTime seen) {
  return {.kind = kind,
          .object_key = media.object_key,
          .media_id = media.id,
          .imei = media.imei,
          .detail = "A sentence.",
          .first_seen = seen,
          .last_seen = seen};
}

TEST_P(CatalogKeeping, FindingsAreNewOnce) {
  const Media media = stored();
  const auto run = base::Uuid::v7(at(0));
  const auto later = base::Uuid::v7(at(1));
  EXPECT_TRUE(keeping().note_finding(finding_of(media, FindingKind::missing, at(1)), run).value());
  EXPECT_FALSE(keeping().note_finding(finding_of(media, FindingKind::missing, at(2)), later).value());
  EXPECT_TRUE(
      keeping().note_finding({.object_key = "media/x", .first_seen = at(1), .last_seen = at(1)}, later).value());
  const auto all = keeping().findings(10).value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].kind, FindingKind::missing);
  EXPECT_EQ(all[0].media_id, media.id);
  EXPECT_EQ(all[0].imei, media.imei);
  EXPECT_EQ(all[0].detail, "A sentence.");
  EXPECT_EQ(all[0].first_seen, at(1));
  EXPECT_EQ(all[0].last_seen, at(2));
  EXPECT_EQ(all[1].kind, FindingKind::orphan);
  EXPECT_FALSE(all[1].media_id);
  EXPECT_THAT(keeping().findings(1).value(), SizeIs(1));
  ASSERT_TRUE(keeping().drop_finding(FindingKind::orphan, "media/x"));
  EXPECT_THAT(keeping().findings(10).value(), SizeIs(1));
}

TEST_P(CatalogKeeping, WhatWasNotSeenAgainIsSettled) {
  const Media a = stored();
  const Media b = stored();
  const auto before = base::Uuid::v7(at(0));
  const auto now = base::Uuid::v7(at(1));
  ASSERT_TRUE(keeping().note_finding(finding_of(a, FindingKind::missing, at(1)), before));
  ASSERT_TRUE(keeping().note_finding(finding_of(a, FindingKind::damaged, at(1)), before));
  ASSERT_TRUE(keeping().note_finding(finding_of(b, FindingKind::damaged, at(1)), before));
  ASSERT_TRUE(keeping().note_finding(finding_of(b, FindingKind::wrong_size, at(1)), now));
  remove(b);
  ASSERT_TRUE(keeping().settle_findings(now));
  const auto rest = keeping().findings(10).value();
  ASSERT_THAT(rest, SizeIs(2));
  EXPECT_EQ(rest[0].kind, FindingKind::damaged);
  EXPECT_EQ(rest[0].media_id, a.id);
  EXPECT_EQ(rest[1].kind, FindingKind::wrong_size);
}

TEST_P(CatalogKeeping, TheLastRun) {
  EXPECT_FALSE(keeping().last_run().value());
  storage::ScrubRun run{.id = base::Uuid::v7(at(0)), .node = "n1", .started_at = at(0), .state = "running"};
  ASSERT_TRUE(keeping().record_run(run));
  EXPECT_FALSE(keeping().last_run().value()->ended_at);
  run.ended_at = at(10);
  run.state = "failed";
  run.reason = "The store is away.";
  run.objects = 1;
  run.files = 2;
  run.orphans = 3;
  run.missing = 4;
  run.wrong_size = 5;
  run.damaged = 6;
  run.hashed_files = 7;
  run.hashed_bytes = 8;
  run.removed_objects = 9;
  run.removed_leftovers = 10;
  ASSERT_TRUE(keeping().record_run(run));
  for (int i = 1; i <= 150; ++i)
    ASSERT_TRUE(keeping().record_run({.id = base::Uuid::v7(at(-i)), .started_at = at(-i), .state = "complete"}));
  const auto found = keeping().last_run().value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, run.id);
  EXPECT_EQ(found->node, "n1");
  EXPECT_EQ(found->ended_at, at(10));
  EXPECT_EQ(found->state, "failed");
  EXPECT_EQ(found->reason, "The store is away.");
  EXPECT_EQ(found->objects, 1U);
  EXPECT_EQ(found->files, 2U);
  EXPECT_EQ(found->orphans, 3U);
  EXPECT_EQ(found->missing, 4U);
  EXPECT_EQ(found->wrong_size, 5U);
  EXPECT_EQ(found->damaged, 6U);
  EXPECT_EQ(found->hashed_files, 7U);
  EXPECT_EQ(found->hashed_bytes, 8U);
  EXPECT_EQ(found->removed_objects, 9U);
  EXPECT_EQ(found->removed_leftovers, 10U);
}

TEST_P(CatalogKeeping, TheSampleGoesOnWhereItWas) {
  EXPECT_EQ(keeping().sample_cursor().value(), "");
  ASSERT_TRUE(keeping().set_sample_cursor("media/a"));
  ASSERT_TRUE(keeping().set_sample_cursor("media/b"));
  EXPECT_EQ(keeping().sample_cursor().value(), "media/b");
}

TEST_P(CatalogKeeping, AChoreIsTakenByOneNodeInItsTime) {
  EXPECT_TRUE(keeping().claim_chore("scrub", "a", 1h).value());
  EXPECT_FALSE(keeping().claim_chore("scrub", "b", 1h).value());
  EXPECT_TRUE(keeping().claim_chore("retention", "b", 1h).value());
  EXPECT_TRUE(keeping().claim_chore("scrub", "b", 0ms).value()) << "its time has come";
}

TEST_P(CatalogKeeping, AChoreIsTakenOnceByManyAtOnce) {
  std::atomic<int> taken = 0;
  std::vector<std::jthread> nodes;
  for (int i = 0; i < 8; ++i)
    nodes.emplace_back([&, i] { taken += keeping().claim_chore("scrub", std::to_string(i), 1h).value() ? 1 : 0; });
  nodes.clear();
  EXPECT_EQ(taken, 1);
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogKeeping, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
