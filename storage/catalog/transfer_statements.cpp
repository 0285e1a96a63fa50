#include "storage/catalog/transfer_statements.hpp"

#include <cmath>

#include <fmt/format.h>

namespace storage::sql {

namespace {
// In the order in which store_transfer() binds and read_transfer() reads.
constexpr std::string_view columns =
    "id, session, imei, peer, node, protocol, camera, kind, name, started_at, updated_at, total_bytes, offset_start, "
    "offset_now, bytes_received, bytes_per_second, stalls, resumes, bad_crcs, salvaged, state, reason, media_id";

std::string_view index_for(const TransferQuery& query, Dialect dialect) noexcept {
  if (dialect == Dialect::postgres) return "";
  if (query.imei) return " INDEXED BY transfers_by_imei";
  return query.state ? " INDEXED BY transfers_by_state" : " INDEXED BY transfers_newest";
}

// SQLite keeps NaN as NULL. A transfer that took no time must be recorded nevertheless.
double finite_rate(const Transfer& transfer) noexcept {
  return std::isfinite(transfer.bytes_per_second) ? transfer.bytes_per_second : 0;
}

std::uint32_t count(const Rows& row, int column) noexcept {
  return static_cast<std::uint32_t>(row.integer(column));
}
std::uint64_t bytes(const Rows& row, int column) noexcept {
  return static_cast<std::uint64_t>(row.integer(column));
}

base::Result<Transfer> read_transfer(const Rows& row) {
  const auto id = base::Uuid::parse(row.text(0));
  const auto imei = base::Imei::from_number(bytes(row, 2));
  if (!id || !imei)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog's table transfers holds a row with the id '{}' and the IMEI {}, which "
                                  "are not such",
                                  row.text(0), row.integer(2)));
  return Transfer{.id = *id,
                  .session = row.text(1),
                  .imei = *imei,
                  .peer = row.text(3),
                  .node = row.text(4),
                  .protocol = static_cast<std::uint16_t>(row.integer(5)),
                  .camera = base::parse_camera(row.text(6)).value_or(base::Camera::unknown),
                  .kind = base::parse_media_kind(row.text(7)).value_or(base::MediaKind::other),
                  .name = row.text(8),
                  .started_at = row.time(9),
                  .updated_at = row.time(10),
                  .total_bytes = bytes(row, 11),
                  .offset_start = bytes(row, 12),
                  .offset = bytes(row, 13),
                  .bytes_received = bytes(row, 14),
                  .bytes_per_second = row.number(15),
                  .stalls = count(row, 16),
                  .resumes = count(row, 17),
                  .bad_crcs = count(row, 18),
                  .salvaged = count(row, 19),
                  .state = row.text(20),
                  .reason = row.text(21),
                  .media_id = base::Uuid::parse(row.text(22)),
                  .live = false};
}
}  // namespace

base::Result<> store_transfer(Connection& connection, const Transfer& transfer) {
  static const std::string sql = fmt::format(
      "INSERT INTO transfers ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
      "$18, $19, $20, $21, $22, $23) ON CONFLICT (id) DO UPDATE SET updated_at = excluded.updated_at, "
      "total_bytes = excluded.total_bytes, offset_now = excluded.offset_now, bytes_received = excluded.bytes_received, "
      "bytes_per_second = excluded.bytes_per_second, stalls = excluded.stalls, resumes = excluded.resumes, "
      "bad_crcs = excluded.bad_crcs, salvaged = excluded.salvaged, state = excluded.state, reason = excluded.reason, "
      "media_id = excluded.media_id",
      columns);
  return connection.run(sql, transfer.id, transfer.session, transfer.imei.number(), transfer.peer, transfer.node,
                        transfer.protocol, base::to_string(transfer.camera), base::to_string(transfer.kind),
                        transfer.name, transfer.started_at, transfer.updated_at, transfer.total_bytes,
                        transfer.offset_start, transfer.offset, transfer.bytes_received, finite_rate(transfer),
                        transfer.stalls, transfer.resumes, transfer.bad_crcs, transfer.salvaged, transfer.state,
                        transfer.reason, transfer.media_id);
}

base::Result<> prune_transfers(Connection& connection, std::uint32_t kept) {
  return connection.run(
      "DELETE FROM transfers WHERE (started_at, id) <= "
      "(SELECT started_at, id FROM transfers ORDER BY started_at DESC, id DESC LIMIT 1 OFFSET $1)",
      kept);
}

base::Result<Query> transfers_query(const TransferQuery& query, Dialect dialect) {
  if (auto valid = check_page_size(query.limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  where.add_if("imei = {}", query.imei.transform(&base::Imei::number));
  where.add_if("state = {}", query.state);
  if (!query.cursor.empty()) {
    const auto end = decode_cursor(Listing::transfers, query.cursor);
    if (!end) return std::unexpected(end.error());
    where.add("(started_at, id) < ({}, {})", end->time, end->id);
  }
  const std::string limit = where.parameter(query.limit + 1);
  return Query{fmt::format("SELECT {} FROM transfers{}{} ORDER BY started_at DESC, id DESC LIMIT {}", columns,
                           index_for(query, dialect), where.sql(), limit),
               where.take_values()};
}

base::Result<TransferPage> list_transfers(Connection& connection, const TransferQuery& query) {
  const auto asked = transfers_query(query, connection.dialect());
  if (!asked) return std::unexpected(asked.error());
  return read_page<TransferPage>(connection, *asked, query.limit, Listing::transfers, read_transfer,
                                 [](const Transfer& transfer) { return PageEnd{transfer.started_at, transfer.id}; });
}

}  // namespace storage::sql
