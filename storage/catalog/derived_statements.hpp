// The statements about what was made of stored files, and what was found in them. Writing ones run inside of the
// writer's transaction, in which the device's row is locked.
#pragma once

#include "storage/catalog/job_catalog.hpp"
#include "storage/catalog/job_statements.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

// See JobCatalog::finish_job().
base::Result<bool> finish_job(Connection& connection, const base::Imei& imei, const JobKey& key,
                              std::string_view worker, const JobResult& result);

base::Result<std::vector<DerivedObject>> derived_of(Connection& connection, const base::Uuid& media_id);
base::Result<std::optional<MediaProbe>> find_probe(Connection& connection, const base::Uuid& media_id);
base::Result<std::vector<DerivedObject>> derived_behind(Connection& connection, std::string_view object_key,
                                                        std::uint32_t limit);
base::Result<> make_again(Connection& connection, const DerivedObject& lost);

// Of a file that is being deleted: its jobs and its probe.
base::Result<> drop_jobs(Connection& connection, const base::Uuid& media_id);
// Of a deleted file whose objects are gone.
base::Result<> drop_derived(Connection& connection, const base::Uuid& media_id);

}  // namespace storage::sql
