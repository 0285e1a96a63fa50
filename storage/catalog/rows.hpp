// From rows to values.
#pragma once

#include <optional>
#include <utility>
#include <vector>

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

// Whether there is a row.
inline base::Result<bool> has_row(base::Result<Rows> rows) {
  const auto found = read_one<int>(std::move(rows), [](const Rows&) { return base::Result<int>(0); });
  if (!found) return std::unexpected(found.error());
  return found->has_value();
}

}  // namespace storage::sql
