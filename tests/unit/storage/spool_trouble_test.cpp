// A disk that refuses, the real disk, and many threads.
#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "tests/unit/storage/spool_fixture.hpp"
#include "tests/unit/storage/temp_dir.hpp"

namespace storage {
namespace {

using base::Errc;

class SpoolTroubleTest : public SpoolFixture {};

// ---- Trouble with the disk.

TEST_F(SpoolTroubleTest, AFailedWriteChangesNothing) {
  for (const int os_error : {ENOSPC, EIO, EROFS}) {
    Partial partial = acquire();
    ASSERT_TRUE(partial.trim(0));
    ASSERT_TRUE(partial.append(base::ByteView(file).first(2000)));
    for (std::uint64_t number = 0; number < 3; ++number) {
      files.fail_operation(number, os_error);
      EXPECT_EQ(partial.append(block_of(file, 0)).error().os_error, os_error);
      EXPECT_EQ(partial.size(), 2000U);
    }
    files.count_operations();
    EXPECT_EQ(*partial.read_from(0), base::Bytes(file.begin(), file.begin() + 2000));
    EXPECT_TRUE(write_rest(partial, file)) << "space is back";
    EXPECT_EQ(*partial.read_from(0), file);
  }
}

TEST_F(SpoolTroubleTest, APartialThatCannotBeMadeLeavesNothing) {
  for (const int os_error : {ENOSPC, EIO, EROFS, EMFILE}) {
    for (std::uint64_t number = 0; number < 3; ++number) {
      files.fail_operation(number, os_error);
      EXPECT_EQ(spool->acquire(identity).error().os_error, os_error);
      files.count_operations();
      EXPECT_TRUE(names().empty()) << number;
      EXPECT_EQ(spool->usage().partials, 0U);
    }
  }
}

TEST_F(SpoolTroubleTest, TroubleOnOpeningCostsNoBytes) {
  keep(file);
  for (const int os_error : {EMFILE, EROFS, EACCES}) {
    for (std::uint64_t number = 0; number < 3; ++number) {
      files.fail_operation(number, os_error);
      EXPECT_EQ(spool->acquire(identity).error().os_error, os_error) << number;
    }
  }
  files.count_operations();
  EXPECT_EQ(acquire().size(), file.size());
  EXPECT_EQ(spool->usage().bytes, file.size());
}

TEST_F(SpoolTroubleTest, ABadSpotOfTheDiskCostsWhatLiesBehindIt) {
  keep(file);
  files.fail_operation(3 + 2 + 2 * 2 + 1, EIO);  // two opens and a look, the header in two reads, two blocks, a record
  EXPECT_EQ(acquire().size(), 2 * block_size);
  files.fail_operation(3, EIO);  // the header itself
  const Partial fresh = acquire();
  EXPECT_EQ(fresh.size(), 0U);
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(SpoolTroubleTest, AFailedReadBackIsAnError) {
  const Partial partial = upload(file);
  files.fail_operation(1, EIO);
  EXPECT_EQ(partial.read_from(0).error().code, Errc::io);
  EXPECT_EQ(partial.size(), file.size());
}

TEST_F(SpoolTroubleTest, AFailedSyncIsCorrupt) {
  Partial partial = upload(file);
  files.fail_next_sync();
  EXPECT_EQ(partial.sync().error().code, Errc::corrupt);
}

TEST_F(SpoolTroubleTest, OpenReportsEveryTrouble) {
  keep(file);
  spool.reset();
  const auto leave_a_probe = [&] {
    files.count_operations();
    files.set_content(directory / (base::Uuid::v7(base::utc_now()).str() + ".probe"), {});
  };
  leave_a_probe();
  ASSERT_TRUE(Spool::open(directory, files));
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    leave_a_probe();
    files.fail_operation(number, EMFILE);
    const auto opened = Spool::open(directory, files);
    ASSERT_FALSE(opened) << number;
    EXPECT_EQ(opened.error().os_error, EMFILE);
  }
  files.count_operations();
  reopen();
  EXPECT_EQ(acquire().size(), file.size()) << "trouble throws no file away";
}

TEST_F(SpoolTroubleTest, AWorthlessPartialThatCannotBeRemovedIsNeverUsed) {
  damage(sums_of(keep(file)), 0);
  files.count_operations();
  files.fail_from(5, EROFS);  // behind look at and sync of the directory, the list, open and read of the sidecar
  reopen();
  EXPECT_EQ(spool->usage().partials, 0U);
  files.count_operations();
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(acquire().size(), 0U);
}

TEST_F(SpoolTroubleTest, ProbeFindsEveryTroubleAndLeavesNothing) {
  EXPECT_TRUE(spool->probe());
  EXPECT_TRUE(names().empty());
  files.fail_next_sync();
  EXPECT_EQ(spool->probe().error().code, Errc::corrupt);
  files.count_operations();
  ASSERT_TRUE(spool->probe());
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    files.fail_operation(number, ENOSPC);
    EXPECT_FALSE(spool->probe()) << number;
  }
  files.count_operations();
  EXPECT_EQ(names().size(), 1U) << "the one whose removal failed";
  reopen();
  EXPECT_TRUE(names().empty());
}

// ---- The real disk, and threads.

TEST(SpoolOnDisk, KeepsAFileAcrossAReopenedSpool) {
  const TempDir folder;
  const auto file = noise(three_blocks_and_a_bit);
  const auto identity = packets_identity(file.size());
  {
    const auto spool = *Spool::open(folder.path() / "a" / "spool");
    EXPECT_TRUE(spool->probe());
    Partial partial = std::move(*spool->acquire(identity));
    ASSERT_TRUE(write_rest(partial, file));
    EXPECT_TRUE(partial.sync());
  }
  const auto spool = *Spool::open(folder.path() / "a" / "spool");
  Partial partial = std::move(*spool->acquire(identity));
  EXPECT_EQ(*partial.read_from(0), file);
  std::filesystem::create_hard_link(partial.data_path(), folder.path() / "object");
  ASSERT_TRUE(partial.trim(3 * block_size));
  auto other = file;
  other.back() ^= 1;
  EXPECT_EQ(write_rest(partial, other).error().code, Errc::corrupt);
  partial.discard();
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "a" / "spool"));
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "object"), file.size());
  EXPECT_EQ(spool->expire(base::utc_now() + std::chrono::hours(1)), 0U);
}

TEST(SpoolOnDisk, ManyThreadsUploadAtOnce) {
  const TempDir folder;
  const auto spool = *Spool::open(folder.path());
  std::vector<std::thread> threads;
  std::atomic<int> whole{0};
  for (unsigned number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      const auto file = noise(three_blocks_and_a_bit, number);
      for (unsigned round = 0; round < 10; ++round) {
        const auto identity = packets_identity(file.size(), 1 + number + 100 * round);
        {
          Partial first = std::move(*spool->acquire(identity));
          static_cast<void>(first.append(block_of(file, 0)));
        }
        Partial partial = std::move(*spool->acquire(identity));
        if (partial.size() == block_size && write_rest(partial, file) && *partial.read_from(0) == file) ++whole;
        static_cast<void>(spool->usage());
        static_cast<void>(spool->expire(base::UtcTime{}));
        partial.discard();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(whole, 80);
  EXPECT_EQ(spool->usage().partials, 0U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace storage
