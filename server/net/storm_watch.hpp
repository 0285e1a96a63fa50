// Looks after devices of which less is taken: now and then, on a pool, one look at a time.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <atomic>

#include "server/base/worker_pool.hpp"
#include "server/net/metrics.hpp"
#include "server/net/storm_breaker.hpp"

namespace net {

// start() and the timer belong to the thread of `context`, which has stopped before this is destroyed; so has `pool`.
class StormWatch {
 public:
  StormWatch(asio::io_context& context, base::WorkerPool& pool, StormBreaker& storms, Metrics& metrics)
      : context_(context), timer_(context), pool_(pool), storms_(storms), metrics_(metrics) {}

  void start() { look(); }
  void stop() noexcept { stopping_ = true; }  // any thread; a look under way ends soon

 private:
  void look();
  void rest();

  asio::io_context& context_;
  asio::steady_timer timer_;
  base::WorkerPool& pool_;
  StormBreaker& storms_;
  Metrics& metrics_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace net
