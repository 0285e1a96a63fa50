#include "storage/catalog/capture_rows.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "storage/catalog/id_list.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
std::uint32_t number(const Rows& row, int column) {
  return static_cast<std::uint32_t>(row.integer(column));
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
  std::vector<CaptureRow*> sorted(rows.size());
  std::ranges::transform(rows, sorted.begin(), [](CaptureRow& each) { return &each; });
  std::ranges::sort(sorted, {}, [](const CaptureRow* each) { return each->part.id; });
  return read_files(connection, std::span<CaptureRow* const>(sorted));
}
}  // namespace

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

base::Result<base::Uuid> read_id(const Rows& row) {
  const auto id = base::Uuid::parse(row.text(0));
  if (id) return *id;
  return base::fail(base::Errc::io, fmt::format("the catalog holds the id '{}', which is none", row.text(0)));
}

base::Result<std::vector<CaptureRow>> read_parts(Connection& connection, std::string_view sql,
                                                 std::span<const Value> values) {
  auto rows = read_all<CaptureRow>(connection.ask(sql, values), read_part);
  if (!rows) return rows;
  if (auto read = read_files(connection, *rows); !read) return std::unexpected(read.error());
  return rows;
}

base::Result<> read_parts_of(Connection& connection, std::span<CaptureRequest> requests) {
  if (requests.empty()) return {};
  std::vector<base::Uuid> ids;
  for (const CaptureRequest& each : requests) ids.push_back(each.id);
  const auto dialect = connection.dialect();
  const std::string list = list_of(ids, dialect);
  const std::array<Value, 1> values{list};
  auto rows = read_parts(connection,
                         fmt::format("SELECT {} FROM capture_parts WHERE request_id {} ORDER BY request_id, number",
                                     part_columns, is_in_list(dialect)),
                         values);
  if (!rows) return std::unexpected(rows.error());
  for (CaptureRow& row : *rows) {
    const auto of = std::ranges::find(requests, row.part.request_id, &CaptureRequest::id);
    if (of != requests.end()) of->parts.push_back(std::move(row.part));
  }
  return {};
}

}  // namespace storage::sql
