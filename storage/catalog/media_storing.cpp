// How a file becomes a row.
#include <fmt/format.h>

#include "storage/catalog/capture_matching.hpp"
#include "storage/catalog/capture_statements.hpp"
#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/evidence_statements.hpp"
#include "storage/catalog/job_statements.hpp"
#include "storage/catalog/media_columns.hpp"
#include "storage/catalog/media_statements.hpp"
#include "storage/catalog/rows.hpp"
#include "storage/evidence/chain.hpp"

namespace storage::sql {

namespace {
// What makes two contents the same file besides the device and the time. A file whose camera is not known is told from
// others by its name: better to keep one too many than to drop one that was different.
std::string class_of(const Media& media) {
  if (media.camera == base::Camera::unknown) return media.name;
  return fmt::format("{}/{}", base::to_string(media.camera), base::to_string(media.kind));
}

// With the values of media_values(), $1 … $32; a row with the same id or the same content keeps it out. `unless`, of
// PostgreSQL: a query that keeps it out, too, with any row it finds.
std::string insert_sql(std::string_view returning, std::string_view unless = "") {
  constexpr std::string_view values =
      "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, "
      "$25, $26, $27, $28, $29, $30, $31, $32";
  const std::string source = unless.empty() ? fmt::format("VALUES ({})", values)
                                            : fmt::format("SELECT {} WHERE NOT EXISTS ({})", values, unless);
  return fmt::format("INSERT INTO media ({}, class, taken_at) {} ON CONFLICT DO NOTHING RETURNING {}", media_columns,
                     source, returning);
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
          media.source,
          media.pan_deg,
          media.tilt_deg,
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

// evidence::hash_of(), computed by PostgreSQL, of the record $37.
std::string chain_hash(std::string_view previous, std::string_view number) {
  return fmt::format("encode(sha256(convert_to({} || chr(10) || ({})::text || chr(10) || $37::text, 'UTF8')), 'hex')",
                     previous, number);
}

// $1 … $39: those of media_values(), and seven that insert_at_once() adds.
constexpr int inserted_values = 39;

// The same in one trip to the server. Each part waits for the one before: the event takes its number when the device's
// row is locked, so the numbers of a device's events are in the order of their commits, whichever node writes them.
std::string insert_at_once_sql(std::string_view unless) {
  return fmt::format(
      "WITH stored AS ({}), counted AS ("
      "INSERT INTO devices (imei, first_seen, last_seen, media_count, stored_bytes, chain_length, chain_hash) "
      "SELECT imei, received_at, received_at, 1, size, 1, {} FROM stored "
      "ON CONFLICT (imei) DO UPDATE SET media_count = devices.media_count + 1, "
      "stored_bytes = devices.stored_bytes + excluded.stored_bytes, chain_length = devices.chain_length + 1, "
      "chain_hash = {} RETURNING imei, chain_length, chain_hash), "
      "proven AS (INSERT INTO evidence (imei, number, media_id, record, hash) "
      "SELECT imei, chain_length, $1, $37::text, chain_hash FROM counted), "
      "shown AS (INSERT INTO jobs (media_id, task, imei, state, priority, created_at, updated_at) "
      "SELECT $1, 'preview', imei, 'queued', $39::smallint, $6, $6 FROM counted WHERE $38::boolean) "
      "INSERT INTO outbox (id, imei, type, created_at, payload) "
      "SELECT $33::uuid, imei, $34::text, $35::bigint, $36::text FROM counted RETURNING sequence",
      insert_sql("imei, received_at, size", unless), chain_hash("''", "1"),
      chain_hash("devices.chain_hash", "devices.chain_length + 1"));
}

// `window`: false, too, where the file belongs to a part of a capture request, which is looked for in the same trip.
base::Result<bool> insert_at_once(Connection& connection, const Media& media, const Event& event,
                                  const std::optional<CaptureWindow>& window) {
  static const std::string plain = insert_at_once_sql("");
  static const std::string unless_matched = insert_at_once_sql(CaptureWindow::subquery(inserted_values + 1));
  const auto media_class = class_of(media);
  auto values = media_values(media, media_class);
  const auto record = record_of(media);
  for (const Value& value :
       {Value(event.id), Value(event.type), Value(event.created_at), Value(event.payload), Value(record),
        Value(can_be_shown(media.content_type)), Value(preview_priority(!media.request_id.empty()))})
    values.push_back(value);
  if (!window) return answers_row(connection, plain, values);
  for (const Value& value : window->values()) values.push_back(value);
  return answers_row(connection, unless_matched, values);
}

base::Result<bool> insert(Connection& connection, const Media& media, const Event& event) {
  return connection.dialect() == Dialect::postgres ? insert_at_once(connection, media, event, std::nullopt)
                                                   : insert_in_steps(connection, media, event);
}

// The row that kept the new one out.
base::Result<CommittedMedia> standing_row(Connection& connection, const Media& media) {
  auto found = connection.query(
      "SELECT id, object_key, request_id FROM media WHERE imei = $1 AND sha256 = $2 AND class = $3 AND "
      "COALESCE(captured_at, 0) = "
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
  return CommittedMedia{*id, duplicate, std::move(key), found->text(2), {}};
}

// The file of a part that was stored before anybody asked for it, or came twice: at most once to one part.
base::Result<> give_standing_file(Connection& connection, const CaptureMatch& matched, const Media& media,
                                  CommittedMedia& standing) {
  const auto taken = belongs_to_part(connection, standing.id);
  if (!taken) return std::unexpected(taken.error());
  if (*taken) return {};
  standing.request_id = matched.request_id.str();
  auto done = connection.run("UPDATE media SET request_id = $2 WHERE id = $1", standing.id, standing.request_id);
  if (!done) return done;
  if (auto hurried = hurry_job(connection, {standing.id, JobTask::preview}); !hurried)
    return std::unexpected(hurried.error());
  auto answered = give_file(connection, matched, media.camera, standing.id, media.received_at);
  if (!answered) return std::unexpected(answered.error());
  standing.answered = *answered;
  return {};
}

// The device's row is locked: nobody else gives the part a file, or this file to another part.
base::Result<CommittedMedia> store_for_part(Connection& connection, const Media& media, const CaptureMatch& matched) {
  Media asked_for = media;
  asked_for.request_id = matched.request_id.str();
  const auto inserted = insert(connection, asked_for, media_stored_event(asked_for));
  if (!inserted) return std::unexpected(inserted.error());
  if (!*inserted) {
    auto standing = standing_row(connection, media);
    if (!standing) return standing;
    if (auto given = give_standing_file(connection, matched, media, *standing); !given)
      return std::unexpected(given.error());
    return standing;
  }
  auto answered = give_file(connection, matched, media.camera, media.id, media.received_at);
  if (!answered) return std::unexpected(answered.error());
  return CommittedMedia{media.id, false, media.object_key, asked_for.request_id, *answered};
}

// True when the row is there, and belongs to no part: what nearly every file is.
base::Result<bool> insert_unless_matched(Connection& connection, const Media& media, const Event& event,
                                         const CaptureWindow& window) {
  if (connection.dialect() == Dialect::postgres) return insert_at_once(connection, media, event, window);
  const auto matched = match(connection, window);
  if (!matched) return std::unexpected(matched.error());
  return *matched ? base::Result<bool>(false) : insert_in_steps(connection, media, event);
}
}  // namespace

base::Result<CommittedMedia> store_media(Connection& connection, const Media& media, const Event& event) {
  const auto window = CaptureWindow::of(media);
  if (window) {
    const auto inserted = insert_unless_matched(connection, media, event, *window);
    if (!inserted) return std::unexpected(inserted.error());
    if (*inserted) return CommittedMedia{media.id, false, media.object_key, media.request_id, {}};
    // Something is there: a part that waits for it, or the same content.
    if (auto locked = lock_device(connection, media.imei); !locked) return std::unexpected(locked.error());
    const auto matched = match(connection, *window);
    if (!matched) return std::unexpected(matched.error());
    if (*matched) return store_for_part(connection, media, **matched);
  }
  const auto inserted = insert(connection, media, event);
  if (!inserted) return std::unexpected(inserted.error());
  if (!*inserted) return standing_row(connection, media);
  return CommittedMedia{media.id, false, media.object_key, media.request_id, {}};
}

}  // namespace storage::sql
