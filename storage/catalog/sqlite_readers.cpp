#include "storage/catalog/sqlite_readers.hpp"

#include <fmt/format.h>

namespace storage::sqlite {

base::Result<Readers::Lease> Readers::borrow() {
  std::unique_ptr<Connection> connection;
  {
    std::unique_lock lock(lock_);
    if (!returned_.wait_for(lock, location_.busy_timeout, [&] { return lent_ < max_connections; }))
      return base::fail(base::Errc::unavailable,
                        fmt::format("all {} readers of the catalog {} are busy: try again, with a narrower query",
                                    max_connections, location_.describe()));
    ++lent_;
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!connection) {
    auto opened = Connection::open(location_, Connection::Mode::reader);
    if (!opened) {
      give_back(nullptr);
      return std::unexpected(opened.error());
    }
    connection = std::move(*opened);
  }
  return Lease(*this, std::move(connection));
}

void Readers::give_back(std::unique_ptr<Connection> connection) {
  if (connection && connection->is_suspect()) connection.reset();
  const std::scoped_lock lock(lock_);
  --lent_;
  if (connection) idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace storage::sqlite
