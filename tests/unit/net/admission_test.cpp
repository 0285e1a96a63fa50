#include "server/net/admission.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace net {
namespace {

const base::Imei device = *base::Imei::from_number(356307042441013);
const base::Imei other = *base::Imei::from_number(356307042441021);

TEST(Admission, PlacesInAll) {
  Admission admission({.total = 2, .per_ip = 10, .per_device = 10});
  EXPECT_FALSE(admission.enter_ip("192.0.2.1"));
  EXPECT_FALSE(admission.enter_ip("192.0.2.2"));
  EXPECT_EQ(admission.enter_ip("192.0.2.3"), "the server has its 2 connections");
  admission.leave_ip("192.0.2.1");
  EXPECT_EQ(admission.open(), 1U);
  EXPECT_FALSE(admission.enter_ip("192.0.2.3"));
}

TEST(Admission, PlacesOfOneAddress) {
  Admission admission({.total = 10, .per_ip = 2, .per_device = 10});
  EXPECT_FALSE(admission.enter_ip("192.0.2.1"));
  EXPECT_FALSE(admission.enter_ip("192.0.2.1"));
  EXPECT_EQ(admission.enter_ip("192.0.2.1"), "the address has its 2 connections");
  EXPECT_FALSE(admission.enter_ip("192.0.2.2"));
  admission.leave_ip("192.0.2.1");
  EXPECT_FALSE(admission.enter_ip("192.0.2.1"));
  EXPECT_EQ(admission.open(), 3U) << "a refusal takes no place";
}

TEST(Admission, LeavingWithoutHavingEnteredChangesNothing) {
  Admission admission({.total = 1, .per_ip = 1, .per_device = 1});
  admission.leave_ip("192.0.2.1");
  EXPECT_EQ(admission.open(), 0U);
  EXPECT_FALSE(admission.enter_ip("192.0.2.1"));
  EXPECT_TRUE(admission.enter_ip("192.0.2.2"));
}

TEST(Admission, TheOldestOfADeviceIsToldToLeave) {
  Admission admission({.total = 10, .per_ip = 10, .per_device = 2});
  std::vector<int> closed;
  const auto enter = [&](const base::Imei& imei, int id) {
    admission.enter_device(imei, static_cast<std::uint64_t>(id), [&closed, id] { closed.push_back(id); });
  };
  enter(device, 1);
  enter(device, 2);
  enter(other, 3);
  EXPECT_TRUE(closed.empty());
  enter(device, 4);
  EXPECT_EQ(closed, std::vector{1});
  // Told, but not gone yet: it does not count any more, and is not told again.
  enter(device, 5);
  EXPECT_EQ(closed, (std::vector{1, 2}));
  admission.leave_device(device, 1);
  admission.leave_device(device, 2);
  admission.leave_device(device, 4);
  enter(device, 6);
  EXPECT_EQ(closed, (std::vector{1, 2}));
  enter(device, 7);
  EXPECT_EQ(closed, (std::vector{1, 2, 5}));
}

// What is told to leave may leave at once, from within the call.
TEST(Admission, CloseIsCalledWithoutTheLock) {
  Admission admission({.total = 10, .per_ip = 10, .per_device = 1});
  admission.enter_device(device, 1, [&] { admission.leave_device(device, 1); });
  admission.enter_device(device, 2, [] {});
  admission.leave_device(device, 2);
  admission.leave_device(device, 2);
  admission.leave_device(other, 9);
}

TEST(Admission, ManyThreads) {
  Admission admission({.total = 1'000'000, .per_ip = 1'000'000, .per_device = 4});
  constexpr int thread_count = 4;
  constexpr std::uint64_t rounds = 2000;
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < thread_count; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < rounds; ++i) {
        const std::uint64_t id = thread * rounds + i;
        ASSERT_FALSE(admission.enter_ip("192.0.2.1"));
        admission.enter_device(device, id, [] {});
        admission.leave_device(device, id);
        admission.leave_ip("192.0.2.1");
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(admission.open(), 0U);
}

}  // namespace
}  // namespace net
