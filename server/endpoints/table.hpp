// One table of the configuration, read key by key: every fault is collected with its place, and keys that nobody asked
// for are faults, too.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"

namespace endpoints {

class Table {
 public:
  // Errors: no JSON object.
  static base::Result<Table> parse(std::string_view json);
  ~Table();
  Table(Table&&) noexcept;
  Table& operator=(Table&&) noexcept;

  // Each: nothing where the key is missing; a value of another type is a fault.
  std::optional<std::string> text(std::string_view key);
  std::optional<std::int64_t> number(std::string_view key, std::int64_t lowest, std::int64_t highest);
  std::optional<bool> flag(std::string_view key);
  std::optional<std::chrono::milliseconds> duration(std::string_view key);
  std::vector<std::string> texts(std::string_view key);                             // a text, or a list of them
  void table(std::string_view key, const std::function<void(Table& table)>& read);  // that there is one of at most
  // An array of tables, or one table; `each` gets them in order.
  void tables(std::string_view key, const std::function<void(Table& table)>& each);
  std::string json(std::string_view key);  // of whatever it is; empty: missing

  bool has(std::string_view key) const;
  // The part of a place behind the table's own name, where it has one: edgertronic "field".
  void name_is(std::string_view name);
  void fault(std::string_view key, std::string_view sentence);
  // Names of keys that were never asked for become faults. Called at the end, once.
  void done();
  const std::vector<std::string>& faults() const noexcept;  // of this one and the tables in it

 private:
  struct Node;
  explicit Table(std::unique_ptr<Node> node);
  std::unique_ptr<Node> node_;
};

}  // namespace endpoints
