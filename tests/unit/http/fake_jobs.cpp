#include "tests/unit/http/fake_jobs.hpp"

#include <algorithm>

namespace http::testing {

using base::Result;
using base::Uuid;
using storage::Job;
using storage::JobState;
using storage::JobTask;

Job job_of(const storage::Media& media, JobTask task, JobState state) {
  Job job{.media_id = media.id, .imei = media.imei, .task = task, .state = state};
  job.created_at = job.updated_at = media.received_at;
  return job;
}

namespace {
std::unexpected<base::Error> not_here() {
  return base::fail(base::Errc::refused, "The fake jobs have no workers.");
}
}  // namespace

std::size_t FakeJobs::asked_for_jobs() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}
std::vector<FakeJobs::Asked> FakeJobs::hurried() const {
  const std::lock_guard lock(mutex_);
  return hurried_;
}
std::vector<FakeJobs::Asked> FakeJobs::retried() const {
  const std::lock_guard lock(mutex_);
  return retried_;
}
storage::JobQuery FakeJobs::last_query() const {
  const std::lock_guard lock(mutex_);
  return query_;
}

Result<std::optional<storage::TakenJob>> FakeJobs::take_job(std::string_view, std::chrono::milliseconds) {
  return not_here();
}
Result<bool> FakeJobs::renew_job(const Uuid&, JobTask, std::string_view, std::uint32_t, std::chrono::milliseconds) {
  return not_here();
}
Result<bool> FakeJobs::finish_job(const Uuid&, JobTask, std::string_view, const storage::JobResult&) {
  return not_here();
}
Result<bool> FakeJobs::fail_job(const Uuid&, JobTask, std::string_view, std::string_view, std::chrono::milliseconds) {
  return not_here();
}
Result<bool> FakeJobs::give_back_job(const Uuid&, JobTask, std::string_view, std::chrono::milliseconds) {
  return not_here();
}
Result<> FakeJobs::give_back_jobs_of(std::string_view) {
  return not_here();
}
Result<std::vector<storage::DerivedObject>> FakeJobs::derived_behind(std::string_view, std::uint32_t) {
  return not_here();
}
Result<> FakeJobs::make_again(const storage::DerivedObject&) {
  return not_here();
}

Job* FakeJobs::find(const Uuid& media_id, JobTask task) {
  const auto found =
      std::ranges::find_if(jobs, [&](const Job& job) { return job.media_id == media_id && job.task == task; });
  return found == jobs.end() ? nullptr : &*found;
}

Result<std::optional<Job>> FakeJobs::hurry_job(const Uuid& media_id, JobTask task) {
  const std::lock_guard lock(mutex_);
  if (failure) return std::unexpected(*failure);
  hurried_.emplace_back(media_id, task);
  Job* job = find(media_id, task);
  if (job == nullptr) return std::nullopt;
  if (job->state == JobState::waiting) job->state = JobState::queued;
  if (job->state == JobState::queued) job->urgent = true;
  return *job;
}

Result<std::optional<Job>> FakeJobs::retry_job(const Uuid& media_id, JobTask task) {
  const std::lock_guard lock(mutex_);
  if (failure) return std::unexpected(*failure);
  retried_.emplace_back(media_id, task);
  Job* job = find(media_id, task);
  if (job == nullptr) return std::nullopt;
  if (job->state != JobState::running) {
    job->state = JobState::queued;
    job->failures = job->losses = 0;
    job->reason.clear();
  }
  return *job;
}

Result<storage::JobPage> FakeJobs::list_jobs(const storage::JobQuery& query) {
  const std::lock_guard lock(mutex_);
  query_ = query;
  if (failure) return std::unexpected(*failure);
  if (!query.cursor.empty() && query.cursor != "c1") return base::fail(base::Errc::invalid, "No cursor of these jobs.");
  return storage::JobPage{jobs, query.cursor.empty() ? "c1" : ""};
}

Result<std::vector<Job>> FakeJobs::jobs_of(std::span<const Uuid> media_ids) {
  const std::lock_guard lock(mutex_);
  ++asked_;
  if (failure) return std::unexpected(*failure);
  if (auto once = std::exchange(meanwhile, nullptr)) once();
  std::vector<Job> found;
  std::ranges::copy_if(jobs, std::back_inserter(found), [media_ids](const Job& job) {
    return std::ranges::find(media_ids, job.media_id) != media_ids.end();
  });
  return found;
}

Result<std::vector<storage::DerivedObject>> FakeJobs::derived_of(const Uuid& media_id) {
  const std::lock_guard lock(mutex_);
  if (failure) return std::unexpected(*failure);
  std::vector<storage::DerivedObject> found;
  std::ranges::copy_if(derived, std::back_inserter(found),
                       [&](const auto& object) { return object.media_id == media_id; });
  return found;
}

Result<std::optional<storage::MediaProbe>> FakeJobs::find_probe(const Uuid& media_id) {
  const std::lock_guard lock(mutex_);
  if (failure) return std::unexpected(*failure);
  const auto found = probes.find(media_id);
  return found == probes.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<storage::JobCount>> FakeJobs::count_jobs() {
  const std::lock_guard lock(mutex_);
  if (failure) return std::unexpected(*failure);
  return counts;
}

}  // namespace http::testing
