// One camera and two nodes: what the one has kept of a file, the other goes on with.
#include "tests/support/memory_node_catalog.hpp"
#include "tests/unit/net/transfer_fixture.hpp"

namespace net {
namespace {

using base::Bytes;
using base::ByteView;

// The fixture's own members serve as the shared store and catalog; each node has the rest to itself.
class TransferNodes : public TransferFixture {
 protected:
  struct Node {
    Node(TransferNodes& fixture, const std::string& name)
        : spool(std::move(*storage::Spool::open("/" + name, fixture.files))),
          handover(*spool, fixture.objects, fixture.board, name),
          intake(*spool, fixture.objects, fixture.catalog, &handover),
          nodes(fixture.board,
                {.name = name, .beat = std::chrono::milliseconds{5}, .look = std::chrono::milliseconds{1}},
                [this](const std::string& wanted) { claims.ask(wanted); }) {
      services.nodes = &nodes;
    }
    ~Node() { pools.stop(); }
    std::unique_ptr<storage::Spool> spool;
    storage::Handover handover;
    storage::Intake intake;
    TransferPools pools{1, 1};
    ChunkPool chunks{64 << 20};
    Claims claims;
    storage::Nodes nodes;
    TransferServices services{intake, pools, chunks, claims};
  };

  Side opening(Node& node) {
    Side side{std::make_shared<Owner>(), nullptr};
    side.transfer = std::make_shared<Transfer>(context, node.services, identity, side.owner);
    side.transfer->open();
    return side;
  }
  bool is_open(const Side& side) {
    return run_until([&] { return side.owner->opened || !side.owner->failure.empty(); });
  }
  // The connection ends; true when everything it held has found its place.
  bool left(Node& node, Side& side) {
    side.transfer->detach();
    side.transfer.reset();
    return run_until([&] { return node.services.active.load() == 0; });
  }

  tests::MemoryNodeCatalog board;
  Node here{*this, "here"};
  Node there{*this, "there"};
};

TEST_F(TransferNodes, TheCameraGoesOnWhereItIsNow) {
  Side first = opening(here);
  ASSERT_TRUE(is_open(first));
  write(first, file, 0, 90 * frame);
  ASSERT_TRUE(left(here, first));
  EXPECT_EQ(here.spool->usage().partials, 0U);

  Side second = opening(there);
  ASSERT_TRUE(is_open(second));
  EXPECT_EQ(second.owner->kept.size, 90 * frame);
  EXPECT_EQ(second.owner->overlap, Bytes(file.begin() + 89 * frame, file.begin() + 90 * frame));
  write(second, file, 90 * frame, file.size());
  finish(second, file.size());
  ASSERT_TRUE(run_until([&] { return second.owner->stored.has_value(); })) << second.owner->failure;
  ASSERT_TRUE(left(there, second));
  expect_stored_once(file);
  EXPECT_TRUE(board.left().empty());
}

// The camera's link broke, and its old connection still looks alive on the other node.
TEST_F(TransferNodes, TheNewestConnectionWinsAcrossNodes) {
  Side old = opening(here);
  ASSERT_TRUE(is_open(old));
  write(old, file, 0, 90 * frame);
  Side newer = opening(there);
  ASSERT_TRUE(run_until([&] { return old.owner->superseded == 1; }));
  EXPECT_FALSE(newer.owner->opened) << "not before the other has let go";
  ASSERT_TRUE(left(here, old));
  ASSERT_TRUE(is_open(newer));
  EXPECT_EQ(newer.owner->kept.size, 90 * frame) << "with everything it had";
  ASSERT_TRUE(left(there, newer));
  EXPECT_FALSE(board.holds("here", identity.fingerprint()));
  EXPECT_FALSE(board.holds("there", identity.fingerprint()));
}

// Its process hangs, or is cut off from everything but the catalog: patience has an end.
TEST_F(TransferNodes, AnotherNodeThatDoesNotLetGoIsNotWaitedForWithoutEnd) {
  Side old = opening(here);
  ASSERT_TRUE(is_open(old));
  Side newer = opening(there);
  EXPECT_TRUE(is_open(newer));
  EXPECT_EQ(old.owner->superseded, 1);
  ASSERT_TRUE(left(there, newer));
  ASSERT_TRUE(left(here, old));
}

TEST_F(TransferNodes, WhatADeadNodeHeldIsFreeAtOnce) {
  ASSERT_TRUE(board.claim("dead", identity.fingerprint()));
  Side side = opening(here);
  ASSERT_TRUE(is_open(side));
  ASSERT_TRUE(left(here, side));
}

TEST_F(TransferNodes, WithoutACatalogFilesAreTakenAllTheSame) {
  board.fail(base::Errc::unavailable);
  Side side = opening(here);
  ASSERT_TRUE(is_open(side));
  write(side, file, 0, 90 * frame);
  ASSERT_TRUE(left(here, side));
  Side again = opening(here);
  ASSERT_TRUE(is_open(again));
  EXPECT_EQ(again.owner->kept.size, 90 * frame) << "it stayed on this node";
  ASSERT_TRUE(left(here, again));
  board.fail(std::nullopt);
}

// Both bring the file to its end at the same time: it is stored once, and both cameras' ends may be told so.
TEST_F(TransferNodes, StoredByBothItIsThereOnce) {
  board.fail(base::Errc::unavailable);  // neither hears of the other
  Side one = opening(here);
  Side other = opening(there);
  ASSERT_TRUE(is_open(one) && is_open(other));
  for (const auto* side : {&one, &other}) {
    write(*side, file, 0, file.size());
    finish(*side, file.size());
  }
  ASSERT_TRUE(run_until([&] { return one.owner->stored && other.owner->stored; }))
      << one.owner->failure << other.owner->failure;
  EXPECT_NE(one.owner->duplicate, other.owner->duplicate);
  EXPECT_EQ(one.owner->stored->id, other.owner->stored->id);
  ASSERT_TRUE(left(here, one) && left(there, other));
  expect_stored_once(file);
  board.fail(std::nullopt);
}

// A device that sends other bytes than were stored under the same name and time goes on with those.
TEST_F(TransferNodes, WhatContradictedTheStoredFileIsGoneOnWith) {
  Side side = opening(here);
  ASSERT_TRUE(is_open(side));
  write(side, file, 0, file.size());
  finish(side, file.size());
  ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); }));
  ASSERT_TRUE(left(here, side));

  const Bytes twin = noise(file.size(), 2);
  Side other = opening(here);
  ASSERT_TRUE(is_open(other));
  ASSERT_TRUE(other.owner->kept.complete);
  // Begun later than the other was stored, by the clock of the tests, too.
  const auto stored_at = catalog.rows[0].received_at;
  ASSERT_TRUE(tests::eventually([&] { return base::utc_now() > stored_at; }));
  other.transfer->start_over();
  write(other, twin, 0, 20 * frame);
  ASSERT_TRUE(left(here, other));

  Side again = opening(here);
  ASSERT_TRUE(is_open(again));
  EXPECT_EQ(again.owner->kept.size, 20 * frame);
  EXPECT_EQ(again.owner->overlap, Bytes(twin.begin() + 19 * frame, twin.begin() + 20 * frame));
  ASSERT_TRUE(left(here, again));
}

// A file stored through one node, offered again at another that still has an old beginning of it.
TEST_F(TransferNodes, AnOldBeginningIsNotGoneOnWith) {
  board.fail(base::Errc::unavailable);
  Side stale = opening(there);
  ASSERT_TRUE(is_open(stale));
  write(stale, file, 0, 20 * frame);
  ASSERT_TRUE(left(there, stale));
  board.fail(std::nullopt);

  Side side = opening(here);
  ASSERT_TRUE(is_open(side));
  write(side, file, 0, file.size());
  finish(side, file.size());
  ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); }));
  ASSERT_TRUE(left(here, side));

  Side again = opening(there);
  ASSERT_TRUE(is_open(again));
  EXPECT_TRUE(again.owner->kept.complete);
  ASSERT_TRUE(left(there, again));
  EXPECT_EQ(there.spool->usage().partials, 0U);
}

}  // namespace
}  // namespace net
