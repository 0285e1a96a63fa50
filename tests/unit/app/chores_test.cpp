#include "server/app/chores.hpp"

#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <atomic>

#include "storage/catalog/catalog.hpp"
#include "tests/support/eventually.hpp"

namespace app {
namespace {

using namespace std::chrono_literals;
using tests::eventually;

class ChoresTest : public testing::Test {
 protected:
  ChoresTest() { EXPECT_TRUE(catalog_->migrate()); }
  std::unique_ptr<Chores> node(const std::string& name) {
    return std::make_unique<Chores>(catalog_->keeping(), name, registry_);
  }
  static Chore counting(std::string name, std::chrono::milliseconds interval, std::atomic<int>& runs) {
    return {std::move(name), interval, [&runs](const std::stop_token&) {
              ++runs;
              return base::Result<>();
            }};
  }
  std::unique_ptr<storage::Catalog> catalog_ = storage::open_catalog("sqlite::memory:").value();
  prometheus::Registry registry_;
};

TEST_F(ChoresTest, ComeAgainAtTheirInterval) {
  std::atomic<int> often = 0;
  std::atomic<int> seldom = 0;
  const auto chores = node("a");
  chores->add(counting("often", 5ms, often));
  chores->add(counting("seldom", 1h, seldom));
  EXPECT_TRUE(eventually([&] { return often >= 3 && seldom == 1; }));
}

TEST_F(ChoresTest, AreDoneByOneNode) {
  std::atomic<int> shared = 0;
  std::atomic<int> own = 0;
  const auto a = node("a");
  const auto b = node("b");
  for (const auto& each : {a.get(), b.get()}) {
    each->add(counting("shared", 1h, shared));
    auto chore = counting("own", 1h, own);
    chore.every_node = true;
    each->add(std::move(chore));
  }
  EXPECT_TRUE(eventually([&] { return own == 2 && shared == 1; }));
}

TEST_F(ChoresTest, ATurnOutlivesARestart) {
  std::atomic<int> runs = 0;
  auto chores = node("a");
  chores->add(counting("daily", 24h, runs));
  EXPECT_TRUE(eventually([&] { return runs == 1; }));
  std::atomic<int> marker = 0;
  chores = node("a");
  chores->add(counting("daily", 24h, runs));
  chores->add(counting("marker", 5ms, marker));
  EXPECT_TRUE(eventually([&] { return marker >= 3; }));
  EXPECT_EQ(runs, 1);
}

TEST_F(ChoresTest, ALongOneHoldsUpNoOtherAndStopsWhenAsked) {
  std::atomic<int> runs = 0;
  std::atomic<bool> began = false;
  std::atomic<bool> stopped = false;
  auto chores = node("a");
  chores->add({"long", 1h, [&](const std::stop_token& stop) {
                 began = true;
                 while (!stop.stop_requested()) std::this_thread::yield();
                 stopped = true;
                 return base::Result<>();
               }});
  EXPECT_TRUE(eventually([&] { return began.load(); }));
  chores->add(counting("short", 5ms, runs));
  EXPECT_TRUE(eventually([&] { return runs >= 2; }));
  chores.reset();
  EXPECT_TRUE(stopped);
}

TEST_F(ChoresTest, AFailureIsCountedAndComesAgain) {
  std::atomic<int> runs = 0;
  const auto chores = node("a");
  chores->add({"failing", 5ms, [&](const std::stop_token&) -> base::Result<> {
                 ++runs;
                 return base::fail(base::Errc::unavailable, "The store is down.");
               }});
  EXPECT_TRUE(eventually([&] { return runs >= 2; }));
  EXPECT_TRUE(eventually([&] {
    const auto text = prometheus::TextSerializer().Serialize(registry_.Collect());
    return text.find("dualcamd_chore_runs_total{chore=\"failing\",outcome=\"failed\"}") != std::string::npos;
  }));
}

}  // namespace
}  // namespace app
