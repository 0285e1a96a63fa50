// One job, from the file in the object store to what is made of it in the catalog. A thread at a time.
#pragma once

#include <stop_token>

#include "storage/catalog/job_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "transcode/runner/lease_keeper.hpp"
#include "transcode/runner/runner.hpp"
#include "transcode/runner/work_folder.hpp"

namespace transcode {

enum class JobEnd : std::uint8_t {
  done,
  failed,      // the file's fault; the catalog knows the reason
  given_back,  // nobody's fault: storage is in trouble, the worker's program cannot be started, or we stop
  lost,        // it is somebody else's now, or its file is gone
};
std::string_view to_string(JobEnd end) noexcept;

class JobWork {
 public:
  // All of them outlive it.
  JobWork(storage::JobCatalog& catalog, storage::ObjectStore& objects, const WorkFolder& folder, LeaseKeeper& leases,
          const RunnerOptions& options)
      : catalog_(catalog), objects_(objects), folder_(folder), leases_(leases), options_(options) {}

  JobEnd run(const storage::TakenJob& job, const std::stop_token& stop);

 private:
  struct Outputs;
  base::Result<int> open_input(const storage::TakenJob& job, storage::File& local, std::optional<WorkFile>& fetched,
                               const std::stop_token& stop) const;
  base::Result<WorkFile> fetch(const storage::TakenJob& job, const std::stop_token& stop) const;
  std::vector<base::Derived> wanted(const storage::TakenJob& job, storage::Format format) const;
  base::Result<storage::DerivedObject> store(const storage::TakenJob& job, base::Derived derived, WorkFile& made) const;
  base::Result<storage::JobResult> store_all(const storage::TakenJob& job, const Report& report,
                                             Outputs& outputs) const;
  void remove(const storage::TakenJob& job, const storage::JobResult& result) const;
  JobEnd finish(const storage::TakenJob& job, const Report& report, Outputs& outputs) const;
  JobEnd fail(const storage::TakenJob& job, std::string_view reason) const;
  JobEnd give_back(const storage::TakenJob& job, const base::Error& trouble, bool at_once) const;

  storage::JobCatalog& catalog_;
  storage::ObjectStore& objects_;
  const WorkFolder& folder_;
  LeaseKeeper& leases_;
  const RunnerOptions& options_;
};

}  // namespace transcode
