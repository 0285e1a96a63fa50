// Jobs in memory, as the HTTP API meets them: what they are is set by the test, what is asked of them is written down.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/catalog/job_catalog.hpp"
#include "tests/unit/http/fakes.hpp"

namespace http::testing {

storage::Job job_of(const storage::Media& media, storage::JobTask task, storage::JobState state);

class FakeJobs final : public storage::JobCatalog {
 public:
  using Asked = std::pair<base::Uuid, storage::JobTask>;

  std::vector<storage::Job> jobs;
  std::vector<storage::DerivedObject> derived;
  std::map<base::Uuid, storage::MediaProbe> probes;
  std::vector<storage::JobCount> counts;
  std::optional<base::Error> failure;  // of every call
  // Runs once, between derived_of() and the next jobs_of(): a worker that finishes at that moment.
  std::function<void()> meanwhile;

  std::size_t asked_for_jobs() const;  // calls of jobs_of()
  std::vector<Asked> hurried() const;
  std::vector<Asked> retried() const;
  storage::JobQuery last_query() const;

  // What workers and the scrub ask is none of the API's business.
  base::Result<std::optional<storage::TakenJob>> take_job(std::string_view, std::chrono::milliseconds) override;
  base::Result<bool> renew_job(const base::Uuid&, storage::JobTask, std::string_view, std::uint32_t,
                               std::chrono::milliseconds) override;
  base::Result<bool> finish_job(const base::Uuid&, storage::JobTask, std::string_view,
                                const storage::JobResult&) override;
  base::Result<bool> fail_job(const base::Uuid&, storage::JobTask, std::string_view, std::string_view,
                              std::chrono::milliseconds) override;
  base::Result<bool> give_back_job(const base::Uuid&, storage::JobTask, std::string_view,
                                   std::chrono::milliseconds) override;
  base::Result<> give_back_jobs_of(std::string_view) override;
  base::Result<std::vector<storage::DerivedObject>> derived_behind(std::string_view, std::uint32_t) override;
  base::Result<> make_again(const storage::DerivedObject&) override;

  base::Result<std::optional<storage::Job>> hurry_job(const base::Uuid& media_id, storage::JobTask task) override;
  base::Result<std::optional<storage::Job>> retry_job(const base::Uuid& media_id, storage::JobTask task) override;
  base::Result<storage::JobPage> list_jobs(const storage::JobQuery& query) override;
  base::Result<std::vector<storage::Job>> jobs_of(std::span<const base::Uuid> media_ids) override;
  base::Result<std::vector<storage::DerivedObject>> derived_of(const base::Uuid& media_id) override;
  base::Result<std::optional<storage::MediaProbe>> find_probe(const base::Uuid& media_id) override;
  base::Result<std::vector<storage::JobCount>> count_jobs() override;

 private:
  storage::Job* find(const base::Uuid& media_id, storage::JobTask task);
  mutable std::mutex mutex_;
  std::size_t asked_ = 0;
  std::vector<Asked> hurried_;
  std::vector<Asked> retried_;
  storage::JobQuery query_;
};

}  // namespace http::testing
