// A PostgreSQL server as the catalog's parts see it: one writer with group commit, a few readers beside it.
// Thread-safe.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/postgres_readers.hpp"
#include "storage/catalog/postgres_writer.hpp"

namespace storage::postgres {

class Database final : public sql::Database {
 public:
  Database(std::unique_ptr<Connector> connector, std::unique_ptr<Connection> connection)
      : connector_(std::move(connector)), writer_(*connector_, std::move(connection)), readers_(*connector_) {}

  base::Result<> write(const Operation& operation, std::uint64_t order) override {
    return writer_.run(operation, order);
  }
  base::Result<> read(const Operation& operation) override { return readers_.with(operation); }
  std::uint64_t commits() const override { return writer_.commits(); }

  Connector& connector() noexcept { return *connector_; }
  const Location& location() const noexcept { return connector_->location(); }

 private:
  const std::unique_ptr<Connector> connector_;  // outlives the connections it made
  Writer writer_;
  Readers readers_;
};

}  // namespace storage::postgres
