#include "tests/crash/catalog_audit.hpp"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

namespace tests {

namespace {
struct Close {
  void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, Close>;

Database open(const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  Database database(raw);
  if (result != SQLITE_OK) throw std::runtime_error("Cannot open " + file.string());
  return database;
}

std::string ask(const Database& database, const char* sql) {
  std::string answer;
  const auto take = [](void* into, int columns, char** values, char**) {
    if (columns > 0 && values[0] != nullptr) static_cast<std::string*>(into)->append(values[0]);
    return 0;
  };
  if (sqlite3_exec(database.get(), sql, take, &answer, nullptr) != SQLITE_OK)
    throw std::runtime_error(std::string("The catalog does not answer: ") + sqlite3_errmsg(database.get()));
  return answer;
}
}  // namespace

CatalogAudit audit_catalog(const std::filesystem::path& file) {
  const Database database = open(file);
  const auto count = [&](const char* sql) { return static_cast<std::int64_t>(std::stoll(ask(database, sql))); };
  return {.integrity = ask(database, "PRAGMA integrity_check"),
          .media = count("SELECT count(*) FROM media"),
          .events = count("SELECT count(*) FROM outbox WHERE type = 'media.stored'"),
          .media_with_one_event =
              count("SELECT count(*) FROM media JOIN (SELECT json_extract(payload, '$.media.id') AS id, count(*) AS n "
                    "FROM outbox WHERE type = 'media.stored' GROUP BY 1) AS told USING (id) WHERE told.n = 1")};
}

}  // namespace tests
