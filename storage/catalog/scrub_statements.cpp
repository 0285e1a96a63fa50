#include "storage/catalog/scrub_statements.hpp"

#include <array>

#include <fmt/format.h>

#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/dialect.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/retention_statements.hpp"
#include "storage/catalog/rows.hpp"

namespace storage {

namespace {
constexpr std::array<std::pair<FindingKind, std::string_view>, 4> kinds{{{FindingKind::orphan, "orphan"},
                                                                         {FindingKind::missing, "missing"},
                                                                         {FindingKind::wrong_size, "wrong_size"},
                                                                         {FindingKind::damaged, "damaged"}}};
}  // namespace

std::string_view to_string(FindingKind kind) noexcept {
  for (const auto& [each, name] : kinds)
    if (each == kind) return name;
  return "unknown";
}

namespace sql {

namespace {
// A quarter of a year of daily runs.
constexpr std::uint32_t kept_runs = 100;

constexpr std::string_view finding_columns = "kind, object_key, media_id, imei, detail, first_seen, last_seen";
constexpr std::string_view run_columns =
    "id, node, started_at, ended_at, state, reason, objects, files, orphans, missing, wrong_size, damaged, "
    "hashed_files, hashed_bytes, removed_objects, removed_leftovers, removed_derived, remade_derived";

base::Result<Finding> read_finding(const Rows& row) {
  Finding finding{
      .object_key = row.text(1),
      .media_id = row.is_null(2) ? std::nullopt : base::Uuid::parse(row.text(2)),
      .imei = row.is_null(3) ? std::nullopt : base::Imei::from_number(static_cast<std::uint64_t>(row.integer(3))),
      .detail = row.text(4),
      .first_seen = row.time(5),
      .last_seen = row.time(6)};
  const std::string name = row.text(0);
  for (const auto& [kind, known] : kinds)
    if (known == name) finding.kind = kind;
  return finding;
}

base::Result<ScrubRun> read_run(const Rows& row) {
  const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
  const auto id = base::Uuid::parse(row.text(0));
  if (!id) return base::fail(base::Errc::io, "the catalog's table scrub_runs holds a row whose id is none");
  return ScrubRun{.id = *id,
                  .node = row.text(1),
                  .started_at = row.time(2),
                  .ended_at = row.is_null(3) ? std::nullopt : std::optional(row.time(3)),
                  .state = row.text(4),
                  .reason = row.text(5),
                  .objects = number(6),
                  .files = number(7),
                  .orphans = number(8),
                  .missing = number(9),
                  .wrong_size = number(10),
                  .damaged = number(11),
                  .hashed_files = number(12),
                  .hashed_bytes = number(13),
                  .removed_objects = number(14),
                  .removed_leftovers = number(15),
                  .removed_derived = number(16),
                  .remade_derived = number(17)};
}
}  // namespace

base::Result<std::vector<KeptFile>> media_behind(Connection& connection, std::string_view object_key,
                                                 std::uint32_t limit) {
  const std::string sql = fmt::format("SELECT {0} FROM media WHERE object_key{1} > $1 ORDER BY object_key{1} LIMIT $2",
                                      kept_columns, bytewise(connection.dialect()));
  return read_all<KeptFile>(connection.query(sql, object_key, limit), read_kept);
}

base::Result<std::optional<KeptFile>> find_media_of(Connection& connection, std::string_view object_key) {
  const std::string sql =
      fmt::format("SELECT {} FROM media WHERE object_key{} = $1 LIMIT 1", kept_columns, bytewise(connection.dialect()));
  return read_one<KeptFile>(connection.query(sql, object_key), read_kept);
}

base::Result<std::optional<KeptFile>> find_content(Connection& connection, const base::Imei& imei,
                                                   std::string_view sha256) {
  static const std::string sql =
      fmt::format("SELECT {} FROM media WHERE imei = $1 AND sha256 = $2 LIMIT 1", kept_columns);
  return read_one<KeptFile>(connection.query(sql, imei.number(), sha256), read_kept);
}

base::Result<bool> note_finding(Connection& connection, const Finding& finding, const base::Uuid& run) {
  static const std::string sql = fmt::format(
      "INSERT INTO scrub_findings ({}, run) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, object_key) DO "
      "UPDATE SET detail = excluded.detail, last_seen = excluded.last_seen, run = excluded.run",
      finding_columns);
  if (finding.imei)
    if (auto locked = lock_device(connection, *finding.imei); !locked) return std::unexpected(locked.error());
  const auto kind = to_string(finding.kind);
  const auto known = has_row(
      connection.query("SELECT 1 FROM scrub_findings WHERE kind = $1 AND object_key = $2", kind, finding.object_key));
  if (!known) return known;
  if (auto noted =
          connection.run(sql, kind, finding.object_key, finding.media_id, finding.imei.transform(&base::Imei::number),
                         finding.detail, finding.first_seen, finding.last_seen, run);
      !noted)
    return std::unexpected(noted.error());
  const bool tell = !*known && finding.media_id && finding.imei;
  if (tell)
    if (auto sent = add_event(connection, media_found_event(finding)); !sent) return std::unexpected(sent.error());
  return !*known;
}

base::Result<> drop_finding(Connection& connection, FindingKind kind, std::string_view object_key) {
  return connection.run("DELETE FROM scrub_findings WHERE kind = $1 AND object_key = $2", to_string(kind), object_key);
}

base::Result<std::vector<Finding>> findings(Connection& connection, std::uint32_t limit) {
  static const std::string sql =
      fmt::format("SELECT {} FROM scrub_findings ORDER BY kind, object_key LIMIT $1", finding_columns);
  return read_all<Finding>(connection.query(sql, limit), read_finding);
}

base::Result<> settle_findings(Connection& connection, const base::Uuid& run) {
  if (auto settled = connection.run("DELETE FROM scrub_findings WHERE run <> $1 AND kind <> $2", run,
                                    to_string(FindingKind::damaged));
      !settled)
    return settled;
  return connection.run(
      "DELETE FROM scrub_findings WHERE kind = $1 AND NOT EXISTS (SELECT 1 FROM media WHERE media.id = media_id)",
      to_string(FindingKind::damaged));
}

base::Result<> record_run(Connection& connection, const ScrubRun& run) {
  static const std::string sql = fmt::format(
      "INSERT INTO scrub_runs ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, "
      "$18) ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, state = excluded.state, reason = "
      "excluded.reason, "
      "objects = excluded.objects, files = excluded.files, orphans = excluded.orphans, missing = excluded.missing, "
      "wrong_size = excluded.wrong_size, damaged = excluded.damaged, hashed_files = excluded.hashed_files, "
      "hashed_bytes = excluded.hashed_bytes, removed_objects = excluded.removed_objects, "
      "removed_leftovers = excluded.removed_leftovers, removed_derived = excluded.removed_derived, "
      "remade_derived = excluded.remade_derived",
      run_columns);
  if (auto recorded = connection.run(sql, run.id, run.node, run.started_at, run.ended_at, run.state, run.reason,
                                     run.objects, run.files, run.orphans, run.missing, run.wrong_size, run.damaged,
                                     run.hashed_files, run.hashed_bytes, run.removed_objects, run.removed_leftovers,
                                     run.removed_derived, run.remade_derived);
      !recorded)
    return recorded;
  return connection.run(
      "DELETE FROM scrub_runs WHERE (started_at, id) < (SELECT started_at, id FROM scrub_runs "
      "ORDER BY started_at DESC, id DESC LIMIT 1 OFFSET $1)",
      kept_runs - 1);
}

base::Result<std::optional<ScrubRun>> last_run(Connection& connection) {
  static const std::string sql =
      fmt::format("SELECT {} FROM scrub_runs ORDER BY started_at DESC, id DESC LIMIT 1", run_columns);
  return read_one<ScrubRun>(connection.query(sql), read_run);
}

base::Result<std::string> sample_cursor(Connection& connection) {
  auto found = read_one<std::string>(connection.query("SELECT object_key FROM scrub_cursor WHERE id = 1"),
                                     [](const Rows& row) { return base::Result<std::string>(row.text(0)); });
  if (!found) return std::unexpected(found.error());
  return std::move(*found).value_or("");
}

base::Result<> set_sample_cursor(Connection& connection, std::string_view object_key) {
  return connection.run(
      "INSERT INTO scrub_cursor (id, object_key) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET object_key = "
      "excluded.object_key",
      object_key);
}

}  // namespace sql
}  // namespace storage
