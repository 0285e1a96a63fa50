// The thread of the connections: which exchanges run, which wait for their turn, and when each has to end.
// Every member but post() belongs to that thread; the object ends behind run().
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "server/curl/multi.hpp"
#include "storage/objects/s3_exchange.hpp"

namespace storage::s3 {

class Loop {
 public:
  using Handle = std::shared_ptr<Exchange>;

  explicit Loop(const HttpOptions& options);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  bool usable() const noexcept { return multi_.usable(); }
  void run();  // returns behind stop()
  // From any thread.
  void post(std::function<void()> work);

  void start(const Handle& exchange);
  void cancel(const Handle& exchange);
  void resume(const Handle& exchange);
  void stop();  // what is under way ends as cancelled

 private:
  struct Lane {  // the exchanges of one kind
    std::size_t limit = 0;
    std::deque<Handle> waiting;
    std::map<CURL*, Handle> active;
  };
  Lane& lane_of(const Exchange& exchange) noexcept { return lanes_[static_cast<std::size_t>(exchange.kind())]; }
  void start_waiting(Lane& lane);
  void end(Lane& lane, const Handle& exchange, Reply reply);
  void ended(CURL* easy, CURLcode code);
  void look_at_clock();
  void end_overdue();

  HttpOptions options_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer clock_;
  bool clock_runs_ = false;
  std::array<Lane, 2> lanes_;
  curl::Multi multi_;
};

}  // namespace storage::s3
