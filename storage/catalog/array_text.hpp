// Many rows in one statement of PostgreSQL: each of its parameters is a whole column, and unnest() makes rows of them.
#pragma once

#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// An array of PostgreSQL's, as text.
class ArrayText {
 public:
  template <class Number>
    requires std::is_arithmetic_v<Number>
  void add(const Number& number) {
    separate();
    fmt::format_to(std::back_inserter(text_), "{}", number);
  }
  void add(base::UtcTime time) { add(std::int64_t{time.time_since_epoch().count()}); }
  void add(const base::Uuid& id) {
    separate();
    text_ += id.str();
  }
  void add(Blob blob) { add_bytes(blob.bytes); }
  void add(std::string_view text) {
    separate();
    text_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  template <class T>
  void add(const std::optional<T>& value) {
    if (value) return add(*value);
    separate();
    text_ += "NULL";
  }
  void add_bytes(std::string_view bytes) {
    separate();
    text_ += R"("\\x)";
    text_ += base::to_hex(base::as_bytes(bytes));
    text_ += '"';
  }
  std::string take() && { return std::move(text_) + "}"; }

 private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }
  std::string text_ = "{";
};

// Runs `sql`, whose parameters are the columns of `rows`. `columns_of` makes a std::tuple of a row, with what add()
// takes; texts are borrowed until this returns.
template <class Row, class ColumnsOf>
base::Result<> run_with_columns(Connection& connection, std::string_view sql, std::span<const Row* const> rows,
                                ColumnsOf columns_of) {
  constexpr std::size_t count = std::tuple_size_v<decltype(columns_of(*rows.front()))>;
  std::array<ArrayText, count> columns;
  for (const Row* row : rows) {
    std::size_t next = 0;
    std::apply([&](const auto&... column) { (columns[next++].add(column), ...); }, columns_of(*row));
  }
  std::array<std::string, count> texts;
  for (std::size_t i = 0; i < count; ++i) texts[i] = std::move(columns[i]).take();
  const std::vector<Value> values(texts.begin(), texts.end());
  const auto answer = connection.ask(sql, values);
  return answer ? base::Result<>{} : std::unexpected(answer.error());
}

}  // namespace storage::sql
