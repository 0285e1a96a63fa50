#include "storage/catalog/capture_queue.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
// Rows that one look for something to send goes through: with this many that are ready, nobody waits for those behind.
constexpr std::string_view looked_at = "10000";

base::Result<PartKey> read_key(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "capture_parts");
  if (!key) return std::unexpected(key.error());
  return PartKey{key->id, key->imei};
}

// Of `part`, with $1 the channel, $2 the time, $3 the node.
std::string ready(CaptureChannel channel, Dialect dialect) {
  const std::string_view open = for_sqlite(dialect, " INDEXED BY capture_parts_open");
  std::string sql = fmt::format(
      "part.state = 'queued' AND part.channel = $1 AND part.deadline > $2 AND (part.due_at IS NULL OR "
      "part.due_at <= $2) "
      "AND NOT EXISTS (SELECT 1 FROM capture_parts busy{0} WHERE busy.imei = part.imei AND busy.final_at IS NULL "
      "AND busy.state = 'sent') "
      // Two photos of a camera could not be told apart: those that were asked for first come first. One that is to be
      // asked for again holds up others of its channel only, since it may have to wait for that.
      "AND (part.kind <> 'photo' OR NOT EXISTS (SELECT 1 FROM capture_parts other{0} "
      "JOIN capture_files theirs ON theirs.part_id = other.id AND theirs.media_id IS NULL "
      "JOIN capture_files ours ON ours.part_id = part.id AND ours.camera = theirs.camera "
      "WHERE other.imei = part.imei AND other.final_at IS NULL AND other.kind = 'photo' "
      "AND other.first_sent_at IS NOT NULL AND (other.state <> 'queued' OR other.channel = part.channel) "
      "AND other.id <> part.id AND (part.first_sent_at IS NULL OR other.first_sent_at < part.first_sent_at)))",
      open);
  if (channel == CaptureChannel::avl)
    sql += " AND EXISTS (SELECT 1 FROM tracker_links WHERE tracker_links.imei = part.imei AND node = $3)";
  return sql;
}

template <class... Values>
base::Result<Rows> ask_ready(Connection& connection, const std::string& sql, const Sending& sending,
                             const Values&... more) {
  return connection.query(sql, to_string(sending.channel), sending.now, more...);
}

std::string overdue(std::string_view index, std::string_view column, std::string_view where, Dialect dialect) {
  return fmt::format("SELECT id, imei FROM capture_parts{} WHERE final_at IS NULL{} AND {} <= $1 ORDER BY {} LIMIT $2",
                     for_sqlite(dialect, index), where, column, column);
}
}  // namespace

std::string parts_to_send_sql(CaptureChannel channel, Dialect dialect) {
  return fmt::format(
      "SELECT part.id, part.imei FROM capture_parts part{} WHERE {} "
      "ORDER BY part.request_id, part.number LIMIT {}",
      for_sqlite(dialect, " INDEXED BY capture_parts_queue"), ready(channel, dialect), looked_at);
}

base::Result<std::vector<PartKey>> parts_to_send(Connection& connection, const Sending& sending, std::uint32_t limit) {
  const std::string sql = parts_to_send_sql(sending.channel, connection.dialect());
  auto rows = sending.channel == CaptureChannel::avl ? ask_ready(connection, sql, sending, sending.node)
                                                     : ask_ready(connection, sql, sending);
  if (!rows) return std::unexpected(rows.error());
  std::vector<PartKey> parts;
  std::set<base::Imei> devices;
  while (parts.size() < limit) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const auto key = read_key(*rows);
    if (!key) return std::unexpected(key.error());
    if (devices.insert(key->imei).second) parts.push_back(*key);
  }
  return parts;
}

base::Result<bool> may_send(Connection& connection, const Sending& sending, const base::Uuid& part_id) {
  const bool avl = sending.channel == CaptureChannel::avl;
  const std::string sql = fmt::format("SELECT 1 FROM capture_parts part WHERE part.id = {} AND {}", avl ? "$4" : "$3",
                                      ready(sending.channel, connection.dialect()));
  return has_row(avl ? ask_ready(connection, sql, sending, sending.node, part_id)
                     : ask_ready(connection, sql, sending, part_id));
}

std::string parts_due_sql(Dialect dialect) {
  return overdue(" INDEXED BY capture_parts_due", "due_at", " AND state <> 'queued'", dialect);
}

std::string parts_past_deadline_sql(Dialect dialect) {
  return overdue(" INDEXED BY capture_parts_deadline", "deadline", "", dialect);
}

base::Result<std::vector<PartKey>> parts_to_settle(Connection& connection, base::UtcTime now, std::uint32_t limit) {
  std::vector<PartKey> parts;
  for (const std::string& sql : {parts_past_deadline_sql(connection.dialect()), parts_due_sql(connection.dialect())}) {
    const auto found = read_all<PartKey>(connection.query(sql, now, limit), read_key);
    if (!found) return found;
    for (const PartKey& key : *found)
      if (parts.size() < limit && std::ranges::find(parts, key.id, &PartKey::id) == parts.end()) parts.push_back(key);
  }
  return parts;
}

}  // namespace storage::sql
