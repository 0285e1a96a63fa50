#include "storage/catalog/media_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/media_columns.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
// A file is never on hold when it comes.
const std::string read_columns = fmt::format("{}, hold_reason, held_at", media_columns);

std::optional<double> optional_number(const Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.number(column));
}

base::Result<Media> read_media(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "media");
  if (!key) return std::unexpected(key.error());
  return Media{.id = key->id,
               .imei = key->imei,
               .camera = base::parse_camera(row.text(2)).value_or(base::Camera::unknown),
               .kind = base::parse_media_kind(row.text(3)).value_or(base::MediaKind::other),
               .captured_at = optional_time(row, 4),
               .received_at = row.time(5),
               .triggered_at = optional_time(row, 6),
               .trigger = row.text(7),
               .duration_s = optional_integer<std::uint32_t>(row, 8),
               .frame_rate = optional_integer<std::uint32_t>(row, 9),
               .time_zone_minutes = optional_integer<std::int32_t>(row, 10),
               .latitude = optional_number(row, 11),
               .longitude = optional_number(row, 12),
               .driver_name = row.text(13),
               .size = static_cast<std::uint64_t>(row.integer(14)),
               .sha256 = row.text(15),
               .content_type = row.text(16),
               .object_key = row.text(17),
               .name = row.text(18),
               .declared_size = static_cast<std::uint32_t>(row.integer(19)),
               .declared_in_packets = row.flag(20),
               .metadata_hex = row.text(21),
               .defect = row.text(22),
               .request_id = row.text(23),
               .legal_hold = row.flag(24),
               .hold_reason = row.text(30),
               .held_at = optional_time(row, 31),
               .packets = static_cast<std::uint32_t>(row.integer(25)),
               .bad_crcs = static_cast<std::uint32_t>(row.integer(26)),
               .source = row.text(27),
               .pan_deg = optional_number(row, 28),
               .tilt_deg = optional_number(row, 29)};
}

base::Result<std::optional<Media>> first_media(base::Result<Rows>&& rows) {
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  auto media = read_media(*rows);
  if (!media) return std::unexpected(media.error());
  return std::optional(std::move(*media));
}

// Without statistics SQLite cannot tell the filters apart: the one that leaves the fewest rows chooses the index.
// PostgreSQL has statistics, and takes no hints.
std::string_view index_for(const MediaQuery& query, Dialect dialect) noexcept {
  if (dialect == Dialect::postgres) return "";
  if (query.imei) return " INDEXED BY media_by_imei";
  if (query.trigger) return " INDEXED BY media_by_trigger";
  if (query.camera) return " INDEXED BY media_by_camera";
  if (query.kind) return " INDEXED BY media_by_kind";
  return " INDEXED BY media_newest";
}
}  // namespace

base::Result<std::optional<Media>> find_media(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {} FROM media WHERE id = $1", read_columns);
  return first_media(connection.query(sql, id));
}

base::Result<std::optional<Media>> find_stored_file(Connection& connection, const StoredFileQuery& query) {
  if (query.captured_at == base::UtcTime{}) return std::nullopt;  // no clock: nothing proves that it is the same file
  static const std::string sql = fmt::format(
      "SELECT {} FROM media WHERE imei = $1 AND captured_at = $2 AND name = $3 AND declared_size = $4 "
      "AND declared_in_packets = $5 ORDER BY received_at DESC, id DESC LIMIT 1",
      read_columns);
  return first_media(connection.query(sql, query.imei.number(), query.captured_at, query.name, query.declared_size,
                                      query.declared_in_packets));
}

base::Result<Query> media_query(const MediaQuery& query, Dialect dialect) {
  if (auto valid = check_page_size(query.limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  where.add_if("imei = {}", query.imei.transform(&base::Imei::number));
  where.add_if("camera = {}", query.camera.transform([](auto camera) { return base::to_string(camera); }));
  where.add_if("kind = {}", query.kind.transform([](auto kind) { return base::to_string(kind); }));
  where.add_if("trigger = {}", query.trigger);
  where.add_if("taken_at >= {}", query.from);
  where.add_if("taken_at < {}", query.to);
  if (!query.cursor.empty()) {
    const auto end = decode_cursor(Listing::media, query.cursor);
    if (!end) return std::unexpected(end.error());
    where.add("(received_at, id) < ({}, {})", end->time, end->id);
  }
  const std::string limit = where.parameter(query.limit + 1);
  return Query{fmt::format("SELECT {} FROM media{}{} ORDER BY received_at DESC, id DESC LIMIT {}", read_columns,
                           index_for(query, dialect), where.sql(), limit),
               where.take_values()};
}

base::Result<MediaPage> list_media(Connection& connection, const MediaQuery& query) {
  const auto asked = media_query(query, connection.dialect());
  if (!asked) return std::unexpected(asked.error());
  return read_page<MediaPage>(connection, *asked, query.limit, Listing::media, read_media,
                              [](const Media& media) { return PageEnd{media.received_at, media.id}; });
}

}  // namespace storage::sql
