// Three nodes behind a haproxy, killed and started again at random under a fleet with broken links: every file of every
// camera is stored once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "server/base/clock.hpp"
#include "tests/campaign/audit.hpp"

namespace tests {
namespace {

using std::chrono::milliseconds;

constexpr unsigned nodes = 3;
// Between two kills or starts. A camera that comes to another node waits up to five seconds for the dead one to let go
// of its file: it is to get some way into it before the next kill.
constexpr std::uint64_t longest_pause_ms = 4'000;
constexpr unsigned one_kill_in = 3;  // of the steps at which a node is down, too

class Killer {
 public:
  Killer(Installation& installation, const Uploads& uploads, std::uint64_t seed)
      : installation_(installation), uploads_(uploads), random_(seed) {}

  void run(std::chrono::seconds duration) {
    const auto end = began_ + duration;
    while (base::steady_now() < end) {
      std::this_thread::sleep_for(milliseconds(random_() % longest_pause_ms));
      step();
    }
  }
  unsigned kills() const noexcept { return kills_; }

 private:
  void step() {
    const auto up = installation_.up();
    const auto down = installation_.down();
    const bool kills = down.empty() || (!up.empty() && random_() % one_kill_in == 0);
    const auto& choice = kills ? up : down;
    const unsigned node = choice[random_() % choice.size()];
    kills ? installation_.kill_node(node) : installation_.start_node(node);
    if (kills) report(node);
  }
  void report(unsigned node) {
    const sim::FleetCounts counts = uploads_.counts();
    const auto now = std::chrono::duration_cast<milliseconds>(base::steady_now() - began_);
    fmt::print(
        "kill {:>3} after {:>7.2f} s: node {}, {} of {} left; {} cameras connected, {} of {} files acknowledged\n",
        ++kills_, static_cast<double>(now.count()) / 1e3, node, installation_.up().size(), nodes, counts.connected,
        counts.acknowledged, counts.planned);
    std::fflush(stdout);
  }

  Installation& installation_;
  const Uploads& uploads_;
  std::mt19937_64 random_;
  const base::SteadyTime began_ = base::steady_now();
  unsigned kills_ = 0;
};

TEST(Nodes, KilledAtRandomBehindABalancerTheyLoseNothing) {
  const Load load = Load::from_environment();
  fmt::print("{}", load.described());
  Installation installation(nodes, load.seed);
  Uploads uploads(load, installation.camera_port());
  uploads.start();
  Killer killer(installation, uploads, load.seed);
  killer.run(std::chrono::seconds(load.seconds));
  installation.start_all();
  EXPECT_TRUE(uploads.drain());

  const Audit found = audit(installation, uploads);
  fmt::print("{} kills of {} nodes; {}{}", killer.kills(), nodes, uploads.described(), found.described());
  for (const std::string& problem : found.problems) ADD_FAILURE() << problem;
  EXPECT_EQ(found.identical, uploads.counts().planned);
  EXPECT_GT(killer.kills(), 0U);
  installation.stop_all();
}

}  // namespace
}  // namespace tests
