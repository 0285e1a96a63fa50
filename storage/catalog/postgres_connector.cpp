#include "storage/catalog/postgres_connector.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace storage::postgres {

namespace {
constexpr std::chrono::milliseconds first_delay{50};
// A server that is back is found within this.
constexpr std::chrono::milliseconds longest_delay{2'000};
}  // namespace

std::chrono::milliseconds jittered(std::chrono::milliseconds delay) {
  thread_local std::minstd_rand random(std::random_device{}());
  return std::chrono::milliseconds(std::uniform_int_distribution(delay.count() / 2, delay.count())(random));
}

base::Result<std::unique_ptr<Connection>> Connector::connect(Connection::Purpose purpose, base::SteadyTime deadline) {
  for (;;) {
    std::this_thread::sleep_until(std::min(next_attempt(), deadline));
    auto connection = Connection::open(location_, watchdog_, purpose);
    note(connection.has_value());
    if (connection || connection.error().code != base::Errc::unavailable) return connection;
    if (next_attempt() >= deadline) return connection;
  }
}

base::SteadyTime Connector::next_attempt() const {
  const std::scoped_lock lock(lock_);
  return next_attempt_;
}

void Connector::note(bool succeeded) {
  const std::scoped_lock lock(lock_);
  delay_ = succeeded ? std::chrono::milliseconds(0) : std::clamp(2 * delay_, first_delay, longest_delay);
  next_attempt_ = base::steady_now() + (succeeded ? delay_ : jittered(delay_));
}

}  // namespace storage::postgres
