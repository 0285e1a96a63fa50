// The way of events out of the outbox: the same on every catalog.
#include <map>
#include <thread>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using storage::OutboxEvent;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

constexpr milliseconds lease = hours{1};
constexpr milliseconds no_lease{0};
constexpr std::uint32_t many = 1'000;

class CatalogEvents : public CatalogTest {
 protected:
  storage::EventCatalog& events() { return *catalog_->events(); }
  // The id of the file that an event is about.
  static std::string file_of(const OutboxEvent& event) {
    const std::string key = R"("media":{"id":")";
    return event.payload.substr(event.payload.find(key) + key.size(), 36);
  }
  std::vector<std::string> files_behind(std::int64_t position, std::uint32_t limit = many) {
    std::vector<std::string> files;
    const auto found = events().events_behind(position, limit);
    EXPECT_TRUE(found) << found.error().message;
    for (const OutboxEvent& event : *found) files.push_back(file_of(event));
    return files;
  }
  std::string store(std::uint64_t index = 0, base::UtcTime received = at(0)) {
    const auto media = photo(device(index), received);
    commit(media);
    return media.id.str();
  }
  std::optional<std::int64_t> hold(std::string_view name, std::string_view node, milliseconds how_long = lease) {
    const auto held = events().hold_target(name, node, how_long);
    EXPECT_TRUE(held) << held.error().message;
    return held.value_or(std::nullopt);
  }
};

TEST_P(CatalogEvents, EveryEventGetsAPositionInItsOrder) {
  EXPECT_EQ(events().number_events(many).value(), 0U);
  const std::vector<std::string> files{store(0), store(1), store(0), store(2)};
  EXPECT_THAT(files_behind(0), IsEmpty()) << "none has a position yet";
  EXPECT_EQ(events().number_events(3).value(), 3U);
  EXPECT_EQ(events().number_events(3).value(), 1U);
  EXPECT_EQ(events().number_events(3).value(), 0U);
  EXPECT_EQ(files_behind(0), files);
  EXPECT_THAT(files_behind(2), ElementsAre(files[2], files[3]));
  EXPECT_THAT(files_behind(1, 2), ElementsAre(files[1], files[2]));
  const auto first = events().events_behind(0, 1).value().at(0);
  EXPECT_EQ(first.position, 1);
  EXPECT_EQ(first.imei, device(0));
  EXPECT_EQ(first.type, "media.stored");
  EXPECT_EQ(first.created_at, at(0));
  EXPECT_NE(first.payload.find(first.id.str()), std::string::npos) << "the id it always has";
}

TEST_P(CatalogEvents, OneNodeAtATimeHoldsATarget) {
  EXPECT_THAT(hold("hook", "a"), Optional(0)) << "begins with the oldest event";
  EXPECT_EQ(hold("hook", "b"), std::nullopt);
  EXPECT_THAT(hold("other", "b"), Optional(0));
  EXPECT_THAT(hold("hook", "a"), Optional(0)) << "again";
  EXPECT_TRUE(events().advance_target("hook", "a", 7, lease).value());
  EXPECT_FALSE(events().advance_target("hook", "b", 9, lease).value());
  ASSERT_TRUE(events().let_go_of_targets("a"));
  EXPECT_THAT(hold("hook", "b"), Optional(7)) << "where the other was";
  EXPECT_FALSE(events().advance_target("hook", "a", 8, lease).value()) << "it has lost it";
  EXPECT_THAT(hold("hook", "b"), Optional(7));
}

TEST_P(CatalogEvents, ALeaseEnds) {
  EXPECT_TRUE(hold("hook", "a", no_lease));
  EXPECT_TRUE(hold("hook", "b", lease));
  EXPECT_TRUE(events().advance_target("hook", "b", 3, no_lease).value());
  EXPECT_TRUE(events().advance_target("hook", "b", 4, no_lease).value()) << "nobody else has taken it";
  EXPECT_THAT(hold("hook", "a"), Optional(4));
}

TEST_P(CatalogEvents, TheBacklogIsWhatIsBehindTheCursor) {
  EXPECT_TRUE(hold("hook", "a"));
  EXPECT_EQ(events().backlog("hook").value().waiting, 0U);
  for (int i = 0; i < 5; ++i) store(0, at(i));
  EXPECT_EQ(events().number_events(many).value(), 5U);
  const auto all = events().backlog("hook").value();
  EXPECT_EQ(all.waiting, 5U);
  EXPECT_THAT(all.oldest, Optional(at(0)));
  EXPECT_TRUE(events().advance_target("hook", "a", 3, lease).value());
  const auto rest = events().backlog("hook").value();
  EXPECT_EQ(rest.waiting, 2U);
  EXPECT_THAT(rest.oldest, Optional(at(3)));
  EXPECT_TRUE(events().advance_target("hook", "a", 5, lease).value());
  EXPECT_EQ(events().backlog("hook").value().waiting, 0U);
  EXPECT_EQ(events().backlog("hook").value().oldest, std::nullopt);
  EXPECT_EQ(events().backlog("unknown").value().waiting, 0U);
}

TEST_P(CatalogEvents, OnlyWhatEveryTargetHasIsRemoved) {
  EXPECT_TRUE(hold("fast", "a"));
  EXPECT_TRUE(hold("slow", "a"));
  const std::vector<std::string> files{store(), store(), store(), store(), store()};
  EXPECT_EQ(events().number_events(many).value(), 5U);
  EXPECT_TRUE(events().advance_target("fast", "a", 5, lease).value());
  EXPECT_TRUE(events().advance_target("slow", "a", 2, lease).value());
  EXPECT_EQ(events().trim_events(std::nullopt, 1).value().delivered, 1U) << "bounded";
  EXPECT_EQ(events().trim_events(std::nullopt, many).value().delivered, 1U);
  EXPECT_THAT(files_behind(0), ElementsAre(files[2], files[3], files[4]));
  const auto next = store();
  EXPECT_EQ(events().number_events(many).value(), 1U);
  EXPECT_THAT(files_behind(5), ElementsAre(next)) << "positions are not used again";
}

TEST_P(CatalogEvents, WhatIsTooOldGoesAndIsCounted) {
  EXPECT_TRUE(hold("hook", "a"));
  store(0, at(0));  // taken
  store(0, at(1));  // waits
  EXPECT_EQ(events().number_events(many).value(), 2U);
  store(0, at(2));  // has no position yet
  const auto young = store(0, at(100));
  EXPECT_TRUE(events().advance_target("hook", "a", 1, lease).value());
  const auto trimmed = events().trim_events(at(50), many).value();
  EXPECT_EQ(trimmed.delivered, 1U);
  EXPECT_EQ(trimmed.undelivered, 2U);
  EXPECT_EQ(trimmed.unwanted, 0U);
  EXPECT_EQ(events().number_events(many).value(), 1U);
  EXPECT_THAT(files_behind(0), ElementsAre(young));
}

TEST_P(CatalogEvents, WithoutATargetTheyGoWithTheirAge) {
  store(0, at(0));
  const auto young = store(0, at(100));
  EXPECT_EQ(events().trim_events(std::nullopt, many).value().delivered, 0U);
  const auto trimmed = events().trim_events(at(50), many).value();
  EXPECT_EQ(trimmed.unwanted, 1U);
  EXPECT_EQ(trimmed.undelivered, 0U);
  EXPECT_TRUE(hold("new", "a"));
  EXPECT_EQ(events().number_events(many).value(), 1U);
  EXPECT_THAT(files_behind(0), ElementsAre(young)) << "a new target gets what there is";
}

TEST_P(CatalogEvents, ATargetThatNobodyHoldsAnyMoreIsForgotten) {
  EXPECT_TRUE(hold("gone", "a", no_lease));
  EXPECT_TRUE(hold("kept", "a", lease));
  store();
  EXPECT_EQ(events().number_events(many).value(), 1U);
  EXPECT_TRUE(events().advance_target("kept", "a", 1, lease).value());
  EXPECT_EQ(events().trim_events(std::nullopt, many).value().delivered, 0U) << "the other holds it back";
  EXPECT_EQ(events().forget_targets(base::utc_now() - hours{1}).value(), 0U);
  EXPECT_EQ(events().forget_targets(base::utc_now() + milliseconds{10'000}).value(), 1U);
  EXPECT_EQ(events().trim_events(std::nullopt, many).value().delivered, 1U);
}

// Positions are given by several threads while files come: whoever reads on behind the last one it saw misses none, and
// those of a device come in their order.
TEST_P(CatalogEvents, NothingIsMissedWhileItComes) {
  constexpr int writers = 4;
  constexpr int each = 25;
  std::atomic<int> running = writers;
  std::map<base::Imei, std::vector<std::string>> stored;
  std::mutex mutex;
  std::vector<std::jthread> threads;
  threads.reserve(writers + 2);
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      for (int i = 0; i < each; ++i) {
        const auto who = static_cast<std::uint64_t>(w);
        auto id = store(who);
        const std::lock_guard lock(mutex);
        stored[device(who)].push_back(std::move(id));
      }
      --running;
    });
  for (int n = 0; n < 2; ++n)
    threads.emplace_back([&] {
      while (running > 0) EXPECT_TRUE(events().number_events(7));
    });
  std::map<base::Imei, std::vector<std::string>> seen;
  std::int64_t position = 0;
  const auto read_on = [&] {
    const auto found = events().events_behind(position, 10).value();
    for (const OutboxEvent& event : found) {
      EXPECT_EQ(event.position, position + 1) << "none is left out";
      position = event.position;
      seen[event.imei].push_back(file_of(event));
    }
  };
  while (running > 0) read_on();
  threads.clear();
  EXPECT_TRUE(events().number_events(many));
  while (position < std::int64_t{writers} * each && !HasFailure()) read_on();
  EXPECT_EQ(seen, stored);
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogEvents, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
