#include "server/net/claims.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace net {
namespace {

// Somebody who wants a file.
struct Claimant {
  void want(Claims& claims, const std::string& key = "file") {
    claims.acquire(key, [this] { ++asked_to_leave; }, [this](Claim granted) { claim.emplace(std::move(granted)); });
  }
  bool holds() const { return claim.has_value(); }

  int asked_to_leave = 0;
  std::optional<Claim> claim;
};

TEST(Claims, TheFirstHasItAtOnce) {
  Claims claims;
  Claimant one;
  one.want(claims);
  EXPECT_TRUE(one.holds());
  EXPECT_EQ(one.asked_to_leave, 0);
}

TEST(Claims, AnIdleOneIsTakenWithoutDisturbingAnybody) {
  Claims claims;
  Claimant one;
  one.want(claims);
  EXPECT_FALSE(claims.acquire_idle("file"));
  EXPECT_EQ(one.asked_to_leave, 0);
  one.claim.reset();
  auto idle = claims.acquire_idle("file");
  ASSERT_TRUE(idle);
  Claimant two;
  two.want(claims);
  EXPECT_FALSE(two.holds());
  idle.reset();
  EXPECT_TRUE(two.holds());
}

TEST(Claims, OtherKeysAreOtherFiles) {
  Claims claims;
  Claimant one;
  Claimant two;
  one.want(claims, "a");
  two.want(claims, "b");
  EXPECT_TRUE(one.holds());
  EXPECT_TRUE(two.holds());
}

TEST(Claims, ANewerOneAsksTheHolderToLeaveAndWaits) {
  Claims claims;
  Claimant old;
  Claimant newer;
  old.want(claims);
  newer.want(claims);
  EXPECT_EQ(old.asked_to_leave, 1);
  EXPECT_FALSE(newer.holds());
  old.claim.reset();
  EXPECT_TRUE(newer.holds());
  EXPECT_EQ(newer.asked_to_leave, 0);
}

TEST(Claims, TheNewestOfThoseWaitingWins) {
  Claims claims;
  std::vector<Claimant> all(4);
  for (Claimant& each : all) each.want(claims);
  EXPECT_EQ(all[0].asked_to_leave, 1) << "asked once, however many come";
  EXPECT_EQ(all[1].asked_to_leave, 1) << "while it waits";
  EXPECT_EQ(all[2].asked_to_leave, 1);
  EXPECT_EQ(all[3].asked_to_leave, 0);
  all[0].claim.reset();
  EXPECT_TRUE(all[3].holds());
  EXPECT_FALSE(all[1].holds() || all[2].holds());
  // The older ones get it afterwards, to give it back.
  all[3].claim.reset();
  EXPECT_TRUE(all[2].holds());
  all[2].claim.reset();
  EXPECT_TRUE(all[1].holds());
}

TEST(Claims, AWaiterThatHasItIsAskedToLeaveByTheNext) {
  Claims claims;
  Claimant one;
  Claimant two;
  Claimant three;
  one.want(claims);
  two.want(claims);
  one.claim.reset();
  ASSERT_TRUE(two.holds());
  three.want(claims);
  EXPECT_EQ(two.asked_to_leave, 1);
  two.claim.reset();  // while the one it goes to is still there
}

TEST(Claims, ReleasedTwiceIsReleasedOnce) {
  Claims claims;
  Claimant one;
  Claimant two;
  Claimant three;
  one.want(claims);
  two.want(claims);
  three.want(claims);
  one.claim->release();
  ASSERT_TRUE(three.holds());
  one.claim->release();
  EXPECT_FALSE(two.holds());
  Claim moved = std::move(*three.claim);
  three.claim.reset();
  EXPECT_FALSE(two.holds()) << "the moved one has it still";
  moved.release();
  EXPECT_TRUE(two.holds());
}

TEST(Claims, AssignmentReleasesWhatWasHeld) {
  Claims claims;
  Claimant a;
  Claimant b;
  Claimant waiting;
  a.want(claims, "a");
  b.want(claims, "b");
  waiting.want(claims, "a");
  *a.claim = std::move(*b.claim);
  EXPECT_TRUE(waiting.holds());
}

// Each of many threads wants the same file again and again: never two have it, and everybody gets it in the end.
TEST(Claims, NeverTwoAtATime) {
  Claims claims;
  std::atomic<int> holders = 0;
  std::atomic<int> most = 0;
  std::atomic<int> granted = 0;
  constexpr int thread_count = 4;
  constexpr int rounds = 2000;
  const auto work = [&] {
    for (int i = 0; i < rounds; ++i)
      claims.acquire(
          "file", [] {},
          [&](Claim claim) {
            const int now = ++holders;
            if (now > 1) most = now;
            ++granted;
            --holders;
            claim.release();
          });
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < thread_count; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(most, 0);
  EXPECT_EQ(granted, thread_count * rounds);
}

}  // namespace
}  // namespace net
