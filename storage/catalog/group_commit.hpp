// Group commit: callers that arrive while a commit is on its way share the next one. The first of them leads: it runs
// everybody's operation in one transaction on its own thread, so that one that fails takes nobody with it, commits
// once, and wakes the others. Thread-safe; no thread of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "storage/catalog/sql.hpp"

namespace storage {

class GroupCommit {
 public:
  // May run more than once: a transaction that was lost or disturbed is run again as a whole.
  using Operation = std::function<base::Result<>(sql::Connection&)>;

  GroupCommit() = default;
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;
  virtual ~GroupCommit() = default;

  // Runs `operation` in a transaction on the calling or on another caller's thread; it must not call back in here.
  // Success means that the commit is durable. Any error means that nothing of the operation is kept, with one exception
  // nobody can exclude: a commit whose sync failed, or whose answer never came, may turn out to be there later.
  // `order`: operations that change the same row give the same number, the device's; see Writer of PostgreSQL.
  base::Result<> run(const Operation& operation, std::uint64_t order = 0);

  std::uint64_t commits() const;
  std::size_t waiting() const;  // callers whose operation is not being run yet

 protected:
  struct Item {
    const Operation* operation = nullptr;
    std::uint64_t order = 0;
    base::Result<> outcome{};  // of this operation alone
  };
  using Batch = std::vector<Item*>;

  // One transaction with every operation, in the order given unless the database needs another. An error is
  // everybody's; an operation that failed alone has its own in its item. One call at a time. An exception, that is no
  // memory at all, ends the program: the others would wait for ever, and nobody has been told of any success.
  virtual base::Result<> run_batch(Batch batch) noexcept = 0;

 private:
  struct Ticket {
    Item item;
    bool done = false;
    bool leads = false;
    std::condition_variable changed{};
  };

  std::vector<Ticket*> take_waiting();
  void lead(std::unique_lock<std::mutex>& lock);

  mutable std::mutex lock_;
  std::deque<Ticket*> waiting_;
  bool led_ = false;
  std::uint64_t commits_ = 0;
};

}  // namespace storage
