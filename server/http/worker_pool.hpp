// A few threads for calls that block, and a queue with an end.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "server/http/threads.hpp"

namespace http {

class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;

  WorkerPool(unsigned threads, std::size_t max_queued);
  ~WorkerPool();

  // False, and `task` is destroyed unused, when max_queued tasks wait already or the pool is stopping.
  bool post(Task task);
  // For the next step of an answer that has begun and can no longer be refused. Each answer has one step waiting at
  // most, so the number of connections bounds these. Destroyed unused when the pool is stopping.
  void post_next_step(Task task);

  std::size_t queued() const;

  // Destroys what waits, waits for what runs. False when a task still ran after `limit`. May be called twice.
  bool stop(std::chrono::milliseconds limit);

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state);
  bool enqueue(Task& task, bool refusable);
  void close();
  std::shared_ptr<State> state_;
  ThreadGroup threads_;
};

}  // namespace http
