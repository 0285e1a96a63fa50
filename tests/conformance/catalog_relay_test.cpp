// The relay's log, takes, pending commands, rules, switches and latencies: the same on every catalog.
#include <algorithm>
#include <latch>
#include <thread>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using storage::PendingCommand;
using storage::RelayArm;
using storage::RelayLatency;
using storage::RelayNotes;
using storage::RelayTake;
using storage::Trigger;
using storage::TriggerQuery;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

base::Uuid id_at(std::int64_t when) {
  return base::Uuid::v7(at(when));
}

Trigger heard(std::int64_t when) {
  return {.id = id_at(when),
          .incoming = true,
          .node = "n1",
          .protocol = "edgertronic",
          .endpoint = "field",
          .kind = "trigger",
          .rule = {},
          .outcome = "heard",
          .reason = {},
          .fields = R"({"name":"a"})",
          .raw = {1, 2},
          .peer = "192.0.2.1:600",
          .at = at(when)};
}

Trigger done(std::int64_t when, const base::Uuid& cause) {
  Trigger trigger = heard(when);
  trigger.incoming = false;
  trigger.endpoint = "west";
  trigger.rule = "pitch";
  trigger.outcome = "sent";
  trigger.cause = cause;
  return trigger;
}

RelayTake take(std::int64_t when, std::uint64_t number, std::string state = "ended") {
  return {.id = id_at(when), .number = number, .node = "n1", .state = std::move(state), .started_at = at(when)};
}

PendingCommand command(std::int64_t due, std::string node = "n1") {
  return {.id = id_at(0),
          .node = std::move(node),
          .target = "west",
          .rule = "pitch",
          .command = R"({"verb":"trigger"})",
          .due_at = at(due),
          .expires_at = at(due + 10'000)};
}

std::string every_byte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes + R"("\\,{}NULL)";
}

void expect_same(const Trigger& left, const Trigger& right) {
  EXPECT_EQ(left.id, right.id);
  EXPECT_EQ(left.incoming, right.incoming);
  EXPECT_EQ(left.node, right.node);
  EXPECT_EQ(left.protocol, right.protocol);
  EXPECT_EQ(left.endpoint, right.endpoint);
  EXPECT_EQ(left.kind, right.kind);
  EXPECT_EQ(left.rule, right.rule);
  EXPECT_EQ(left.outcome, right.outcome);
  EXPECT_EQ(left.reason, right.reason);
  EXPECT_EQ(left.fields, right.fields);
  EXPECT_EQ(left.raw, right.raw);
  EXPECT_EQ(left.peer, right.peer);
  EXPECT_EQ(left.cause, right.cause);
  EXPECT_EQ(left.take_id, right.take_id);
  EXPECT_EQ(left.at, right.at);
  EXPECT_EQ(left.due_at, right.due_at);
  EXPECT_EQ(left.late_us, right.late_us);
  EXPECT_EQ(left.latency_us, right.latency_us);
}

class CatalogRelay : public CatalogTest {
 protected:
  storage::RelayCatalog& relay() { return catalog_->relay(); }

  void note(const RelayNotes& notes) {
    const auto noted = relay().note(notes);
    ASSERT_TRUE(noted) << noted.error().message;
  }
  void note(std::vector<Trigger> triggers) { note(RelayNotes{.triggers = std::move(triggers)}); }
  std::vector<base::Uuid> listed(const TriggerQuery& query) {
    const auto page = relay().list_triggers(query);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<base::Uuid> found;
    if (page)
      for (const auto& each : page->items) found.push_back(each.id);
    return found;
  }
  std::vector<base::Uuid> waiting(std::string_view node = "n1") {
    const auto all = relay().pending(node).value();
    std::vector<base::Uuid> found;
    for (const auto& each : all) found.push_back(each.id);
    return found;
  }
};

// ---- The log

TEST_P(CatalogRelay, ATriggerIsGivenBackAsItIs) {
  const std::string bytes = every_byte();
  Trigger full = done(100, id_at(50));
  full.take_id = id_at(40);
  full.due_at = at(120);
  full.late_us = -250;
  full.latency_us = 4'000'000'000;
  full.raw.assign(bytes.begin(), bytes.end());
  for (auto* text : {&full.node, &full.protocol, &full.endpoint, &full.kind, &full.rule, &full.outcome, &full.reason,
                     &full.fields, &full.peer})
    *text = bytes;
  const Trigger bare{.id = id_at(90), .at = at(90)};
  note({full, bare});
  expect_same(relay().find_trigger(full.id).value().value(), full);
  expect_same(relay().find_trigger(bare.id).value().value(), bare);
  const auto page = relay().list_triggers({}).value();
  ASSERT_THAT(page.items, SizeIs(2));
  full.raw.clear();
  expect_same(page.items[0], full);
  expect_same(page.items[1], bare);
}

TEST_P(CatalogRelay, ARowIsWrittenAnewWhenItsOutcomeBecomesKnown) {
  Trigger trigger = done(1, id_at(0));
  trigger.outcome = "pending";
  note({trigger});
  trigger.outcome = "confirmed";
  trigger.reason = "It showed the capture.";
  trigger.latency_us = 1'500;
  trigger.late_us = 12;
  trigger.raw = {9};
  note({trigger});
  expect_same(relay().find_trigger(trigger.id).value().value(), trigger);
  EXPECT_THAT(listed({.outcome = "pending"}), IsEmpty());
  EXPECT_THAT(listed({.outcome = "confirmed"}), ElementsAre(trigger.id));
  EXPECT_THAT(listed({}), SizeIs(1));
}

TEST_P(CatalogRelay, OfOneIdInOneCallTheLastStands) {
  Trigger trigger = done(1, id_at(0));
  const Trigger other = heard(0);
  Trigger later = trigger;
  later.outcome = "confirmed";
  RelayTake open = take(5, 7, "open");
  RelayTake ended = open;
  ended.state = "ended";
  PendingCommand soon = command(10);
  PendingCommand late = soon;
  late.due_at = at(99);
  note(RelayNotes{.triggers = {trigger, other, later}, .takes = {open, ended}, .pending = {soon, late}});
  EXPECT_EQ(relay().find_trigger(trigger.id).value()->outcome, "confirmed");
  EXPECT_THAT(listed({}), ElementsAre(trigger.id, other.id));
  EXPECT_EQ(relay().find_take(open.id).value()->state, "ended");
  EXPECT_EQ(relay().pending("n1").value().at(0).due_at, at(99));
}

TEST_P(CatalogRelay, TheLogIsListedByWhatIsAskedFor) {
  const Trigger event = heard(100);
  Trigger other = heard(200);
  other.protocol = "shogun";
  other.endpoint = "stage";
  other.outcome = "duplicate";
  Trigger first = done(300, event.id);
  first.take_id = id_at(0);
  Trigger second = done(400, event.id);
  second.rule = "";
  second.endpoint = "east";
  second.outcome = "failed";
  note({second, event, first, other});
  EXPECT_THAT(listed({}), ElementsAre(second.id, first.id, other.id, event.id));
  EXPECT_THAT(listed({.incoming = true}), ElementsAre(other.id, event.id));
  EXPECT_THAT(listed({.incoming = false}), ElementsAre(second.id, first.id));
  EXPECT_THAT(listed({.protocol = "shogun"}), ElementsAre(other.id));
  EXPECT_THAT(listed({.endpoint = "west"}), ElementsAre(first.id));
  EXPECT_THAT(listed({.rule = "pitch"}), ElementsAre(first.id));
  EXPECT_THAT(listed({.rule = ""}), ElementsAre(second.id, other.id, event.id)) << "that are of no rule";
  EXPECT_THAT(listed({.outcome = "duplicate"}), ElementsAre(other.id));
  EXPECT_THAT(listed({.take_id = first.take_id}), ElementsAre(first.id));
  EXPECT_THAT(listed({.cause = event.id}), ElementsAre(second.id, first.id));
  EXPECT_THAT(listed({.cause = event.id, .from = at(400)}), ElementsAre(second.id));
  EXPECT_THAT(listed({.from = at(200), .to = at(400)}), ElementsAre(first.id, other.id));
  EXPECT_THAT(listed({.incoming = false, .protocol = "edgertronic", .endpoint = "east", .outcome = "failed"}),
              ElementsAre(second.id));
  EXPECT_THAT(listed({.from = base::UtcTime::min(), .to = base::UtcTime::max()}), SizeIs(4));
}

TEST_P(CatalogRelay, PagesOfTheLogGoOnWhereTheyEnded) {
  std::vector<Trigger> all;
  for (int i = 0; i < 7; ++i) all.push_back(heard(i / 3));  // of the same moment, by id
  note(all);
  std::ranges::sort(all, std::greater(), &Trigger::id);
  std::vector<base::Uuid> walked;
  TriggerQuery query{.endpoint = "field", .limit = 2};
  for (int pages = 0; pages < 4; ++pages) {
    const auto page = relay().list_triggers(query).value();
    for (const auto& each : page.items) walked.push_back(each.id);
    query.cursor = page.next_cursor;
    note({heard(1'000 + pages)});  // what comes meanwhile is before the first page
  }
  EXPECT_EQ(query.cursor, "");
  std::vector<base::Uuid> ids;
  for (const auto& each : all) ids.push_back(each.id);
  EXPECT_EQ(walked, ids);
}

TEST_P(CatalogRelay, ACursorIsOfItsListing) {
  note(RelayNotes{.triggers = {heard(1), heard(2)}, .takes = {take(1, 1), take(2, 2)}});
  const auto triggers = relay().list_triggers({.limit = 1}).value().next_cursor;
  const auto takes = relay().list_takes(1, "").value().next_cursor;
  EXPECT_EQ(relay().list_triggers({.cursor = takes}).error().code, base::Errc::invalid);
  EXPECT_EQ(relay().list_takes(1, triggers).error().code, base::Errc::invalid);
  EXPECT_EQ(relay().list_triggers({.limit = 0}).error().code, base::Errc::invalid);
  EXPECT_EQ(relay().list_triggers({.limit = 501}).error().code, base::Errc::invalid);
  EXPECT_EQ(relay().list_takes(0, "").error().code, base::Errc::invalid);
}

TEST_P(CatalogRelay, ThousandsAtOnceAndAllOrNothing) {
  RelayNotes notes;
  for (int i = 0; i < 2'500; ++i) {
    notes.triggers.push_back(heard(i));
    notes.triggers.back().raw.assign(4'000, static_cast<std::uint8_t>(i));
    notes.pending.push_back(command(i));
  }
  note(notes);
  note(notes);
  EXPECT_THAT(relay().pending("n1").value(), SizeIs(2'500));
  EXPECT_EQ(relay().find_trigger(notes.triggers[2'499].id).value()->raw, notes.triggers[2'499].raw);
  for (const auto& each : notes.pending) notes.settled.push_back(each.id);
  note(RelayNotes{.settled = notes.settled});
  EXPECT_THAT(waiting(), IsEmpty());
}

TEST_P(CatalogRelay, NothingIsNothing) {
  EXPECT_TRUE(relay().note({}));
  EXPECT_TRUE(relay().note(RelayNotes{.settled = {id_at(0)}}));
  EXPECT_FALSE(relay().find_trigger(id_at(0)).value());
  EXPECT_FALSE(relay().find_take(id_at(0)).value());
  EXPECT_EQ(relay().last_take_number().value(), 0U);
  EXPECT_THAT(relay().list_takes(10, "").value().items, IsEmpty());
  EXPECT_THAT(relay().arms().value(), IsEmpty());
  EXPECT_THAT(relay().latencies().value(), IsEmpty());
  EXPECT_EQ(relay().forget_triggers(at(0), 10).value(), 0U);
}

TEST_P(CatalogRelay, ManyThreadsNoteAtOnce) {
  constexpr int threads = 8;
  constexpr int calls = 10;
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < calls; ++i) note({heard(i), heard(i)});
      });
  }
  EXPECT_THAT(listed({.limit = 500}), SizeIs(threads * calls * 2));
}

// ---- Takes

TEST_P(CatalogRelay, ATakeIsGivenBackAsItIs) {
  RelayTake full = take(100, 4'000'000'000, "complete");
  full.source = "stage";
  full.name = every_byte();
  full.result = "SUCCESS";
  full.ended_at = at(200);
  full.completed_at = at(300);
  full.commands = 16;
  const RelayTake bare = take(90, 3, "open");
  note(RelayNotes{.takes = {full, bare}});
  const auto page = relay().list_takes(10, "").value();
  ASSERT_THAT(page.items, SizeIs(2));
  EXPECT_EQ(page.items[1].id, bare.id);
  for (const RelayTake& found : {page.items[0], relay().find_take(full.id).value().value()}) {
    EXPECT_EQ(found.id, full.id);
    EXPECT_EQ(found.number, full.number);
    EXPECT_EQ(found.node, full.node);
    EXPECT_EQ(found.source, full.source);
    EXPECT_EQ(found.name, full.name);
    EXPECT_EQ(found.state, full.state);
    EXPECT_EQ(found.result, full.result);
    EXPECT_EQ(found.started_at, full.started_at);
    EXPECT_EQ(found.ended_at, full.ended_at);
    EXPECT_EQ(found.completed_at, full.completed_at);
    EXPECT_EQ(found.commands, full.commands);
  }
  EXPECT_FALSE(relay().find_take(bare.id).value()->ended_at);
  EXPECT_EQ(relay().last_take_number().value(), 4'000'000'000U);
}

TEST_P(CatalogRelay, PagesOfTakesGoOnWhereTheyEnded) {
  RelayNotes notes;
  for (std::uint32_t i = 0; i < 5; ++i) notes.takes.push_back(take(i, i + 1));
  note(notes);
  std::vector<std::uint64_t> walked;
  std::string cursor;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = relay().list_takes(2, cursor).value();
    for (const auto& each : page.items) walked.push_back(each.number);
    cursor = page.next_cursor;
  }
  EXPECT_EQ(cursor, "");
  EXPECT_THAT(walked, ElementsAre(5, 4, 3, 2, 1));
}

// ---- Pending commands

TEST_P(CatalogRelay, WhatIsPendingIsThereUntilItIsSettled) {
  const PendingCommand late = command(30);
  const PendingCommand soon = command(-10);
  const PendingCommand others = command(0, "n2");
  note(RelayNotes{.pending = {late, others, soon}});
  EXPECT_THAT(waiting(), ElementsAre(soon.id, late.id)) << "by when they are due";
  EXPECT_THAT(waiting("n2"), ElementsAre(others.id));
  const auto found = relay().pending("n1").value()[1];
  EXPECT_EQ(found.target, late.target);
  EXPECT_EQ(found.rule, late.rule);
  EXPECT_EQ(found.command, late.command);
  EXPECT_EQ(found.due_at, late.due_at);
  EXPECT_EQ(found.expires_at, late.expires_at);
  note(RelayNotes{.settled = {soon.id, id_at(5)}});
  note(RelayNotes{.settled = {soon.id}});
  EXPECT_THAT(waiting(), ElementsAre(late.id));
}

TEST_P(CatalogRelay, WhatIsSettledInTheSameCallIsGone) {
  const PendingCommand brief = command(1);
  const PendingCommand stays = command(2);
  note(RelayNotes{.triggers = {heard(1)}, .pending = {brief, stays}, .settled = {brief.id}});
  EXPECT_THAT(waiting(), ElementsAre(stays.id));
  EXPECT_THAT(listed({}), SizeIs(1));
}

TEST_P(CatalogRelay, WhatWasNotedIsThereAfterOpeningItAgain) {
  if (GetParam().name == "sqlite_memory") GTEST_SKIP() << "it lives as long as its connection";
  const PendingCommand stays = command(2);
  note(RelayNotes{.triggers = {heard(1)}, .takes = {take(1, 5)}, .pending = {stays}});
  ASSERT_TRUE(relay().set_rules("[1]", 0, at(5)));
  catalog_ = storage::open_catalog(GetParam().url(folder_)).value();
  EXPECT_THAT(waiting(), ElementsAre(stays.id));
  EXPECT_THAT(listed({}), SizeIs(1));
  EXPECT_EQ(relay().last_take_number().value(), 5U);
  EXPECT_EQ(relay().rules().value().rules, "[1]");
}

// ---- Rules

TEST_P(CatalogRelay, RulesHaveVersions) {
  const auto none = relay().rules().value();
  EXPECT_EQ(none.rules, "[]");
  EXPECT_EQ(none.version, 0U);
  EXPECT_FALSE(none.changed_at);
  const auto first = relay().set_rules(R"([{"name":"ä"}])", 0, at(1)).value();
  EXPECT_EQ(first.version, 1U);
  EXPECT_EQ(first.changed_at, at(1));
  EXPECT_EQ(relay().set_rules("[2]", 1, at(2)).value().version, 2U);
  for (const std::uint64_t stale : {0U, 1U, 3U}) {
    const auto refused = relay().set_rules("[3]", stale, at(3));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, base::Errc::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("changed them meanwhile"));
  }
  const auto now = relay().rules().value();
  EXPECT_EQ(now.rules, "[2]");
  EXPECT_EQ(now.version, 2U);
  EXPECT_EQ(now.changed_at, at(2));
}

TEST_P(CatalogRelay, OfTwoWhoChangeTheSameRulesOneIsTold) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    std::latch ready(2);
    std::atomic<int> set = 0;
    std::atomic<int> refused = 0;
    {
      std::vector<std::jthread> both;
      for (int i = 0; i < 2; ++i)
        both.emplace_back([&] {
          ready.arrive_and_wait();
          const auto done = relay().set_rules("[]", round, at(0));
          if (done)
            ++set;
          else if (done.error().code == base::Errc::conflict)
            ++refused;
        });
    }
    EXPECT_EQ(set, 1);
    EXPECT_EQ(refused, 1);
  }
  EXPECT_EQ(relay().rules().value().version, 20U);
}

// ---- Switches and latencies

TEST_P(CatalogRelay, SwitchesStayAsTheyWereSet) {
  ASSERT_TRUE(relay().set_arm({.scope = "rule", .name = "pitch", .armed = false, .until = at(500)}));
  ASSERT_TRUE(relay().set_arm({.scope = "global", .name = "", .armed = true, .until = {}}));
  ASSERT_TRUE(relay().set_arm({.scope = "target", .name = "pitch", .armed = false, .until = {}}));
  auto arms = relay().arms().value();
  ASSERT_THAT(arms, SizeIs(3));
  EXPECT_EQ(arms[0].scope, "global");
  EXPECT_TRUE(arms[0].armed);
  EXPECT_EQ(arms[1].scope, "rule");
  EXPECT_EQ(arms[1].name, "pitch");
  EXPECT_FALSE(arms[1].armed);
  EXPECT_EQ(arms[1].until, at(500));
  ASSERT_TRUE(relay().set_arm({.scope = "rule", .name = "pitch", .armed = true, .until = {}}));
  arms = relay().arms().value();
  ASSERT_THAT(arms, SizeIs(3));
  EXPECT_TRUE(arms[1].armed);
  EXPECT_FALSE(arms[1].until) << "the newer one stands as a whole";
}

TEST_P(CatalogRelay, LatenciesAreKeptByTarget) {
  ASSERT_TRUE(relay().set_latency({.target = "west", .latency_us = 1'500, .measured = 1, .measured_at = at(1)}));
  ASSERT_TRUE(relay().set_latency({.target = "east", .latency_us = 900, .measured = 7, .measured_at = at(2)}));
  ASSERT_TRUE(relay().set_latency({.target = "west", .latency_us = 1'700, .measured = 2, .measured_at = at(3)}));
  const auto all = relay().latencies().value();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].target, "east");
  EXPECT_EQ(all[1].target, "west");
  EXPECT_EQ(all[1].latency_us, 1'700);
  EXPECT_EQ(all[1].measured, 2U);
  EXPECT_EQ(all[1].measured_at, at(3));
}

// ---- What an earlier start has left

TEST_P(CatalogRelay, WhatNobodyWaitsForAnyMoreIsEnded) {
  RelayNotes notes;
  for (int i = 0; i < 4; ++i) {
    notes.triggers.push_back(heard(i));
    notes.triggers.back().outcome = i == 0 ? "heard" : "pending";
  }
  notes.triggers[3].node = "another";
  notes.pending = {command(0)};
  notes.pending[0].id = notes.triggers[2].id;  // goes on
  notes.takes = {take(0, 1, "open"), take(1, 2, "ended"), take(2, 3, "open")};
  notes.takes[2].node = "another";
  note(notes);
  ASSERT_TRUE(relay().end_left_open(notes.triggers[0].node, "The server ended."));
  std::vector<std::string> outcomes;
  for (const auto& each : notes.triggers) outcomes.push_back((*relay().find_trigger(each.id))->outcome);
  EXPECT_THAT(outcomes, ElementsAre("heard", "unconfirmed", "pending", "pending"));
  EXPECT_EQ((*relay().find_trigger(notes.triggers[1].id))->reason, "The server ended.");
  std::vector<std::string> states;
  for (const auto& each : notes.takes) states.push_back((*relay().find_take(each.id))->state);
  EXPECT_THAT(states, ElementsAre("orphan", "ended", "open"));
}

// ---- Retention

TEST_P(CatalogRelay, TheOldestAreForgottenFirstAndInSmallTransactions) {
  RelayNotes notes;
  for (int i = 0; i < 10; ++i) notes.triggers.push_back(heard(i));
  for (std::uint32_t i = 0; i < 4; ++i) notes.takes.push_back(take(i, i + 1, i == 1 ? "open" : "complete"));
  notes.pending = {command(0)};
  note(notes);
  EXPECT_EQ(relay().forget_triggers(at(8), 3).value(), 3U);
  EXPECT_EQ(listed({}).back(), notes.triggers[3].id);
  EXPECT_EQ(relay().forget_triggers(at(8), 6).value(), 6U) << "five rows and a take";
  EXPECT_THAT(listed({}), ElementsAre(notes.triggers[9].id, notes.triggers[8].id));
  EXPECT_EQ(relay().forget_triggers(at(8), 100).value(), 1U);
  EXPECT_EQ(relay().forget_triggers(at(8), 100).value(), 0U);
  const auto takes = relay().list_takes(10, "").value();
  std::vector<std::uint64_t> left;
  for (const auto& each : takes.items) left.push_back(each.number);
  EXPECT_THAT(left, ElementsAre(4, 2)) << "the last number, and what is open";
  EXPECT_THAT(waiting(), SizeIs(1)) << "what is to be done is not forgotten";
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogRelay, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
