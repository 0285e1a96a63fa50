// A bounded pool of reading connections. They see what is committed and never wait for the writer. Thread-safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

#include "storage/catalog/sqlite_connection.hpp"

namespace storage::sqlite {

class Readers {
 public:
  // Enough for the pages and queries of a few people at once; each costs about 2 MiB of cache.
  static constexpr std::size_t max_connections = 4;

  // Gives the connection back when it is destroyed.
  class Lease {
   public:
    Lease(Readers& readers, std::unique_ptr<Connection> connection)
        : readers_(&readers), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) readers_->give_back(std::move(connection_));
    }
    Connection& operator*() const noexcept { return *connection_; }
    Connection* operator->() const noexcept { return connection_.get(); }

   private:
    Readers* readers_;
    std::unique_ptr<Connection> connection_;
  };

  explicit Readers(Location location) : location_(std::move(location)) {}

  // Waits up to the busy timeout for a free one: `unavailable` after that. Statements must be gone before the lease is.
  base::Result<Lease> borrow();

 private:
  void give_back(std::unique_ptr<Connection> connection);

  const Location location_;
  std::mutex lock_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace storage::sqlite
