#include "storage/catalog/job_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/id_list.hpp"
#include "storage/catalog/rows.hpp"

namespace storage::sql {

namespace {
// Ends of leases and rests seen to by one call: many workers call often, and a transaction is to be short.
constexpr std::string_view settled_at_once = "100";

constexpr std::string_view columns =
    "media_id, imei, task, state, priority, failures, losses, percent, worker, reason, created_at, updated_at";
constexpr int column_count = 12;

constexpr std::string_view of_key = "media_id = $1 AND task = $2";
constexpr std::string_view of_worker = "media_id = $1 AND task = $2 AND worker = $3 AND state = 'running'";

base::Result<Job> read_job(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "jobs");
  if (!key) return std::unexpected(key.error());
  const auto task = parse_job_task(row.text(2));
  const auto state = parse_job_state(row.text(3));
  if (!task || !state)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog's table jobs holds the task '{}' in the state '{}', which are unknown",
                                  row.text(2), row.text(3)));
  const auto number = [&](int column) { return static_cast<std::uint32_t>(row.integer(column)); };
  return Job{.media_id = key->id,
             .imei = key->imei,
             .task = *task,
             .state = *state,
             .urgent = row.integer(4) == priority_urgent,
             .failures = number(5),
             .losses = number(6),
             .percent = number(7),
             .worker = row.text(8),
             .reason = row.text(9),
             .created_at = row.time(10),
             .updated_at = row.time(11)};
}

base::Result<TakenJob> read_taken(const Rows& row) {
  auto job = read_job(row);
  if (!job) return std::unexpected(job.error());
  return TakenJob{.job = std::move(*job),
                  .object_key = row.text(column_count),
                  .content_type = row.text(column_count + 1),
                  .size = static_cast<std::uint64_t>(row.integer(column_count + 2)),
                  .sha256 = row.text(column_count + 3)};
}

std::string_view locked_for_us(Dialect dialect) noexcept {
  return dialect == Dialect::postgres ? "FOR UPDATE SKIP LOCKED" : "";
}

std::string first_queued(std::string_view what, Dialect dialect) {
  return fmt::format(
      "SELECT {} FROM jobs{} WHERE state = 'queued' AND due_at IS NULL "
      "ORDER BY priority, task DESC, created_at, media_id LIMIT 1",
      what, for_sqlite(dialect, " INDEXED BY jobs_next"));
}

// The leases and rests that end first. In its order, so that no database guesses how many of them there may be.
std::string first_due(std::string_view what, std::string_view where, std::string_view limit, Dialect dialect) {
  return fmt::format("SELECT {} FROM jobs{} WHERE {} ORDER BY due_at LIMIT {}", what,
                     for_sqlite(dialect, " INDEXED BY jobs_due"), where, limit);
}

std::string queue_again(std::string_view more, Dialect dialect) {
  return fmt::format("UPDATE jobs SET {0}, percent = 0, updated_at = {1} WHERE {2} RETURNING task", more,
                     clock_of(dialect), of_worker);
}
}  // namespace

base::Result<> queue_preview(Connection& connection, const Media& media) {
  return connection.run(
      "INSERT INTO jobs (media_id, task, imei, state, priority, created_at, updated_at) "
      "VALUES ($1, 'preview', $2, 'queued', $3, $4, $4)",
      media.id, media.imei.number(), preview_priority(!media.request_id.empty()), media.received_at);
}

std::string settle_sql(Dialect dialect) {
  return fmt::format(
      "WITH over AS MATERIALIZED ({0} {1}) UPDATE jobs SET "
      "state = CASE WHEN state = 'running' AND losses + 1 >= {2} THEN 'failed' ELSE 'queued' END, "
      "reason = CASE WHEN state = 'running' AND losses + 1 >= {2} THEN 'The worker was lost ' || (losses + 1) || "
      "' times while it worked on this file.' ELSE reason END, "
      "losses = CASE WHEN state = 'running' THEN losses + 1 ELSE losses END, "
      "percent = 0, due_at = NULL, updated_at = {3} "
      "WHERE (media_id, task) IN (SELECT media_id, task FROM over)",
      first_due("media_id, task", fmt::format("due_at <= (SELECT {})", clock_of(dialect)), settled_at_once, dialect),
      locked_for_us(dialect), most_losses, clock_of(dialect));
}

std::string take_sql(Dialect dialect) {
  constexpr std::string_view of_media = "(SELECT {} FROM media WHERE media.id = jobs.media_id)";
  const auto media = [&](std::string_view column) { return fmt::format(fmt::runtime(of_media), column); };
  return fmt::format(
      "UPDATE jobs SET state = 'running', worker = $1, percent = 0, due_at = {0} + $2, updated_at = {0} "
      "WHERE (media_id, task) = ({1} {2}) RETURNING {3}, {4}, {5}, {6}, {7}",
      clock_of(dialect), first_queued("media_id, task", dialect), locked_for_us(dialect), columns, media("object_key"),
      media("content_type"), media("size"), media("sha256"));
}

std::string may_take_sql(Dialect dialect) {
  return fmt::format("SELECT CASE WHEN ({}) IS NOT NULL OR ({}) <= {} THEN 1 ELSE 0 END", first_queued("1", dialect),
                     first_due("due_at", "due_at IS NOT NULL", "1", dialect), clock_of(dialect));
}

base::Result<bool> may_take_job(Connection& connection) {
  const auto found = read_count(connection.query(may_take_sql(connection.dialect())));
  if (!found) return std::unexpected(found.error());
  return *found != 0;
}

base::Result<std::optional<TakenJob>> take_job(Connection& connection, std::string_view worker,
                                               std::chrono::milliseconds lease) {
  const auto dialect = connection.dialect();
  if (auto settled = connection.run(settle_sql(dialect)); !settled) return std::unexpected(settled.error());
  return read_one<TakenJob>(connection.query(take_sql(dialect), worker, lease.count()), read_taken);
}

base::Result<bool> renew_job(Connection& connection, const JobKey& key, std::string_view worker, std::uint32_t percent,
                             std::chrono::milliseconds lease) {
  const std::string sql =
      fmt::format("UPDATE jobs SET percent = $4, due_at = {0} + $5, updated_at = {0} WHERE {1} RETURNING task",
                  clock_of(connection.dialect()), of_worker);
  return has_row(connection.query(sql, key.media_id, to_string(key.task), worker, percent, lease.count()));
}

base::Result<bool> fail_job(Connection& connection, const JobKey& key, std::string_view worker, std::string_view reason,
                            std::chrono::milliseconds rest) {
  const auto dialect = connection.dialect();
  const std::string more = fmt::format(
      "failures = failures + 1, reason = $4, "
      "state = CASE WHEN failures + 1 >= {0} THEN 'failed' ELSE 'queued' END, "
      "due_at = CASE WHEN failures + 1 >= {0} THEN NULL ELSE {1} + $5 END",
      most_failures, clock_of(dialect));
  return has_row(
      connection.query(queue_again(more, dialect), key.media_id, to_string(key.task), worker, reason, rest.count()));
}

base::Result<bool> give_back_job(Connection& connection, const JobKey& key, std::string_view worker,
                                 std::chrono::milliseconds rest) {
  const auto dialect = connection.dialect();
  const std::string more = fmt::format("state = 'queued', due_at = {} + $4", clock_of(dialect));
  return has_row(connection.query(queue_again(more, dialect), key.media_id, to_string(key.task), worker, rest.count()));
}

base::Result<> give_back_jobs_of(Connection& connection, std::string_view worker) {
  const auto dialect = connection.dialect();
  return connection.run(fmt::format("UPDATE jobs{} SET state = 'queued', percent = 0, due_at = NULL, updated_at = {} "
                                    "WHERE due_at IS NOT NULL AND state = 'running' AND worker = $1",
                                    for_sqlite(dialect, " INDEXED BY jobs_due"), clock_of(dialect)),
                        worker);
}

base::Result<std::optional<std::int16_t>> end_job(Connection& connection, const JobKey& key, std::string_view worker) {
  const std::string sql = fmt::format(
      "UPDATE jobs SET state = 'done', percent = 0, due_at = NULL, updated_at = {} WHERE {} "
      "RETURNING priority",
      clock_of(connection.dialect()), of_worker);
  return read_one<std::int16_t>(connection.query(sql, key.media_id, to_string(key.task), worker), [](const Rows& row) {
    return base::Result<std::int16_t>(static_cast<std::int16_t>(row.integer(0)));
  });
}

base::Result<std::optional<Job>> find_job(Connection& connection, const JobKey& key) {
  static const std::string sql = fmt::format("SELECT {} FROM jobs WHERE {}", columns, of_key);
  return read_one<Job>(connection.query(sql, key.media_id, to_string(key.task)), read_job);
}

base::Result<std::optional<Job>> hurry_job(Connection& connection, const JobKey& key) {
  const std::string sql = fmt::format(
      "UPDATE jobs SET priority = {}, state = 'queued', updated_at = {} WHERE {} AND state IN ('waiting', 'queued') "
      "RETURNING {}",
      priority_urgent, clock_of(connection.dialect()), of_key, columns);
  auto hurried = read_one<Job>(connection.query(sql, key.media_id, to_string(key.task)), read_job);
  return !hurried || *hurried ? hurried : find_job(connection, key);
}

base::Result<std::optional<Job>> retry_job(Connection& connection, const JobKey& key) {
  const std::string sql = fmt::format(
      "UPDATE jobs SET priority = {}, state = 'queued', failures = 0, losses = 0, percent = 0, reason = '', "
      "due_at = NULL, updated_at = {} WHERE {} AND state <> 'running' RETURNING {}",
      priority_urgent, clock_of(connection.dialect()), of_key, columns);
  auto queued = read_one<Job>(connection.query(sql, key.media_id, to_string(key.task)), read_job);
  return !queued || *queued ? queued : find_job(connection, key);
}

// The cursor has a place for a time, which is no part of this order: there it holds the number of the task.
base::Result<Query> jobs_query(const JobQuery& query, Dialect dialect) {
  if (auto valid = check_page_size(query.limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  where.add_if("imei = {}", query.imei.transform(&base::Imei::number));
  where.add_if("state = {}", query.state.transform([](JobState state) { return to_string(state); }));
  if (!query.cursor.empty()) {
    const auto end = decode_cursor(Listing::jobs, query.cursor);
    if (!end) return std::unexpected(end.error());
    const auto task = static_cast<JobTask>(end->time.time_since_epoch().count());
    where.add("(media_id, task) < ({}, {})", end->id, to_string(task));
  }
  const std::string limit = where.parameter(query.limit + 1);
  const std::string_view index = query.imei    ? " INDEXED BY jobs_by_imei"
                                 : query.state ? " INDEXED BY jobs_by_state"
                                               : "";
  return Query{fmt::format("SELECT {} FROM jobs{}{} ORDER BY media_id DESC, task DESC LIMIT {}", columns,
                           for_sqlite(dialect, index), where.sql(), limit),
               where.take_values()};
}

base::Result<JobPage> list_jobs(Connection& connection, const JobQuery& query) {
  const auto asked = jobs_query(query, connection.dialect());
  if (!asked) return std::unexpected(asked.error());
  return read_page<JobPage>(connection, *asked, query.limit, Listing::jobs, read_job, [](const Job& job) {
    return PageEnd{base::UtcTime(std::chrono::milliseconds(static_cast<int>(job.task))), job.media_id};
  });
}

base::Result<std::vector<Job>> jobs_of(Connection& connection, std::span<const base::Uuid> media_ids) {
  const auto dialect = connection.dialect();
  const std::string sql = fmt::format("SELECT {} FROM jobs WHERE media_id {}", columns, is_in_list(dialect));
  return read_all<Job>(connection.query(sql, list_of(media_ids, dialect)), read_job);
}

base::Result<std::vector<JobCount>> count_jobs(Connection& connection) {
  return read_all<JobCount>(connection.query(count_jobs_sql), [](const Rows& row) -> base::Result<JobCount> {
    const auto task = parse_job_task(row.text(0));
    const auto state = parse_job_state(row.text(1));
    if (!task || !state)
      return base::fail(base::Errc::io,
                        fmt::format("the catalog's table jobs holds the task '{}', which is unknown", row.text(0)));
    return JobCount{*task, *state, static_cast<std::uint64_t>(row.integer(2)), row.time(3)};
  });
}

base::Result<std::optional<base::Imei>> device_of_jobs(Connection& connection, const base::Uuid& media_id) {
  return read_one<base::Imei>(connection.query("SELECT media_id, imei FROM jobs WHERE media_id = $1 LIMIT 1", media_id),
                              [](const Rows& row) -> base::Result<base::Imei> {
                                const auto key = read_file_key(row, 0, 1, "jobs");
                                if (!key) return std::unexpected(key.error());
                                return key->imei;
                              });
}

}  // namespace storage::sql
