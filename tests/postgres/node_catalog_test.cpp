// What nodes tell each other: one suite for PostgreSQL and for what stands for it in other tests.
#include "storage/catalog/node_catalog.hpp"

#include <thread>

#include "tests/postgres/fixture.hpp"
#include "tests/support/memory_node_catalog.hpp"

namespace storage {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr milliseconds lease{8000};

class Board {
 public:
  virtual ~Board() = default;
  virtual NodeCatalog& nodes() = 0;
  virtual void pass(milliseconds time) = 0;
};

class MemoryBoard final : public Board {
 public:
  NodeCatalog& nodes() override { return catalog_; }
  void pass(milliseconds time) override { catalog_.pass(time); }

 private:
  tests::MemoryNodeCatalog catalog_;
};

class PostgresBoard final : public Board, private tests::PostgresTest {
 public:
  NodeCatalog& nodes() override { return *catalog_->nodes(); }
  void pass(milliseconds time) override {
    cluster_.run(fmt::format("UPDATE {}.nodes SET lease_until = lease_until - {}", schema_, time.count()));
  }

 private:
  void TestBody() override {}
  Catalog catalog_ = open();
};

class NodeCatalogTest : public testing::TestWithParam<bool> {
 protected:
  NodeCatalogTest() {
    if (GetParam())
      board_ = std::make_unique<PostgresBoard>();
    else
      board_ = std::make_unique<MemoryBoard>();
    for (const char* node : {"a", "b", "c"}) EXPECT_TRUE(nodes().beat(node, lease));
  }
  NodeCatalog& nodes() { return board_->nodes(); }
  static LeftPartial left(std::uint64_t size, const std::string& file = "file") {
    static int second = 0;
    const base::Uuid id = base::Uuid::v7(base::utc_now());
    return {.id = id,
            .file = file,
            .imei = tests::device(),
            .size = size,
            .sha256 = std::string(64, 'a'),
            .rejected_sha256 = "",
            .object_key = "partials/" + id.str(),
            .node = "a",
            .left_at = tests::at(second++)};
  }
  std::vector<std::uint64_t> sizes(const std::string& file = "file") {
    std::vector<std::uint64_t> found;
    const auto all = nodes().find_left(file);
    for (const LeftPartial& each : *all) found.push_back(each.size);
    return found;
  }

  std::unique_ptr<Board> board_;
};

TEST_P(NodeCatalogTest, ANodeIsAliveWhileItsLeaseLasts) {
  EXPECT_THAT(*nodes().alive(), ElementsAre("a", "b", "c"));
  board_->pass(lease / 2);
  ASSERT_TRUE(nodes().beat("b", lease));
  board_->pass(lease / 2);
  EXPECT_THAT(*nodes().alive(), ElementsAre("b"));
  ASSERT_TRUE(nodes().beat("a", lease));
  EXPECT_THAT(*nodes().alive(), ElementsAre("a", "b")) << "it may come back";
  ASSERT_TRUE(nodes().leave("b"));
  EXPECT_THAT(*nodes().alive(), ElementsAre("a"));
}

TEST_P(NodeCatalogTest, TheDeadAreBuriedOnceWithTheirClaims) {
  ASSERT_TRUE(nodes().claim("a", "file"));
  board_->pass(lease + milliseconds{1});
  ASSERT_TRUE(nodes().beat("b", lease));
  EXPECT_THAT(*nodes().bury(), testing::UnorderedElementsAre("a", "c"));
  EXPECT_THAT(*nodes().bury(), IsEmpty());
  ASSERT_TRUE(nodes().beat("a", lease));
  EXPECT_EQ(*nodes().claim("b", "file"), 0U) << "what it held is free";
}

TEST_P(NodeCatalogTest, TheNewestClaimWins) {
  EXPECT_EQ(*nodes().claim("a", "file"), 0U);
  EXPECT_THAT(*nodes().asked_for("a"), IsEmpty());
  EXPECT_EQ(*nodes().claim("b", "file"), 1U);
  EXPECT_THAT(*nodes().asked_for("a"), ElementsAre("file"));
  EXPECT_THAT(*nodes().asked_for("b"), IsEmpty());
  EXPECT_EQ(*nodes().claim("c", "file"), 2U);
  EXPECT_EQ(*nodes().still_held("b", "file"), 1U) << "it waits for the older one only";
  EXPECT_THAT(*nodes().asked_for("b"), ElementsAre("file"));
  ASSERT_TRUE(nodes().release("a", "file"));
  EXPECT_EQ(*nodes().still_held("b", "file"), 0U);
  EXPECT_EQ(*nodes().still_held("c", "file"), 1U);
  EXPECT_EQ(*nodes().claim("b", "file"), 1U) << "claimed again it is newer again";
  EXPECT_THAT(*nodes().asked_for("c"), ElementsAre("file"));
  EXPECT_THAT(*nodes().asked_for("b"), IsEmpty());
}

TEST_P(NodeCatalogTest, OtherFilesAndTheOwnClaimDoNotCount) {
  EXPECT_EQ(*nodes().claim("a", "file"), 0U);
  EXPECT_EQ(*nodes().claim("a", "file"), 0U);
  EXPECT_EQ(*nodes().claim("b", "other"), 0U);
  EXPECT_THAT(*nodes().asked_for("a"), IsEmpty());
  ASSERT_TRUE(nodes().release("a", "never claimed"));
  EXPECT_EQ(*nodes().still_held("a", "never claimed"), 0U);
}

TEST_P(NodeCatalogTest, NobodyWaitsForTheDead) {
  EXPECT_EQ(*nodes().claim("a", "file"), 0U);
  EXPECT_EQ(*nodes().claim("b", "file"), 1U);
  board_->pass(lease + milliseconds{1});
  EXPECT_EQ(*nodes().still_held("b", "file"), 0U);
  EXPECT_EQ(*nodes().claim("c", "file"), 0U);
}

TEST_P(NodeCatalogTest, ManyClaimsAtOnceLeaveOneNewest) {
  {
    std::vector<std::jthread> claimants;
    for (const char* node : {"a", "b", "c"})
      claimants.emplace_back([&, node] {
        for (int i = 0; i < 20; ++i) EXPECT_TRUE(nodes().claim(node, "file"));
      });
  }
  std::size_t asked = 0;
  for (const char* node : {"a", "b", "c"}) asked += nodes().asked_for(node)->size();
  EXPECT_EQ(asked, 2U);
}

TEST_P(NodeCatalogTest, WhatIsLeftIsFoundLongestFirst) {
  const LeftPartial shorter = left(1000);
  LeftPartial longer = left(5'000'000'000);
  longer.rejected_sha256 = std::string(64, 'b');
  ASSERT_TRUE(nodes().add_left(shorter) && nodes().add_left(longer) && nodes().add_left(left(7, "other")));
  EXPECT_THAT(sizes(), ElementsAre(5'000'000'000, 1000));
  const LeftPartial found = nodes().find_left("file")->front();
  EXPECT_EQ(found.id, longer.id);
  EXPECT_EQ(found.imei, longer.imei);
  EXPECT_EQ(found.sha256, longer.sha256);
  EXPECT_EQ(found.rejected_sha256, longer.rejected_sha256);
  EXPECT_EQ(found.object_key, longer.object_key);
  EXPECT_EQ(found.node, longer.node);
  EXPECT_EQ(found.left_at, longer.left_at);
  ASSERT_TRUE(nodes().remove_left(longer.id) && nodes().remove_left(longer.id));
  EXPECT_THAT(sizes(), ElementsAre(1000));
  EXPECT_THAT(sizes("none"), IsEmpty());
}

TEST_P(NodeCatalogTest, WhatIsOldIsFoundOldestFirst) {
  const std::vector<LeftPartial> all{left(1), left(2), left(3)};
  for (const LeftPartial& each : all) ASSERT_TRUE(nodes().add_left(each));
  const auto ids = [&](base::UtcTime before, std::uint32_t limit) {
    std::vector<base::Uuid> found;
    const auto old = nodes().find_left_before(before, limit);
    for (const LeftPartial& each : *old) found.push_back(each.id);
    return found;
  };
  EXPECT_THAT(ids(all[2].left_at, 10), ElementsAre(all[0].id, all[1].id));
  EXPECT_THAT(ids(all[2].left_at, 1), ElementsAre(all[0].id));
  EXPECT_THAT(ids(all[0].left_at, 10), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Boards, NodeCatalogTest, testing::Bool(), [](const testing::TestParamInfo<bool>& board) {
  return board.param ? std::string("postgres") : std::string("memory");
});

}  // namespace
}  // namespace storage
