// What the listings share: the WHERE clause that grows by conditions, the bound of a page, and the walk to its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "server/base/result.hpp"
#include "storage/catalog/cursor.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

constexpr std::uint32_t max_page_size = 500;

inline base::Result<> check_page_size(std::uint32_t limit) {
  if (limit >= 1 && limit <= max_page_size) return {};
  return base::fail(base::Errc::invalid, fmt::format("a page has 1 to {} items, not {}", max_page_size, limit));
}

// A statement and its values, which borrow from what it was made of.
struct Query {
  std::string sql;
  std::vector<Value> values;
};

// Collects conditions and their values, numbered in the order in which they come.
class Conditions {
 public:
  // `condition` holds a {} for each value.
  template <class... Values>
  void add(std::string_view condition, const Values&... values) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    // Braces: the numbers are given from left to right.
    const std::tuple names{parameter(Value(values))...};
    sql_ += std::apply([&](const auto&... each) { return fmt::format(fmt::runtime(condition), each...); }, names);
  }
  template <class T>
  void add_if(std::string_view condition, const std::optional<T>& value) {
    if (value) add(condition, *value);
  }
  std::string parameter(Value value) {
    values_.push_back(value);
    return fmt::format("${}", values_.size());
  }
  const std::string& sql() const noexcept { return sql_; }
  std::vector<Value> take_values() { return std::move(values_); }

 private:
  std::string sql_;
  std::vector<Value> values_;
};

// One page of what `query` asks, which is for one row more than the page has: that one tells whether there is a next.
// `read` makes an item of a row, `end_of` is where an item stands in the order.
template <class Page, class Read, class EndOf>
base::Result<Page> read_page(Connection& connection, const Query& query, std::uint32_t limit, Listing listing,
                             Read read, EndOf end_of) {
  auto rows = connection.ask(query.sql, query.values);
  if (!rows) return std::unexpected(rows.error());
  Page page;
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return page;
    if (page.items.size() == limit) {
      page.next_cursor = encode_cursor(listing, end_of(page.items.back()));
      return page;
    }
    auto item = read(*rows);
    if (!item) return std::unexpected(item.error());
    page.items.push_back(std::move(*item));
  }
}

}  // namespace storage::sql
