// The one writer of an SQLite catalog: group commit, each operation in a savepoint of its own.
#pragma once

#include <memory>

#include "storage/catalog/group_commit.hpp"
#include "storage/catalog/sqlite_connection.hpp"

namespace storage::sqlite {

class Writer final : public GroupCommit {
 public:
  Writer(Location location, std::unique_ptr<Connection> connection);

 private:
  base::Result<> run_batch(Batch batch) noexcept override;
  base::Result<> ensure_connection();
  static base::Result<> run_operation(Connection& connection, Item& item);

  const Location location_;
  std::unique_ptr<Connection> connection_;  // used by the leader only
};

}  // namespace storage::sqlite
