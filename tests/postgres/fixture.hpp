// A PostgreSQL catalog in a schema of its own, and a way to look behind it.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "storage/catalog/postgres_catalog.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/samples.hpp"

namespace tests {

// Short waits, for tests in which nobody answers.
inline storage::postgres::Patience hurried() {
  storage::postgres::Patience patience;
  patience.connect = std::chrono::seconds(2);
  patience.statement = std::chrono::milliseconds(400);
  patience.silence = std::chrono::milliseconds(200);
  patience.write = std::chrono::milliseconds(1'000);
  patience.read = std::chrono::milliseconds(1'000);
  return patience;
}

class PostgresTest : public testing::Test {
 protected:
  using Catalog = std::unique_ptr<storage::postgres::PostgresCatalog>;

  storage::postgres::Location location(const storage::postgres::Patience& patience = {}) const {
    return location_of(url_, patience);
  }
  static storage::postgres::Location location_of(const std::string& url,
                                                 const storage::postgres::Patience& patience = {}) {
    auto location = storage::postgres::Location::parse(url);
    EXPECT_TRUE(location) << location.error().message;
    location->patience = patience;
    return *location;
  }

  static Catalog open(const storage::postgres::Location& location, storage::CatalogOptions options = {}) {
    auto catalog = storage::postgres::PostgresCatalog::open(location, options);
    EXPECT_TRUE(catalog) << catalog.error().message;
    if (!catalog) return nullptr;
    const auto migrated = (*catalog)->migrate();
    EXPECT_TRUE(migrated) << migrated.error().message;
    return std::move(*catalog);
  }
  Catalog open() { return open(location()); }

  std::vector<std::string> column(const std::string& sql) const {
    std::vector<std::string> values;
    for (auto& row : cluster_.run(fmt::format("SET search_path = \"{}\"; {}", schema_, sql)))
      values.push_back(std::move(row.at(0)));
    return values;
  }
  std::string value(const std::string& sql) const { return column(sql).at(0); }

  PostgresCluster& cluster_ = PostgresCluster::shared();
  std::string schema_;
  const std::string url_ = cluster_.fresh_schema(schema_);
};

}  // namespace tests
