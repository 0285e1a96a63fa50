#include "storage/nodes/nodes.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "tests/support/eventually.hpp"
#include "tests/support/memory_node_catalog.hpp"

namespace storage {
namespace {

using base::Errc;
using std::chrono::milliseconds;

class NodesTest : public testing::Test {
 protected:
  std::unique_ptr<Nodes> node(const std::string& name) {
    return std::make_unique<Nodes>(
        catalog,
        NodeOptions{.name = name, .beat = milliseconds{5}, .lease = milliseconds{8000}, .look = milliseconds{1}},
        [this, name](const std::string& file) {
          const std::lock_guard lock(mutex);
          asked.insert(name + " " + file);
        });
  }
  bool was_asked(const std::string& what) {
    const std::lock_guard lock(mutex);
    return asked.contains(what);
  }
  bool is_alive(const std::string& name) { return std::ranges::count(*catalog.alive(), name) == 1; }

  tests::MemoryNodeCatalog catalog;
  std::mutex mutex;
  std::set<std::string> asked;
};

TEST_F(NodesTest, IsAliveUntilItLeaves) {
  auto a = node("a");
  EXPECT_TRUE(tests::eventually([&] { return is_alive("a"); }));
  EXPECT_TRUE(*a->claim("file"));
  a.reset();
  EXPECT_FALSE(is_alive("a"));
  EXPECT_FALSE(catalog.holds("a", "file"));
}

TEST_F(NodesTest, TheNewestClaimWinsAndTheHolderIsAsked) {
  auto a = node("a");
  auto b = node("b");
  ASSERT_TRUE(tests::eventually([&] { return is_alive("a") && is_alive("b"); }));
  EXPECT_TRUE(*a->claim("file"));
  EXPECT_FALSE(*b->claim("file"));
  EXPECT_FALSE(*b->is_free("file"));
  EXPECT_TRUE(tests::eventually([&] { return was_asked("a file"); }));
  EXPECT_FALSE(was_asked("b file"));
  a->release("file");
  EXPECT_TRUE(*b->is_free("file"));
  EXPECT_FALSE(*a->claim("file")) << "and back again";
  EXPECT_TRUE(tests::eventually([&] { return was_asked("b file"); }));
}

TEST_F(NodesTest, NobodyWaitsForTheDead) {
  ASSERT_TRUE(catalog.beat("dead", milliseconds{8000}));
  ASSERT_TRUE(catalog.claim("dead", "file"));
  auto a = node("a");
  EXPECT_FALSE(*a->claim("file"));
  catalog.pass(milliseconds{8001});
  EXPECT_TRUE(*a->is_free("file"));
  EXPECT_TRUE(tests::eventually([&] { return !catalog.holds("dead", "file"); })) << "and they are buried";
}

TEST_F(NodesTest, TroubleOfTheCatalogIsAnErrorAndPasses) {
  auto a = node("a");
  ASSERT_TRUE(tests::eventually([&] { return is_alive("a"); }));
  catalog.fail(Errc::unavailable);
  EXPECT_EQ(a->claim("file").error().code, Errc::unavailable);
  EXPECT_EQ(a->is_free("file").error().code, Errc::unavailable);
  a->release("file");
  catalog.pass(milliseconds{9000});
  catalog.fail(std::nullopt);
  EXPECT_TRUE(tests::eventually([&] { return is_alive("a"); }));
}

}  // namespace
}  // namespace storage
