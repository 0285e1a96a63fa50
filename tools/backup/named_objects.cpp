#include "tools/backup/named_objects.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace backup {

namespace {
// A page at a time, so that no statement takes long however many files there are.
constexpr std::int64_t page_size = 1'000;

struct Table {
  std::string_view name;
  std::string_view condition;
};
// A segment that is not stored yet is stored by whoever seals next.
constexpr std::array<Table, 3> tables{{{"media", "TRUE"}, {"derived", "TRUE"}, {"evidence_segments", "stored"}}};

// How many rows; `last` is the key of the last one.
base::Result<std::int64_t> visit_page(storage::sql::Connection& connection, const std::string& sql, std::string& last,
                                      const std::function<void(Entry)>& visit) {
  const std::string from = last;
  auto rows = connection.query(sql, from, page_size);
  if (!rows) return std::unexpected(rows.error());
  for (std::int64_t count = 0;; ++count) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return count;
    last = rows->text(0);
    visit({.key = last, .size = static_cast<std::uint64_t>(rows->integer(1)), .sha256 = rows->text(2)});
  }
}
}  // namespace

base::Result<> visit_named(storage::sql::Connection& connection, const std::function<void(Entry)>& visit) {
  for (const Table& table : tables) {
    const std::string sql =
        fmt::format("SELECT object_key, size, sha256 FROM {} WHERE {} AND object_key > $1 ORDER BY object_key LIMIT $2",
                    table.name, table.condition);
    std::string last;
    for (;;) {
      const auto count = visit_page(connection, sql, last, visit);
      if (!count) return std::unexpected(count.error());
      if (*count < page_size) break;
    }
  }
  return {};
}

base::Result<bool> is_named(storage::sql::Connection& connection, const std::string& key) {
  for (const Table& table : tables) {
    auto rows = connection.query(fmt::format("SELECT 1 FROM {} WHERE object_key = $1 LIMIT 1", table.name), key);
    if (!rows) return std::unexpected(rows.error());
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (*row) return true;
  }
  return false;
}

}  // namespace backup
