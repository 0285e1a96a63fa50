#include "transcode/runner/lease_keeper.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/base/log.hpp"
#include "server/base/threads.hpp"

namespace transcode {

namespace {
constexpr int renewals_per_lease = 3;
}

LeaseKeeper::Held::Held(LeaseKeeper& keeper, const storage::Job& job, const std::stop_token& stop)
    : keeper_(keeper),
      media_id_(job.media_id),
      task_(job.task),
      with_the_rest_(stop, [this] { ended_.request_stop(); }) {
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.held_.push_back(this);
}

LeaseKeeper::Held::~Held() {
  std::unique_lock lock(keeper_.mutex_);
  keeper_.held_.remove(this);
  keeper_.changed_.wait(lock, [this] { return keeper_.renewing_ != this; });
}

LeaseKeeper::LeaseKeeper(storage::JobCatalog& catalog, std::string worker, std::chrono::milliseconds lease)
    : catalog_(catalog), worker_(std::move(worker)), lease_(lease) {
  const base::SignalsBlocked blocked;
  thread_ = std::jthread([this](const std::stop_token& stop) { keep(stop); });
}

LeaseKeeper::~LeaseKeeper() {
  thread_.request_stop();
  thread_.join();
}

void LeaseKeeper::keep(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, lease_ / renewals_per_lease, [] { return false; });
    }
    renew_all(stop);
  }
}

void LeaseKeeper::renew_all(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const std::vector<Held*> jobs(held_.begin(), held_.end());
  for (Held* job : jobs) {
    if (stop.stop_requested()) return;
    if (std::ranges::find(held_, job) == held_.end()) continue;  // ended while another was renewed
    renewing_ = job;
    lock.unlock();
    const auto renewed = catalog_.renew_job(job->media_id_, job->task_, worker_, job->percent_, lease_);
    if (!renewed)
      // The lease may outlast the trouble; if not, the job is somebody else's and the next answer says so.
      base::log::warning("the lease of a job could not be renewed",
                         {{"media", job->media_id_.str()}, {"reason", renewed.error().message}});
    else if (!*renewed) {
      job->lost_ = true;
      job->ended_.request_stop();
    }
    lock.lock();
    renewing_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace transcode
