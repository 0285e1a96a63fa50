#include "storage/catalog/capture_statements.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/id_list.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
constexpr std::string_view request_columns =
    "id, imei, kind, begins_at, duration_s, channel, origin, event_id, created_at, deadline, state, reason, updated_at";
constexpr std::string_view part_columns =
    "id, imei, request_id, number, kind, begins_at, duration_s, command, state, attempts, percent, reply, reason, "
    "node, "
    "sent_at, replied_at, due_at, updated_at, deadline, first_sent_at, patience_ms, final_at";

std::optional<base::UtcTime> optional_time(const Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}
std::uint32_t number(const Rows& row, int column) {
  return static_cast<std::uint32_t>(row.integer(column));
}

std::unexpected<base::Error> unknown_word(std::string_view table, const Rows& row, int first, int second) {
  return base::fail(base::Errc::io, fmt::format("the catalog's table {} holds a row with '{}' and '{}', one of which "
                                                "is unknown",
                                                table, row.text(first), row.text(second)));
}

base::Result<CaptureRequest> read_request(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "capture_requests");
  if (!key) return std::unexpected(key.error());
  const auto channel = parse_capture_channel(row.text(5));
  const auto state = parse_capture_state(row.text(10));
  if (!channel || !state) return unknown_word("capture_requests", row, 5, 10);
  return CaptureRequest{.id = key->id,
                        .imei = key->imei,
                        .kind = base::parse_media_kind(row.text(2)).value_or(base::MediaKind::other),
                        .from = optional_time(row, 3),
                        .duration_s = number(row, 4),
                        .channel = *channel,
                        .origin = row.text(6),
                        .event_id = base::Uuid::parse(row.text(7)),
                        .created_at = row.time(8),
                        .deadline = row.time(9),
                        .state = *state,
                        .reason = row.text(11),
                        .updated_at = row.time(12)};
}

// Without its files.
base::Result<CaptureRow> read_part(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "capture_parts");
  if (!key) return std::unexpected(key.error());
  const auto request = base::Uuid::parse(row.text(2));
  const auto state = parse_capture_state(row.text(8));
  if (!request || !state) return unknown_word("capture_parts", row, 2, 8);
  return CaptureRow{.part = {.id = key->id,
                             .request_id = *request,
                             .number = number(row, 3),
                             .imei = key->imei,
                             .kind = base::parse_media_kind(row.text(4)).value_or(base::MediaKind::other),
                             .from = optional_time(row, 5),
                             .duration_s = number(row, 6),
                             .command = row.text(7),
                             .state = *state,
                             .attempts = number(row, 9),
                             .percent = number(row, 10),
                             .reply = row.text(11),
                             .reason = row.text(12),
                             .node = row.text(13),
                             .sent_at = optional_time(row, 14),
                             .replied_at = optional_time(row, 15),
                             .due_at = optional_time(row, 16),
                             .updated_at = row.time(17)},
                    .deadline = row.time(18),
                    .first_sent_at = optional_time(row, 19),
                    .patience = std::chrono::milliseconds(row.integer(20)),
                    .final_at = optional_time(row, 21)};
}

base::Result<base::Uuid> read_id(const Rows& row) {
  const auto id = base::Uuid::parse(row.text(0));
  if (id) return *id;
  return base::fail(base::Errc::io, fmt::format("the catalog holds the id '{}', which is none", row.text(0)));
}

// The files of `parts`, which are sorted by their ids.
base::Result<> read_files(Connection& connection, std::span<CaptureRow* const> parts) {
  if (parts.empty()) return {};
  std::vector<base::Uuid> ids;
  for (const CaptureRow* each : parts) ids.push_back(each->part.id);
  const auto dialect = connection.dialect();
  auto rows = connection.query(fmt::format("SELECT part_id, camera, media_id FROM capture_files WHERE part_id {} "
                                           "ORDER BY part_id, position",
                                           is_in_list(dialect)),
                               list_of(ids, dialect));
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    const auto id = read_id(*rows);
    if (!id) return std::unexpected(id.error());
    const auto of = std::ranges::lower_bound(parts, *id, {}, [](const CaptureRow* each) { return each->part.id; });
    if (of == parts.end() || (*of)->part.id != *id) continue;
    (*of)->part.files.push_back({base::parse_camera(rows->text(1)).value_or(base::Camera::unknown),
                                 base::Uuid::parse(rows->text(2)).value_or(base::Uuid())});
  }
}

base::Result<> read_files(Connection& connection, std::vector<CaptureRow>& rows) {
  std::vector<CaptureRow*> sorted;
  for (CaptureRow& each : rows) sorted.push_back(&each);
  std::ranges::sort(sorted, {}, [](const CaptureRow* each) { return each->part.id; });
  return read_files(connection, std::span<CaptureRow* const>(sorted));
}

// Whatever `where` and `order` leave of capture_parts, with its files.
template <class... Values>
base::Result<std::vector<CaptureRow>> read_parts(Connection& connection, const std::string& sql,
                                                 const Values&... values) {
  auto rows = read_all<CaptureRow>(connection.query(sql, values...), read_part);
  if (!rows) return rows;
  if (auto read = read_files(connection, *rows); !read) return std::unexpected(read.error());
  return rows;
}

base::Result<> read_parts_of(Connection& connection, std::span<CaptureRequest> requests) {
  if (requests.empty()) return {};
  std::vector<base::Uuid> ids;
  for (const CaptureRequest& each : requests) ids.push_back(each.id);
  const auto dialect = connection.dialect();
  auto rows = read_parts(connection,
                         fmt::format("SELECT {} FROM capture_parts WHERE request_id {} ORDER BY request_id, number",
                                     part_columns, is_in_list(dialect)),
                         list_of(ids, dialect));
  if (!rows) return std::unexpected(rows.error());
  for (CaptureRow& row : *rows) {
    const auto of = std::ranges::find(requests, row.part.request_id, &CaptureRequest::id);
    if (of != requests.end()) of->parts.push_back(std::move(row.part));
  }
  return {};
}

// By their names: which cameras are asked, whatever the order.
std::string cameras_of(const CaptureRequest& request) {
  std::set<std::string_view> names;
  for (const CapturePart& part : request.parts)
    for (const CaptureFile& file : part.files) names.insert(base::to_string(file.camera));
  return fmt::format("{}", fmt::join(names, "+"));
}

base::Result<> add_part(Connection& connection, const CaptureRequest& request, const CapturePart& part) {
  if (auto added = connection.run(
          "INSERT INTO capture_parts (id, request_id, number, imei, kind, channel, created_at, deadline, begins_at, "
          "duration_s, command, state, due_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
          "'queued', $12, $7)",
          part.id, request.id, part.number, request.imei.number(), base::to_string(part.kind),
          to_string(request.channel), request.created_at, request.deadline, part.from, part.duration_s, part.command,
          part.due_at);
      !added)
    return added;
  for (std::size_t i = 0; i < part.files.size(); ++i)
    if (auto added = connection.run("INSERT INTO capture_files (part_id, camera, position) VALUES ($1, $2, $3)",
                                    part.id, base::to_string(part.files[i].camera), i);
        !added)
      return added;
  return add_event(connection, capture_changed_event(part, std::nullopt, request.created_at));
}

base::Result<> write_request_state(Connection& connection, const base::Uuid& id, base::UtcTime now) {
  const auto parts = read_all<PartState>(
      connection.query("SELECT state, reason FROM capture_parts WHERE request_id = $1 ORDER BY number", id),
      [](const Rows& row) {
        return base::Result<PartState>({parse_capture_state(row.text(0)).value_or(CaptureState::failed), row.text(1)});
      });
  if (!parts) return std::unexpected(parts.error());
  const PartState together = overall(*parts);
  return connection.run("UPDATE capture_requests SET state = $2, reason = $3, updated_at = $4 WHERE id = $1", id,
                        to_string(together.state), together.reason, now);
}
}  // namespace

base::Result<std::optional<CaptureRequest>> find_capture(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {} FROM capture_requests WHERE id = $1", request_columns);
  auto found = read_one<CaptureRequest>(connection.query(sql, id), read_request);
  if (!found || !*found) return found;
  if (auto read = read_parts_of(connection, {&**found, 1}); !read) return std::unexpected(read.error());
  return found;
}

base::Result<Query> captures_query(const CaptureQuery& query, Dialect dialect) {
  if (auto valid = check_page_size(query.limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  where.add_if("imei = {}", query.imei.transform(&base::Imei::number));
  where.add_if("state = {}", query.state.transform([](CaptureState state) { return to_string(state); }));
  if (!query.cursor.empty()) {
    const auto end = decode_cursor(Listing::captures, query.cursor);
    if (!end) return std::unexpected(end.error());
    where.add("id < {}", end->id);
  }
  const std::string limit = where.parameter(query.limit + 1);
  const std::string_view index = query.imei    ? " INDEXED BY capture_requests_by_imei"
                                 : query.state ? " INDEXED BY capture_requests_by_state"
                                               : "";
  return Query{fmt::format("SELECT {} FROM capture_requests{}{} ORDER BY id DESC LIMIT {}", request_columns,
                           for_sqlite(dialect, index), where.sql(), limit),
               where.take_values()};
}

base::Result<CapturePage> list_captures(Connection& connection, const CaptureQuery& query) {
  const auto asked = captures_query(query, connection.dialect());
  if (!asked) return std::unexpected(asked.error());
  auto page = read_page<CapturePage>(connection, *asked, query.limit, Listing::captures, read_request,
                                     [](const CaptureRequest& request) { return PageEnd{{}, request.id}; });
  if (!page) return page;
  if (auto read = read_parts_of(connection, page->items); !read) return std::unexpected(read.error());
  return page;
}

std::string count_captures_sql(Dialect dialect) {
  return fmt::format(
      "SELECT state, COUNT(*), MIN(created_at) FROM capture_parts{} WHERE final_at IS NULL GROUP BY state",
      for_sqlite(dialect, " INDEXED BY capture_parts_counted"));
}

base::Result<std::vector<CaptureCount>> count_captures(Connection& connection) {
  return read_all<CaptureCount>(connection.query(count_captures_sql(connection.dialect())),
                                [](const Rows& row) -> base::Result<CaptureCount> {
                                  const auto state = parse_capture_state(row.text(0));
                                  if (!state) return unknown_word("capture_parts", row, 0, 1);
                                  return CaptureCount{*state, static_cast<std::uint64_t>(row.integer(1)), row.time(2)};
                                });
}

std::string awaiting_reply_sql(Dialect dialect) {
  return fmt::format(
      "SELECT {} FROM capture_parts{} WHERE imei = $1 AND final_at IS NULL AND state IN ('sent', 'queued') "
      "AND attempts > 0 ORDER BY state DESC, sent_at DESC, id DESC",
      part_columns, for_sqlite(dialect, " INDEXED BY capture_parts_open"));
}

base::Result<std::vector<CapturePart>> awaiting_reply(Connection& connection, const base::Imei& imei) {
  auto rows = read_parts(connection, awaiting_reply_sql(connection.dialect()), imei.number());
  if (!rows) return std::unexpected(rows.error());
  std::vector<CapturePart> parts;
  for (CaptureRow& row : *rows) parts.push_back(std::move(row.part));
  return parts;
}

base::Result<std::optional<CaptureRow>> find_part(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {} FROM capture_parts WHERE id = $1", part_columns);
  auto rows = read_parts(connection, sql, id);
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return std::nullopt;
  return std::move(rows->front());
}

base::Result<std::vector<base::Uuid>> accepted_parts(Connection& connection, const base::Imei& imei) {
  const std::string sql =
      fmt::format("SELECT id FROM capture_parts{} WHERE imei = $1 AND final_at IS NULL AND state = 'accepted'",
                  for_sqlite(connection.dialect(), " INDEXED BY capture_parts_open"));
  return read_all<base::Uuid>(connection.query(sql, imei.number()), read_id);
}

base::Result<> add_request(Connection& connection, const CaptureRequest& request) {
  if (auto added = connection.run(
          "INSERT INTO capture_requests (id, imei, kind, cameras, begins_at, duration_s, channel, origin, event_id, "
          "created_at, deadline, state, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', "
          "$10)",
          request.id, request.imei.number(), base::to_string(request.kind), cameras_of(request), request.from,
          request.duration_s, to_string(request.channel), request.origin, request.event_id, request.created_at,
          request.deadline);
      !added)
    return added;
  for (const CapturePart& part : request.parts)
    if (auto added = add_part(connection, request, part); !added) return added;
  return {};
}

std::string same_request_sql(Dialect dialect) {
  return fmt::format(
      "SELECT id FROM capture_requests{} WHERE imei = $1 AND begins_at = $2 AND duration_s = $3 AND cameras = $4 AND "
      "kind = 'video' AND (state IN ('queued', 'sent', 'accepted', 'connecting', 'transferring') OR state = 'stored' "
      "AND NOT EXISTS (SELECT 1 FROM capture_parts JOIN capture_files ON part_id = capture_parts.id "
      "WHERE request_id = capture_requests.id AND NOT EXISTS (SELECT 1 FROM media WHERE media.id = media_id))) "
      "ORDER BY id DESC LIMIT 1",
      for_sqlite(dialect, " INDEXED BY capture_requests_same"));
}

base::Result<std::optional<base::Uuid>> same_request(Connection& connection, const CaptureRequest& request) {
  if (request.kind != base::MediaKind::video) return std::nullopt;
  return read_one<base::Uuid>(connection.query(same_request_sql(connection.dialect()), request.imei.number(),
                                               request.from, request.duration_s, cameras_of(request)),
                              read_id);
}

base::Result<> write_part(Connection& connection, CaptureRow& row, CaptureState was, base::UtcTime now) {
  CapturePart& part = row.part;
  part.updated_at = now;
  if (!is_final(part.state))
    row.final_at.reset();
  else if (!row.final_at)
    row.final_at = now;
  if (auto written = connection.run(
          "UPDATE capture_parts SET state = $2, attempts = $3, percent = $4, reply = $5, reason = $6, node = $7, "
          "first_sent_at = $8, sent_at = $9, replied_at = $10, due_at = $11, patience_ms = $12, matches_at = $13, "
          "final_at = $14, updated_at = $15 WHERE id = $1",
          part.id, to_string(part.state), part.attempts, part.percent, part.reply, part.reason, part.node,
          row.first_sent_at, part.sent_at, part.replied_at, part.due_at, row.patience.count(), matches_at(row),
          row.final_at, now);
      !written)
    return written;
  if (part.state == was) return {};
  if (auto together = write_request_state(connection, part.request_id, now); !together) return together;
  return add_event(connection, capture_changed_event(part, was, now));
}

base::Result<> write_file(Connection& connection, const base::Uuid& part_id, base::Camera camera,
                          const base::Uuid& media_id) {
  return connection.run(
      "UPDATE capture_files SET media_id = $3 WHERE part_id = $1 AND camera = $2 AND media_id IS NULL", part_id,
      base::to_string(camera), media_id);
}

base::Result<bool> belongs_to_part(Connection& connection, const base::Uuid& media_id) {
  return has_row(connection.query("SELECT 1 FROM capture_files WHERE media_id = $1", media_id));
}

}  // namespace storage::sql
