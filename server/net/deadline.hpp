// A deadline that is moved far more often than it passes: moving it later costs no timer operation.
// Belongs to the thread of its io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "server/base/clock.hpp"

namespace net {

class LazyDeadline {
 public:
  LazyDeadline(asio::io_context& context, std::function<void()> passed) : timer_(context), passed_(std::move(passed)) {}

  // `keep_alive` holds the owner for as long as a wait is under way.
  template <class Owner>
  void set(base::SteadyTime when, const std::shared_ptr<Owner>& keep_alive) {
    when_ = when;
    if (!armed_ || when < *armed_) arm(keep_alive);
  }

  void cancel() {
    when_.reset();
    armed_.reset();
    timer_.cancel();
  }

 private:
  template <class Owner>
  void arm(const std::shared_ptr<Owner>& keep_alive) {
    armed_ = when_;
    timer_.expires_at(*when_);
    timer_.async_wait([this, keep_alive](const std::error_code& error) {
      if (error || !when_) return;
      armed_.reset();
      if (base::steady_now() < *when_) return arm(keep_alive);
      when_.reset();
      passed_();
    });
  }

  asio::steady_timer timer_;
  std::function<void()> passed_;
  std::optional<base::SteadyTime> when_;
  std::optional<base::SteadyTime> armed_;
};

}  // namespace net
