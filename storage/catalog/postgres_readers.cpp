#include "storage/catalog/postgres_readers.hpp"

#include <fmt/format.h>

namespace storage::postgres {

base::Result<std::unique_ptr<Connection>> Readers::borrow(base::SteadyTime deadline) {
  {
    std::unique_lock lock(lock_);
    if (!returned_.wait_until(lock, deadline, [&] { return lent_ < max_connections; }))
      return base::fail(base::Errc::unavailable,
                        fmt::format("all {} readers of the catalog {} are busy: try again, with a narrower query",
                                    max_connections, connector_.location().describe()));
    ++lent_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  auto connection = connector_.connect(Connection::Purpose::read, deadline);
  if (!connection) give_back(nullptr);
  return connection;
}

// The idle ones were made before the lost one, or at its time: they are lost with it, as in a restart.
void Readers::give_back(std::unique_ptr<Connection> connection) {
  std::vector<std::unique_ptr<Connection>> lost;  // closed without the lock
  const bool usable = connection && !connection->is_lost();
  {
    const std::scoped_lock lock(lock_);
    --lent_;
    if (usable)
      idle_.push_back(std::move(connection));
    else
      lost.swap(idle_);
  }
  returned_.notify_one();
}

}  // namespace storage::postgres
