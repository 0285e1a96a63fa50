// Connections that end in every phase of a transfer, and newer ones that want the same file.
#include <cerrno>

#include "tests/unit/net/transfer_fixture.hpp"

namespace net {
namespace {

using base::Bytes;
using base::Errc;

class TransferLeave : public TransferFixture {
 protected:
  // Nobody is told anything after detach().
  static void expect_untold(const Owner& owner) {
    EXPECT_FALSE(owner.opened);
    EXPECT_FALSE(owner.stored);
    EXPECT_TRUE(owner.failure.empty());
    EXPECT_TRUE(owner.defect.empty());
    EXPECT_EQ(owner.superseded, 0);
  }
  static void leave_without_settling(Side& side) {
    side.transfer->detach();
    side.transfer.reset();
  }
};

TEST_F(TransferLeave, WhileItOpens) {
  Side side = make();
  {
    const HeldUp slow(pools.lookups);
    side.transfer->open();
    side.transfer->detach();
    EXPECT_EQ(services.active, 1);
  }
  leave(side);
  expect_untold(*side.owner);
  EXPECT_EQ(kept_bytes(), 0U) << "and the claim is free";
}

TEST_F(TransferLeave, WithoutHavingReceivedAnything) {
  Side side = opened();
  leave(side);
  EXPECT_EQ(kept_bytes(), 0U);
}

TEST_F(TransferLeave, WithABegunBlock) {
  Side side = opened();
  write(side, file, 0, 5 * frame);
  leave(side);
  EXPECT_EQ(kept_bytes(), 5 * frame);
}

TEST_F(TransferLeave, WithChunksThatWaitForTheDisk) {
  Side side = opened();
  {
    const HeldUp slow(pools.disk);
    write(side, file, 0, 2 * chunk_size + 2 * frame);
    side.transfer->detach();
  }
  leave(side);
  EXPECT_EQ(kept_bytes(), 2 * chunk_size + 2 * frame) << "all of it, in order";
}

TEST_F(TransferLeave, WhileItStartsOver) {
  Side first = opened();
  write(first, file, 0, 20 * frame);
  leave(first);
  const Bytes twin = noise(file.size(), 2);
  Side side = opened();
  {
    const HeldUp slow(pools.disk);
    side.transfer->start_over();
    side.transfer->write(0, base::ByteView(twin).first(frame));
    side.transfer->write(frame, base::ByteView(twin).subspan(frame, frame));
    side.transfer->detach();
  }
  leave(side);
  Side again = opened();
  EXPECT_EQ(again.owner->kept.size, 2 * frame);
  EXPECT_EQ(again.owner->overlap, Bytes(twin.begin() + 1024, twin.begin() + 2048)) << "of the new bytes";
  leave(again);
}

// The start over itself had to wait for a chunk of the old bytes.
TEST_F(TransferLeave, BeforeItCouldStartOver) {
  Side side = opened();
  {
    const HeldUp slow(pools.disk);
    write(side, file, 0, chunk_size);
    side.transfer->start_over();
    side.transfer->detach();
  }
  leave(side);
  EXPECT_EQ(kept_bytes(), 0U) << "bytes that are not trusted do not come back";
}

// Every byte was here: the file is stored although nobody waits for it, and is known when the camera returns.
TEST_F(TransferLeave, WhileItIsStored) {
  Side side = opened();
  {
    const HeldUp slow(pools.store);
    write(side, file, 0, file.size());
    finish(side, file.size());
    side.transfer->detach();
  }
  leave(side);
  EXPECT_FALSE(side.owner->stored);
  expect_stored_once(file);
  Side again = opened();
  EXPECT_TRUE(again.owner->kept.complete);
  leave(again);
}

TEST_F(TransferLeave, WhileItIsStoredAndTheDiskStillWrites) {
  identity = packets_identity(2 * chunk_size);
  Side side = opened();
  {
    const HeldUp slow(pools.disk);
    write(side, file, 0, 2 * chunk_size);
    finish(side, 2 * chunk_size);
    side.transfer->detach();
  }
  leave(side);
  expect_stored_once(base::ByteView(file).first(2 * chunk_size));
}

TEST_F(TransferLeave, WhileItIsStoredInVain) {
  Side side = opened();
  {
    const HeldUp slow(pools.store);
    write(side, file, 0, file.size());
    catalog.fail_next("commit", Errc::unavailable);
    finish(side, file.size());
    side.transfer->detach();
  }
  leave(side);
  EXPECT_TRUE(catalog.rows.empty());
  EXPECT_EQ(kept_bytes(), file.size() / frame * frame);
}

TEST_F(TransferLeave, WhenTheDiskIsFull) {
  Side side = opened();
  write(side, file, 0, chunk_size + 5 * frame);
  ASSERT_TRUE(run_until([&] { return spool->usage().bytes == chunk_size; }));
  files.count_operations();
  files.fail_from(0, ENOSPC);
  leave(side);
  files.count_operations();
  EXPECT_EQ(kept_bytes(), chunk_size) << "what was written before";
}

// Nothing could prove that a later connection brings the same file.
TEST_F(TransferLeave, AFileWithoutATimeOfCaptureIsNotKept) {
  identity.captured_ms.reset();
  Side side = opened();
  write(side, file, 0, 20 * frame);
  leave(side);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(kept_bytes(), 0U);
}

// ---- Two connections, one file.

TEST_F(TransferLeave, TheNewerConnectionGetsTheFile) {
  Side old = opened();
  write(old, file, 0, 20 * frame);
  Side newer = make();
  newer.transfer->open();
  ASSERT_TRUE(run_until([&] { return old.owner->superseded == 1; }));
  EXPECT_FALSE(newer.owner->opened) << "never two at a time";
  old.transfer->detach();
  ASSERT_TRUE(run_until([&] { return newer.owner->opened; }));
  EXPECT_EQ(newer.owner->kept.size, 20 * frame) << "with all that the old one brought";
  write(newer, file, 20 * frame, file.size());
  finish(newer, file.size());
  ASSERT_TRUE(run_until([&] { return newer.owner->stored.has_value(); })) << newer.owner->failure;
  old.transfer.reset();
  leave(newer);
  expect_stored_once(file);
}

TEST_F(TransferLeave, TheOldConnectionIsJustStoringTheFile) {
  Side old = opened();
  Side newer = make();
  {
    const HeldUp slow(pools.store);
    write(old, file, 0, file.size());
    finish(old, file.size());
    newer.transfer->open();
    ASSERT_TRUE(run_until([&] { return old.owner->superseded == 1; }));
    old.transfer->detach();
  }
  ASSERT_TRUE(run_until([&] { return newer.owner->opened; }));
  EXPECT_TRUE(newer.owner->kept.complete) << "waits for the answer, and finds it stored";
  old.transfer.reset();
  leave(newer);
  expect_stored_once(file);
}

TEST_F(TransferLeave, OfManyThatWaitTheNewestGetsTheFile) {
  Side holder = opened();
  std::vector<Side> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(make());
    waiting.back().transfer->open();
  }
  for (std::size_t i = 0; i + 1 < waiting.size(); ++i)
    ASSERT_TRUE(run_until([&] { return waiting[i].owner->superseded == 1; }));
  for (std::size_t i = 0; i + 1 < waiting.size(); ++i) waiting[i].transfer->detach();
  leave_without_settling(holder);
  ASSERT_TRUE(run_until([&] { return waiting.back().owner->opened; }));
  for (std::size_t i = 0; i + 1 < waiting.size(); ++i) EXPECT_FALSE(waiting[i].owner->opened);
  for (Side& each : waiting) leave_without_settling(each);
  EXPECT_TRUE(settled());
}

// Its owner is gone without a word: as good as detached.
TEST_F(TransferLeave, AnOwnerThatIsGoneIsNotCalled) {
  Side side = make();
  {
    const HeldUp slow(pools.lookups);
    side.transfer->open();
    side.owner.reset();
  }
  side.transfer->detach();
  side.transfer.reset();
  EXPECT_TRUE(settled());
}

}  // namespace
}  // namespace net
