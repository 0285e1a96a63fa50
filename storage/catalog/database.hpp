// How the catalog's parts get at their database, whichever it is: writing operations through its group commit, reading
// ones beside it. Thread-safe; every call blocks.
#pragma once

#include <limits>
#include <utility>

#include "storage/catalog/group_commit.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// Where an operation stands among those that share its transaction. Every node takes its locks in this order, so that
// no two ever wait for each other: what takes none that others may want (0), records, settings of the relay, then the
// devices by their IMEI, each of which locks the device's row first, then jobs, of which it takes only those that
// nobody holds. What others may have to wait for, though it waits for nobody itself, comes last.
namespace order {
constexpr std::uint64_t records = 1;  // below every IMEI, as the next one
constexpr std::uint64_t relay = 2;    // its settings: each locks the row of the rules first
constexpr std::uint64_t jobs = std::numeric_limits<std::uint64_t>::max() - 2;
constexpr std::uint64_t targets = std::numeric_limits<std::uint64_t>::max() - 1;
constexpr std::uint64_t last = std::numeric_limits<std::uint64_t>::max();
}  // namespace order

class Database {
 public:
  using Operation = GroupCommit::Operation;

  virtual ~Database() = default;

  // In a transaction that others may share: see GroupCommit::run(), for `order` too.
  virtual base::Result<> write(const Operation& operation, std::uint64_t order = 0) = 0;
  // On a reading connection; again on another one when the first turns out to be lost.
  virtual base::Result<> read(const Operation& operation) = 0;
  // Transactions committed so far: fewer than the calls of write(), where calls shared one.
  virtual std::uint64_t commits() const = 0;

  // What `operation` answers, a base::Result.
  template <class Ask>
  auto ask(Ask operation) -> decltype(operation(std::declval<Connection&>())) {
    return answer_of(operation, [&](const Operation& keep) { return read(keep); });
  }
  template <class Change>
  auto change(Change operation, std::uint64_t order = 0) -> decltype(operation(std::declval<Connection&>())) {
    return answer_of(operation, [&](const Operation& keep) { return write(keep, order); });
  }

 private:
  template <class Work, class Run>
  static auto answer_of(Work& operation, Run run) -> decltype(operation(std::declval<Connection&>())) {
    decltype(operation(std::declval<Connection&>())) answer = base::fail(base::Errc::io, "it was not carried out");
    const base::Result<> done = run([&](Connection& connection) -> base::Result<> {
      answer = operation(connection);
      if (!answer) return std::unexpected(answer.error());
      return {};
    });
    if (!done) return std::unexpected(done.error());
    return answer;
  }
};

}  // namespace storage::sql
