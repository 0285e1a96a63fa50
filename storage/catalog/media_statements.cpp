#include "storage/catalog/media_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/evidence_statements.hpp"
#include "storage/catalog/job_statements.hpp"
#include "storage/catalog/rows.hpp"
#include "storage/evidence/chain.hpp"

namespace storage::sql {

namespace {
// In the order in which media_values() binds and read_media() reads.
constexpr std::string_view columns =
    "id, imei, camera, kind, captured_at, received_at, triggered_at, trigger, duration_s, frame_rate, "
    "time_zone_minutes, latitude, longitude, driver_name, size, sha256, content_type, object_key, name, "
    "declared_size, declared_in_packets, metadata_hex, defect, request_id, legal_hold, packets, bad_crcs";

// A file is never on hold when it comes.
const std::string read_columns = fmt::format("{}, hold_reason, held_at", columns);

// What makes two contents the same file besides the device and the time. A file whose camera is not known is told from
// others by its name: better to keep one too many than to drop one that was different.
std::string class_of(const Media& media) {
  if (media.camera == base::Camera::unknown) return media.name;
  return fmt::format("{}/{}", base::to_string(media.camera), base::to_string(media.kind));
}

// With the values of media_values(), $1 … $29; a row with the same id or the same content keeps it out.
std::string insert_sql(std::string_view returning) {
  return fmt::format(
      "INSERT INTO media ({}, class, taken_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
      "$15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29) ON CONFLICT DO NOTHING RETURNING {}",
      columns, returning);
}

// `media_class` is class_of(media). Both are borrowed.
std::vector<Value> media_values(const Media& media, const std::string& media_class) {
  return {media.id,
          media.imei.number(),
          base::to_string(media.camera),
          base::to_string(media.kind),
          media.captured_at,
          media.received_at,
          media.triggered_at,
          media.trigger,
          media.duration_s,
          media.frame_rate,
          media.time_zone_minutes,
          media.latitude,
          media.longitude,
          media.driver_name,
          media.size,
          media.sha256,
          media.content_type,
          media.object_key,
          media.name,
          media.declared_size,
          media.declared_in_packets,
          media.metadata_hex,
          media.defect,
          media.request_id,
          media.legal_hold,
          media.packets,
          media.bad_crcs,
          media_class,
          media.captured_at.value_or(media.received_at)};
}

// True when the statement answered with a row, and ran to its end.
base::Result<bool> answers_row(Connection& connection, const std::string& sql, std::span<const Value> values) {
  auto rows = connection.ask(sql, values);
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->step();
  if (!row || !*row) return row;
  if (auto end = rows->step(); !end) return end;
  return true;
}

std::string record_of(const Media& media) {
  return evidence::record_of(evidence::StoredFile{.id = media.id,
                                                  .imei = media.imei,
                                                  .camera = media.camera,
                                                  .kind = media.kind,
                                                  .name = media.name,
                                                  .captured_at = media.captured_at,
                                                  .received_at = media.received_at,
                                                  .size = media.size,
                                                  .sha256 = media.sha256,
                                                  .object_key = media.object_key,
                                                  .packets = media.packets,
                                                  .bad_crcs = media.bad_crcs});
}

// Row, count, record, event and job, one after the other: SQLite has no statement that writes several tables.
base::Result<bool> insert_in_steps(Connection& connection, const Media& media, const Event& event) {
  static const std::string sql = insert_sql("id");
  // The media row refers to its device.
  if (auto made = ensure_device(connection, media.imei, media.received_at); !made) return std::unexpected(made.error());
  const auto media_class = class_of(media);
  const auto inserted = answers_row(connection, sql, media_values(media, media_class));
  if (!inserted || !*inserted) return inserted;
  if (auto counted = count_media(connection, media.imei, media.size); !counted) return std::unexpected(counted.error());
  if (auto proven = append_evidence(connection, media.imei, media.id, record_of(media)); !proven)
    return std::unexpected(proven.error());
  if (auto sent = add_event(connection, event); !sent) return std::unexpected(sent.error());
  if (can_be_shown(media.content_type))
    if (auto queued = queue_preview(connection, media); !queued) return std::unexpected(queued.error());
  return true;
}

// evidence::hash_of(), computed by PostgreSQL, of the record $34.
std::string chain_hash(std::string_view previous, std::string_view number) {
  return fmt::format("encode(sha256(convert_to({} || chr(10) || ({})::text || chr(10) || $34::text, 'UTF8')), 'hex')",
                     previous, number);
}

// The same in one trip to the server. Each part waits for the one before: the event takes its number when the device's
// row is locked, so the numbers of a device's events are in the order of their commits, whichever node writes them.
base::Result<bool> insert_at_once(Connection& connection, const Media& media, const Event& event) {
  static const std::string sql = fmt::format(
      "WITH stored AS ({}), counted AS ("
      "INSERT INTO devices (imei, first_seen, last_seen, media_count, stored_bytes, chain_length, chain_hash) "
      "SELECT imei, received_at, received_at, 1, size, 1, {} FROM stored "
      "ON CONFLICT (imei) DO UPDATE SET media_count = devices.media_count + 1, "
      "stored_bytes = devices.stored_bytes + excluded.stored_bytes, chain_length = devices.chain_length + 1, "
      "chain_hash = {} RETURNING imei, chain_length, chain_hash), "
      "proven AS (INSERT INTO evidence (imei, number, media_id, record, hash) "
      "SELECT imei, chain_length, $1, $34::text, chain_hash FROM counted), "
      "shown AS (INSERT INTO jobs (media_id, task, imei, state, priority, created_at, updated_at) "
      "SELECT $1, 'preview', imei, 'queued', $36::smallint, $6, $6 FROM counted WHERE $35::boolean) "
      "INSERT INTO outbox (id, imei, type, created_at, payload) "
      "SELECT $30::uuid, imei, $31::text, $32::bigint, $33::text FROM counted RETURNING sequence",
      insert_sql("imei, received_at, size"), chain_hash("''", "1"),
      chain_hash("devices.chain_hash", "devices.chain_length + 1"));
  const auto media_class = class_of(media);
  auto values = media_values(media, media_class);
  const auto record = record_of(media);
  for (const Value& value :
       {Value(event.id), Value(event.type), Value(event.created_at), Value(event.payload), Value(record),
        Value(can_be_shown(media.content_type)), Value(preview_priority(!media.request_id.empty()))})
    values.push_back(value);
  return answers_row(connection, sql, values);
}

// The row that kept the new one out.
base::Result<CommittedMedia> standing_row(Connection& connection, const Media& media) {
  auto found = connection.query(
      "SELECT id, object_key FROM media WHERE imei = $1 AND sha256 = $2 AND class = $3 AND COALESCE(captured_at, 0) = "
      "$4",
      media.imei.number(), media.sha256, class_of(media), media.captured_at.value_or(base::UtcTime{}));
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return std::unexpected(row.error());
  const auto id = *row ? base::Uuid::parse(found->text(0)) : std::nullopt;
  if (!id)
    return base::fail(base::Errc::conflict,
                      fmt::format("the catalog has other content under the id {}: every file needs an id of its own",
                                  media.id.str()));
  // The very same row is an answer that got lost. Under another key, its object is one too many all the same.
  auto key = found->text(1);
  const bool duplicate = *id != media.id || key != media.object_key;
  return CommittedMedia{*id, duplicate, std::move(key)};
}

std::optional<base::UtcTime> optional_time(const Rows& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.time(column));
}

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
               .hold_reason = row.text(27),
               .held_at = optional_time(row, 28),
               .packets = static_cast<std::uint32_t>(row.integer(25)),
               .bad_crcs = static_cast<std::uint32_t>(row.integer(26))};
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

base::Result<CommittedMedia> store_media(Connection& connection, const Media& media, const Event& event) {
  const auto insert = connection.dialect() == Dialect::postgres ? insert_at_once : insert_in_steps;
  const auto inserted = insert(connection, media, event);
  if (!inserted) return std::unexpected(inserted.error());
  if (!*inserted) return standing_row(connection, media);
  return CommittedMedia{media.id, false, media.object_key};
}

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
