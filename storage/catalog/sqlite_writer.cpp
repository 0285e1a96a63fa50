#include "storage/catalog/sqlite_writer.hpp"

#include <utility>

namespace storage::sqlite {

namespace {
// Keeps the time of one transaction, and so the wait of whoever comes next, in the range of the sync it ends with.
constexpr std::size_t max_batch = 256;
}  // namespace

Writer::Writer(Location location, std::unique_ptr<Connection> connection)
    : location_(std::move(location)), connection_(std::move(connection)) {}

base::Result<> Writer::run(const Operation& operation) {
  Ticket ticket{.operation = &operation, .outcome = {}, .done = false, .leads = false, .changed = {}};
  std::unique_lock lock(lock_);
  waiting_.push_back(&ticket);
  if (led_) ticket.changed.wait(lock, [&] { return ticket.done || ticket.leads; });
  if (!ticket.done) lead(lock);
  return std::move(ticket.outcome);
}

std::uint64_t Writer::commits() const {
  const std::scoped_lock lock(lock_);
  return commits_;
}

std::size_t Writer::waiting() const {
  const std::scoped_lock lock(lock_);
  return waiting_.size();
}

// Our own ticket is in the first batch: a leader is either the first to come, or the head of what waits.
void Writer::lead(std::unique_lock<std::mutex>& lock) {
  led_ = true;
  const Batch batch = take_batch();
  lock.unlock();
  const auto committed = run_batch(batch);
  lock.lock();
  if (committed) ++commits_;
  for (Ticket* ticket : batch) {
    if (!committed) ticket->outcome = std::unexpected(committed.error());
    ticket->done = true;
    ticket->changed.notify_one();
  }
  led_ = !waiting_.empty();
  if (led_) {
    waiting_.front()->leads = true;
    waiting_.front()->changed.notify_one();
  }
}

Writer::Batch Writer::take_batch() {
  if (waiting_.size() <= max_batch) return std::exchange(waiting_, {});
  const auto end = waiting_.begin() + max_batch;
  Batch batch(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

// An error is everybody's; an operation that failed alone has its own in its ticket. An exception, that is no memory at
// all, ends the program: the others would wait for ever, and nobody has been told of any success.
base::Result<> Writer::run_batch(const Batch& batch) noexcept {
  if (auto ready = ensure_connection(); !ready) return ready;
  auto transaction = Transaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  for (Ticket* ticket : batch)
    if (auto going_on = run_operation(*connection_, *ticket); !going_on) return going_on;
  return transaction->commit();
}

base::Result<> Writer::ensure_connection() {
  if (connection_ && !connection_->is_suspect()) return {};
  connection_.reset();
  auto opened = Connection::open(location_, Connection::Mode::existing);
  if (!opened) return std::unexpected(opened.error());
  connection_ = std::move(*opened);
  return {};
}

// An error means that the whole transaction is lost: SQLite undoes all of it when it runs out of space or memory.
base::Result<> Writer::run_operation(Connection& connection, Ticket& ticket) {
  if (auto saved = connection.run("SAVEPOINT operation"); !saved) return saved;
  ticket.outcome = (*ticket.operation)(connection);
  if (!ticket.outcome) {
    if (connection.is_suspect() || !connection.in_transaction()) return ticket.outcome;
    if (auto undone = connection.run("ROLLBACK TO operation"); !undone) return undone;
  }
  return connection.run("RELEASE operation");
}

}  // namespace storage::sqlite
