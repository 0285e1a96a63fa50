#include "transcode/runner/runner.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/log.hpp"
#include "server/base/threads.hpp"
#include "transcode/runner/job_work.hpp"
#include "transcode/runner/lease_keeper.hpp"
#include "transcode/runner/work_folder.hpp"

namespace transcode {

namespace {
struct Figures {
  explicit Figures(prometheus::Registry& registry)
      : ended(prometheus::BuildCounter()
                  .Name("dualcamd_transcode_jobs_total")
                  .Help("Jobs that ended on this runner, by task and by how.")
                  .Register(registry)),
        seconds(prometheus::BuildHistogram()
                    .Name("dualcamd_transcode_seconds")
                    .Help("Seconds from taking a job to its end, of those that were done.")
                    .Register(registry)),
        running(prometheus::BuildGauge()
                    .Name("dualcamd_transcode_running")
                    .Help("Jobs under way on this runner.")
                    .Register(registry)
                    .Add({})) {}

  void count(storage::JobTask task, JobEnd end, std::chrono::nanoseconds took) {
    const std::string name(storage::to_string(task));
    ended.Add({{"task", name}, {"end", std::string(to_string(end))}}).Increment();
    if (end == JobEnd::done)
      seconds.Add({{"task", name}}, buckets).Observe(std::chrono::duration<double>(took).count());
  }

  const prometheus::Histogram::BucketBoundaries buckets{0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300};
  prometheus::Family<prometheus::Counter>& ended;
  prometheus::Family<prometheus::Histogram>& seconds;
  prometheus::Gauge& running;
};
}  // namespace

struct Runner::Parts {
  Parts(storage::JobCatalog& jobs, storage::ObjectStore& store, RunnerOptions given, WorkFolder place,
        prometheus::Registry& registry)
      : catalog(jobs),
        objects(store),
        options(std::move(given)),
        folder(std::move(place)),
        figures(registry),
        leases(catalog, options.name, options.lease) {}

  void work(const std::stop_token& stop) {
    JobWork one(catalog, objects, folder, leases, options);
    while (!stop.stop_requested())
      if (!take_one(one, stop)) rest(stop, options.idle);
  }

  bool take_one(JobWork& one, const std::stop_token& stop) {
    const auto taken = catalog.take_job(options.name, options.lease);
    tell_of_trouble(taken ? std::string() : taken.error().message);
    if (!taken || !*taken) return false;
    const auto began = base::steady_now();
    figures.running.Increment();
    const JobEnd end = one.run(**taken, stop);
    figures.running.Decrement();
    figures.count((*taken)->job.task, end, base::steady_now() - began);
    return true;
  }

  // Twice a second is not how often a catalog that is down is to be told of.
  void tell_of_trouble(const std::string& reason) {
    const std::lock_guard lock(mutex);
    if (reason.empty() == trouble.empty()) return;
    trouble = reason;
    if (reason.empty())
      base::log::info("jobs can be taken again");
    else
      base::log::warning("no jobs can be taken", {{"reason", reason}});
  }

  void rest(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::unique_lock lock(mutex);
    stopping.wait_for(lock, stop, time, [] { return false; });
  }

  storage::JobCatalog& catalog;
  storage::ObjectStore& objects;
  const RunnerOptions options;
  const WorkFolder folder;
  Figures figures;
  LeaseKeeper leases;
  std::mutex mutex;
  std::condition_variable_any stopping;
  std::string trouble;
  std::vector<std::jthread> threads;  // ended before all that they use
};

base::Result<std::unique_ptr<Runner>> Runner::start(storage::JobCatalog& catalog, storage::ObjectStore& objects,
                                                    RunnerOptions options, prometheus::Registry& registry) {
  auto folder = WorkFolder::open(options.folder);
  if (!folder) return std::unexpected(folder.error());
  const unsigned count = std::max(1U, options.jobs);
  auto parts = std::make_unique<Parts>(catalog, objects, std::move(options), std::move(*folder), registry);
  const base::SignalsBlocked blocked;
  for (unsigned n = 0; n < count; ++n)
    parts->threads.emplace_back([&parts = *parts](const std::stop_token& stop) { parts.work(stop); });
  return std::unique_ptr<Runner>(new Runner(std::move(parts)));
}

Runner::Runner(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Runner::~Runner() {
  request_stop();
}

void Runner::request_stop() noexcept {
  for (std::jthread& thread : parts_->threads) thread.request_stop();
}

}  // namespace transcode
