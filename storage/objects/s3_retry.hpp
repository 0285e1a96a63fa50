// When a failed request is sent again: exponential back-off with full jitter, inside a deadline, and inside a budget
// that all requests share, so that a store in trouble is not buried under repetitions. Sans-IO: time and chance come
// from the caller.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>

#include "server/base/clock.hpp"

namespace storage::s3 {

enum class Outcome : std::uint8_t {
  done,       // whatever it is, sending it again gives the same
  transient,  // the connection broke, the store stumbled: soon again
  throttled,  // the store asks for less: later again
};

// Of an answer with this status and S3 error code ("" when unknown).
Outcome judge(int status, std::string_view code) noexcept;

struct RetryPolicy {
  // Half of these, on average: jitter takes any part. A restarted gateway is back within some hundred milliseconds.
  std::chrono::milliseconds first_wait{100};
  std::chrono::milliseconds first_throttled_wait{500};
  std::chrono::milliseconds longest_wait{5'000};
  unsigned max_attempts = 12;  // an outage longer than a minute is for the caller to wait out
};

// A token bucket: a repetition takes, a request that succeeds at once gives back a little. Thread-safe.
class RetryBudget {
 public:
  // A hundred repetitions at once, then one for every ten successes.
  static constexpr double capacity = 100;
  static constexpr double earned_per_success = 0.1;

  bool take() noexcept;
  void earn() noexcept;

 private:
  std::mutex lock_;
  double tokens_ = capacity;
};

// One operation's attempts. One thread at a time.
class RetrySchedule {
 public:
  using Chance = std::function<double()>;  // uniform in [0, 1)

  RetrySchedule(const RetryPolicy& policy, RetryBudget& budget, base::SteadyTime deadline, Chance chance);

  // How long to wait before the next attempt, or nothing: give up. `asked` is the store's Retry-After.
  std::optional<std::chrono::milliseconds> after(Outcome outcome, base::SteadyTime now,
                                                 std::optional<std::chrono::milliseconds> asked = {});
  unsigned attempts() const noexcept { return attempts_; }

 private:
  RetryPolicy policy_;
  RetryBudget* budget_;
  base::SteadyTime deadline_;
  Chance chance_;
  unsigned attempts_ = 0;
};

// The seconds of a Retry-After header; dates, which S3 does not send, are ignored.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value) noexcept;

// A uniform number of this thread's generator.
double random_chance();

}  // namespace storage::s3
