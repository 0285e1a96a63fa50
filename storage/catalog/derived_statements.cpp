#include "storage/catalog/derived_statements.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
constexpr std::string_view derived_columns = "media_id, derived, object_key, size, sha256, made_at";
constexpr std::string_view probe_columns =
    "container, video_codec, width, height, frames, duration_us, frame_rate_milli, sound_codec, sample_rate, channels, "
    "sound_us, damaged_records, skipped_bytes, missing_pictures, missing_sounds, decode_errors";

base::Result<DerivedObject> read_derived(const Rows& row) {
  const auto id = base::Uuid::parse(row.text(0));
  const auto derived = base::parse_derived(row.text(1));
  if (!id || !derived)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog's table derived holds '{}' of the file '{}', which are unknown",
                                  row.text(1), row.text(0)));
  return DerivedObject{.media_id = *id,
                       .derived = *derived,
                       .object_key = row.text(2),
                       .size = static_cast<std::uint64_t>(row.integer(3)),
                       .sha256 = row.text(4),
                       .made_at = row.time(5)};
}

base::Result<MediaProbe> read_probe(const Rows& row) {
  const auto number = [&](int column) { return static_cast<std::uint32_t>(row.integer(column)); };
  const auto large = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
  return MediaProbe{.container = row.text(0),
                    .video_codec = row.text(1),
                    .width = number(2),
                    .height = number(3),
                    .frames = number(4),
                    .duration_us = large(5),
                    .frame_rate_milli = number(6),
                    .sound_codec = row.text(7),
                    .sample_rate = number(8),
                    .channels = number(9),
                    .sound_us = large(10),
                    .damaged_records = number(11),
                    .skipped_bytes = large(12),
                    .missing_pictures = number(13),
                    .missing_sounds = number(14),
                    .decode_errors = number(15)};
}

// A stranger's file makes a stranger's figures: the columns take half of what these may say.
std::uint64_t bounded(std::uint64_t figure) noexcept {
  return std::min(figure, std::uint64_t{std::numeric_limits<std::int64_t>::max()});
}

base::Result<> put_probe(Connection& connection, const base::Uuid& media_id, const MediaProbe& probe) {
  static const std::string sql = fmt::format(
      "INSERT INTO probes (media_id, {}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
      "$16, "
      "$17)",
      probe_columns);
  if (auto older = connection.run("DELETE FROM probes WHERE media_id = $1", media_id); !older) return older;
  return connection.run(sql, media_id, probe.container, probe.video_codec, probe.width, probe.height, probe.frames,
                        bounded(probe.duration_us), probe.frame_rate_milli, probe.sound_codec, probe.sample_rate,
                        probe.channels, bounded(probe.sound_us), probe.damaged_records, bounded(probe.skipped_bytes),
                        probe.missing_pictures, probe.missing_sounds, probe.decode_errors);
}

base::Result<> put_derived(Connection& connection, const JobKey& key, const DerivedObject& made) {
  static const std::string sql = fmt::format(
      "INSERT INTO derived ({}, task) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (media_id, derived) DO UPDATE "
      "SET "
      "object_key = excluded.object_key, size = excluded.size, sha256 = excluded.sha256, made_at = excluded.made_at, "
      "task = excluded.task",
      derived_columns);
  return connection.run(sql, key.media_id, base::to_string(made.derived), made.object_key, made.size, made.sha256,
                        made.made_at, to_string(key.task));
}

base::Result<> put_playback(Connection& connection, const base::Imei& imei, const base::Uuid& media_id, JobState state,
                            std::int16_t priority) {
  // What is done is done, whatever the row was; else only one that waits for somebody to ask is moved on.
  constexpr std::string_view stands = "jobs.state = 'waiting' OR excluded.state = 'done'";
  const std::string sql = fmt::format(
      "INSERT INTO jobs (media_id, task, imei, state, priority, created_at, updated_at) "
      "SELECT $1, 'playback', $2, $3, $4, made.now, made.now FROM (SELECT {} AS now) AS made WHERE true "
      "ON CONFLICT (media_id, task) DO UPDATE SET state = excluded.state, priority = excluded.priority, percent = 0, "
      "due_at = NULL, updated_at = excluded.updated_at WHERE {}",
      clock_of(connection.dialect()), stands);
  return connection.run(sql, media_id, imei.number(), to_string(state), priority);
}

base::Result<bool> names_playback(Connection& connection, const base::Uuid& media_id) {
  return has_row(connection.query("SELECT 1 FROM derived WHERE media_id = $1 AND derived = 'playback'", media_id));
}

bool holds_playback(const JobResult& result) noexcept {
  return std::ranges::find(result.derived, base::Derived::playback, &DerivedObject::derived) != result.derived.end();
}

// Whether this very result was written already, and only the database's answer got lost.
base::Result<bool> was_finished(Connection& connection, const JobKey& key, std::string_view worker,
                                const JobResult& result) {
  const auto done = has_row(
      connection.query("SELECT 1 FROM jobs WHERE media_id = $1 AND task = $2 AND worker = $3 AND state = 'done'",
                       key.media_id, to_string(key.task), worker));
  if (!done || !*done) return done;
  const auto named = derived_of(connection, key.media_id);
  if (!named) return std::unexpected(named.error());
  return std::ranges::all_of(result.derived, [&](const DerivedObject& made) {
    return std::ranges::find_if(*named, [&](const DerivedObject& row) {
             return row.derived == made.derived && row.object_key == made.object_key;
           }) != named->end();
  });
}

base::Result<> tell_playable(Connection& connection, const base::Imei& imei, const base::Uuid& media_id) {
  const auto ready = derived_of(connection, media_id);
  if (!ready) return std::unexpected(ready.error());
  return add_event(connection, media_playable_event(media_id, imei, *ready, base::utc_now()));
}
}  // namespace

base::Result<bool> finish_job(Connection& connection, const base::Imei& imei, const JobKey& key,
                              std::string_view worker, const JobResult& result) {
  const auto priority = end_job(connection, key, worker);
  if (!priority) return std::unexpected(priority.error());
  if (!*priority) return was_finished(connection, key, worker, result);
  const auto known = names_playback(connection, key.media_id);
  if (!known) return known;
  base::Result<> done;
  for (const DerivedObject& made : result.derived)
    if (done) done = put_derived(connection, key, made);
  if (done && result.probe) done = put_probe(connection, key.media_id, *result.probe);
  const auto playback = result.playback_done ? std::optional(JobState::done) : result.playback;
  if (done && playback && key.task == JobTask::preview)
    done = put_playback(connection, imei, key.media_id, *playback, **priority);
  if (done && !*known && holds_playback(result)) done = tell_playable(connection, imei, key.media_id);
  if (!done) return std::unexpected(done.error());
  return true;
}

base::Result<std::vector<DerivedObject>> derived_of(Connection& connection, const base::Uuid& media_id) {
  static const std::string sql =
      fmt::format("SELECT {} FROM derived WHERE media_id = $1 ORDER BY derived", derived_columns);
  return read_all<DerivedObject>(connection.query(sql, media_id), read_derived);
}

base::Result<std::optional<MediaProbe>> find_probe(Connection& connection, const base::Uuid& media_id) {
  static const std::string sql = fmt::format("SELECT {} FROM probes WHERE media_id = $1", probe_columns);
  return read_one<MediaProbe>(connection.query(sql, media_id), read_probe);
}

// Those that share the key of their file are elsewhere in this order: the prefix leaves them out.
base::Result<std::vector<DerivedObject>> derived_behind(Connection& connection, std::string_view object_key,
                                                        std::uint32_t limit) {
  std::string end(derived_prefix);
  ++end.back();
  const std::string sql = fmt::format(
      "SELECT {0} FROM derived WHERE object_key{1} > $1 AND object_key{1} < $2 ORDER BY object_key{1} LIMIT $3",
      derived_columns, bytewise(connection.dialect()));
  return read_all<DerivedObject>(connection.query(sql, std::max(object_key, derived_prefix), end, limit), read_derived);
}

base::Result<> make_again(Connection& connection, const DerivedObject& lost) {
  const auto tasks = read_all<JobTask>(
      connection.query("DELETE FROM derived WHERE media_id = $1 AND object_key = $2 RETURNING task", lost.media_id,
                       lost.object_key),
      [](const Rows& row) { return base::Result<JobTask>(parse_job_task(row.text(0)).value_or(JobTask::preview)); });
  if (!tasks) return std::unexpected(tasks.error());
  const std::string again = fmt::format(
      "UPDATE jobs SET state = 'queued', priority = {}, failures = 0, losses = 0, reason = '', updated_at = {} "
      "WHERE media_id = $1 AND task = $2 AND state = 'done'",
      priority_ordinary, clock_of(connection.dialect()));
  for (const JobTask task : *tasks)
    if (auto queued = connection.run(again, lost.media_id, to_string(task)); !queued) return queued;
  // A playback that a preview made has no job of its own; the preview says again whether it needs one.
  return connection.run(
      "DELETE FROM jobs WHERE media_id = $1 AND task = 'playback' AND state = 'done' AND NOT EXISTS "
      "(SELECT 1 FROM derived WHERE derived.media_id = jobs.media_id AND derived = 'playback')",
      lost.media_id);
}

base::Result<> drop_jobs(Connection& connection, const base::Uuid& media_id) {
  if (auto dropped = connection.run("DELETE FROM jobs WHERE media_id = $1", media_id); !dropped) return dropped;
  return connection.run("DELETE FROM probes WHERE media_id = $1", media_id);
}

base::Result<> drop_derived(Connection& connection, const base::Uuid& media_id) {
  return connection.run("DELETE FROM derived WHERE media_id = $1", media_id);
}

}  // namespace storage::sql
