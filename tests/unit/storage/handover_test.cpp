#include "storage/nodes/handover.hpp"

#include <gmock/gmock.h>

#include "tests/support/memory_node_catalog.hpp"
#include "tests/unit/storage/intake_fixture.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;
using base::Errc;
using testing::HasSubstr;

constexpr std::size_t begun = 2 * block_size + 3000;

// Two nodes, each with a spool of its own, and what they share.
class HandoverTest : public testing::Test {
 protected:
  struct Node {
    Node(FileSystem& files, const std::string& name, ObjectStore& objects, NodeCatalog& catalog)
        : spool(std::move(*Spool::open("/" + name, files))),
          handover(*spool, objects, catalog, name, [this] { return now += step; }) {}
    base::SteadyTime now{};
    std::chrono::milliseconds step{0};  // that passes with each look at the clock
    std::unique_ptr<Spool> spool;
    Handover handover;
  };

  Partial kept(Node& node, std::size_t bytes) {
    Partial partial = std::move(*node.spool->acquire(identity));
    EXPECT_TRUE(write_rest(partial, ByteView(file).first(bytes)));
    return partial;
  }
  Partial fetched(Node& node) {
    return node.handover.fetch(std::move(*node.spool->acquire(identity)), node.handover.find(identity));
  }

  MemoryFileSystem files;
  tests::MemoryNodeCatalog catalog;
  const Bytes file = noise(4 * block_size);
  FileIdentity identity = packets_identity(file.size());
  LinkingObjects objects{files};
  Node here{files, "here", objects, catalog};
  Node there{files, "there", objects, catalog};
};

TEST_F(HandoverTest, WhatOneNodeLeavesAnotherGoesOnWith) {
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  EXPECT_TRUE(files.list("/here")->empty()) << "it is in one place only";
  Partial partial = fetched(there);
  EXPECT_EQ(*partial.read_from(0), Bytes(file.begin(), file.begin() + begun));
  ASSERT_TRUE(write_rest(partial, file));
  EXPECT_EQ(*partial.read_from(0), file);
  const auto left = catalog.left();
  ASSERT_EQ(left.size(), 1U) << "until it is settled: the other node may die";
  EXPECT_EQ(left[0].node, "here");
  EXPECT_EQ(left[0].size, begun);
  there.handover.settled(identity);
  EXPECT_TRUE(catalog.left().empty());
  EXPECT_TRUE(objects.keys().empty());
}

TEST_F(HandoverTest, ALongerOneTakesThePlaceOfAShorter) {
  ASSERT_TRUE(here.handover.leave(kept(here, block_size)));
  Partial partial = fetched(there);
  ASSERT_TRUE(write_rest(partial, ByteView(file).first(begun)));
  ASSERT_TRUE(there.handover.leave(std::move(partial)));
  ASSERT_EQ(catalog.left().size(), 1U);
  EXPECT_EQ(catalog.left()[0].size, begun);
  EXPECT_EQ(objects.keys(), std::vector{catalog.left()[0].object_key});
  EXPECT_EQ(fetched(here).size(), begun);
}

TEST_F(HandoverTest, WithoutProgressNothingIsLeftAnew) {
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  const auto before = objects.keys();
  ASSERT_TRUE(there.handover.leave(fetched(there)));
  EXPECT_EQ(objects.keys(), before);
  EXPECT_TRUE(files.list("/there")->empty());
}

TEST_F(HandoverTest, WhatIsLongerHereStaysHere) {
  ASSERT_TRUE(here.handover.leave(kept(here, block_size)));
  {
    const Partial longer = kept(there, begun);
  }
  EXPECT_EQ(fetched(there).size(), begun);
}

TEST_F(HandoverTest, LittleAndUnprovableStay) {
  ASSERT_TRUE(here.handover.leave(kept(here, block_size - 1)));
  EXPECT_EQ(std::move(*here.spool->acquire(identity)).size(), block_size - 1);
  identity.captured_ms.reset();
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  EXPECT_TRUE(catalog.left().empty());
}

TEST_F(HandoverTest, AnotherFileIsAnotherFile) {
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  identity.captured_ms = *identity.captured_ms + 1;
  EXPECT_EQ(fetched(there).size(), 0U);
}

TEST_F(HandoverTest, TheRejectedUploadIsRemembered) {
  const std::string sha(64, 'a');
  Partial partial = std::move(*here.spool->start_over(kept(here, 1), sha));
  ASSERT_TRUE(write_rest(partial, ByteView(file).first(begun)));
  ASSERT_TRUE(here.handover.leave(std::move(partial)));
  EXPECT_EQ(fetched(there).rejected_sha256(), sha);
}

TEST_F(HandoverTest, TroubleLeavesThePartialHere) {
  for (const char* part : {"put", "catalog"}) {
    if (part == std::string("put"))
      objects.fail_next("put", Errc::unavailable);
    else
      catalog.fail(Errc::unavailable);
    EXPECT_EQ(here.handover.leave(kept(here, begun)).error().code, Errc::unavailable);
    catalog.fail(std::nullopt);
    EXPECT_THAT(here.handover.leave(std::move(*here.spool->acquire(identity))).error().message,
                HasSubstr("in trouble a moment ago"));
    here.now += Handover::rest_after_trouble;
    EXPECT_EQ(std::move(*here.spool->acquire(identity)).size(), begun);
    EXPECT_TRUE(catalog.left().empty());
    EXPECT_EQ(files.list("/here")->size(), 2U) << "no copy is forgotten";
  }
}

TEST_F(HandoverTest, TroubleOfTheOthersIsNoneHere) {
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  {
    const Partial shorter = kept(there, 3000);
  }
  catalog.fail(Errc::unavailable);
  EXPECT_EQ(fetched(there).size(), 3000U);
  catalog.fail(std::nullopt);
  for (const char* call : {"open", "read"}) {
    objects.fail_next(call, Errc::unavailable);
    EXPECT_EQ(fetched(there).size(), 3000U) << call;
  }
  EXPECT_EQ(catalog.left().size(), 1U) << "it may be back later";
  EXPECT_EQ(fetched(there).size(), begun);
}

TEST_F(HandoverTest, AFetchThatTakesTooLongIsGivenUp) {
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  {
    const Partial shorter = kept(there, 3000);
  }
  there.step = Handover::longest_fetch / 2;
  EXPECT_EQ(fetched(there).size(), 3000U);
  there.step = {};
  EXPECT_EQ(fetched(there).size(), begun);
}

TEST_F(HandoverTest, WhatIsDamagedOrGoneIsForgotten) {
  for (const bool gone : {true, false}) {
    ASSERT_TRUE(here.handover.leave(kept(here, begun)));
    const std::string key = catalog.left()[0].object_key;
    if (gone) {
      ASSERT_TRUE(objects.remove(key));
    } else {
      std::string name = "/objects/" + key;
      std::ranges::replace(name.begin() + 9, name.end(), '/', '|');
      Bytes bytes = files.content(name);
      bytes[begun - 1] ^= 1;
      files.set_content(name, bytes);
    }
    EXPECT_EQ(fetched(there).size(), 0U);
    EXPECT_TRUE(catalog.left().empty());
    EXPECT_TRUE(objects.keys().empty());
  }
}

TEST_F(HandoverTest, DamageIsFoundBeforeItIsLeft) {
  Partial partial = kept(here, begun);
  auto bytes = files.content(partial.data_path());
  bytes[block_size + 1] ^= 1;
  files.set_content(partial.data_path(), bytes);
  EXPECT_EQ(here.handover.leave(std::move(partial)).error().code, Errc::corrupt);
  EXPECT_TRUE(catalog.left().empty());
  EXPECT_EQ(std::move(*here.spool->acquire(identity)).size(), block_size);
}

TEST_F(HandoverTest, WhatNobodyAsksForIsSwept) {
  ASSERT_TRUE(here.handover.leave(kept(here, begun)));
  EXPECT_EQ(*here.handover.sweep(base::utc_now() - std::chrono::hours(1)), 0U);
  EXPECT_EQ(*there.handover.sweep(base::utc_now() + std::chrono::hours(1)), 1U);
  EXPECT_TRUE(catalog.left().empty());
  EXPECT_TRUE(objects.keys().empty());
}

TEST(Fingerprint, EveryMemberOfTheIdentityCounts) {
  const FileIdentity same = packets_identity(20'000);
  std::vector<FileIdentity> others(8, same);
  others[0].imei = *base::Imei::from_number(356307042441021);
  others[1].name = "%photor";
  others[2].declared_size += 1;
  others[3].unit = SizeUnit::bytes;
  others[4].declared_crc = 1;
  others[5].captured_ms = *same.captured_ms + 1;
  others[6].metadata = "metb";
  others[7].name = "%photofm";
  others[7].metadata = "eta";
  EXPECT_EQ(same.fingerprint().size(), 64U);
  EXPECT_EQ(packets_identity(20'000).fingerprint(), same.fingerprint());
  for (const FileIdentity& other : others) EXPECT_NE(other.fingerprint(), same.fingerprint());
}

}  // namespace
}  // namespace storage
