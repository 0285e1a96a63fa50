// Renews the leases of the jobs under way, whatever their own threads are waiting for, and tells a job when it is no
// longer this runner's.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "storage/catalog/job_catalog.hpp"

namespace transcode {

class LeaseKeeper {
 public:
  // `catalog` outlives it. `lease` from each renewal on; there are three in the time of one.
  LeaseKeeper(storage::JobCatalog& catalog, std::string worker, std::chrono::milliseconds lease);
  ~LeaseKeeper();

  // One job while it is under way. `stop` is of whoever wants the work to end for other reasons.
  class Held {
   public:
    Held(LeaseKeeper& keeper, const storage::Job& job, const std::stop_token& stop);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    void set_percent(unsigned percent) noexcept { percent_ = percent; }
    // Requested when the job is lost, and when the work is to end anyway.
    std::stop_token ended() const noexcept { return ended_.get_token(); }
    bool lost() const noexcept { return lost_; }

   private:
    friend class LeaseKeeper;
    LeaseKeeper& keeper_;
    const base::Uuid media_id_;
    const storage::JobTask task_;
    std::atomic<unsigned> percent_{0};
    std::atomic<bool> lost_{false};
    std::stop_source ended_;
    std::stop_callback<std::function<void()>> with_the_rest_;
  };

 private:
  void keep(const std::stop_token& stop);
  void renew_all(const std::stop_token& stop);

  storage::JobCatalog& catalog_;
  const std::string worker_;
  const std::chrono::milliseconds lease_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Held*> held_;
  const Held* renewing_ = nullptr;  // its end waits for that
  std::jthread thread_;
};

}  // namespace transcode
