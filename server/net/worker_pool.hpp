// Threads for work that blocks: disk, catalog, object store. Never an I/O thread's business.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace net {

class WorkerPool {
 public:
  // Thread-safe. The queue has no bound of its own: every user has at most one job under way, so the number of
  // connections bounds it.
  WorkerPool(const std::string& name, unsigned threads);
  ~WorkerPool();  // finishes what is queued

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void post(std::function<void()> job);
  // Finishes what is queued, takes nothing more. Jobs posted afterwards are dropped.
  void stop();
  std::size_t queued() const;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace net
