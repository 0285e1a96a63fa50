// From rows to values.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "server/base/imei.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// `read` makes an item, or an error, of each row.
template <class Item, class Read>
base::Result<std::vector<Item>> read_all(base::Result<Rows> rows, Read read) {
  if (!rows) return std::unexpected(rows.error());
  std::vector<Item> items;
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return items;
    base::Result<Item> item = read(*rows);
    if (!item) return std::unexpected(item.error());
    items.push_back(std::move(*item));
  }
}

// Of the one row there may be.
template <class Item, class Read>
base::Result<std::optional<Item>> read_one(base::Result<Rows> rows, Read read) {
  auto items = read_all<Item>(std::move(rows), read);
  if (!items) return std::unexpected(items.error());
  if (items->empty()) return std::nullopt;
  return std::optional<Item>(std::move(items->front()));
}

// The number in the one row there may be, else 0.
inline base::Result<std::uint64_t> read_count(base::Result<Rows> rows) {
  const auto found = read_one<std::uint64_t>(std::move(rows), [](const Rows& row) {
    return base::Result<std::uint64_t>(static_cast<std::uint64_t>(row.integer(0)));
  });
  if (!found) return std::unexpected(found.error());
  return found->value_or(0);
}

// How many rows there are.
inline base::Result<std::uint64_t> count_rows(base::Result<Rows> rows) {
  if (!rows) return std::unexpected(rows.error());
  for (std::uint64_t count = 0;; ++count) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return count;
  }
}

// What rows about files have in common.
struct FileKey {
  base::Uuid id;
  base::Imei imei;
};
inline base::Result<FileKey> read_file_key(const Rows& row, int id_column, int imei_column, std::string_view table) {
  const auto id = base::Uuid::parse(row.text(id_column));
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(imei_column)));
  if (id && imei) return FileKey{*id, *imei};
  return base::fail(
      base::Errc::io,
      fmt::format("the catalog's table {} holds a row with the id '{}' and the IMEI {}, which are not such", table,
                  row.text(id_column), row.integer(imei_column)));
}

// Nothing where the column is NULL.
template <class T>
std::optional<T> optional_integer(const Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(static_cast<T>(row.integer(column)));
}

inline std::optional<base::UtcTime> optional_time(const Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

// Whether there is a row.
inline base::Result<bool> has_row(base::Result<Rows> rows) {
  const auto found = read_one<int>(std::move(rows), [](const Rows&) { return base::Result<int>(0); });
  if (!found) return std::unexpected(found.error());
  return found->has_value();
}

}  // namespace storage::sql
