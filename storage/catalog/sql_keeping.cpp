#include "storage/catalog/sql_keeping.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "storage/catalog/deletion_statements.hpp"
#include "storage/catalog/dialect.hpp"
#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/retention_statements.hpp"
#include "storage/catalog/rows.hpp"
#include "storage/catalog/scrub_statements.hpp"

namespace storage {

using sql::Connection;

namespace {
// Also when the clock was set back since: a turn taken in the future would keep everybody waiting.
base::Result<bool> claim(Connection& connection, std::string_view name, std::string_view node,
                         std::chrono::milliseconds interval) {
  const std::string text = fmt::format(
      "INSERT INTO chores (name, last_at, node) VALUES ($1, {}, $2) ON CONFLICT (name) DO UPDATE SET "
      "last_at = excluded.last_at, node = excluded.node WHERE chores.last_at <= excluded.last_at - $3 "
      "OR chores.last_at > excluded.last_at RETURNING name",
      sql::clock_of(connection.dialect()));
  return sql::has_row(connection.query(text, name, node, interval.count()));
}
}  // namespace

base::Result<std::vector<Tombstone>> SqlKeeping::delete_media(const base::Imei& imei, std::span<const base::Uuid> ids,
                                                              std::string_view reason, base::UtcTime now) {
  return database_.change(
      [&](Connection& connection) -> base::Result<std::vector<Tombstone>> {
        std::vector<Tombstone> deleted;
        for (const base::Uuid& id : ids) {
          auto gone = sql::delete_media(connection, imei, id, reason, now);
          if (!gone) return std::unexpected(gone.error());
          if (*gone) deleted.push_back(std::move(**gone));
        }
        return deleted;
      },
      imei.number());
}

base::Result<std::vector<Tombstone>> SqlKeeping::pending_removals(const std::optional<AgeMark>& after,
                                                                  std::uint32_t limit) {
  return database_.ask([&](Connection& connection) { return sql::pending_removals(connection, after, limit); });
}

// In one order on every node: two of them may be at the same tombstones.
base::Result<> SqlKeeping::mark_removed(std::span<const base::Uuid> ids) {
  std::vector<base::Uuid> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  return database_.write([&](Connection& connection) -> base::Result<> {
    for (const base::Uuid& id : sorted)
      if (auto marked = sql::mark_removed(connection, id); !marked) return marked;
    return {};
  });
}

base::Result<std::optional<Tombstone>> SqlKeeping::find_tombstone(const base::Uuid& id) {
  return database_.ask([&](Connection& connection) { return sql::find_tombstone(connection, id); });
}

base::Result<std::optional<Tombstone>> SqlKeeping::find_tombstone_of(std::string_view object_key) {
  return database_.ask([&](Connection& connection) { return sql::find_tombstone_of(connection, object_key); });
}

// A file never changes its device.
base::Result<std::optional<base::Imei>> SqlKeeping::device_of(const base::Uuid& id) {
  const auto media = database_.ask([&](Connection& connection) { return sql::find_media(connection, id); });
  if (!media) return std::unexpected(media.error());
  return media->transform([](const Media& found) { return found.imei; });
}

base::Result<bool> SqlKeeping::hold_media(const base::Uuid& id, std::string_view reason, base::UtcTime now) {
  const auto imei = device_of(id);
  if (!imei) return std::unexpected(imei.error());
  if (!*imei) return false;
  return database_.change([&](Connection& connection) { return sql::hold_media(connection, **imei, id, reason, now); },
                          (*imei)->number());
}

base::Result<bool> SqlKeeping::release_media(const base::Uuid& id) {
  const auto imei = device_of(id);
  if (!imei) return std::unexpected(imei.error());
  if (!*imei) return false;
  return database_.change([&](Connection& connection) { return sql::release_media(connection, **imei, id); },
                          (*imei)->number());
}

base::Result<std::vector<KeptFile>> SqlKeeping::oldest_media(const OldestQuery& query) {
  return database_.ask([&](Connection& connection) { return sql::oldest_media(connection, query); });
}

base::Result<KeptTotals> SqlKeeping::kept_totals() {
  return database_.ask([](Connection& connection) { return sql::kept_totals(connection); });
}

base::Result<std::vector<DeviceTotal>> SqlKeeping::devices_above(std::uint64_t bytes) {
  return database_.ask([&](Connection& connection) { return sql::devices_above(connection, bytes); });
}

base::Result<std::vector<KeptFile>> SqlKeeping::media_behind(std::string_view object_key, std::uint32_t limit) {
  return database_.ask([&](Connection& connection) { return sql::media_behind(connection, object_key, limit); });
}

base::Result<std::optional<KeptFile>> SqlKeeping::find_media_of(std::string_view object_key) {
  return database_.ask([&](Connection& connection) { return sql::find_media_of(connection, object_key); });
}

base::Result<std::optional<KeptFile>> SqlKeeping::find_content(const base::Imei& imei, std::string_view sha256) {
  return database_.ask([&](Connection& connection) { return sql::find_content(connection, imei, sha256); });
}

base::Result<bool> SqlKeeping::note_finding(const Finding& finding, const base::Uuid& run) {
  const std::uint64_t order = finding.imei ? finding.imei->number() : 0;
  return database_.change([&](Connection& connection) { return sql::note_finding(connection, finding, run); }, order);
}

base::Result<> SqlKeeping::drop_finding(FindingKind kind, std::string_view object_key) {
  return database_.write([&](Connection& connection) { return sql::drop_finding(connection, kind, object_key); });
}

base::Result<std::vector<Finding>> SqlKeeping::findings(std::uint32_t limit) {
  return database_.ask([&](Connection& connection) { return sql::findings(connection, limit); });
}

base::Result<> SqlKeeping::record_run(const ScrubRun& run) {
  return database_.write([&](Connection& connection) { return sql::record_run(connection, run); });
}

base::Result<> SqlKeeping::settle_findings(const base::Uuid& run) {
  return database_.write([&](Connection& connection) { return sql::settle_findings(connection, run); });
}

base::Result<std::optional<ScrubRun>> SqlKeeping::last_run() {
  return database_.ask([](Connection& connection) { return sql::last_run(connection); });
}

base::Result<std::string> SqlKeeping::sample_cursor() {
  return database_.ask([](Connection& connection) { return sql::sample_cursor(connection); });
}

base::Result<> SqlKeeping::set_sample_cursor(std::string_view object_key) {
  return database_.write([&](Connection& connection) { return sql::set_sample_cursor(connection, object_key); });
}

base::Result<bool> SqlKeeping::claim_chore(std::string_view name, std::string_view node,
                                           std::chrono::milliseconds interval) {
  return database_.change([&](Connection& connection) { return claim(connection, name, node, interval); });
}

}  // namespace storage
