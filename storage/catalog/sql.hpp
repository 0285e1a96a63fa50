// What the catalog's statements need of a database, so that their text is written once: SQLite and PostgreSQL take the
// same $1 parameters and the same upserts. A connection and its rows belong to one thread at a time. Nothing throws.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"
#include "server/base/result.hpp"

namespace storage::sql {

// Bytes as they are, for a column that holds such.
struct Blob {
  std::string_view bytes;
};

// One parameter. Borrows its text: until the call it is made for returns. std::monostate is NULL.
class Value {
 public:
  using Variant =
      std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string_view, base::Uuid, Blob>;

  template <std::same_as<bool> Flag>
  Value(Flag value) : value_(value) {}
  template <std::signed_integral Number>
  Value(Number value) : value_(std::int64_t{value}) {}
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  Value(Number value) : value_(std::uint64_t{value}) {}
  Value(double value) : value_(value) {}
  Value(const std::string& value) : value_(std::string_view(value)) {}
  Value(std::string_view value) : value_(value) {}
  Value(const char*) = delete;  // would be taken for a bool elsewhere: say which you mean
  Value(base::UtcTime value) : value_(std::int64_t{value.time_since_epoch().count()}) {}
  Value(const base::Uuid& value) : value_(value) {}
  Value(Blob value) : value_(value) {}
  template <class T>
  Value(const std::optional<T>& value) : value_(value ? Value(*value).value_ : Variant{}) {}

  const Variant& get() const noexcept { return value_; }

 private:
  Variant value_;
};

// Where a query stands, made by its connection. Columns count from 0.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual base::Result<bool> step() = 0;  // false: there is no (further) row
  virtual bool is_null(int column) const noexcept = 0;
  virtual std::int64_t integer(int column) const noexcept = 0;  // 0 and 1 of a boolean
  virtual double number(int column) const noexcept = 0;
  virtual std::string text(int column) const = 0;
  virtual std::string bytes(int column) const = 0;  // of a column that holds such
};

// The rows of a query. Gone before its connection is, and at most one at a time for the same text of a statement.
class Rows {
 public:
  explicit Rows(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}
  base::Result<bool> step() { return cursor_->step(); }
  bool is_null(int column) const noexcept { return cursor_->is_null(column); }
  std::int64_t integer(int column) const noexcept { return cursor_->integer(column); }
  bool flag(int column) const noexcept { return cursor_->integer(column) != 0; }
  double number(int column) const noexcept { return cursor_->number(column); }
  std::string text(int column) const { return cursor_->text(column); }
  std::string bytes(int column) const { return cursor_->bytes(column); }
  base::UtcTime time(int column) const noexcept { return base::UtcTime(std::chrono::milliseconds(integer(column))); }

 private:
  std::unique_ptr<Cursor> cursor_;
};

enum class Dialect : std::uint8_t { sqlite, postgres };

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const noexcept = 0;
  // One statement, prepared once per text, with $1 … in the order of `values`.
  virtual base::Result<Rows> ask(std::string_view sql, std::span<const Value> values) = 0;

  template <class... Values>
  base::Result<Rows> query(std::string_view sql, const Values&... values) {
    const std::array<Value, sizeof...(Values)> list{Value(values)...};
    return ask(sql, list);
  }
  // To the end, whatever it answers.
  template <class... Values>
  base::Result<> run(std::string_view sql, const Values&... values) {
    auto rows = query(sql, values...);
    if (!rows) return std::unexpected(rows.error());
    for (;;) {
      const auto row = rows->step();
      if (!row) return std::unexpected(row.error());
      if (!*row) return {};
    }
  }
};

}  // namespace storage::sql
