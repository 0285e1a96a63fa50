// What intake says of a file that a device announces.
#include <gmock/gmock.h>

#include <cerrno>

#include "tests/unit/storage/intake_fixture.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;
using base::Errc;

class IntakeOpenTest : public IntakeFixture {};

// ---- What is kept of an announced file.

TEST_F(IntakeOpenTest, NothingIsKeptOfANewFile) {
  const Kept kept = open();
  ASSERT_TRUE(kept.partial);
  EXPECT_FALSE(kept.stored);
  EXPECT_FALSE(kept.overlap);
  EXPECT_EQ(kept.size, 0U);
}

TEST_F(IntakeOpenTest, APartialIsResumedWithOnePacketOfOverlap) {
  keep(ByteView(file).first(20 * 1024));
  const Kept kept = open();
  EXPECT_EQ(kept.size, 20U * 1024);
  ASSERT_TRUE(kept.overlap);
  EXPECT_EQ(kept.overlap->offset, 19U * 1024);
  EXPECT_EQ(kept.overlap->bytes, Bytes(file.begin() + 19 * 1024, file.begin() + 20 * 1024));
}

TEST_F(IntakeOpenTest, APartialIsTrimmedToWholePackets) {
  for (const std::size_t size : {1024U, 1025U, 2047U, 16U * 1024, 16U * 1024 + 1, 40'000U}) {
    keep(ByteView(file).first(size));
    Kept kept = open();
    EXPECT_EQ(kept.size, size / 1024 * 1024);
    EXPECT_EQ(kept.partial->size(), kept.size);
    EXPECT_EQ(kept.overlap->offset + kept.overlap->bytes.size(), kept.size);
    kept.partial->discard();
  }
}

TEST_F(IntakeOpenTest, LessThanAPacketIsStartedOver) {
  keep(ByteView(file).first(1023));
  const Kept kept = open();
  EXPECT_EQ(kept.size, 0U);
  EXPECT_EQ(kept.partial->size(), 0U);
  EXPECT_FALSE(kept.overlap);
  EXPECT_EQ(spool->usage().partials, 1U);
}

TEST_F(IntakeOpenTest, AFileOfBytesThatIsCompleteIsNotTrimmed) {
  for (const std::size_t size : {700U, 1500U, 16U * 1024 + 10, 40'000U}) {
    identity = bytes_identity(size);
    keep(ByteView(file).first(size));
    Kept kept = open();
    EXPECT_EQ(kept.size, size);
    EXPECT_EQ(kept.overlap->offset, size < 1024 ? 0 : (size - 1024) / 1024 * 1024);
    EXPECT_EQ(kept.overlap->bytes, Bytes(file.begin() + static_cast<std::ptrdiff_t>(kept.overlap->offset),
                                         file.begin() + static_cast<std::ptrdiff_t>(size)));
    kept.partial->discard();
  }
  identity = bytes_identity(40'000);
  keep(ByteView(file).first(39'999));
  EXPECT_EQ(open().size, 39'999U / 1024 * 1024);
}

TEST_F(IntakeOpenTest, TheOverlapGoesBackToDistinctiveBytes) {
  // Bytes of one value behind distinctive ones: the overlap must reach back to the latter.
  for (std::size_t blank = 0; blank < 16; ++blank) {
    auto padded = noise(20 * 1024);
    std::fill(padded.end() - static_cast<std::ptrdiff_t>(blank * 1024), padded.end(), std::uint8_t{0});
    keep(padded);
    Kept kept = open();
    ASSERT_TRUE(kept.overlap) << blank;
    EXPECT_EQ(kept.overlap->offset, (20 - blank - 1) * 1024) << blank;
    EXPECT_LE(kept.overlap->bytes.size(), max_overlap);
    kept.partial->discard();
  }
}

TEST_F(IntakeOpenTest, WithoutADistinctiveOverlapNothingIsProven) {
  auto padded = noise(20 * 1024);
  std::fill(padded.end() - static_cast<std::ptrdiff_t>(max_overlap), padded.end(), std::uint8_t{0});
  keep(padded);
  const Kept kept = open();
  EXPECT_EQ(kept.size, 0U);
  EXPECT_FALSE(kept.overlap);
  EXPECT_EQ(kept.partial->size(), 0U);
}

TEST_F(IntakeOpenTest, ThirtyTwoValuesAreDistinctive) {
  for (const int values : {31, 32}) {
    Bytes bytes(1024);
    for (std::size_t at = 0; at < bytes.size(); ++at)
      bytes[at] = static_cast<std::uint8_t>(at % static_cast<std::size_t>(values));
    keep(bytes);
    Kept kept = open();
    EXPECT_EQ(kept.overlap.has_value(), values == 32);
    kept.partial->discard();
  }
}

TEST_F(IntakeOpenTest, TroubleOfTheSpoolIsReported) {
  files.fail_from(0, ENOSPC);
  EXPECT_EQ(intake.open(identity, intake.look_for(identity)).error().code, Errc::exhausted);
  EXPECT_EQ(intake.fresh(identity).error().code, Errc::exhausted);
  files.count_operations();
  keep(ByteView(file).first(20'000));
  files.count_operations();
  ASSERT_TRUE(intake.open(identity, intake.look_for(identity)));
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    files.fail_operation(number, EMFILE);
    static_cast<void>(intake.open(identity, intake.look_for(identity)));
  }
  files.count_operations();
  EXPECT_EQ(open().partial->identity(), identity) << "and gets over it";
}

// ---- Files a device offers again although they are stored.

TEST_F(IntakeOpenTest, AStoredFileIsFoundAgainWithItsShortLastPacket) {
  for (const std::size_t size : {1024U, 1500U, 40'000U, 16U * 1024 + 1}) {
    identity = packets_identity(size, static_cast<std::int64_t>(size));
    const auto bytes = ByteView(file).first(size);
    const Media media = stored(bytes);
    const Kept kept = open();
    ASSERT_TRUE(kept.stored);
    EXPECT_FALSE(kept.partial);
    EXPECT_EQ(kept.stored->id, media.id);
    EXPECT_EQ(kept.size, size);
    EXPECT_EQ(kept.overlap->offset, (size - 1024) / 1024 * 1024);
    EXPECT_EQ(kept.overlap->bytes,
              Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(kept.overlap->offset), bytes.end()));
    expect_dropped();
  }
}

TEST_F(IntakeOpenTest, ASmallStoredFileProvesItselfWithAllOfIt) {
  const auto small = ByteView(file).first(300);
  stored(small);
  const Kept kept = open();
  ASSERT_TRUE(kept.stored);
  EXPECT_EQ(kept.overlap->offset, 0U);
  EXPECT_EQ(kept.overlap->bytes, Bytes(small.begin(), small.end()));
}

TEST_F(IntakeOpenTest, AStoredFileThatProvesNothingIsFetchedAgain) {
  stored(Bytes(5000, 7));
  EXPECT_TRUE(open().partial);
}

TEST_F(IntakeOpenTest, KeptBytesComeBeforeTheCatalog) {
  stored(file);
  Partial partial = std::move(*intake.fresh(identity));
  ASSERT_TRUE(partial.append(ByteView(file).first(9 * 1024)));
  {
    const Partial closing = std::move(partial);
  }
  EXPECT_EQ(open().size, 9 * 1024);
}

TEST_F(IntakeOpenTest, WithoutATimeOfCaptureTheCatalogIsNotAsked) {
  identity.captured_ms = 0;
  EXPECT_TRUE(open().partial);
  EXPECT_EQ(catalog.finds, 0);
}

TEST_F(IntakeOpenTest, ALostOrDamagedObjectIsFetchedAgain) {
  const Media media = stored(file);
  objects.fail_next("read", Errc::not_found);  // it ends before its size
  EXPECT_TRUE(open().partial);
  objects.fail_next("read", Errc::corrupt);
  EXPECT_TRUE(open().partial);
  catalog.rows[0].size = 5;
  EXPECT_TRUE(open().partial) << "another size";
  catalog.rows[0].size = 0;
  EXPECT_TRUE(open().partial) << "an empty file proves nothing";
  catalog.rows[0].size = file.size();
  ASSERT_TRUE(objects.remove(media.object_key));
  EXPECT_TRUE(open().partial);
}

// It may be back when the file is complete; should the file turn out to be stored, it is stored once all the same.
TEST_F(IntakeOpenTest, ADeadStoreOrCatalogIsNoReasonToRefuse) {
  stored(file);
  catalog.fail_next("find", Errc::unavailable);
  EXPECT_TRUE(open().partial);
  for (const char* call : {"open", "read"}) {
    objects.fail_next(call, Errc::unavailable);
    EXPECT_TRUE(open().partial) << call;
  }
  EXPECT_TRUE(open().stored);
}

// ---- Starting over.

TEST_F(IntakeOpenTest, FreshIsEmptyWhateverIsKept) {
  keep(file);
  EXPECT_EQ(intake.fresh(identity)->size(), 0U);
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(intake.fresh(identity)->size(), 0U);
  const auto started_over = intake.start_over(upload(file));
  EXPECT_EQ(started_over->size(), 0U);
  EXPECT_EQ(spool->usage().partials, 1U);
}

TEST_F(IntakeOpenTest, FreshLeavesAnObjectMadeFromTheKeptBytesAlone) {
  catalog.fail_next("commit", Errc::unavailable);
  EXPECT_FALSE(publish(file));
  Partial partial = std::move(*intake.fresh(identity));
  ASSERT_TRUE(write_rest(partial, noise(file.size(), 2)));
  EXPECT_EQ(object(objects.keys().at(0)), file);
}

}  // namespace
}  // namespace storage
