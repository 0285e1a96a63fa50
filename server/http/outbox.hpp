// The way from other threads to the I/O thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <mutex>
#include <utility>

namespace http {

// May outlive the io_context: after close() what is posted goes nowhere.
class Outbox {
 public:
  explicit Outbox(asio::io_context& io) : io_(&io) {}

  template <class Task>
  void post(Task&& task) {
    const std::lock_guard lock(mutex_);
    if (io_ != nullptr) asio::post(*io_, std::forward<Task>(task));
  }

  void close() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
  }

 private:
  std::mutex mutex_;
  asio::io_context* io_;
};

}  // namespace http
