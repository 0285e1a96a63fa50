#include "storage/catalog/upsert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace storage::sql {

Upsert::Upsert(std::string_view table, std::span<const Column> columns, std::size_t keys) {
  std::vector<std::string_view> names;
  std::vector<std::string> parameters;
  std::vector<std::string> arrays;
  std::vector<std::string> updates;
  for (const Column& each : columns) {
    names.push_back(each.name);
    parameters.push_back(fmt::format("${}", names.size()));
    arrays.push_back(fmt::format("${}::{}[]", names.size(), each.type));
    if (names.size() > keys) updates.push_back(fmt::format("{0} = excluded.{0}", each.name));
  }
  const std::span key = std::span(names).first(keys);
  const auto text = [&](std::string_view source) {
    return fmt::format("INSERT INTO {} ({}) {} ON CONFLICT ({}) DO UPDATE SET {}", table, fmt::join(names, ", "),
                       source, fmt::join(key, ", "), fmt::join(updates, ", "));
  };
  one = text(fmt::format("VALUES ({})", fmt::join(parameters, ", ")));
  many = text(fmt::format("SELECT * FROM unnest({})", fmt::join(arrays, ", ")));
}

}  // namespace storage::sql
