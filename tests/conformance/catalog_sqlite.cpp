#include "tests/conformance/catalog_fixture.hpp"

namespace tests {

std::vector<CatalogImplementation> catalog_implementations() {
  const auto file = [](const TempFolder& folder) { return "sqlite:" + (folder / "c.db").string(); };
  const auto memory = [](const TempFolder&) { return std::string("sqlite::memory:"); };
  return {{"sqlite_file", file, file}, {"sqlite_memory", memory, memory}};
}

}  // namespace tests
