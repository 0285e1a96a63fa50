// Many rows in one statement of PostgreSQL: each of its parameters is a whole column, and unnest() makes rows of them.
#pragma once

#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "server/base/bytes.hpp"

namespace storage::sql {

// An array of PostgreSQL's, as text, of numbers or of bytes.
class ArrayText {
 public:
  template <class Number>
  void add(const Number& number) {
    separate();
    fmt::format_to(std::back_inserter(text_), "{}", number);
  }
  template <class Number>
  void add(const std::optional<Number>& number) {
    if (number) return add(*number);
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

}  // namespace storage::sql
