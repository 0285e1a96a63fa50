// Makes connections, and sees to it that a server in trouble is not stormed: behind a failure everybody waits, longer
// each time and never all for the same time. Thread-safe.
#pragma once

#include <memory>
#include <mutex>

#include "storage/catalog/postgres_connection.hpp"

namespace storage::postgres {

class Connector {
 public:
  explicit Connector(Location location) : location_(std::move(location)) {}

  // A new connection; tries again until `deadline`, once at least, while the error is one that may pass by itself.
  base::Result<std::unique_ptr<Connection>> connect(Connection::Purpose purpose, base::SteadyTime deadline);

  const Location& location() const noexcept { return location_; }

 private:
  base::SteadyTime next_attempt() const;
  void note(bool succeeded);

  const Location location_;
  Watchdog watchdog_;
  mutable std::mutex lock_;
  std::chrono::milliseconds delay_{0};
  base::SteadyTime next_attempt_{};
};

// The wait before the next attempt: from half of `delay` to all of it, by chance.
std::chrono::milliseconds jittered(std::chrono::milliseconds delay);

}  // namespace storage::postgres
