// One SQLite file as the catalog's parts see it: one writer with group commit, a few readers beside it. Thread-safe.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/sqlite_readers.hpp"
#include "storage/catalog/sqlite_writer.hpp"

namespace storage::sqlite {

class Database final : public sql::Database {
 public:
  Database(const Location& location, std::unique_ptr<Connection> connection)
      : writer_(location, std::move(connection)), readers_(location) {}

  base::Result<> write(const Operation& operation, std::uint64_t order) override {
    return writer_.run(operation, order);
  }
  base::Result<> read(const Operation& operation) override {
    const auto reader = readers_.borrow();
    if (!reader) return std::unexpected(reader.error());
    return operation(**reader);
  }
  std::uint64_t commits() const override { return writer_.commits(); }

 private:
  Writer writer_;
  Readers readers_;
};

}  // namespace storage::sqlite
