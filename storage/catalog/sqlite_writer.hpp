// The one writer of an SQLite catalog, with group commit: callers that arrive while a commit is on its way share the
// next one. The first of them leads: it runs everybody's operation in one transaction, each in a savepoint of its own
// so that one that fails takes nobody with it, commits once, and wakes the others. Thread-safe; no thread of its own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include "storage/catalog/sqlite_connection.hpp"

namespace storage::sqlite {

class Writer {
 public:
  using Operation = std::function<base::Result<>(Connection&)>;

  Writer(Location location, std::unique_ptr<Connection> connection);

  // Runs `operation` in a transaction on the calling or on another caller's thread; it must not call back in here.
  // Success means that the commit is on the disk. Any error means that nothing of the operation is kept, with one
  // exception nobody can exclude: a commit whose sync failed may come back after a power failure.
  base::Result<> run(const Operation& operation);

  std::uint64_t commits() const;
  std::size_t waiting() const;  // callers whose operation is not being run yet

 private:
  struct Ticket {
    const Operation* operation;
    base::Result<> outcome;
    bool done = false;
    bool leads = false;
    std::condition_variable changed;
  };
  using Batch = std::deque<Ticket*>;

  Batch take_batch();
  void lead(std::unique_lock<std::mutex>& lock);
  base::Result<> run_batch(const Batch& batch) noexcept;
  base::Result<> ensure_connection();
  static base::Result<> run_operation(Connection& connection, Ticket& ticket);

  const Location location_;
  std::unique_ptr<Connection> connection_;  // used by the leader only

  mutable std::mutex lock_;
  Batch waiting_;
  bool led_ = false;
  std::uint64_t commits_ = 0;
};

}  // namespace storage::sqlite
