#include "storage/catalog/sqlite_writer.hpp"

#include <utility>

namespace storage::sqlite {

Writer::Writer(Location location, std::unique_ptr<Connection> connection)
    : location_(std::move(location)), connection_(std::move(connection)) {}

base::Result<> Writer::run_batch(Batch batch) noexcept {
  if (auto ready = ensure_connection(); !ready) return ready;
  auto transaction = Transaction::begin(*connection_);
  if (!transaction) return std::unexpected(transaction.error());
  for (Item* item : batch)
    if (auto going_on = run_operation(*connection_, *item); !going_on) return going_on;
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
base::Result<> Writer::run_operation(Connection& connection, Item& item) {
  if (auto saved = connection.run("SAVEPOINT operation"); !saved) return saved;
  item.outcome = (*item.operation)(connection);
  if (!item.outcome) {
    if (connection.is_suspect() || !connection.in_transaction()) return item.outcome;
    if (auto undone = connection.run("ROLLBACK TO operation"); !undone) return undone;
  }
  return connection.run("RELEASE operation");
}

}  // namespace storage::sqlite
