// The database and the store go down again and again under a fleet with broken links: nothing is lost, nothing is there
// twice, and each device's events stand in the order in which its files were stored.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "tests/campaign/audit.hpp"
#include "tests/support/environment.hpp"

namespace tests {
namespace {

using std::chrono::milliseconds;

constexpr unsigned nodes = 2;
constexpr std::uint64_t longest_downtime_ms = 1'000;  // and what it takes to recover

enum class Outage : std::uint8_t { database_crash, database_restart, disk_kill };

std::vector<Outage> make_plan(std::mt19937_64& random) {
  const auto restarts = from_environment("DUALCAM_CAMPAIGN_DATABASE_RESTARTS", 4U);
  const auto kills = from_environment("DUALCAM_CAMPAIGN_DISK_KILLS", 1U);
  std::vector<Outage> plan;
  for (unsigned n = 0; n < restarts; ++n)
    plan.push_back(n % 2 == 0 ? Outage::database_crash : Outage::database_restart);
  plan.insert(plan.end(), kills, Outage::disk_kill);
  std::ranges::shuffle(plan, random);
  return plan;
}

class Saboteur {
 public:
  Saboteur(Installation& installation, const Uploads& uploads, const Load& load)
      : installation_(installation), uploads_(uploads), random_(load.seed), plan_(make_plan(random_)) {
    longest_pause_ms_ = 1 + 2'000ULL * load.seconds / std::max<std::size_t>(1, plan_.size());
  }

  void run() {
    for (const Outage outage : plan_) {
      std::this_thread::sleep_for(milliseconds(random_() % longest_pause_ms_));
      const milliseconds downtime(random_() % longest_downtime_ms);
      report(outage, downtime);
      perform(outage, downtime);
    }
  }
  std::size_t outages() const noexcept { return plan_.size(); }

 private:
  void perform(Outage outage, milliseconds downtime) {
    PostgresCluster& database = installation_.catalog();
    switch (outage) {
      case Outage::database_crash: database.stop_hard(); break;
      case Outage::database_restart: database.stop_fast(); break;
      case Outage::disk_kill: installation_.store().kill_disk(); break;
    }
    std::this_thread::sleep_for(downtime);
    outage == Outage::disk_kill ? installation_.store().restart_disk() : database.start();
  }
  void report(Outage outage, milliseconds downtime) {
    const sim::FleetCounts counts = uploads_.counts();
    fmt::print(
        "outage {:>2} of {}: {} for {:>3} ms and its recovery; {} cameras connected, {} of {} files acknowledged\n",
        ++number_, plan_.size(),
        outage == Outage::database_crash     ? "the database ends without goodbye"
        : outage == Outage::database_restart ? "the database is stopped"
                                             : "the store's disk is killed",
        downtime.count(), counts.connected, counts.acknowledged, counts.planned);
    std::fflush(stdout);
  }

  Installation& installation_;
  const Uploads& uploads_;
  std::mt19937_64 random_;
  const std::vector<Outage> plan_;
  std::uint64_t longest_pause_ms_ = 0;
  unsigned number_ = 0;
};

TEST(Outages, OfDatabaseAndStoreLoseNothing) {
  const Load load = Load::from_environment();
  fmt::print("{}", load.described());
  Installation installation(nodes, load.seed);
  Uploads uploads(load, installation.camera_port());
  uploads.start();
  Saboteur saboteur(installation, uploads, load);
  saboteur.run();
  EXPECT_TRUE(uploads.drain());

  const Audit found = audit(installation, uploads);
  fmt::print("{} outages; {}{}", saboteur.outages(), uploads.described(), found.described());
  for (const std::string& problem : found.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(found.identical, uploads.counts().planned);
  installation.stop_all();
}

}  // namespace
}  // namespace tests
