// A file's way from frames to storage, and what goes wrong with storage.
#include <cerrno>

#include "tests/unit/net/transfer_fixture.hpp"

namespace net {
namespace {

using base::Bytes;
using base::ByteView;
using base::Errc;

class TransferTest : public TransferFixture {};

TEST_F(TransferTest, StoresAFileByteForByte) {
  Side side = opened();
  EXPECT_EQ(side.owner->kept.size, 0U);
  write(side, file, 0, file.size());
  finish(side, file.size());
  ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); }));
  EXPECT_FALSE(side.owner->duplicate);
  EXPECT_EQ(side.owner->stored->size, file.size());
  leave(side);
  expect_stored_once(file);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(chunks.bytes_in_use(), 0U);
}

TEST_F(TransferTest, SizesAroundABlock) {
  for (const std::size_t size : {std::size_t{1}, chunk_size - 1, chunk_size, chunk_size + 1, 4 * chunk_size}) {
    const Bytes some = noise(size, static_cast<unsigned>(size));
    identity = packets_identity(size, 1'700'000'000'000 + static_cast<std::int64_t>(size));
    Side side = opened();
    write(side, some, 0, size);
    finish(side, size);
    ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); })) << side.owner->failure;
    EXPECT_EQ(object(side.owner->stored->object_key), some);
    leave(side);
  }
}

TEST_F(TransferTest, GoesOnWhereALaterConnectionFindsIt) {
  Side first = opened();
  write(first, file, 0, 40 * frame);
  leave(first);
  EXPECT_EQ(spool->usage().bytes, 40 * frame) << "the begun block, too";
  Side second = opened();
  EXPECT_EQ(second.owner->kept.size, 40 * frame);
  EXPECT_EQ(second.owner->kept.overlap_offset, 39 * frame);
  EXPECT_EQ(second.owner->overlap, Bytes(file.begin() + 39 * 1024, file.begin() + 40 * 1024));
  EXPECT_FALSE(second.owner->kept.complete);
  write(second, file, 40 * frame, file.size());
  finish(second, file.size());
  ASSERT_TRUE(run_until([&] { return second.owner->stored.has_value(); })) << second.owner->failure;
  leave(second);
  expect_stored_once(file);
}

TEST_F(TransferTest, AStoredFileIsSaidToBeStored) {
  Side first = opened();
  write(first, file, 0, file.size());
  finish(first, file.size());
  ASSERT_TRUE(run_until([&] { return first.owner->stored.has_value(); }));
  leave(first);
  Side again = opened();
  EXPECT_TRUE(again.owner->kept.complete);
  EXPECT_EQ(again.owner->kept.size, file.size());
  finish(again, file.size());
  ASSERT_TRUE(run_until([&] { return again.owner->stored.has_value(); }));
  EXPECT_TRUE(again.owner->duplicate);
  EXPECT_EQ(again.owner->stored->id, first.owner->stored->id);
  leave(again);
  expect_stored_once(file);
}

// The device offers other bytes than those stored: a file of its own.
TEST_F(TransferTest, StartOverOfAStoredFileIsANewFile) {
  Side first = opened();
  write(first, file, 0, file.size());
  finish(first, file.size());
  ASSERT_TRUE(run_until([&] { return first.owner->stored.has_value(); }));
  leave(first);
  const Bytes twin = noise(file.size(), 2);
  Side other = opened();
  ASSERT_TRUE(other.owner->kept.complete);
  other.transfer->start_over();
  write(other, twin, 0, twin.size());
  finish(other, twin.size());
  ASSERT_TRUE(run_until([&] { return other.owner->stored.has_value(); })) << other.owner->failure;
  EXPECT_FALSE(other.owner->duplicate);
  leave(other);
  ASSERT_EQ(catalog.rows.size(), 2U);
  EXPECT_EQ(object(catalog.rows[0].object_key), file);
  EXPECT_EQ(object(catalog.rows[1].object_key), twin);
}

TEST_F(TransferTest, StartOverLeavesNothingOfTheOldBytes) {
  Side first = opened();
  write(first, file, 0, 40 * frame);
  leave(first);
  const Bytes twin = noise(file.size(), 2);
  Side other = opened();
  ASSERT_EQ(other.owner->kept.size, 40 * frame);
  other.transfer->start_over();
  write(other, twin, 0, twin.size());
  finish(other, twin.size());
  ASSERT_TRUE(run_until([&] { return other.owner->stored.has_value(); })) << other.owner->failure;
  leave(other);
  expect_stored_once(twin);
}

TEST_F(TransferTest, StartOverWhileChunksAreBeingWritten) {
  const Bytes twin = noise(file.size(), 2);
  Side side = opened();
  {
    const HeldUp slow(pools.disk);
    write(side, file, 0, 33 * frame);  // two chunks, one of them under way
    side.transfer->start_over();
    write(side, twin, 0, 20 * frame);
  }
  write(side, twin, 20 * frame, twin.size());
  finish(side, twin.size());
  ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); })) << side.owner->failure;
  leave(side);
  expect_stored_once(twin);
}

// ---- Back-pressure.

// Catalog and store hang: the camera's file is taken as a new one, and what is kept here counts.
TEST_F(TransferTest, OpensWithoutTheAnswerOfACatalogThatHangs) {
  Side first = opened();
  write(first, file, 0, 20 * frame);
  leave(first);
  const HeldUp slow(pools.lookups);
  const HeldUp too(pools.store);
  const HeldUp as_well(pools.leaving);
  Side side = opened();
  EXPECT_TRUE(side.owner->opened) << side.owner->failure;
  EXPECT_EQ(side.owner->kept.size, 20 * frame);
  write(side, file, 20 * frame, 90 * frame);
  leave(side);
  EXPECT_EQ(kept_bytes(), 90 * frame);
}

TEST_F(TransferTest, ASlowDiskStopsTheCameraAndWakesIt) {
  Side side = opened();
  std::uint64_t at = 0;
  {
    const HeldUp slow(pools.disk);
    while (at < file.size() && side.transfer->room() > 0) {
      side.transfer->write(at, ByteView(file).subspan(at, frame));
      at += frame;
    }
    EXPECT_EQ(at, held_limit) << "one chunk under way, one waits, one fills";
    EXPECT_LE(chunks.bytes_in_use(), 3 * chunk_size);
    EXPECT_EQ(side.owner->writable, 0);
  }
  EXPECT_TRUE(run_until([&] { return side.owner->writable > 0; }));
  EXPECT_TRUE(run_until([&] { return side.transfer->room() > 0; }));
  leave(side);
}

// Memory gets short after the last frame was taken: whoever is told to wait now must be woken as well.
TEST_F(TransferTest, WhoIsToldToWaitIsWokenWhateverTheReason) {
  Side side = opened();
  {
    const HeldUp slow(pools.disk);
    write(side, file, 0, 2 * chunk_size);  // one chunk under way, one waits
    ASSERT_TRUE(side.transfer->room() > 0);
    std::vector<Chunk> all;
    while (!chunks.scarce()) all.push_back(chunks.get());
    EXPECT_EQ(side.transfer->room(), 0U);
  }
  EXPECT_TRUE(run_until([&] { return side.owner->writable > 0; }));
  leave(side);
}

// ---- Storage that fails.

TEST_F(TransferTest, AFullDiskEndsTheTransferAndKeepsWhatItHas) {
  Side side = opened();
  write(side, file, 0, 2 * chunk_size);
  ASSERT_TRUE(run_until([&] { return spool->usage().bytes == 2 * chunk_size; }));
  files.count_operations();
  files.fail_from(0, ENOSPC);
  write(side, file, 2 * chunk_size, 3 * chunk_size);
  ASSERT_TRUE(run_until([&] { return !side.owner->failure.empty(); }));
  EXPECT_NE(side.owner->failure.find("No space left on device"), std::string::npos) << side.owner->failure;
  EXPECT_TRUE(side.transfer->room() > 0) << "what still comes is dropped, not waited for";
  side.transfer->write(3 * chunk_size, ByteView(file).first(frame));
  leave(side);
  EXPECT_TRUE(catalog.rows.empty());
  files.count_operations();
  EXPECT_EQ(kept_bytes(), 2 * chunk_size);
}

TEST_F(TransferTest, AFullDiskAtTheBeginning) {
  files.count_operations();
  files.fail_from(0, ENOSPC);
  Side side = opened();
  EXPECT_FALSE(side.owner->opened);
  EXPECT_NE(side.owner->failure.find("No space left on device"), std::string::npos) << side.owner->failure;
  leave(side);
  files.count_operations();
  Side again = opened();
  EXPECT_TRUE(again.owner->opened) << "and the claim was given back";
  leave(again);
}

TEST_F(TransferTest, AFullDiskAtTheTail) {
  Side side = opened();
  write(side, file, 0, file.size());
  ASSERT_TRUE(run_until([&] { return spool->usage().bytes == file.size() / chunk_size * chunk_size; }));
  files.count_operations();
  files.fail_from(0, ENOSPC);
  finish(side, file.size());
  ASSERT_TRUE(run_until([&] { return !side.owner->failure.empty(); }));
  EXPECT_FALSE(side.owner->stored);
  leave(side);
  files.count_operations();
  EXPECT_EQ(kept_bytes(), file.size() / chunk_size * chunk_size);
}

TEST_F(TransferTest, AStoreThatIsAwayKeepsTheWholeFile) {
  for (const char* part : {"put", "commit"}) {
    identity.captured_ms = *identity.captured_ms + 1;
    objects.fail_next(part, Errc::unavailable);
    catalog.fail_next(part, Errc::unavailable);
    const std::size_t rows = catalog.rows.size();
    Side side = opened();
    write(side, file, 0, file.size());
    finish(side, file.size());
    ASSERT_TRUE(run_until([&] { return !side.owner->failure.empty(); })) << part;
    EXPECT_FALSE(side.owner->stored) << part;
    EXPECT_EQ(catalog.rows.size(), rows) << part;
    leave(side);

    Side again = opened();
    EXPECT_EQ(again.owner->kept.size, file.size() / frame * frame) << part;
    write(again, file, again.owner->kept.size, file.size());
    finish(again, file.size());
    ASSERT_TRUE(run_until([&] { return again.owner->stored.has_value(); })) << part << again.owner->failure;
    EXPECT_EQ(object(again.owner->stored->object_key), file);
    leave(again);
  }
}

// A failed sync says nothing good about the bytes: they are fetched again, on the same connection (I7).
TEST_F(TransferTest, AFailedSyncFetchesTheFileAgain) {
  Side side = opened();
  write(side, file, 0, file.size());
  files.fail_next_sync();
  finish(side, file.size());
  ASSERT_TRUE(run_until([&] { return !side.owner->defect.empty(); }));
  EXPECT_FALSE(side.owner->stored);
  EXPECT_TRUE(side.owner->failure.empty());
  write(side, file, 0, file.size());
  finish(side, file.size());
  ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); })) << side.owner->failure;
  leave(side);
  expect_stored_once(file);
}

TEST_F(TransferTest, AFileThatIsNotWholeIsFetchedAgain) {
  Bytes broken = small_jpeg(50'000);
  broken.resize(broken.size() - 2);  // without its end marker
  identity = packets_identity(broken.size());
  Side side = opened();
  write(side, broken, 0, broken.size());
  finish(side, broken.size());
  ASSERT_TRUE(run_until([&] { return !side.owner->defect.empty(); }));
  EXPECT_TRUE(catalog.rows.empty());
  // The very same bytes again: that is what the camera has.
  write(side, broken, 0, broken.size());
  finish(side, broken.size());
  ASSERT_TRUE(run_until([&] { return side.owner->stored.has_value(); })) << side.owner->failure;
  EXPECT_FALSE(side.owner->stored->defect.empty());
  leave(side);
  expect_stored_once(broken);
}

// Published, but not catalogued: its bytes are those of an object now. Another capture under the same identity must
// neither change them nor be stuck behind them.
TEST_F(TransferTest, OtherBytesBehindASealedFileAreFetchedAgain) {
  catalog.fail_next("commit", Errc::unavailable);
  Side first = opened();
  write(first, file, 0, file.size());
  finish(first, file.size());
  ASSERT_TRUE(run_until([&] { return !first.owner->failure.empty(); }));
  leave(first);

  Bytes twin = file;
  twin.back() ^= 0xff;  // behind what the overlap proves
  Side second = opened();
  const std::uint64_t kept = second.owner->kept.size;
  ASSERT_EQ(kept, file.size() / frame * frame);
  write(second, twin, kept, twin.size());
  finish(second, twin.size());
  ASSERT_TRUE(run_until([&] { return !second.owner->defect.empty() || !second.owner->failure.empty(); }));
  EXPECT_TRUE(second.owner->failure.empty()) << second.owner->failure;
  EXPECT_EQ(spool->usage().partials, 1U) << "the sealed one is gone";
  write(second, twin, 0, twin.size());
  finish(second, twin.size());
  ASSERT_TRUE(run_until([&] { return second.owner->stored.has_value(); })) << second.owner->failure;
  EXPECT_EQ(object(second.owner->stored->object_key), twin);
  leave(second);
  EXPECT_EQ(catalog.rows.size(), 1U);
}

}  // namespace
}  // namespace net
