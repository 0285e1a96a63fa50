// An SQLite catalog in a file of its own, and a way to look behind it.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/catalog/sqlite_catalog.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

class SqliteTest : public testing::Test {
 protected:
  storage::sqlite::Location location(std::string vfs = {}) const {
    return {.path = (folder_ / "catalog.db").string(), .vfs = std::move(vfs), .in_memory = false};
  }

  std::unique_ptr<storage::sqlite::SqliteCatalog> open(storage::CatalogOptions options = {}, std::string vfs = {}) {
    auto catalog = storage::sqlite::SqliteCatalog::open(location(std::move(vfs)), options);
    EXPECT_TRUE(catalog) << catalog.error().message;
    if (!catalog) return nullptr;
    const auto migrated = (*catalog)->migrate();
    EXPECT_TRUE(migrated) << migrated.error().message;
    return std::move(*catalog);
  }

  std::unique_ptr<storage::sqlite::Connection> connect() {
    auto connection = storage::sqlite::Connection::open(location(), storage::sqlite::Connection::Mode::create);
    EXPECT_TRUE(connection) << connection.error().message;
    return connection ? std::move(*connection) : nullptr;
  }

  // The column of every row, as text.
  std::vector<std::string> column(const std::string& sql, int index = 0) {
    const auto connection = connect();
    auto rows = connection->prepare(sql);
    EXPECT_TRUE(rows) << rows.error().message;
    std::vector<std::string> values;
    while (rows && rows->step().value_or(false)) values.push_back(rows->text(index));
    return values;
  }

  TempFolder folder_;
};

}  // namespace tests
