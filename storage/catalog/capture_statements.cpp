#include "storage/catalog/capture_statements.hpp"

#include <array>
#include <set>

#include <fmt/format.h>

#include "storage/catalog/capture_rows.hpp"
#include "storage/catalog/dialect.hpp"
#include "storage/catalog/id_list.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
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
      for_sqlite(dialect, " INDEXED BY capture_parts_open"));
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
      "AND attempts > 0 AND channel = $2 ORDER BY state DESC, sent_at DESC, id DESC",
      part_columns, for_sqlite(dialect, " INDEXED BY capture_parts_open"));
}

base::Result<std::vector<CapturePart>> awaiting_reply(Connection& connection, const base::Imei& imei,
                                                      CaptureChannel channel) {
  const std::array<Value, 2> values{imei.number(), to_string(channel)};
  auto rows = read_parts(connection, awaiting_reply_sql(connection.dialect()), values);
  if (!rows) return std::unexpected(rows.error());
  std::vector<CapturePart> parts;
  for (CaptureRow& row : *rows) parts.push_back(std::move(row.part));
  return parts;
}

base::Result<std::optional<CaptureRow>> find_part(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {} FROM capture_parts WHERE id = $1", part_columns);
  const std::array<Value, 1> values{id};
  auto rows = read_parts(connection, sql, values);
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

// By their ids, which are times: a range of the index. What was made before then and ended later is passed over; no
// deadline is so far away that there were many.
std::string ended_requests_sql(Dialect dialect) {
  return fmt::format(
      "SELECT id, imei FROM capture_requests{} WHERE state = $1 AND id < $2 AND updated_at < $3 ORDER BY id LIMIT $4",
      for_sqlite(dialect, " INDEXED BY capture_requests_by_state"));
}

base::Result<std::vector<RequestKey>> ended_requests(Connection& connection, base::UtcTime before,
                                                     std::uint32_t limit) {
  const std::string sql = ended_requests_sql(connection.dialect());
  std::vector<RequestKey> ended;
  for (const CaptureState state : final_states) {
    const auto found = read_all<RequestKey>(
        connection.query(sql, to_string(state), base::Uuid::first_of(before), before, limit - ended.size()),
        [](const Rows& row) -> base::Result<RequestKey> {
          const auto key = read_file_key(row, 0, 1, "capture_requests");
          if (!key) return std::unexpected(key.error());
          return RequestKey{key->id, key->imei};
        });
    if (!found) return found;
    ended.insert(ended.end(), found->begin(), found->end());
    if (ended.size() >= limit) break;
  }
  return ended;
}

// One that is final stays so; but a file that came late may have changed it.
base::Result<std::uint32_t> forget_requests(Connection& connection, std::span<const base::Uuid> ids,
                                            base::UtcTime before) {
  const auto dialect = connection.dialect();
  const std::string_view listed = is_in_list(dialect);
  const auto still = read_all<base::Uuid>(
      connection.query(fmt::format("SELECT id FROM capture_requests WHERE id {} AND updated_at < $2", listed),
                       list_of(ids, dialect), before),
      read_id);
  if (!still) return std::unexpected(still.error());
  const std::string list = list_of(*still, dialect);
  for (const std::string& sql :
       {fmt::format("DELETE FROM capture_files WHERE part_id IN (SELECT id FROM capture_parts WHERE request_id {})",
                    listed),
        fmt::format("DELETE FROM capture_parts WHERE request_id {}", listed),
        fmt::format("DELETE FROM capture_requests WHERE id {}", listed)})
    if (auto done = connection.run(sql, list); !done) return std::unexpected(done.error());
  return static_cast<std::uint32_t>(still->size());
}

}  // namespace storage::sql
