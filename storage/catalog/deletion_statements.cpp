#include "storage/catalog/deletion_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/derived_statements.hpp"
#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/evidence_statements.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/rows.hpp"
#include "storage/evidence/chain.hpp"

namespace storage::sql {

namespace {
// Of media and of tombstones alike.
constexpr std::string_view file_columns =
    "id, imei, camera, kind, name, captured_at, received_at, size, sha256, object_key";

base::Result<Tombstone> read_file(const Rows& row) {
  const auto id = base::Uuid::parse(row.text(0));
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(1)));
  if (!id || !imei)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog holds a file with the id '{}' and the IMEI {}, which are not such",
                                  row.text(0), row.integer(1)));
  return Tombstone{.id = *id,
                   .imei = *imei,
                   .camera = base::parse_camera(row.text(2)).value_or(base::Camera::unknown),
                   .kind = base::parse_media_kind(row.text(3)).value_or(base::MediaKind::other),
                   .name = row.text(4),
                   .captured_at = row.is_null(5) ? std::nullopt : std::optional(row.time(5)),
                   .received_at = row.time(6),
                   .size = static_cast<std::uint64_t>(row.integer(7)),
                   .sha256 = row.text(8),
                   .object_key = row.text(9)};
}

base::Result<Tombstone> read_tombstone(const Rows& row) {
  auto tombstone = read_file(row);
  if (!tombstone) return tombstone;
  tombstone->deleted_at = row.time(10);
  tombstone->reason = row.text(11);
  tombstone->object_removed = row.flag(12);
  return tombstone;
}

std::string select_tombstones(std::string_view where) {
  return fmt::format("SELECT {}, deleted_at, reason, object_removed FROM tombstones WHERE {}", file_columns, where);
}

base::Result<> add_tombstone(Connection& connection, const Tombstone& file) {
  static const std::string sql = fmt::format(
      "INSERT INTO tombstones ({}, deleted_at, reason, object_removed) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      file_columns);
  return connection.run(sql, file.id, file.imei.number(), base::to_string(file.camera), base::to_string(file.kind),
                        file.name, file.captured_at, file.received_at, file.size, file.sha256, file.object_key,
                        file.deleted_at, file.reason, file.object_removed);
}

std::string record_of(const Tombstone& file) {
  return evidence::record_of(evidence::DeletedFile{.id = file.id,
                                                   .imei = file.imei,
                                                   .deleted_at = file.deleted_at,
                                                   .size = file.size,
                                                   .sha256 = file.sha256,
                                                   .object_key = file.object_key,
                                                   .reason = file.reason});
}

// The hold and the end of a file both wait for the device's row: one of them is first, and the other one sees it.
base::Result<bool> exists(Connection& connection, const base::Imei& imei, const base::Uuid& id) {
  if (auto locked = lock_device(connection, imei); !locked) return std::unexpected(locked.error());
  return has_row(connection.query("SELECT 1 FROM media WHERE id = $1", id));
}
}  // namespace

base::Result<std::optional<Tombstone>> delete_media(Connection& connection, const base::Imei& imei,
                                                    const base::Uuid& id, std::string_view reason, base::UtcTime now) {
  static const std::string sql =
      fmt::format("DELETE FROM media WHERE id = $1 AND imei = $2 AND NOT legal_hold RETURNING {}", file_columns);
  if (auto locked = lock_device(connection, imei); !locked) return std::unexpected(locked.error());
  auto gone = read_one<Tombstone>(connection.query(sql, id, imei.number()), read_file);
  if (!gone || !*gone) return gone;
  Tombstone& file = **gone;
  file.deleted_at = now;
  file.reason = reason;
  const auto event = media_deleted_event(file);
  auto done = discount_media(connection, imei, file.size);
  if (done) done = drop_jobs(connection, id);
  if (done) done = add_tombstone(connection, file);
  if (done) done = append_evidence(connection, imei, id, record_of(file));
  if (done) done = add_event(connection, event);
  if (!done) return std::unexpected(done.error());
  return gone;
}

base::Result<std::vector<Tombstone>> pending_removals(Connection& connection, const std::optional<AgeMark>& after,
                                                      std::uint32_t limit) {
  // The key of a file that is stored is nobody's to remove, however its tombstone came about.
  static const std::string sql = select_tombstones(
      "NOT object_removed AND (deleted_at, id) > ($1, $2) AND NOT EXISTS "
      "(SELECT 1 FROM media WHERE media.object_key = tombstones.object_key) ORDER BY deleted_at, id LIMIT $3");
  const AgeMark from = after.value_or(AgeMark{});
  return read_all<Tombstone>(connection.query(sql, from.time, from.id, limit), read_tombstone);
}

base::Result<> mark_removed(Connection& connection, const base::Uuid& id) {
  if (auto dropped = drop_derived(connection, id); !dropped) return dropped;
  return connection.run("UPDATE tombstones SET object_removed = $2 WHERE id = $1", id, true);
}

base::Result<std::optional<Tombstone>> find_tombstone(Connection& connection, const base::Uuid& id) {
  static const std::string sql = select_tombstones("id = $1");
  return read_one<Tombstone>(connection.query(sql, id), read_tombstone);
}

base::Result<std::optional<Tombstone>> find_tombstone_of(Connection& connection, std::string_view object_key) {
  static const std::string sqlite = select_tombstones("object_key = $1 LIMIT 1");
  static const std::string postgres = select_tombstones("object_key COLLATE \"C\" = $1 LIMIT 1");
  return read_one<Tombstone>(
      connection.query(connection.dialect() == Dialect::postgres ? postgres : sqlite, object_key), read_tombstone);
}

base::Result<bool> hold_media(Connection& connection, const base::Imei& imei, const base::Uuid& id,
                              std::string_view reason, base::UtcTime now) {
  const auto there = exists(connection, imei, id);
  if (!there || !*there) return there;
  if (auto held = connection.run(
          "UPDATE media SET legal_hold = $2, hold_reason = $3, held_at = COALESCE(held_at, $4) WHERE id = $1", id, true,
          reason, now);
      !held)
    return std::unexpected(held.error());
  return true;
}

base::Result<bool> release_media(Connection& connection, const base::Imei& imei, const base::Uuid& id) {
  const auto there = exists(connection, imei, id);
  if (!there || !*there) return there;
  if (auto released = connection.run(
          "UPDATE media SET legal_hold = $2, hold_reason = '', held_at = NULL WHERE id = $1 AND legal_hold", id, false);
      !released)
    return std::unexpected(released.error());
  return true;
}

}  // namespace storage::sql
