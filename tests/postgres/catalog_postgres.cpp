// The conformance suite of the catalog on PostgreSQL: every folder of a test is a schema of its own.
#include <fmt/format.h>

#include "tests/conformance/catalog_fixture.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"

namespace tests {

std::vector<CatalogImplementation> catalog_implementations() {
  const auto url = [](const TempFolder& folder) {
    auto& cluster = PostgresCluster::shared();
    const auto schema = folder.path().filename().string();
    cluster.run(fmt::format("CREATE SCHEMA IF NOT EXISTS \"{}\"", schema));
    return cluster.url(schema);
  };
  const auto description = [](const TempFolder&) { return PostgresCluster::shared().describe(); };
  return {{"postgresql", url, description}};
}

}  // namespace tests
