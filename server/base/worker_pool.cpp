#include "server/base/worker_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace base {

struct WorkerPool::State {
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> queue;
  std::size_t max_queued = 0;
  bool ending = false;  // nothing more is taken; the threads go when the queue is empty
};

WorkerPool::WorkerPool(const std::string& name, unsigned threads, std::size_t max_queued)
    : state_(std::make_shared<State>()) {
  state_->max_queued = max_queued;
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) threads_.start(name, [state = state_] { work(state); });
}

WorkerPool::~WorkerPool() {
  drop_waiting();
}

void WorkerPool::work(const std::shared_ptr<State>& state) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(state->mutex);
      state->changed.wait(lock, [&] { return state->ending || !state->queue.empty(); });
      if (state->queue.empty()) return;
      task = std::move(state->queue.front());
      state->queue.pop_front();
    }
    task();
  }
}

bool WorkerPool::enqueue(Task& task, std::size_t limit) {
  const std::lock_guard lock(state_->mutex);
  if (state_->ending || state_->queue.size() >= limit) return false;
  state_->queue.push_back(std::move(task));
  state_->changed.notify_one();
  return true;
}

bool WorkerPool::post(Task task) {
  return enqueue(task, state_->max_queued);
}

void WorkerPool::post_next_step(Task task) {
  enqueue(task, unbounded);
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

void WorkerPool::finish() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    state_->changed.notify_all();
  }
  threads_.join();
}

void WorkerPool::drop_waiting() {
  std::deque<Task> dropped;  // destroyed outside the lock: tasks answer their requests when they go
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
    dropped.swap(state_->queue);
    state_->changed.notify_all();
  }
}

bool WorkerPool::stop(std::chrono::milliseconds limit) {
  drop_waiting();
  return threads_.join(limit);
}

}  // namespace base
