// What the rules of retention ask of the catalog.
#pragma once

#include "storage/catalog/keeping_catalog.hpp"
#include "storage/catalog/page.hpp"

namespace storage::sql {

base::Result<KeptFile> read_kept(const Rows& row);
constexpr std::string_view kept_columns = "id, imei, received_at, size, sha256, object_key";

base::Result<std::vector<KeptFile>> oldest_media(Connection& connection, const OldestQuery& query);
base::Result<KeptTotals> kept_totals(Connection& connection);
base::Result<std::vector<DeviceTotal>> devices_above(Connection& connection, std::uint64_t bytes);

// What oldest_media() asks: for the test of the query plans, too.
Query oldest_query(const OldestQuery& query, Dialect dialect);

}  // namespace storage::sql
