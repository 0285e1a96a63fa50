#include "storage/catalog/retention_statements.hpp"

#include "storage/catalog/rows.hpp"

namespace storage::sql {

base::Result<KeptFile> read_kept(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "media");
  if (!key) return std::unexpected(key.error());
  return KeptFile{.id = key->id,
                  .imei = key->imei,
                  .received_at = row.time(2),
                  .size = static_cast<std::uint64_t>(row.integer(3)),
                  .sha256 = row.text(4),
                  .object_key = row.text(5)};
}

// Along the indexes of the listings, from their other end. Files on hold are passed over, once in a run.
Query oldest_query(const OldestQuery& query, Dialect dialect) {
  Conditions where;
  where.add_if("imei = {}", query.imei.transform(&base::Imei::number));
  where.add_if("received_at < {}", query.received_before);
  if (query.after) where.add("(received_at, id) > ({}, {})", query.after->time, query.after->id);
  where.add("NOT legal_hold");
  const std::string limit = where.parameter(query.limit);
  std::string_view index = query.imei ? " INDEXED BY media_by_imei" : " INDEXED BY media_newest";
  if (dialect == Dialect::postgres) index = "";
  return Query{fmt::format("SELECT {} FROM media{}{} ORDER BY received_at, id LIMIT {}", kept_columns, index,
                           where.sql(), limit),
               where.take_values()};
}

base::Result<std::vector<KeptFile>> oldest_media(Connection& connection, const OldestQuery& query) {
  const auto asked = oldest_query(query, connection.dialect());
  return read_all<KeptFile>(connection.ask(asked.sql, asked.values), read_kept);
}

base::Result<KeptTotals> kept_totals(Connection& connection) {
  // The devices' own counts: there are thousands of them, and millions of files.
  const auto totals = read_one<KeptTotals>(
      connection.query(
          "SELECT CAST(COALESCE(SUM(media_count), 0) AS BIGINT), CAST(COALESCE(SUM(stored_bytes), 0) AS BIGINT), "
          "(SELECT COUNT(*) FROM media WHERE legal_hold), "
          "(SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media WHERE legal_hold) FROM devices"),
      [](const Rows& row) {
        return base::Result<KeptTotals>({.files = static_cast<std::uint64_t>(row.integer(0)),
                                         .bytes = static_cast<std::uint64_t>(row.integer(1)),
                                         .held_files = static_cast<std::uint64_t>(row.integer(2)),
                                         .held_bytes = static_cast<std::uint64_t>(row.integer(3))});
      });
  if (!totals) return std::unexpected(totals.error());
  return totals->value_or(KeptTotals{});
}

base::Result<std::vector<DeviceTotal>> devices_above(Connection& connection, std::uint64_t bytes) {
  return read_all<DeviceTotal>(
      connection.query("SELECT imei, stored_bytes FROM devices WHERE stored_bytes > $1 ORDER BY imei", bytes),
      [](const Rows& row) -> base::Result<DeviceTotal> {
        const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(0)));
        if (!imei)
          return base::fail(base::Errc::io,
                            fmt::format("the catalog's table devices holds {}, which is no IMEI", row.integer(0)));
        return DeviceTotal{*imei, static_cast<std::uint64_t>(row.integer(1))};
      });
}

}  // namespace storage::sql
