// A few threads for calls that block: disk, catalog, object store. Never an I/O thread's business.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include "server/base/threads.hpp"

namespace base {

// Thread-safe, except that finish() and stop() belong to its owner.
class WorkerPool {
 public:
  using Task = std::move_only_function<void()>;
  // For users that have one task under way at most: their number bounds the queue.
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

  // `name` is that of every thread, 15 characters at most. One thread at least.
  WorkerPool(const std::string& name, unsigned threads, std::size_t max_queued = unbounded);
  ~WorkerPool();  // destroys what waits and waits for what runs, without a limit
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and `task` is destroyed unused, when max_queued tasks wait already or the pool is ending.
  bool post(Task task);
  // For the next step of an answer that has begun and can no longer be refused. Each answer has one step waiting at
  // most, so the number of connections bounds these. Destroyed unused when the pool is ending.
  void post_next_step(Task task);

  std::size_t queued() const;

  // The two ways to end; either takes nothing more, and may be called again.
  // Runs what is queued, and waits for it.
  void finish();
  // Destroys what waits, waits for what runs. False when a task still ran after `limit`: its thread is left behind.
  bool stop(std::chrono::milliseconds limit);

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state);
  bool enqueue(Task& task, std::size_t limit);
  void drop_waiting();
  std::shared_ptr<State> state_;  // shared with the threads, one of which may be left behind
  ThreadGroup threads_;
};

}  // namespace base
