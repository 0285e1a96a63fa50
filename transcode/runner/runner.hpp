// Takes jobs from the catalog, fetches the file, has a sandboxed worker make what is to be made, stores that, and says
// so in the catalog. Any number of runners, in any number of processes and on any number of machines, share one
// catalog. No FFmpeg in here: only the worker's process has it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "server/base/result.hpp"
#include "storage/catalog/job_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "transcode/order/order.hpp"
#include "transcode/worker/worker_process.hpp"

namespace prometheus {
class Registry;
}

namespace transcode {

struct RunnerOptions {
  std::string name;              // of this process, unlike any other's: the owner of what it has taken
  unsigned jobs = 1;             // at a time
  std::filesystem::path folder;  // for files that are being made; made if absent, what an earlier start left is removed
  std::filesystem::path program;  // dualcam-transcode-job
  Encoding encoding;
  WorkerLimits limits;
  bool remux = true;                        // kept beside the playback
  bool playback_at_once = true;             // else when somebody asks
  std::chrono::milliseconds lease{30'000};  // renewed three times as often
  std::chrono::milliseconds idle{500};      // between two looks for jobs when there was none
  std::uint64_t least_room =
      64ULL * 1024 * 1024;                 // a long clip and all that is made of it; below, nothing is a failure
  std::chrono::milliseconds rest{10'000};  // of a job that failed, before its next attempt; storage in trouble, too
};

class Runner {
 public:
  // Everything outlives it.
  static base::Result<std::unique_ptr<Runner>> start(storage::JobCatalog& catalog, storage::ObjectStore& objects,
                                                     RunnerOptions options, prometheus::Registry& registry);
  // request_stop(), and waits: workers are killed, their jobs given back.
  ~Runner();
  void request_stop() noexcept;

 private:
  struct Parts;
  explicit Runner(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace transcode
