// The statements about jobs. Writing ones run inside of the writer's transaction. Whoever changes a job has its
// device's row locked, as for anything else that is the device's; only take_job() has not, which waits for no lock in
// turn.
#pragma once

#include "storage/catalog/catalog.hpp"
#include "storage/catalog/page.hpp"

namespace storage::sql {

struct JobKey {
  base::Uuid media_id;
  JobTask task = JobTask::preview;
};

// The column priority: 0 comes first. Those of 2 are made by a migration.
constexpr std::int16_t priority_urgent = 0;
constexpr std::int16_t priority_ordinary = 1;

// Of a file that is being stored.
constexpr std::int16_t preview_priority(bool asked_for) noexcept {
  return asked_for ? priority_urgent : priority_ordinary;
}
base::Result<> queue_preview(Connection& connection, const Media& media);

// ---- For workers
// Whether take_job() may find something. Writes nothing.
base::Result<bool> may_take_job(Connection& connection);
base::Result<std::optional<TakenJob>> take_job(Connection& connection, std::string_view worker,
                                               std::chrono::milliseconds lease);
base::Result<bool> renew_job(Connection& connection, const JobKey& key, std::string_view worker, std::uint32_t percent,
                             std::chrono::milliseconds lease);
base::Result<bool> fail_job(Connection& connection, const JobKey& key, std::string_view worker, std::string_view reason,
                            std::chrono::milliseconds rest);
base::Result<> give_back_jobs_of(Connection& connection, std::string_view worker);
base::Result<bool> give_back_job(Connection& connection, const JobKey& key, std::string_view worker,
                                 std::chrono::milliseconds rest);
// The job's priority, where it was the worker's.
base::Result<std::optional<std::int16_t>> end_job(Connection& connection, const JobKey& key, std::string_view worker);

// ---- For people
base::Result<std::optional<Job>> find_job(Connection& connection, const JobKey& key);
base::Result<std::optional<Job>> hurry_job(Connection& connection, const JobKey& key);
base::Result<std::optional<Job>> retry_job(Connection& connection, const JobKey& key);
base::Result<JobPage> list_jobs(Connection& connection, const JobQuery& query);
base::Result<std::vector<Job>> jobs_of(Connection& connection, std::span<const base::Uuid> media_ids);
base::Result<std::vector<JobCount>> count_jobs(Connection& connection);

// Whose file it is; nothing where the file has no job (any more).
base::Result<std::optional<base::Imei>> device_of_jobs(Connection& connection, const base::Uuid& media_id);

// What the calls above ask: for the tests of the query plans, too.
base::Result<Query> jobs_query(const JobQuery& query, Dialect dialect);
std::string may_take_sql(Dialect dialect);
std::string settle_sql(Dialect dialect);
std::string take_sql(Dialect dialect);
constexpr std::string_view count_jobs_sql =
    "SELECT task, state, COUNT(*), MIN(created_at) FROM jobs WHERE state IN ('waiting', 'queued', 'running', 'failed') "
    "GROUP BY task, state";

}  // namespace storage::sql
