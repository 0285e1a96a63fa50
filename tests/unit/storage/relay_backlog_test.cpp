#include "storage/journal/backlog.hpp"

#include <gmock/gmock.h>

#include "tests/support/samples.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using tests::at;

constexpr BacklogBounds plenty{1'000'000, 1 << 30};

Trigger event(std::string kind) {
  return {.id = base::Uuid::v7(at(0)), .incoming = true, .kind = std::move(kind)};
}
Trigger command(std::string kind, const base::Uuid& cause) {
  return {.id = base::Uuid::v7(at(0)), .incoming = false, .kind = std::move(kind), .cause = cause};
}
RelayNotes rows(std::vector<Trigger> triggers) {
  return {.triggers = std::move(triggers)};
}
std::vector<std::string> kinds(const Backlog::Group& group) {
  std::vector<std::string> all;
  for (const Trigger& each : group.triggers) all.push_back(each.kind);
  return all;
}
std::vector<base::Uuid> pending(const Backlog::Group& group) {
  std::vector<base::Uuid> all;
  for (const auto& [id, each] : group.pending) all.push_back(id);
  return all;
}

TEST(RelayBacklog, GivesWhatCameInItsOrder) {
  Backlog backlog(plenty);
  const Trigger fired = event("b");
  EXPECT_EQ(backlog.add(rows({event("a")})), 0U);
  EXPECT_EQ(backlog.add(rows({fired, command("c", fired.id)})), 0U);
  EXPECT_EQ(backlog.add(rows({event("d")})), 0U);
  EXPECT_EQ(backlog.rows(), 4U);
  const auto first = backlog.take({2, plenty.bytes});
  EXPECT_THAT(kinds(first), ElementsAre("a", "b"));
  EXPECT_EQ(first.through, 1U) << "of the second call a row is left";
  const auto rest = backlog.take(plenty);
  EXPECT_THAT(kinds(rest), ElementsAre("c", "d"));
  EXPECT_EQ(rest.through, 3U);
  EXPECT_TRUE(backlog.empty());
  EXPECT_EQ(backlog.bytes(), 0U);
}

TEST(RelayBacklog, AGroupHasABoundOfBytes) {
  Backlog backlog(plenty);
  for (const auto* kind : {"a", "b", "c"}) {
    Trigger large = event(kind);
    large.raw.resize(10'000);
    backlog.add(rows({large}));
  }
  EXPECT_THAT(kinds(backlog.take({100, 15'000})), ElementsAre("a", "b"));
  EXPECT_THAT(kinds(backlog.take({100, 1})), ElementsAre("c")) << "one goes always";
}

TEST(RelayBacklog, TheOldestEventsThatNothingWasDoneAboutAreLeftOut) {
  Backlog backlog({4, plenty.bytes});
  const Trigger fired = event("fired");
  EXPECT_EQ(backlog.add(rows({event("1"), fired, command("shot", fired.id)})), 0U);
  EXPECT_EQ(backlog.add(rows({event("2"), event("3"), event("4")})), 2U);
  EXPECT_EQ(backlog.rows(), 4U);
  EXPECT_THAT(kinds(backlog.take(plenty)), ElementsAre("fired", "shot", "3", "4"));
}

TEST(RelayBacklog, ItsBytesAreBoundedToo) {
  Backlog backlog({1'000, 25'000});
  std::size_t left_out = 0;
  for (int i = 0; i < 5; ++i) {
    Trigger large = event(std::to_string(i));
    large.raw.resize(10'000);
    left_out += backlog.add(rows({large}));
    EXPECT_LE(backlog.bytes(), 25'000U);
  }
  EXPECT_EQ(left_out, 3U);
  EXPECT_THAT(kinds(backlog.take(plenty)), ElementsAre("3", "4"));
}

TEST(RelayBacklog, WhatWasDoneIsLeftOutMuchLater) {
  Backlog backlog({4, plenty.bytes});
  std::size_t left_out = 0;
  for (int i = 0; i < 8; ++i) left_out += backlog.add(rows({command(std::to_string(i), base::Uuid())}));
  EXPECT_EQ(left_out, 0U) << "twice the bound";
  EXPECT_EQ(backlog.add(rows({event("e")})), 1U) << "an event goes before";
  EXPECT_EQ(backlog.add(rows({command("8", base::Uuid())})), 1U);
  EXPECT_THAT(kinds(backlog.take(plenty)), ElementsAre("1", "2", "3", "4", "5", "6", "7", "8"));
}

TEST(RelayBacklog, TakesAndPendingCommandsAreNeverLeftOut) {
  Backlog backlog({1, plenty.bytes});
  RelayNotes notes;
  for (int i = 0; i < 100; ++i) {
    notes.triggers.push_back(event("e"));
    notes.takes.push_back({.id = base::Uuid::v7(at(0))});
    notes.pending.push_back({.id = base::Uuid::v7(at(0))});
    notes.settled.push_back(base::Uuid::v7(at(0)));
  }
  EXPECT_EQ(backlog.add(notes), 99U);
  const auto group = backlog.take({1, 1});
  EXPECT_THAT(group.takes, SizeIs(100));
  EXPECT_THAT(group.pending, SizeIs(100));
  EXPECT_THAT(group.settled, SizeIs(100));
}

TEST(RelayBacklog, TheLastWordOnACommandStands) {
  Backlog backlog(plenty);
  const PendingCommand brief{.id = base::Uuid::v7(at(0))};
  const PendingCommand again{.id = base::Uuid::v7(at(0))};
  backlog.add({.pending = {brief}});
  backlog.add({.settled = {brief.id, again.id}});
  backlog.add({.pending = {again}});
  const auto group = backlog.take(plenty);
  EXPECT_THAT(pending(group), ElementsAre(again.id));
  EXPECT_THAT(group.settled, ElementsAre(brief.id)) << "it may have been written before";
}

TEST(RelayBacklog, OfATakeTheNewestStateIsWritten) {
  Backlog backlog(plenty);
  RelayTake take{.id = base::Uuid::v7(at(0)), .state = "open"};
  backlog.add({.takes = {take}});
  EXPECT_FALSE(backlog.empty());
  take.state = "ended";
  backlog.add({.takes = {take}});
  const auto group = backlog.take(plenty);
  ASSERT_THAT(group.takes, SizeIs(1));
  EXPECT_EQ(group.takes.begin()->second.state, "ended");
  EXPECT_EQ(group.through, 2U);
  EXPECT_THAT(group.triggers, IsEmpty());
  EXPECT_TRUE(backlog.empty());
}

}  // namespace
}  // namespace storage
