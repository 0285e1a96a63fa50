// The thread of the connections: libcurl's multi handle told by Asio which sockets are ready and when time is up.
// Every member but post() belongs to that thread.
#pragma once

#include <curl/curl.h>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include "storage/objects/s3_exchange.hpp"

namespace storage::s3 {

class Loop {
 public:
  using Handle = std::shared_ptr<Exchange>;

  explicit Loop(const HttpOptions& options);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();  // run() has returned

  bool usable() const noexcept { return multi_ != nullptr; }
  void run();  // returns behind stop()
  // From any thread.
  void post(std::function<void()> work);

  void start(const Handle& exchange);
  void cancel(const Handle& exchange);
  void resume(const Handle& exchange);
  void stop();  // what is under way ends as cancelled

 private:
  struct Socket;
  struct Lane {  // the exchanges of one kind
    std::size_t limit = 0;
    std::deque<Handle> waiting;
    std::map<CURL*, Handle> active;
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
  };

  static int on_socket(CURL* easy, curl_socket_t descriptor, int what, void* self, void* socket);
  static int on_timer(CURLM* multi, long milliseconds, void* self);

  Lane& lane_of(const Exchange& exchange) noexcept { return lanes_[static_cast<std::size_t>(exchange.kind())]; }
  void start_waiting(Lane& lane);
  void end(Lane& lane, const Handle& exchange, Reply reply);
  void watch(curl_socket_t descriptor, int what);
  void wait_for(const std::shared_ptr<Socket>& socket, asio::posix::descriptor_base::wait_type type);
  void set_timer(long milliseconds);
  void act(curl_socket_t descriptor, int events);
  void collect_finished();
  void look_at_clock();
  void end_overdue();

  HttpOptions options_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer timer_;  // curl's
  asio::steady_timer clock_;  // ours, for deadlines
  bool clock_runs_ = false;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::array<Lane, 2> lanes_;
  std::unique_ptr<CURLM, FreeMulti> multi_;
};

}  // namespace storage::s3
