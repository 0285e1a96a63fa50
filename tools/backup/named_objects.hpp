// Which objects a catalog names, asked of SQLite and PostgreSQL alike.
#pragma once

#include <functional>
#include <string>

#include "storage/catalog/sql.hpp"
#include "tools/backup/manifest.hpp"

namespace backup {

base::Result<> visit_named(storage::sql::Connection& connection, const std::function<void(Entry)>& visit);
base::Result<bool> is_named(storage::sql::Connection& connection, const std::string& key);

}  // namespace backup
