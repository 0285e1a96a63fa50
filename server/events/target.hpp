// Something outside that takes events, one after the other.
#pragma once

#include <chrono>

#include "server/base/result.hpp"
#include "server/events/message.hpp"

namespace events {

// Longest that deliver() may take: a lease must outlast it.
constexpr std::chrono::seconds longest_delivery{10};

class Target {
 public:
  virtual ~Target() = default;
  // Success: the other side has it for good. Any error: it may or may not have it, and is given it again, under the
  // same id. Blocks for longest_delivery at most. One thread at a time.
  virtual base::Result<> deliver(const Message& message) = 0;
  // For good, from any thread: what is under way ends soon.
  virtual void cancel() noexcept = 0;
};

}  // namespace events
