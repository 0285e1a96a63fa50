// What waits to be written into the relay's log, within bounds of rows and bytes. Beyond them the oldest events that
// nothing was done about are left out, in a storm nearly all of them; beyond twice the bounds, the oldest of the other
// rows of the log, too. Takes, pending commands and what is settled are never left out: each of a take and a command is
// there once, and the hub bounds how many there are. Not thread-safe; no call takes longer than what it is given.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>

#include "storage/catalog/relay_catalog.hpp"

namespace storage {

struct BacklogBounds {
  std::size_t rows = 100'000;            // twenty seconds of the worst storm
  std::size_t bytes = 64 * 1024 * 1024;  // of memory, about
};

class Backlog {
 public:
  explicit Backlog(BacklogBounds bounds) : bounds_(bounds) {}

  // How many rows of the log were left out for it.
  std::size_t add(RelayNotes notes);

  // What is to be written next: all but rows of the log, of which at most `bounds`, in the order in which they came.
  struct Group {
    std::vector<Trigger> triggers;
    std::map<base::Uuid, RelayTake> takes;
    std::map<base::Uuid, PendingCommand> pending;
    std::set<base::Uuid> settled;
    std::uint64_t through = 0;  // everything of add() up to this call of it was taken, now or before
  };
  Group take(BacklogBounds bounds);

  bool empty() const noexcept;
  std::uint64_t added() const noexcept { return added_; }  // calls of add()
  std::size_t rows() const noexcept { return loose_.rows.size() + kept_.rows.size(); }
  std::size_t bytes() const noexcept { return loose_.bytes + kept_.bytes; }

 private:
  struct Row {
    std::uint64_t number = 0;  // of the call of add(), …
    std::uint64_t order = 0;   // … and among all rows
    std::size_t bytes = 0;
    Trigger trigger;
  };
  struct Rows {
    std::deque<Row> rows;
    std::size_t bytes = 0;

    void push(Row row);
    Row pop();
  };

  void add_rows(std::vector<Trigger> triggers);
  std::size_t leave_out(Rows& from, BacklogBounds bounds);
  Rows& next() noexcept;

  const BacklogBounds bounds_;
  std::uint64_t added_ = 0;
  std::uint64_t order_ = 0;
  Rows loose_;  // events that nothing was done about
  Rows kept_;   // all others
  std::map<base::Uuid, RelayTake> takes_;
  std::map<base::Uuid, PendingCommand> pending_;
  std::set<base::Uuid> settled_;
};

}  // namespace storage
