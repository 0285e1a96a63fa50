#include "server/http/worker_pool.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace http {

struct WorkerPool::State {
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> queue;
  std::size_t max_queued = 0;
  bool stopping = false;
};

WorkerPool::WorkerPool(unsigned threads, std::size_t max_queued) : state_(std::make_shared<State>()) {
  state_->max_queued = max_queued;
  for (unsigned i = 0; i < std::max(threads, 1U); ++i) {
    threads_.start("http-work", [state = state_] { work(state); });
  }
}

WorkerPool::~WorkerPool() {
  close();
}

void WorkerPool::work(const std::shared_ptr<State>& state) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(state->mutex);
      state->changed.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
      if (state->stopping) return;
      task = std::move(state->queue.front());
      state->queue.pop_front();
    }
    task();
  }
}

bool WorkerPool::enqueue(Task& task, bool refusable) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stopping || (refusable && state_->queue.size() >= state_->max_queued)) return false;
  state_->queue.push_back(std::move(task));
  state_->changed.notify_one();
  return true;
}

bool WorkerPool::post(Task task) {
  return enqueue(task, true);
}

void WorkerPool::post_next_step(Task task) {
  enqueue(task, false);
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(state_->mutex);
  return state_->queue.size();
}

void WorkerPool::close() {
  std::deque<Task> dropped;  // destroyed outside the lock: tasks answer their requests when they go
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->queue);
    state_->changed.notify_all();
  }
}

bool WorkerPool::stop(std::chrono::milliseconds limit) {
  close();
  return threads_.join(limit);
}

}  // namespace http
