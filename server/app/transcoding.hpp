// Making stored files ready to be shown: beside the server, or in a process of its own, on this machine or another.
#pragma once

#include <memory>
#include <string>

#include "server/app/settings.hpp"
#include "storage/catalog/job_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "transcode/runner/runner.hpp"

namespace app {

// Null where the settings ask for none. `node` is the name of this start; everything outlives it.
base::Result<std::unique_ptr<transcode::Runner>> start_runner(const Settings& settings, const std::string& node,
                                                              storage::JobCatalog& jobs, storage::ObjectStore& objects,
                                                              prometheus::Registry& registry);

// The program dualcam-transcode: jobs and nothing else, until SIGTERM or SIGINT. Prints a line `ready jobs=N` to
// standard output when it takes work. Serves the API and the figures, too, where `with_http`.
base::Result<> transcode_only(const Settings& settings, bool with_http);

}  // namespace app
