// Thousands of rows of one table in one call, each written anew where its key is there already.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/catalog/array_text.hpp"

namespace storage::sql {

struct Column {
  std::string_view name;
  std::string_view type;  // PostgreSQL's
};

// Both texts of one table's upsert.
struct Upsert {
  std::string one;   // $1 …: the columns of a row
  std::string many;  // $1 …: arrays of them

  // The first `keys` columns are the key.
  Upsert(std::string_view table, std::span<const Column> columns, std::size_t keys = 1);
};

// Of one statement of PostgreSQL: far from the time and the memory it may take.
constexpr std::size_t rows_at_once = 1'000;
constexpr std::size_t bytes_at_once = 4 * 1024 * 1024;

// In the order of their keys, which is where an index wants them, and the last one of each: as one statement for many
// rows needs it. They point into `rows`.
template <class Row, class KeyOf>
std::vector<const Row*> last_of_each(std::span<const Row> rows, KeyOf key_of) {
  std::vector<const Row*> sorted;
  sorted.reserve(rows.size());
  for (const Row& each : rows) sorted.push_back(&each);
  // Of one key in the order in which they are given.
  std::ranges::sort(sorted, {}, [&](const Row* each) { return std::pair(key_of(*each), each); });
  // From behind, so that of each key the last one is the first that is found.
  const auto kept =
      std::unique(sorted.rbegin(), sorted.rend(), [&](const Row* a, const Row* b) { return key_of(*a) == key_of(*b); });
  sorted.erase(sorted.begin(), kept.base());
  return sorted;
}

// `rows`: each key once. `columns_of` makes a std::tuple of a row, as run_with_columns() takes it; `bytes_of` tells
// how much that is, roughly. SQLite: a prepared statement for each row, in process. PostgreSQL: as many rows as there
// are in one trip.
template <class Row, class ColumnsOf, class BytesOf>
base::Result<> put_rows(Connection& connection, const Upsert& upsert, std::span<const Row* const> rows,
                        ColumnsOf columns_of, BytesOf bytes_of) {
  if (connection.dialect() == Dialect::sqlite) {
    for (const Row* row : rows) {
      const auto done =
          std::apply([&](const auto&... column) { return connection.run(upsert.one, column...); }, columns_of(*row));
      if (!done) return done;
    }
    return {};
  }
  while (!rows.empty()) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < std::min(rows.size(), rows_at_once); ++count) {
      bytes += bytes_of(*rows[count]);
      if (count != 0 && bytes > bytes_at_once) break;
    }
    if (auto done = run_with_columns(connection, upsert.many, rows.first(count), columns_of); !done) return done;
    rows = rows.subspan(count);
  }
  return {};
}

}  // namespace storage::sql
