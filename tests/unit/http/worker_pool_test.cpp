#include "server/http/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/unit/http/fakes.hpp"

namespace http {
namespace {

using namespace std::chrono_literals;

TEST(WorkerPool, RefusesWhatDoesNotFitAndNeverANextStep) {
  http::testing::Gate gate;
  gate.close();
  WorkerPool pool(1, 2);
  std::atomic<int> done = 0;
  ASSERT_TRUE(pool.post([&] { gate.pass(), ++done; }));
  ASSERT_TRUE(gate.wait_for_waiting(1));
  EXPECT_TRUE(pool.post([&] { ++done; }));
  EXPECT_TRUE(pool.post([&] { ++done; }));
  EXPECT_FALSE(pool.post([&] { done += 100; }));
  std::promise<void> stepped;
  pool.post_next_step([&] { stepped.set_value(); });
  EXPECT_EQ(pool.queued(), 3U);
  gate.open();
  ASSERT_EQ(stepped.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(done, 3);
}

TEST(WorkerPool, StopDestroysWhatWaitsAndLeavesBehindWhatHangs) {
  auto gate = std::make_shared<http::testing::Gate>();
  gate->close();
  auto waiting = std::make_shared<int>(0);
  std::promise<void> hung;
  auto pool = std::make_unique<WorkerPool>(1, 10);
  pool->post([gate, &hung] {
    gate->pass();
    hung.set_value();
  });
  ASSERT_TRUE(gate->wait_for_waiting(1));
  pool->post([waiting] { ++*waiting; });
  EXPECT_EQ(waiting.use_count(), 2);
  EXPECT_FALSE(pool->stop(20ms));
  EXPECT_EQ(waiting.use_count(), 1);
  EXPECT_FALSE(pool->post([] {}));
  pool.reset();
  gate->open();  // the thread that was left behind ends by itself
  EXPECT_EQ(hung.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(*waiting, 0);
}

TEST(WorkerPool, StopWaitsForWhatRuns) {
  WorkerPool pool(2, 10);
  std::promise<void> begun;
  std::atomic<bool> ended = false;
  pool.post([&] {
    begun.set_value();
    std::this_thread::yield();
    ended = true;
  });
  begun.get_future().wait();
  EXPECT_TRUE(pool.stop(10s));
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace http
