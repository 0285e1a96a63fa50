#include "server/endpoints/calls.hpp"

namespace endpoints {

void Calls::post(std::move_only_function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(call));
  asio::post(context_, [this] { run_next(); });
}

void Calls::run_next() {
  std::move_only_function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return;
    call = std::move(waiting_.front());
    waiting_.pop_front();
  }
  call();
}

void Calls::close() {
  std::deque<std::move_only_function<void()>> dropped;  // destroyed behind the lock: whoever waits may call again
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(waiting_);
  }
}

}  // namespace endpoints
