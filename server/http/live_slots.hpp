// How many readers may hang on answers without an end.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace http {

class LiveSlots : public std::enable_shared_from_this<LiveSlots> {
 public:
  explicit LiveSlots(std::size_t most) : most_(most) {}

  // Held as long as the reader is there; null when all are taken. Thread-safe.
  std::shared_ptr<void> take() {
    if (taken_.fetch_add(1) >= most_) {
      taken_.fetch_sub(1);
      return nullptr;
    }
    return {this, [self = shared_from_this()](void*) { self->taken_.fetch_sub(1); }};
  }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> taken_ = 0;
};

}  // namespace http
