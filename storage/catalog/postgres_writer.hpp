// The writer of a PostgreSQL catalog: group commit over one connection, which is replaced when it is lost.
//
// A transaction whose commit was not answered is run again as a whole over a new connection. Its operations find out by
// the rows' ids what is there already, and wait, by the rows' locks, for the old transaction if the server still works
// on it: its outcome is never guessed.
#pragma once

#include <memory>

#include "storage/catalog/group_commit.hpp"
#include "storage/catalog/postgres_connector.hpp"

namespace storage::postgres {

class Writer final : public GroupCommit {
 public:
  Writer(Connector& connector, std::unique_ptr<Connection> connection)
      : connector_(connector), connection_(std::move(connection)) {}

 private:
  base::Result<> run_batch(Batch batch) noexcept override;
  base::Result<> run_once(const Batch& batch, base::SteadyTime deadline);
  base::Result<> run_transaction(const Batch& batch);
  base::Result<> run_operations(const Batch& batch);
  base::Result<> run_with_savepoints(const Batch& batch);

  Connector& connector_;
  std::unique_ptr<Connection> connection_;  // used by the leader only
};

}  // namespace storage::postgres
