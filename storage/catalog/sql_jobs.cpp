#include "storage/catalog/sql_jobs.hpp"

#include "storage/catalog/derived_statements.hpp"
#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/job_statements.hpp"

namespace storage {

using sql::Connection;
using sql::JobKey;

// What changes a file's jobs waits for the device's row first, in the order of the devices, as everything else does
// that is about the device. Two nodes never wait for each other so. `none` is the answer where there is no job.
template <class Answer, class Change>
base::Result<Answer> SqlJobs::change_of(const base::Uuid& media_id, Answer none, Change change) {
  const auto imei = database_.ask([&](Connection& reader) { return sql::device_of_jobs(reader, media_id); });
  if (!imei) return std::unexpected(imei.error());
  if (!*imei) return none;
  return database_.change(
      [&](Connection& connection) -> base::Result<Answer> {
        if (auto locked = sql::lock_device(connection, **imei); !locked) return std::unexpected(locked.error());
        return change(connection, **imei);
      },
      (*imei)->number());
}

// Most looks find nothing: they take no lock, and write nothing.
base::Result<std::optional<TakenJob>> SqlJobs::take_job(std::string_view worker, std::chrono::milliseconds lease) {
  const auto worthwhile = database_.ask(sql::may_take_job);
  if (!worthwhile) return std::unexpected(worthwhile.error());
  if (!*worthwhile) return std::nullopt;
  return database_.change([&](Connection& connection) { return sql::take_job(connection, worker, lease); },
                          sql::order::jobs);
}

base::Result<bool> SqlJobs::renew_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                      std::uint32_t percent, std::chrono::milliseconds lease) {
  return change_of(media_id, false, [&](Connection& connection, const base::Imei&) {
    return sql::renew_job(connection, JobKey{media_id, task}, worker, percent, lease);
  });
}

base::Result<bool> SqlJobs::finish_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                       const JobResult& result) {
  return change_of(media_id, false, [&](Connection& connection, const base::Imei& imei) {
    return sql::finish_job(connection, imei, JobKey{media_id, task}, worker, result);
  });
}

base::Result<bool> SqlJobs::fail_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                     std::string_view reason, std::chrono::milliseconds rest) {
  return change_of(media_id, false, [&](Connection& connection, const base::Imei&) {
    return sql::fail_job(connection, JobKey{media_id, task}, worker, reason, rest);
  });
}

base::Result<bool> SqlJobs::give_back_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                          std::chrono::milliseconds rest) {
  return change_of(media_id, false, [&](Connection& connection, const base::Imei&) {
    return sql::give_back_job(connection, JobKey{media_id, task}, worker, rest);
  });
}

base::Result<> SqlJobs::give_back_jobs_of(std::string_view worker) {
  return database_.write([&](Connection& connection) { return sql::give_back_jobs_of(connection, worker); },
                         sql::order::jobs);
}

// Every view of a page hurries what it shows: nearly always there is nothing to change.
base::Result<std::optional<Job>> SqlJobs::hurry_job(const base::Uuid& media_id, JobTask task) {
  auto found = database_.ask([&](Connection& connection) { return sql::find_job(connection, {media_id, task}); });
  if (!found || !*found) return found;
  const JobState state = (*found)->state;
  if (state != JobState::waiting && (state != JobState::queued || (*found)->urgent)) return found;
  return change_of(media_id, std::optional<Job>(), [&](Connection& connection, const base::Imei&) {
    return sql::hurry_job(connection, {media_id, task});
  });
}

base::Result<std::optional<Job>> SqlJobs::retry_job(const base::Uuid& media_id, JobTask task) {
  return change_of(media_id, std::optional<Job>(), [&](Connection& connection, const base::Imei&) {
    return sql::retry_job(connection, {media_id, task});
  });
}

base::Result<JobPage> SqlJobs::list_jobs(const JobQuery& query) {
  return database_.ask([&](Connection& connection) { return sql::list_jobs(connection, query); });
}

base::Result<std::vector<Job>> SqlJobs::jobs_of(std::span<const base::Uuid> media_ids) {
  if (media_ids.empty()) return std::vector<Job>();
  return database_.ask([&](Connection& connection) { return sql::jobs_of(connection, media_ids); });
}

base::Result<std::vector<DerivedObject>> SqlJobs::derived_of(const base::Uuid& media_id) {
  return database_.ask([&](Connection& connection) { return sql::derived_of(connection, media_id); });
}

base::Result<std::optional<MediaProbe>> SqlJobs::find_probe(const base::Uuid& media_id) {
  return database_.ask([&](Connection& connection) { return sql::find_probe(connection, media_id); });
}

base::Result<std::vector<JobCount>> SqlJobs::count_jobs() {
  return database_.ask(sql::count_jobs);
}

base::Result<std::vector<DerivedObject>> SqlJobs::derived_behind(std::string_view object_key, std::uint32_t limit) {
  return database_.ask([&](Connection& connection) { return sql::derived_behind(connection, object_key, limit); });
}

// Of a deleted file there is no job: its rows are taken by mark_removed().
base::Result<> SqlJobs::make_again(const DerivedObject& lost) {
  const auto done = change_of(lost.media_id, false, [&](Connection& connection, const base::Imei&) {
    const auto queued = sql::make_again(connection, lost);
    return queued ? base::Result<bool>(true) : std::unexpected(queued.error());
  });
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace storage
