// A list of ids as one parameter, so that lists of any length have one text, which is prepared once.
#pragma once

#include <span>
#include <string>

#include <fmt/format.h>

#include "server/base/ids.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// Behind a column: whether it is one of the list in $1.
constexpr std::string_view is_in_list(Dialect dialect) noexcept {
  return dialect == Dialect::postgres ? "= ANY (CAST($1 AS uuid[]))" : "IN (SELECT value FROM json_each($1))";
}

inline std::string list_of(std::span<const base::Uuid> ids, Dialect dialect) {
  const bool postgres = dialect == Dialect::postgres;
  const std::string_view quote = postgres ? "" : "\"";
  std::string list;
  for (const base::Uuid& id : ids) list += fmt::format("{}{}{}{}", list.empty() ? "" : ",", quote, id.str(), quote);
  return postgres ? "{" + list + "}" : "[" + list + "]";
}

}  // namespace storage::sql
