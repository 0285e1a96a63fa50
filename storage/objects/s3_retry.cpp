#include "storage/objects/s3_retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

namespace storage::s3 {

namespace {
using std::chrono::milliseconds;

// Ten minutes: who asks for more asks us to give up.
constexpr long long longest_retry_after_s = 600;
// 2^16 first waits are beyond every longest wait.
constexpr unsigned max_doublings = 16;

constexpr std::array<std::string_view, 5> throttling_codes{"SlowDown", "Throttling", "ThrottlingException",
                                                           "RequestLimitExceeded", "TooManyRequests"};
// With a status that alone would be final.
constexpr std::array<std::string_view, 4> transient_codes{"RequestTimeout", "OperationAborted",
                                                          "ConditionalRequestConflict", "InternalError"};
}  // namespace

Outcome judge(int status, std::string_view code) noexcept {
  if (status == 429 || status == 503 || std::ranges::find(throttling_codes, code) != throttling_codes.end())
    return Outcome::throttled;
  if (status == 408 || status == 500 || status == 502 || status == 504 ||
      std::ranges::find(transient_codes, code) != transient_codes.end())
    return Outcome::transient;
  return Outcome::done;
}

bool RetryBudget::take() noexcept {
  const std::scoped_lock lock(lock_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void RetryBudget::earn() noexcept {
  const std::scoped_lock lock(lock_);
  tokens_ = std::min(capacity, tokens_ + earned_per_success);
}

RetrySchedule::RetrySchedule(const RetryPolicy& policy, RetryBudget& budget, base::SteadyTime deadline, Chance chance)
    : policy_(policy), budget_(&budget), deadline_(deadline), chance_(std::move(chance)) {}

std::optional<milliseconds> RetrySchedule::after(Outcome outcome, base::SteadyTime now,
                                                 std::optional<milliseconds> asked) {
  ++attempts_;
  if (outcome == Outcome::done) {
    if (attempts_ == 1) budget_->earn();
    return std::nullopt;
  }
  if (attempts_ >= policy_.max_attempts) return std::nullopt;
  const milliseconds first = outcome == Outcome::throttled ? policy_.first_throttled_wait : policy_.first_wait;
  const milliseconds doubled = first * (1L << std::min(attempts_ - 1, max_doublings));
  const milliseconds ceiling = std::min(policy_.longest_wait, doubled);
  milliseconds wait(static_cast<milliseconds::rep>(static_cast<double>(ceiling.count()) * chance_()));
  if (asked) wait += *asked;
  if (wait >= deadline_ - now || !budget_->take()) return std::nullopt;
  return wait;
}

std::optional<milliseconds> parse_retry_after(std::string_view value) noexcept {
  long long seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || end != value.data() + value.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, longest_retry_after_s));
}

double random_chance() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace storage::s3
