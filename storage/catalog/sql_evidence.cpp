#include "storage/catalog/sql_evidence.hpp"
#include "storage/catalog/rows.hpp"

#include <fmt/format.h>

#include "storage/files/sha256.hpp"

namespace storage {

namespace {
using Segment = std::optional<EvidenceSegment>;

constexpr std::string_view segment_columns =
    "number, previous_sha256, sha256, size, entries, object_key, sealed_at, stored";

struct FoundSegment {
  EvidenceSegment segment;
  bool stored = false;
};

// The newest of those that `where` leaves.
base::Result<std::optional<FoundSegment>> newest_segment(sql::Connection& connection, std::string_view where = "") {
  auto rows = connection.query(
      fmt::format("SELECT {} FROM evidence_segments {} ORDER BY number DESC LIMIT 1", segment_columns, where));
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  return FoundSegment{.segment = {.number = static_cast<std::uint64_t>(rows->integer(0)),
                                  .previous_sha256 = rows->text(1),
                                  .sha256 = rows->text(2),
                                  .size = static_cast<std::uint64_t>(rows->integer(3)),
                                  .entries = static_cast<std::uint64_t>(rows->integer(4)),
                                  .object_key = rows->text(5),
                                  .sealed_at = rows->time(6)},
                      .stored = rows->flag(7)};
}

// One node at a time. The others do not wait for it: their cameras would wait with them.
base::Result<bool> may_seal(sql::Connection& connection) {
  if (connection.dialect() == sql::Dialect::sqlite) return true;
  auto rows = connection.query("SELECT pg_try_advisory_xact_lock('evidence_segments'::regclass::oid::bigint)");
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return std::unexpected(row.error());
  return *row && rows->flag(0);
}

// The lines of a segment's records, and their number as `entries`.
base::Result<std::string> lines_of(sql::Connection& connection, std::uint64_t segment, std::uint64_t& entries) {
  auto rows =
      connection.query("SELECT number, hash, record FROM evidence WHERE segment = $1 ORDER BY sequence", segment);
  if (!rows) return std::unexpected(rows.error());
  std::string lines;
  for (entries = 0;; ++entries) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return lines;
    lines += evidence::line_of(evidence::Entry{
        .number = static_cast<std::uint64_t>(rows->integer(0)), .hash = rows->text(1), .record = rows->text(2)});
    lines += '\n';
  }
}

// The object's text. Sets entries, size and SHA-256.
base::Result<std::string> compose(sql::Connection& connection, EvidenceSegment& segment) {
  auto lines = lines_of(connection, segment.number, segment.entries);
  if (!lines) return lines;
  std::string text = evidence::line_of(evidence::SegmentHeader{.number = segment.number,
                                                               .previous_sha256 = segment.previous_sha256,
                                                               .sealed_at = segment.sealed_at,
                                                               .entries = segment.entries});
  (text += '\n') += *lines;
  Sha256 hash;
  hash.feed(base::as_bytes(text));
  auto sha256 = hash.hex();
  if (!sha256) return std::unexpected(sha256.error());
  segment.sha256 = std::move(*sha256);
  segment.size = text.size();
  return text;
}

// The oldest records that are committed. Two devices' transactions may commit against the order of their numbers; those
// of one device never do, because its row is locked meanwhile: what is taken of it has no gap.
base::Result<Segment> begin_segment(sql::Connection& connection, const std::optional<FoundSegment>& last,
                                    base::UtcTime now, std::uint32_t max_entries) {
  EvidenceSegment next{.number = last ? last->segment.number + 1 : 1,
                       .previous_sha256 = last ? last->segment.sha256 : std::string(),
                       .sealed_at = now};
  next.object_key = evidence::segment_key(next.number);
  if (auto taken = connection.run("UPDATE evidence SET segment = $1 WHERE sequence IN "
                                  "(SELECT sequence FROM evidence WHERE segment IS NULL ORDER BY sequence LIMIT $2)",
                                  next.number, max_entries);
      !taken)
    return std::unexpected(taken.error());
  if (const auto text = compose(connection, next); !text) return std::unexpected(text.error());
  if (next.entries == 0) return std::nullopt;
  static const std::string insert =
      fmt::format("INSERT INTO evidence_segments ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", segment_columns);
  if (auto begun = connection.run(insert, next.number, next.previous_sha256, next.sha256, next.size, next.entries,
                                  next.object_key, next.sealed_at, false);
      !begun)
    return std::unexpected(begun.error());
  return next;
}

std::unexpected<base::Error> changed_rows(const EvidenceSegment& segment) {
  return base::fail(base::Errc::corrupt,
                    fmt::format("The catalog's records of evidence segment {} are not those that were sealed: somebody "
                                "changed the table evidence or evidence_segments. Restore it from a backup.",
                                segment.number));
}

base::Result<std::uint64_t> count_waiting(sql::Connection& connection) {
  auto rows = connection.query(
      "SELECT (SELECT count(*) FROM evidence WHERE segment IS NULL) + "
      "(SELECT COALESCE(sum(entries), 0) FROM evidence_segments WHERE NOT stored)");
  return sql::read_count(std::move(rows));
}

base::Result<EvidenceEntry> read_entry(const sql::Rows& row) {
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(row.integer(0)));
  if (!imei)
    return base::fail(
        base::Errc::corrupt,
        fmt::format("The catalog's table evidence has a row with the IMEI {}, which is none.", row.integer(0)));
  return EvidenceEntry{
      *imei, {.number = static_cast<std::uint64_t>(row.integer(1)), .hash = row.text(2), .record = row.text(3)}};
}

base::Result<std::vector<EvidenceEntry>> read_entries(base::Result<sql::Rows> rows) {
  return sql::read_all<EvidenceEntry>(std::move(rows), read_entry);
}
}  // namespace

base::Result<Segment> SqlEvidence::seal(base::UtcTime now, std::uint32_t max_entries) {
  return database_.change([&](sql::Connection& connection) -> base::Result<Segment> {
    const auto may = may_seal(connection);
    if (!may) return std::unexpected(may.error());
    if (!*may) return std::nullopt;
    auto last = newest_segment(connection);
    if (!last) return std::unexpected(last.error());
    if (*last && !(*last)->stored) return std::move((*last)->segment);
    return begin_segment(connection, *last, now, max_entries);
  });
}

base::Result<std::string> SqlEvidence::text_of(const EvidenceSegment& segment) {
  return database_.ask([&](sql::Connection& connection) -> base::Result<std::string> {
    EvidenceSegment again = segment;
    auto text = compose(connection, again);
    if (text && again.sha256 != segment.sha256) return changed_rows(segment);
    return text;
  });
}

base::Result<> SqlEvidence::mark_stored(std::uint64_t number) {
  return database_.write([&](sql::Connection& connection) {
    return connection.run("UPDATE evidence_segments SET stored = $2 WHERE number = $1", number, true);
  });
}

base::Result<std::uint64_t> SqlEvidence::waiting() {
  return database_.ask(count_waiting);
}

base::Result<Segment> SqlEvidence::last_stored() {
  return database_.ask([](sql::Connection& connection) -> base::Result<Segment> {
    auto found = newest_segment(connection, "WHERE stored");
    if (!found) return std::unexpected(found.error());
    return *found ? Segment(std::move((*found)->segment)) : std::nullopt;
  });
}

// By device, not by sequence: a transaction that commits meanwhile may have an earlier sequence than one already read,
// but never an earlier number of its device.
base::Result<std::vector<EvidenceEntry>> SqlEvidence::records_beyond(std::uint64_t segment, Position after,
                                                                     std::uint32_t limit) {
  return database_.ask([&](sql::Connection& connection) {
    return read_entries(
        connection.query("SELECT imei, number, hash, record FROM evidence "
                         "WHERE (segment IS NULL OR segment > $1) AND (imei, number) > ($2, $3) "
                         "ORDER BY imei, number LIMIT $4",
                         segment, after.imei, after.number, limit));
  });
}

}  // namespace storage
