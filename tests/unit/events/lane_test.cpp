// What one node brings to one target, on a real catalog, with a target and a clock of the test's.
#include "server/events/lane.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <memory>

#include "server/events/publisher.hpp"
#include "storage/catalog/catalog.hpp"
#include "tests/support/samples.hpp"

namespace events {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Ids = std::vector<std::string>;

class FakeTarget final : public Target {
 public:
  base::Result<> deliver(const Message& message) override {
    attempts.push_back(message.id);
    if (before) before();
    if (refuse > 0) {
      --refuse;
      return base::fail(base::Errc::unavailable, "The target is down.");
    }
    taken.push_back(message.id);
    return {};
  }
  void cancel() noexcept override {}

  Ids attempts;
  Ids taken;
  int refuse = 0;  // so many deliveries
  std::function<void()> before;
};

class LaneTest : public testing::Test {
 protected:
  LaneTest() : catalog_(storage::open_catalog("sqlite::memory:").value()) { EXPECT_TRUE(catalog_->migrate()); }
  storage::EventCatalog& outbox() { return *catalog_->events(); }
  Lane lane(FakeTarget& target, const std::string& node = "a") {
    return {outbox(), target, "hook", node, figures_, [this] { return now_; }};
  }
  void store(int count) {
    for (int i = 0; i < count; ++i) EXPECT_TRUE(catalog_->commit_media(tests::photo(tests::device(0))));
  }
  Ids all_ids() {
    Ids ids;
    const auto found = outbox().events_behind(0, 10'000).value();
    for (const auto& event : found) ids.push_back(event.id.str());
    return ids;
  }
  void lease_ends() { EXPECT_TRUE(outbox().advance_target("hook", "a", cursor(), milliseconds{0}).value()); }
  std::int64_t cursor() { return outbox().hold_target("hook", "a", lease_).value().value(); }

  static constexpr std::chrono::milliseconds lease_ = lease;
  std::unique_ptr<storage::Catalog> catalog_;
  prometheus::Registry registry_;
  Figures figures_{registry_, TargetKind::webhook, "hook"};
  base::SteadyTime now_ = base::steady_now();
  const std::stop_token go_;
  FakeTarget target_;
};

TEST_F(LaneTest, BringsEverythingOnceAndInOrder) {
  Lane lane = this->lane(target_);
  EXPECT_EQ(lane.turn(go_), idle_wait) << "nothing to do";
  store(static_cast<int>(batch) + 5);
  EXPECT_EQ(lane.turn(go_).count(), 0) << "there is more";
  EXPECT_EQ(figures_.waiting.Value(), 5);
  EXPECT_EQ(lane.turn(go_), idle_wait);
  EXPECT_EQ(lane.turn(go_), idle_wait);
  EXPECT_EQ(target_.attempts, all_ids());
  EXPECT_EQ(target_.attempts.size(), batch + 5);
  EXPECT_EQ(figures_.published.Value(), batch + 5);
  EXPECT_EQ(figures_.failures.Value(), 0);
  EXPECT_EQ(figures_.waiting.Value(), 0);
  EXPECT_EQ(figures_.oldest_seconds.Value(), 0);
}

TEST_F(LaneTest, WaitsLongerAndLongerForATargetThatIsDown) {
  Lane lane = this->lane(target_);
  store(3);
  target_.refuse = 9;
  std::vector<std::int64_t> waits;
  waits.reserve(9);
  for (int i = 0; i < 9; ++i) waits.push_back(lane.turn(go_).count());
  EXPECT_THAT(waits, ElementsAre(500, 1'000, 2'000, 4'000, 8'000, 16'000, 32'000, 60'000, 60'000));
  EXPECT_THAT(target_.taken, IsEmpty());
  EXPECT_EQ(target_.attempts, Ids(9, all_ids().at(0))) << "nothing goes past the first, and its id stays";
  EXPECT_EQ(figures_.failures.Value(), 9);
  EXPECT_EQ(figures_.waiting.Value(), 3);
  EXPECT_EQ(lane.turn(go_), idle_wait);
  EXPECT_EQ(target_.taken, all_ids());
  target_.refuse = 1;
  store(1);
  EXPECT_EQ(lane.turn(go_), first_rest) << "the next trouble begins anew";
}

TEST_F(LaneTest, TroubleAfterProgressIsNewTrouble) {
  Lane lane = this->lane(target_);
  store(4);
  target_.refuse = 3;
  for (int i = 0; i < 3; ++i) lane.turn(go_);
  target_.before = [&] {
    if (target_.taken.size() == 2) target_.refuse = 1;
  };
  EXPECT_EQ(lane.turn(go_), first_rest);
  EXPECT_EQ(cursor(), 2) << "what was taken is not given again";
}

TEST_F(LaneTest, GoesOnWhereItWasAfterARestart) {
  store(4);
  target_.before = [&] {
    if (target_.taken.size() == 2) target_.refuse = 1;
  };
  {
    Lane lane = this->lane(target_);
    lane.turn(go_);
  }
  target_.before = {};
  ASSERT_TRUE(outbox().let_go_of_targets("a"));
  Lane again = this->lane(target_, "b");
  again.turn(go_);
  EXPECT_EQ(target_.taken, all_ids());
}

TEST_F(LaneTest, WhatWasNotNotedIsGivenAgainUnderItsId) {
  store(3);
  const Lane dead = this->lane(target_);  // it took all of them, and died before it could note that
  EXPECT_TRUE(outbox().number_events(10));
  target_.taken = all_ids();
  Lane lane = this->lane(target_, "b");
  lane.turn(go_);
  Ids twice = all_ids();
  twice.insert(twice.end(), target_.taken.begin(), target_.taken.begin() + 3);
  EXPECT_EQ(target_.taken, twice);
}

TEST_F(LaneTest, OneNodeAtATime) {
  FakeTarget seen_by_b;
  Lane a = lane(target_, "a");
  Lane b = lane(seen_by_b, "b");
  a.turn(go_);
  store(2);
  EXPECT_EQ(b.turn(go_), standby_wait);
  a.turn(go_);
  EXPECT_EQ(target_.taken.size(), 2U);
  EXPECT_THAT(seen_by_b.taken, IsEmpty());
  lease_ends();
  store(2);
  b.turn(go_);
  EXPECT_EQ(seen_by_b.taken.size(), 2U);
  now_ += lease;
  EXPECT_EQ(a.turn(go_), standby_wait) << "it sees that it is not its turn any more";
  EXPECT_EQ(target_.taken.size(), 2U);
}

TEST_F(LaneTest, ASlowTargetDoesNotCostTheLease) {
  Lane a = lane(target_, "a");
  store(20);
  target_.before = [&] {
    now_ += longest_delivery;
    EXPECT_EQ(outbox().hold_target("hook", "b", lease_).value(), std::nullopt);
  };
  EXPECT_EQ(a.turn(go_), idle_wait);
  EXPECT_EQ(target_.taken, all_ids());
  EXPECT_EQ(cursor(), 20);
}

TEST_F(LaneTest, StopsBetweenTwoEventsWhenAnotherHasTakenOver) {
  Lane a = lane(target_, "a");
  store(20);
  target_.before = [&] {
    if (target_.taken.size() != 1) return;
    lease_ends();
    EXPECT_TRUE(outbox().hold_target("hook", "b", lease_).value());
    now_ += lease;
  };
  a.turn(go_);
  EXPECT_EQ(target_.taken.size(), 2U) << "the one under way";
  EXPECT_EQ(outbox().hold_target("hook", "b", lease_).value(), 0) << "the cursor is the other's";
  EXPECT_EQ(a.turn(go_), standby_wait);
}

TEST_F(LaneTest, AStopEndsItBetweenTwoEvents) {
  std::stop_source stop;
  store(5);
  target_.before = [&] {
    if (target_.attempts.size() == 2) stop.request_stop();
  };
  Lane lane = this->lane(target_);
  lane.turn(stop.get_token());
  EXPECT_EQ(target_.taken.size(), 2U);
  EXPECT_EQ(cursor(), 2);
}

TEST_F(LaneTest, TrimmingRemovesWhatIsTakenAndCountsWhatIsDropped) {
  Lane lane = this->lane(target_);
  store(3);
  target_.before = [&] {
    if (target_.taken.size() == 2) target_.refuse = 1;
  };
  lane.turn(go_);
  ASSERT_TRUE(trim(outbox(), milliseconds{0}, registry_, go_));
  EXPECT_EQ(all_ids().size(), 1U);
  EXPECT_EQ(dropped_counter(registry_).Value(), 0);
  // The samples are of long ago; nobody's target is.
  ASSERT_TRUE(trim(outbox(), std::chrono::hours{1}, registry_, go_));
  EXPECT_THAT(all_ids(), IsEmpty());
  EXPECT_EQ(dropped_counter(registry_).Value(), 1);
  target_.before = {};
  store(1);
  lane.turn(go_);
  EXPECT_EQ(target_.taken.size(), 3U) << "it goes on behind the gap";
}

}  // namespace
}  // namespace events
