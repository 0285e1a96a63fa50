// JobCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/job_catalog.hpp"

namespace storage {

class SqlJobs final : public JobCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlJobs(sql::Database& database) : database_(database) {}

  base::Result<std::optional<TakenJob>> take_job(std::string_view worker, std::chrono::milliseconds lease) override;
  base::Result<bool> renew_job(const base::Uuid& media_id, JobTask task, std::string_view worker, std::uint32_t percent,
                               std::chrono::milliseconds lease) override;
  base::Result<bool> finish_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                const JobResult& result) override;
  base::Result<bool> fail_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                              std::string_view reason, std::chrono::milliseconds rest) override;
  base::Result<> give_back_jobs_of(std::string_view worker) override;
  base::Result<bool> give_back_job(const base::Uuid& media_id, JobTask task, std::string_view worker,
                                   std::chrono::milliseconds rest) override;
  base::Result<std::optional<Job>> hurry_job(const base::Uuid& media_id, JobTask task) override;
  base::Result<std::optional<Job>> retry_job(const base::Uuid& media_id, JobTask task) override;
  base::Result<JobPage> list_jobs(const JobQuery& query) override;
  base::Result<std::vector<Job>> jobs_of(std::span<const base::Uuid> media_ids) override;
  base::Result<std::vector<DerivedObject>> derived_of(const base::Uuid& media_id) override;
  base::Result<std::optional<MediaProbe>> find_probe(const base::Uuid& media_id) override;
  base::Result<std::vector<JobCount>> count_jobs() override;
  base::Result<std::vector<DerivedObject>> derived_behind(std::string_view object_key, std::uint32_t limit) override;
  base::Result<> make_again(const DerivedObject& lost) override;

 private:
  template <class Answer, class Change>
  base::Result<Answer> change_of(const base::Uuid& media_id, Answer none, Change change);
  sql::Database& database_;
};

}  // namespace storage
