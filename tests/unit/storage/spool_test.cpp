#include "storage/spool/spool.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/storage/spool_fixture.hpp"

namespace storage {
namespace {

using base::Errc;

class SpoolTest : public SpoolFixture {};

// ---- Keeping and finding again.

TEST_F(SpoolTest, KeepsAFileAcrossAReopenedSpool) {
  const auto id = upload(file).id();
  reopen();
  const Partial again = acquire();
  EXPECT_EQ(again.id(), id);
  EXPECT_EQ(again.size(), file.size());
  EXPECT_EQ(*again.read_from(0), file);
  EXPECT_EQ(again.identity(), identity);
  EXPECT_EQ(again.rejected_sha256(), "");
}

TEST_F(SpoolTest, KeepsAFileAcrossTwoConnections) {
  {
    EXPECT_TRUE(acquire().append(block_of(file, 0)));
  }
  Partial partial = acquire();
  EXPECT_EQ(partial.size(), block_size);
  EXPECT_TRUE(write_rest(partial, file));
  EXPECT_EQ(*partial.read_from(0), file);
}

TEST_F(SpoolTest, ATailGrowsFromAnyLength) {
  for (std::size_t first = 0; first <= block_size; first += 1024) {
    Partial partial = std::move(*spool->start_over(acquire()));
    if (first > 0) {
      ASSERT_TRUE(partial.append(base::ByteView(file).first(first)));
    }
    ASSERT_TRUE(write_rest(partial, file)) << first;
    EXPECT_EQ(*partial.read_from(0), file) << first;
  }
}

TEST_F(SpoolTest, EveryMemberOfTheIdentityCounts) {
  keep(file);
  const auto differs = [&](auto change) {
    FileIdentity other = identity;
    change(other);
    EXPECT_EQ(spool->acquire(other)->size(), 0U);
  };
  differs([](FileIdentity& other) { other.imei = *base::Imei::from_number(base::with_luhn_digit(35630704244102)); });
  differs([](FileIdentity& other) { other.name = "%photor"; });
  differs([](FileIdentity& other) { ++other.declared_size; });
  differs([](FileIdentity& other) { other.unit = SizeUnit::bytes; });
  differs([](FileIdentity& other) { other.declared_crc = 1; });
  differs([](FileIdentity& other) { ++*other.captured_ms; });
  differs([](FileIdentity& other) { other.metadata = "atem"; });
  EXPECT_EQ(acquire().size(), file.size());
}

TEST_F(SpoolTest, IdentityMembersSurviveTheDisk) {
  identity.name = std::string("a\0\xff\"../b", 9);
  identity.metadata = std::string(max_identity_text, '\x80');
  identity.captured_ms = -1;
  identity.declared_crc = 0xbeef;
  keep(file);
  reopen();
  EXPECT_EQ(acquire().identity(), identity);
  EXPECT_EQ(acquire().size(), file.size());
}

TEST_F(SpoolTest, AnIdentityThatIsTooLongIsRefusedAndLeavesNothing) {
  identity.metadata = std::string(max_identity_text + 1, 'x');
  EXPECT_EQ(spool->acquire(identity).error().code, Errc::invalid);
  identity.metadata.clear();
  identity.name = std::string(max_identity_text + 1, 'x');
  EXPECT_EQ(spool->acquire(identity).error().code, Errc::invalid);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_TRUE(names().empty());
}

TEST_F(SpoolTest, WithoutATimeOfCaptureNothingIsEverResumed) {
  for (const auto& time : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0)}) {
    identity.captured_ms = time;
    const Partial open = upload(file);
    EXPECT_EQ(acquire().size(), 0U);
  }
  EXPECT_TRUE(names().empty()) << "nobody can ask for them again";
}

TEST_F(SpoolTest, AFileThatCannotBeResumedIsRemovedAtTheNextStart) {
  identity.captured_ms.reset();
  {
    const Partial open = upload(file);
    files.fail_from(0, EIO);  // killed here, as far as the disk can tell
  }
  files.count_operations();
  EXPECT_EQ(names().size(), 2U);
  reopen();
  EXPECT_TRUE(names().empty());
}

TEST_F(SpoolTest, AnOpenPartialIsNotGivenTwice) {
  const Partial open = upload(file);
  const Partial second = acquire();
  EXPECT_NE(second.id(), open.id());
  EXPECT_EQ(second.size(), 0U);
}

TEST_F(SpoolTest, OfDuplicatesTheLongestStays) {
  for (const std::size_t longest : {0U, 1U, 2U}) {
    std::vector<Partial> partials;
    for (std::size_t number = 0; number < 3; ++number) {
      partials.push_back(acquire());
      const std::size_t bytes = number == longest ? 3000 : 2000;
      ASSERT_TRUE(partials.back().append(base::ByteView(file).first(bytes)));
    }
    const auto id = partials[longest].id();
    partials.clear();
    Partial kept = acquire();
    EXPECT_EQ(kept.id(), id);
    EXPECT_EQ(kept.size(), 3000U);
    EXPECT_EQ(spool->usage().partials, 1U);
    EXPECT_EQ(names().size(), 2U);
    kept.discard();
  }
}

TEST_F(SpoolTest, OfEquallyLongDuplicatesTheNewestStays) {
  auto older = std::optional(acquire());
  auto newer = std::optional(acquire());
  const auto first = std::max(older->id(), newer->id());
  older.reset();
  newer.reset();
  EXPECT_EQ(acquire().id(), first);
}

// ---- Writing.

TEST_F(SpoolTest, NothingAndMoreThanABlockIsNotAdded) {
  Partial partial = acquire();
  EXPECT_EQ(partial.append({}).error().code, Errc::invalid);
  EXPECT_EQ(partial.append(base::ByteView(file).first(block_size + 1)).error().code, Errc::invalid);
  EXPECT_EQ(partial.size(), 0U);
  EXPECT_TRUE(partial.append(base::ByteView(file).first(block_size)));
}

TEST_F(SpoolTest, EveryAdditionIsKeptAtOnce) {
  std::size_t size = 0;
  // Each partial is opened anew, so that its checksum goes on from the bytes on the disk.
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1023}, block_size - 2000, block_size, std::size_t{976},
                                  block_size, std::size_t{5000}}) {
    {
      Partial partial = acquire();
      ASSERT_EQ(partial.size(), size);
      ASSERT_TRUE(partial.append(base::ByteView(file).subspan(size, piece))) << size;
    }
    size += piece;
    EXPECT_EQ(*acquire().read_from(0), base::Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
  }
  ASSERT_EQ(size, file.size());
}

TEST_F(SpoolTest, SmallAdditionsToAnOpenPartialAreKept) {
  std::size_t size = 0;
  Partial partial = acquire();
  for (std::size_t piece = 1; size < file.size(); piece = piece * 3 % 8191) {
    const std::size_t part = std::min(piece, file.size() - size);
    ASSERT_TRUE(partial.append(base::ByteView(file).subspan(size, part)));
    size += part;
  }
  {
    const Partial closing = std::move(partial);
  }
  EXPECT_EQ(*acquire().read_from(0), file);
}

TEST_F(SpoolTest, NothingIsWrittenBeyondTheDeclaredSize) {
  identity = bytes_identity(5000);
  Partial partial = acquire();
  EXPECT_EQ(partial.append(base::ByteView(file).first(5001)).error().code, Errc::invalid);
  EXPECT_TRUE(partial.append(base::ByteView(file).first(5000)));
}

TEST_F(SpoolTest, ReadsFromAnywhere) {
  const Partial partial = upload(file);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, block_size - 1, block_size, block_size + 1,
                                   3 * block_size + 4999, file.size()}) {
    const base::Bytes expected(file.begin() + static_cast<std::ptrdiff_t>(offset), file.end());
    EXPECT_EQ(*partial.read_from(offset), expected) << offset;
  }
  EXPECT_EQ(partial.read_from(file.size() + 1).error().code, Errc::invalid);
}

TEST_F(SpoolTest, TrimForgetsTheEnd) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1024}, block_size, block_size + 1024, 3 * block_size,
                                 3 * block_size + 4096, file.size()}) {
    Partial partial = upload(file);
    ASSERT_TRUE(partial.trim(size)) << size;
    EXPECT_EQ(partial.size(), size);
    EXPECT_EQ(*partial.read_from(0), base::Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_EQ(spool->usage().bytes, size);
    EXPECT_EQ(partial.trim(size + 1).error().code, Errc::invalid);
    ASSERT_TRUE(write_rest(partial, file));
    EXPECT_EQ(*partial.read_from(0), file);
    partial.discard();
  }
}

TEST_F(SpoolTest, WhatWasTrimmedMayBeWrittenWithOtherBytes) {
  auto other = file;
  other.back() ^= 1;
  Partial partial = upload(file);
  ASSERT_TRUE(partial.trim(file.size() - 904));
  ASSERT_TRUE(write_rest(partial, other));
  EXPECT_EQ(*partial.read_from(0), other);
  {
    const Partial closing = std::move(partial);
  }
  EXPECT_EQ(*acquire().read_from(0), other);
}

TEST_F(SpoolTest, ATailThatTurnsOutDamagedIsNotAddedTo) {
  keep(base::ByteView(file).first(block_size + 3000));
  Partial partial = acquire();
  damage(partial.data_path(), block_size + 1);
  EXPECT_EQ(partial.append(base::ByteView(file).subspan(block_size + 3000, 1024)).error().code, Errc::corrupt);
}

TEST_F(SpoolTest, TrimFindsDamage) {
  Partial partial = upload(file);
  damage(partial.data_path(), block_size + 1);
  EXPECT_EQ(partial.trim(block_size + 1024).error().code, Errc::corrupt);
}

// ---- Starting over, discarding, bounds.

TEST_F(SpoolTest, StartOverRemembersTheRejectedUpload) {
  const std::string sha(64, 'a');
  {
    const Partial fresh = std::move(*spool->start_over(upload(file), sha));
    EXPECT_EQ(fresh.size(), 0U);
    EXPECT_EQ(fresh.rejected_sha256(), sha);
  }
  reopen();
  Partial again = acquire();
  EXPECT_EQ(again.rejected_sha256(), sha);
  EXPECT_EQ(spool->start_over(std::move(again))->rejected_sha256(), sha);
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(SpoolTest, StartOverFailsRatherThanLeaveUntrustedBytesBehind) {
  Partial partial = upload(file);
  files.fail_operation(0, EROFS);
  EXPECT_EQ(spool->start_over(std::move(partial)).error().os_error, EROFS);
}

TEST_F(SpoolTest, DiscardRemovesBothFilesOnce) {
  Partial partial = upload(file);
  partial.discard();
  partial.discard();
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  EXPECT_EQ(partial.size(), 0U);
  EXPECT_EQ(partial.append(block_of(file, 0)).error().code, Errc::invalid);
  EXPECT_EQ(acquire().size(), 0U);
  Partial moved_from = acquire();
  const Partial moved_to = std::move(moved_from);
  moved_from.discard();  // NOLINT(bugprone-use-after-move): documented as harmless
}

TEST_F(SpoolTest, ADiscardThatFailsIsForgottenAllTheSame) {
  Partial partial = upload(file);
  const auto id = partial.id();
  files.fail_from(0, EIO);
  partial.discard();
  files.count_operations();
  EXPECT_NE(acquire().id(), id);
}

TEST_F(SpoolTest, ADeviceKeepsABoundedNumberOfFilesAndTheOldestGoes) {
  std::vector<base::Uuid> ids;
  for (std::size_t number = 0; number < max_partials_per_device; ++number) {
    identity.captured_ms = static_cast<std::int64_t>(1000 + number);
    ids.push_back(upload(base::ByteView(file).first(1024)).id());
  }
  const auto oldest = std::ranges::min(ids);
  identity.captured_ms = 1;
  const Partial one_more = acquire();
  EXPECT_EQ(spool->usage().partials, max_partials_per_device);
  EXPECT_EQ(files.status(directory / (oldest.str() + ".part")).error().code, Errc::not_found);
  EXPECT_EQ(files.status(directory / (oldest.str() + ".sums")).error().code, Errc::not_found);
  EXPECT_EQ(names().size(), 2 * max_partials_per_device);

  // Another device is not concerned.
  identity.imei = *base::Imei::from_number(base::with_luhn_digit(35630704244102));
  const Partial of_another = acquire();
  EXPECT_EQ(spool->usage().partials, max_partials_per_device + 1);
}

TEST_F(SpoolTest, OpenFilesNeverMakeRoom) {
  std::vector<Partial> open;
  for (std::size_t number = 0; number < max_partials_per_device; ++number) open.push_back(acquire());
  EXPECT_EQ(spool->acquire(identity).error().code, Errc::exhausted);
  open.pop_back();
  EXPECT_TRUE(spool->acquire(identity));
}

TEST_F(SpoolTest, ExpireRemovesWhatIsOldAndNotOpen) {
  const auto day = base::UtcTime(std::chrono::days(20'000));
  files.set_clock(day);
  keep(file);
  identity.captured_ms = 7;
  const Partial open = upload(file);
  files.set_clock(day + std::chrono::hours(2));
  identity.captured_ms = 8;
  keep(file);
  EXPECT_EQ(spool->expire(day), 0U);
  EXPECT_EQ(spool->expire(day + std::chrono::hours(1)), 1U);
  EXPECT_EQ(spool->usage().partials, 2U);
  EXPECT_EQ(names().size(), 4U);
  EXPECT_EQ(spool->expire(day + std::chrono::hours(3)), 1U);
  EXPECT_EQ(*open.read_from(0), file);
}

TEST_F(SpoolTest, ExpireLeavesTheLastOfADeviceCountedRight) {
  keep(file);
  EXPECT_EQ(spool->expire(base::UtcTime::max()), 1U);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  EXPECT_EQ(acquire().size(), 0U);
}

TEST_F(SpoolTest, TheOldestExpireUntilSoManyBytesAreFree) {
  const auto day = base::UtcTime(std::chrono::days(20'000));
  for (int hour = 0; hour < 4; ++hour) {
    files.set_clock(day + std::chrono::hours(hour));
    identity.captured_ms = hour + 1;
    keep(file);
  }
  identity.captured_ms = 1;
  const Partial open = acquire();
  const auto removed = spool->expire_oldest(file.size() + 1);
  EXPECT_EQ(removed.partials, 2U);
  EXPECT_EQ(removed.bytes, 2 * file.size());
  EXPECT_EQ(*open.read_from(0), file) << "the oldest, but somebody has it";
  identity.captured_ms = 4;
  EXPECT_EQ(acquire().size(), file.size()) << "the newest";
  EXPECT_EQ(spool->usage().partials, 2U);
}

TEST_F(SpoolTest, NothingExpiresWhereThatWouldNotBeEnough) {
  keep(file);
  EXPECT_EQ(spool->expire_oldest(file.size() + 1).partials, 0U);
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(spool->expire_oldest(file.size()).partials, 1U);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->expire_oldest(1).partials, 0U);
}

TEST_F(SpoolTest, AFileThatCannotBeLookedAtDoesNotExpire) {
  keep(file);
  files.fail_from(0, EIO);
  EXPECT_EQ(spool->expire(base::UtcTime::max()), 0U);
}

TEST_F(SpoolTest, UsageCountsPartialsAndBytes) {
  keep(file);
  EXPECT_EQ(spool->usage().bytes, file.size());
  reopen();
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(spool->usage().bytes, file.size());
  identity.captured_ms = 9;
  const Partial open = upload(base::ByteView(file).first(2000));
  EXPECT_EQ(spool->usage().partials, 2U);
  EXPECT_EQ(spool->usage().bytes, file.size() + 2000);
}

TEST_F(SpoolTest, DescriptorsAreBounded) {
  std::vector<Partial> open;
  const std::size_t count = max_partials_kept_open + 20;
  for (std::size_t number = 0; number < count; ++number) {
    identity.imei = *base::Imei::from_number(base::with_luhn_digit(35630704000000 + number / 50));
    open.push_back(acquire());
  }
  EXPECT_EQ(files.open_files(), 2 * static_cast<std::size_t>(max_partials_kept_open));
  Partial& last = open.back();
  EXPECT_TRUE(write_rest(last, file));
  EXPECT_EQ(*last.read_from(0), file);
  EXPECT_TRUE(last.sync());
  EXPECT_EQ(files.open_files(), 2 * static_cast<std::size_t>(max_partials_kept_open));
  files.fail_from(0, EMFILE);
  EXPECT_EQ(last.append(base::ByteView(file).first(1)).error().code, Errc::exhausted);
  EXPECT_EQ(last.read_from(0).error().code, Errc::exhausted);
  EXPECT_EQ(last.sync().error().code, Errc::exhausted);
  files.fail_operation(1, EMFILE);
  EXPECT_EQ(last.sync().error().code, Errc::exhausted) << "the second of its two files";
  files.count_operations();
  open.erase(open.begin(), open.begin() + 30);
  identity.captured_ms = 3;
  open.push_back(acquire());
  EXPECT_EQ(files.open_files(), 2 * static_cast<std::size_t>(max_partials_kept_open - 29));
}

}  // namespace
}  // namespace storage
