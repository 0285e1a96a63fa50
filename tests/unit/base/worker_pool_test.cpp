#include "server/base/worker_pool.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/eventually.hpp"

namespace base {
namespace {

using namespace std::chrono_literals;

// Holds up one thread of a pool until it is let go; shared, because the thread may be left behind.
class Hold {
 public:
  explicit Hold(WorkerPool& pool) {
    pool.post([state = state_] {
      state->begun.count_down();
      state->go.wait();
      state->ended.count_down();
    });
    state_->begun.wait();
  }
  ~Hold() { let_go(); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  void let_go() {
    if (!std::exchange(gone_, true)) state_->go.count_down();
  }
  void wait_ended() const { state_->ended.wait(); }

 private:
  struct State {
    std::latch begun{1};
    std::latch go{1};
    std::latch ended{1};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
  bool gone_ = false;
};

TEST(WorkerPool, OneThreadRunsTasksInOrderAndFinishRunsAllOfThem) {
  WorkerPool pool("test", 1);
  Hold hold(pool);
  std::vector<int> done;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.post([&done, i] { done.push_back(i); }));
  hold.let_go();
  pool.finish();
  ASSERT_EQ(done.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(done[static_cast<std::size_t>(i)], i);
}

TEST(WorkerPool, RunsAsManyAtATimeAsItHasThreads) {
  WorkerPool pool("test", 3);
  std::latch all_there(3);
  for (int i = 0; i < 3; ++i) pool.post([&] { all_there.arrive_and_wait(); });  // never ends with fewer threads
  pool.finish();
}

TEST(WorkerPool, HasOneThreadAtLeastAndNamesIt) {
  WorkerPool pool("http-work", 0);
  std::array<char, 16> name{};
  // The name is set just after the thread has begun.
  EXPECT_TRUE(tests::eventually([&] {
    std::promise<void> done;
    pool.post([&] {
      pthread_getname_np(pthread_self(), name.data(), name.size());
      done.set_value();
    });
    done.get_future().wait();
    return std::string(name.data()) == "http-work";
  })) << name.data();
}

TEST(WorkerPool, CountsWhatWaits) {
  WorkerPool pool("test", 1);
  Hold hold(pool);
  pool.post([] {});
  pool.post([] {});
  EXPECT_EQ(pool.queued(), 2U);
  hold.let_go();
  EXPECT_TRUE(tests::eventually([&] { return pool.queued() == 0; }));
}

TEST(WorkerPool, RefusesWhatDoesNotFitAndNeverANextStep) {
  WorkerPool pool("test", 1, 2);
  Hold hold(pool);
  std::atomic<int> done = 0;
  EXPECT_TRUE(pool.post([&] { ++done; }));
  EXPECT_TRUE(pool.post([&] { ++done; }));
  EXPECT_FALSE(pool.post([&] { done += 100; }));
  std::promise<void> stepped;
  pool.post_next_step([&] { stepped.set_value(); });
  EXPECT_EQ(pool.queued(), 3U);
  hold.let_go();
  ASSERT_EQ(stepped.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_EQ(done, 2);
}

TEST(WorkerPool, StopDestroysWhatWaitsAndLeavesBehindWhatHangs) {
  const auto waiting = std::make_shared<int>(0);
  auto pool = std::make_unique<WorkerPool>("test", 1);
  Hold hold(*pool);
  pool->post([waiting] { ++*waiting; });
  EXPECT_EQ(waiting.use_count(), 2);
  EXPECT_FALSE(pool->stop(20ms));
  EXPECT_EQ(waiting.use_count(), 1);
  pool.reset();
  hold.let_go();  // the thread that was left behind ends by itself
  hold.wait_ended();
  EXPECT_EQ(*waiting, 0);
}

TEST(WorkerPool, StopWaitsForWhatRuns) {
  WorkerPool pool("test", 2, 10);
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

TEST(WorkerPool, TakesNothingAfterItsEnd) {
  WorkerPool finished("test", 2);
  finished.finish();
  WorkerPool stopped("test", 2);
  EXPECT_TRUE(stopped.stop(10s));
  for (WorkerPool* pool : {&finished, &stopped}) {
    const auto task = std::make_shared<int>(0);
    EXPECT_FALSE(pool->post([task] { ++*task; }));
    pool->post_next_step([task] { ++*task; });
    EXPECT_EQ(task.use_count(), 1) << "destroyed, not kept";
    EXPECT_EQ(pool->queued(), 0U);
    pool->finish();
    EXPECT_TRUE(pool->stop(10s));
    EXPECT_EQ(*task, 0);
  }
}

}  // namespace
}  // namespace base
