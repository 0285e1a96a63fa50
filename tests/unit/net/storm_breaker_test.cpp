// The rule, the window and what the catalog adds to it, by a clock that the tests move.
#include "server/net/storm_breaker.hpp"

#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "tests/support/samples.hpp"

namespace net {
namespace {

using base::IntakeState;
using enum base::IntakeState;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using tests::device;

// ---- The rule.

TEST(StormRule, LessAndMoreAreTakenAtDifferentCounts) {
  const StormLimits limits{.files = 100};
  struct Row {
    std::uint64_t files;
    IntakeState from_everything, from_photos, from_events;
  };
  for (const Row& row : {Row{0, everything, everything, everything},
                         {79, everything, everything, everything},
                         {80, everything, photos, photos},
                         {99, everything, photos, photos},
                         {100, photos, photos, photos},
                         {159, photos, photos, photos},
                         {160, photos, photos, events},
                         {199, photos, photos, events},
                         {200, events, events, events},
                         {100'000, events, events, events}}) {
    EXPECT_EQ(next_intake(everything, {row.files, 0}, limits), row.from_everything) << row.files;
    EXPECT_EQ(next_intake(photos, {row.files, 0}, limits), row.from_photos) << row.files;
    EXPECT_EQ(next_intake(events, {row.files, 0}, limits), row.from_events) << row.files;
  }
}

TEST(StormRule, TheFullerBudgetCounts) {
  const StormLimits limits{.files = 100, .bytes = 1'000'000'000'000};
  EXPECT_EQ(next_intake(everything, {99, 999'999'999'999}, limits), everything);
  EXPECT_EQ(next_intake(everything, {1, 1'000'000'000'000}, limits), photos);
  EXPECT_EQ(next_intake(everything, {100, 1}, limits), photos);
  EXPECT_EQ(next_intake(everything, {1, 2'000'000'000'000}, limits), events);
}

TEST(StormRule, WithoutALimitEverythingIsTaken) {
  for (const IntakeState state : {everything, photos, events})
    EXPECT_EQ(next_intake(state, {1'000'000, 1ULL << 60}, {}), everything);
  EXPECT_EQ(next_intake(events, {1'000'000, 5}, {.bytes = 100}), everything) << "files are not limited";
}

TEST(StormRule, TheReasonHasTheNumbers) {
  const StormLimits limits{.files = 100, .bytes = 5000, .window = minutes{90}};
  EXPECT_EQ(intake_reason(photos, {101, 3}, limits),
            "101 files with 3 bytes came within 90 min, its budget is 100 files and 5000 bytes; videos wait in the "
            "camera, except those of events and requests");
  EXPECT_THAT(intake_reason(events, {1, 1}, {.files = 1}), HasSubstr("within 1 h, its budget is 1 files; all but"));
  EXPECT_THAT(intake_reason(everything, {1, 1}, {.bytes = 9, .window = milliseconds{2500}}),
              HasSubstr("within 2.5 s, its budget is 9 bytes"));
  EXPECT_EQ(intake_reason(everything, {1, 1}, {}), "there is no limit any more");
}

// ---- The window.

TEST(StormWindow, SumsWhatIsInside) {
  StormWindow window;
  window.add(10, {1, 100});
  window.add(10, {1, 50});
  window.add(7, {1, 1});
  window.add(12, {1, 7});
  EXPECT_EQ(window.sum(7, 12).files, 4U);
  EXPECT_EQ(window.sum(7, 12).bytes, 158U);
  EXPECT_EQ(window.sum(8, 11).bytes, 150U);
  window.forget_before(11);
  EXPECT_EQ(window.sum(0, 100).files, 1U);
}

TEST(StormWindow, LearnsWhatItHasNotSeenItself) {
  StormWindow window;
  window.add(10, {3, 30});
  window.learn({.number = 10, .files = 2, .bytes = 20});
  EXPECT_EQ(window.sum(10, 10).files, 3U) << "the same files";
  window.learn({.number = 10, .files = 5, .bytes = 50});
  window.learn({.number = 9, .files = 1, .bytes = 10});
  EXPECT_EQ(window.sum(0, 20).files, 6U);
  EXPECT_EQ(window.sum(0, 20).bytes, 60U);
}

TEST(StormParts, AreTheSameForEveryNode) {
  const StormParts parts(minutes{60});
  EXPECT_EQ(parts.length(), minutes{1});
  EXPECT_EQ(parts.at(base::UtcTime{seconds{59}}), 0);
  EXPECT_EQ(parts.at(base::UtcTime{seconds{60}}), 1);
  EXPECT_EQ(parts.begin_of(parts.at(base::UtcTime{seconds{61}})), base::UtcTime{seconds{60}});
  EXPECT_EQ(StormParts(milliseconds{5}).length(), milliseconds{1}) << "never none";
}

// ---- The breaker.

class FakeIntakes final : public storage::IntakeCatalog {
 public:
  std::map<base::Imei, IntakeState> states;
  std::map<base::Imei, std::vector<std::pair<base::UtcTime, std::uint64_t>>> files;  // stored by any node
  std::vector<storage::IntakeChange> changes;
  bool works = true;
  int reads = 0;

  base::Result<storage::IntakeReading> read_intake(const storage::IntakeQuery& query) override {
    ++reads;
    if (!works) return base::fail(base::Errc::unavailable, "The catalog is away.");
    last_query = query;
    storage::IntakeReading reading{states[query.imei], {}};
    for (const auto& [time, size] : files[query.imei])
      if (time >= query.since) reading.arrived.push_back({time.time_since_epoch() / query.part, 1, size});
    // As the catalog does: one row a part.
    std::map<std::int64_t, storage::ArrivedFiles> parts;
    for (const auto& each : reading.arrived) {
      auto& sum = parts[each.number];
      sum = {each.number, sum.files + each.files, sum.bytes + each.bytes};
    }
    reading.arrived.clear();
    for (const auto& [number, sum] : parts) reading.arrived.push_back(sum);
    if (behind_read) std::exchange(behind_read, nullptr)();
    return reading;
  }
  base::Result<bool> change_intake(const storage::IntakeChange& change) override {
    if (!works || !takes_changes) return base::fail(base::Errc::unavailable, "The catalog is away.");
    if (states[change.imei] != change.from) return false;
    states[change.imei] = change.to.state;
    changes.push_back(change);
    if (behind_change) std::exchange(behind_change, nullptr)();
    return true;
  }
  base::Result<std::vector<storage::LimitedDevice>> limited_devices(std::uint32_t) override {
    if (!works) return base::fail(base::Errc::unavailable, "The catalog is away.");
    std::vector<storage::LimitedDevice> limited;
    for (const auto& [imei, state] : states)
      if (state != everything) limited.push_back({imei, state});
    return limited;
  }

  std::optional<storage::IntakeQuery> last_query;
  bool takes_changes = true;
  // Once, when the answer is made and not given yet.
  std::function<void()> behind_read;
  std::function<void()> behind_change;
};

class StormBreakerTest : public testing::Test {
 protected:
  // A file that this node has stored.
  bool store(std::uint64_t size = 1000, base::Imei imei = device()) {
    catalog_.files[imei].emplace_back(now_, size);
    return storms_.arrived(imei, now_, size);
  }
  // One that another node has.
  void store_elsewhere(int count, base::Imei imei = device()) {
    for (int i = 0; i < count; ++i) catalog_.files[imei].emplace_back(now_, 1000);
  }
  StormBreaker breaker(StormLimits limits, storage::IntakeCatalog* catalog) {
    return {limits, catalog, [this] { return now_; }};
  }
  LimitedCount look() {
    return storms_.settle_limited([] { return false; });
  }

  base::UtcTime now_ = tests::at(0);
  FakeIntakes catalog_;
  const StormLimits limits_{.files = 10, .bytes = 1'000'000};
  StormBreaker storms_{limits_, &catalog_, [this] { return now_; }};
};

TEST_F(StormBreakerTest, LessIsTakenAtOnceAndWrittenOnce) {
  for (int i = 0; i < 9; ++i) EXPECT_FALSE(store());
  EXPECT_EQ(storms_.taken(device()), everything);
  EXPECT_TRUE(store());
  EXPECT_EQ(storms_.taken(device()), photos) << "without waiting for the catalog";
  EXPECT_TRUE(store()) << "not written yet";
  storms_.settle(device());
  storms_.settle(device());
  EXPECT_FALSE(store());
  ASSERT_EQ(catalog_.changes.size(), 1U);
  const storage::IntakeChange& change = catalog_.changes[0];
  EXPECT_EQ(change.imei, device());
  EXPECT_EQ(change.from, everything);
  EXPECT_EQ(change.to.state, photos);
  EXPECT_EQ(change.to.since, now_);
  EXPECT_THAT(change.to.reason, HasSubstr("11 files with 11000 bytes"));
  EXPECT_EQ(change.files, 11U);
  EXPECT_EQ(change.bytes, 11'000U);
  EXPECT_EQ(change.files_limit, 10U);
  EXPECT_EQ(change.bytes_limit, 1'000'000U);
  EXPECT_EQ(change.window, std::chrono::hours{1});
}

TEST_F(StormBreakerTest, BytesCountAsWell) {
  EXPECT_TRUE(store(1'000'000));
  EXPECT_EQ(storms_.taken(device()), photos);
  EXPECT_TRUE(store(1'000'000));
  EXPECT_EQ(storms_.taken(device()), events);
}

TEST_F(StormBreakerTest, EveryDeviceHasItsOwnBudget) {
  for (int i = 0; i < 25; ++i) store();
  EXPECT_EQ(storms_.taken(device()), events);
  for (int i = 0; i < 9; ++i) EXPECT_FALSE(store(1000, device(1)));
  EXPECT_EQ(storms_.taken(device(1)), everything);
}

TEST_F(StormBreakerTest, MoreIsTakenAgainAsTheWindowSlides) {
  for (int i = 0; i < 20; ++i) {
    store();
    now_ += minutes{1};
  }
  storms_.settle(device());
  EXPECT_EQ(storms_.taken(device()), events);
  std::vector<int> changed_after;
  for (int minute = 0; minute < 90; ++minute) {
    const std::size_t before = catalog_.changes.size();
    look();
    if (catalog_.changes.size() != before) changed_after.push_back(minute);
    now_ += minutes{1};
  }
  // 20 files of minutes 0 to 19, seen from minute 20 on: 15 are left when minutes 0 to 4 are out, 7 without 5 to 12.
  EXPECT_EQ(changed_after, (std::vector{44, 52}));
  ASSERT_EQ(catalog_.changes.size(), 3U);
  EXPECT_EQ(catalog_.changes[1].to.state, photos);
  EXPECT_EQ(catalog_.changes[1].files, 15U);
  EXPECT_EQ(catalog_.changes[2].to.state, everything);
  EXPECT_EQ(catalog_.changes[2].files, 7U);
  EXPECT_EQ(storms_.taken(device()), everything);
}

TEST_F(StormBreakerTest, ARestartForgetsNothing) {
  for (int i = 0; i < 15; ++i) store();
  storms_.settle(device());
  StormBreaker restarted = breaker(limits_, &catalog_);
  EXPECT_EQ(restarted.taken(device()), everything) << "nothing asked yet";
  restarted.welcome(device());
  EXPECT_EQ(restarted.taken(device()), photos);
  for (int i = 0; i < 5; ++i) {
    catalog_.files[device()].emplace_back(now_, 1000);
    restarted.arrived(device(), now_, 1000);
  }
  EXPECT_EQ(restarted.taken(device()), events) << "15 before, 5 since";
  StormBreaker looking = breaker(limits_, &catalog_);
  const LimitedCount count = looking.settle_limited([] { return false; });
  EXPECT_EQ(count.photos + count.events, 1U);
  EXPECT_EQ(looking.taken(device()), events) << "known before it comes";
}

TEST_F(StormBreakerTest, FilesOfOtherNodesCount) {
  for (int i = 0; i < 6; ++i) store();
  store_elsewhere(6);
  EXPECT_EQ(storms_.taken(device()), everything);
  storms_.welcome(device());
  EXPECT_EQ(storms_.taken(device()), photos);
  ASSERT_EQ(catalog_.changes.size(), 1U);
  EXPECT_EQ(catalog_.changes[0].files, 12U);
}

TEST_F(StormBreakerTest, WhatAnotherNodeWroteIsNotWrittenAgain) {
  StormBreaker other = breaker(limits_, &catalog_);
  for (int i = 0; i < 12; ++i) {
    store();
    other.arrived(device(), now_, 1000);
  }
  storms_.settle(device());
  other.settle(device());
  look();
  EXPECT_EQ(catalog_.changes.size(), 1U);
  now_ += minutes{61};
  EXPECT_EQ(look().photos, 0U);
  other.settle(device());
  EXPECT_EQ(catalog_.changes.size(), 2U);
  EXPECT_EQ(other.taken(device()), everything);
}

TEST_F(StormBreakerTest, ANodeThatSeesLittleTakesNoStormBack) {
  for (int i = 0; i < 12; ++i) store();
  storms_.settle(device());
  now_ += minutes{59};
  store_elsewhere(12);  // the device goes on elsewhere
  now_ += minutes{2};
  store();
  EXPECT_EQ(storms_.taken(device()), photos) << "the first file here in an hour";
  EXPECT_EQ(look().photos, 1U);
  EXPECT_EQ(storms_.taken(device()), photos);
  EXPECT_EQ(catalog_.changes.size(), 1U);
}

TEST_F(StormBreakerTest, TheCatalogIsAskedOncePerStep) {
  storms_.welcome(device());
  storms_.welcome(device());
  EXPECT_EQ(catalog_.reads, 1);
  now_ += minutes{1};
  storms_.welcome(device());
  EXPECT_EQ(catalog_.reads, 2);
  ASSERT_TRUE(catalog_.last_query);
  EXPECT_EQ(catalog_.last_query->part, minutes{1});
  EXPECT_EQ(catalog_.last_query->max_files, 20U) << "twice the budget says all";
  EXPECT_GT(catalog_.last_query->since, now_ - minutes{60});
  EXPECT_LE(catalog_.last_query->since, now_ - minutes{59});
}

TEST_F(StormBreakerTest, FilesThatComeWhileTheCatalogIsAskedAreNotForgotten) {
  for (int i = 0; i < 9; ++i) store();
  catalog_.behind_read = [&] { EXPECT_TRUE(store()); };
  storms_.welcome(device());
  EXPECT_EQ(storms_.taken(device()), photos);
  storms_.settle(device());
  ASSERT_EQ(catalog_.changes.size(), 1U);
  EXPECT_EQ(catalog_.changes[0].files, 10U);
  EXPECT_FALSE(store());
}

TEST_F(StormBreakerTest, FilesThatComeWhileAChangeIsWrittenAreNotForgotten) {
  for (int i = 0; i < 10; ++i) store();
  catalog_.behind_change = [&] {
    for (int i = 0; i < 10; ++i) store();
    EXPECT_EQ(storms_.taken(device()), events);
  };
  storms_.settle(device());
  EXPECT_EQ(storms_.taken(device()), events);
  look();
  ASSERT_EQ(catalog_.changes.size(), 2U);
  EXPECT_EQ(catalog_.changes[1].to.state, events);
}

TEST_F(StormBreakerTest, WithoutTheCatalogMemoryDecides) {
  catalog_.works = false;
  for (int i = 0; i < 10; ++i) store();
  storms_.settle(device());
  EXPECT_EQ(storms_.taken(device()), photos);
  EXPECT_EQ(look().photos, 1U);
  now_ += minutes{61};
  EXPECT_EQ(look().photos, 0U);
  EXPECT_EQ(storms_.taken(device()), everything);
  catalog_.works = true;
  look();
  EXPECT_TRUE(catalog_.changes.empty()) << "it has ended before anybody could be told";
}

TEST_F(StormBreakerTest, WhatCouldNotBeWrittenIsWrittenLater) {
  catalog_.takes_changes = false;
  for (int i = 0; i < 10; ++i) store();
  storms_.settle(device());
  EXPECT_EQ(storms_.taken(device()), photos);
  EXPECT_TRUE(store()) << "settle() is still due";
  catalog_.takes_changes = true;
  look();
  ASSERT_EQ(catalog_.changes.size(), 1U);
  EXPECT_FALSE(store());
}

TEST_F(StormBreakerTest, WithoutACatalogMemoryDecides) {
  StormBreaker alone = breaker(limits_, nullptr);
  for (int i = 0; i < 10; ++i) alone.arrived(device(), now_, 1);
  EXPECT_EQ(alone.taken(device()), photos);
  now_ += minutes{61};
  alone.settle_limited([] { return false; });
  EXPECT_EQ(alone.taken(device()), everything);
}

TEST_F(StormBreakerTest, SwitchedOffNothingIsCountedAndOldStatesEnd) {
  catalog_.states[device(3)] = events;
  StormBreaker off = breaker({}, &catalog_);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(off.arrived(device(), now_, 1 << 30));
  off.welcome(device());
  EXPECT_EQ(catalog_.reads, 0);
  EXPECT_EQ(off.taken(device()), everything);
  off.settle_limited([] { return false; });
  EXPECT_EQ(catalog_.states[device(3)], everything);
  ASSERT_EQ(catalog_.changes.size(), 1U);
  EXPECT_EQ(catalog_.changes[0].to.reason, "there is no limit any more");
}

TEST_F(StormBreakerTest, AClockThatWasSetBackDoesNotCountTheFuture) {
  now_ += std::chrono::hours{1000};
  for (int i = 0; i < 12; ++i) store();
  storms_.settle(device());
  EXPECT_EQ(storms_.taken(device()), photos);
  now_ -= std::chrono::hours{1000};
  look();
  EXPECT_EQ(storms_.taken(device()), everything);
}

TEST_F(StormBreakerTest, MemoryIsBoundedAndTheBusyOneIsNotForgottenFirst) {
  for (int i = 0; i < 12; ++i) store();
  storms_.settle(device());
  now_ += minutes{30};
  for (int i = 0; i < 8; ++i) store();
  now_ += minutes{31};
  constexpr std::uint64_t many = 20'000;
  for (std::uint64_t i = 1; i < many; ++i) storms_.arrived(device(i), now_ - minutes{61}, 1);
  storms_.arrived(device(many), now_, 1);
  EXPECT_EQ(storms_.taken(device()), events) << "the quiet ones made room";
}

TEST_F(StormBreakerTest, ALookEndsEarlyWhenTheServerStops) {
  for (unsigned i = 0; i < 5; ++i) catalog_.states[device(i)] = photos;
  storms_.settle_limited([this] { return catalog_.reads >= 2; });
  EXPECT_EQ(catalog_.reads, 2);
}

TEST_F(StormBreakerTest, ManyThreadsCountEveryFile) {
  StormBreaker alone = breaker({.files = 4000}, nullptr);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 999; ++i) alone.arrived(device(), now_, 1);
      });
  }
  EXPECT_EQ(alone.taken(device()), everything);
  for (int i = 0; i < 3; ++i) alone.arrived(device(), now_, 1);
  EXPECT_EQ(alone.taken(device()), everything) << "3999";
  alone.arrived(device(), now_, 1);
  EXPECT_EQ(alone.taken(device()), photos);
}

}  // namespace
}  // namespace net
