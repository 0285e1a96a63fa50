// What both listings share: the WHERE clause that grows by conditions, and the bound of a page.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "server/base/result.hpp"

namespace storage {

constexpr std::uint32_t max_page_size = 500;

inline base::Result<> check_page_size(std::uint32_t limit) {
  if (limit >= 1 && limit <= max_page_size) return {};
  return base::fail(base::Errc::invalid, fmt::format("a page has 1 to {} items, not {}", max_page_size, limit));
}

// Numbers the parameters in the order in which the conditions are added; bind in the same order.
class Conditions {
 public:
  // `condition` holds a {} for each parameter.
  void add(bool wanted, std::string_view condition) {
    if (!wanted) return;
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    for (auto at = condition.find("{}"); at != std::string_view::npos; at = condition.find("{}")) {
      sql_ += fmt::format("{}${}", condition.substr(0, at), ++parameters_);
      condition.remove_prefix(at + 2);
    }
    sql_ += condition;
  }
  std::string next_parameter() { return fmt::format("${}", ++parameters_); }
  const std::string& sql() const noexcept { return sql_; }

 private:
  std::string sql_;
  int parameters_ = 0;
};

}  // namespace storage
