// The words that the catalog's tables and the API have for our enumerations.
#pragma once

#include <optional>
#include <string_view>

namespace storage {

// `table`: pairs of a value and its name.
template <class Table, class Value>
constexpr std::string_view name_of(const Table& table, Value value) noexcept {
  for (const auto& [key, name] : table)
    if (key == value) return name;
  return "unknown";
}

template <class Value, class Table>
constexpr std::optional<Value> value_of(const Table& table, std::string_view text) noexcept {
  for (const auto& [key, name] : table)
    if (name == text) return key;
  return std::nullopt;
}

}  // namespace storage
