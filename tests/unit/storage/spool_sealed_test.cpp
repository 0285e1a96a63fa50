// Data files that are part of the object store already.
#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/storage/spool_fixture.hpp"

namespace storage {
namespace {

using base::Errc;

// ---- Sealed files: part of the object store already.

class SealedSpoolTest : public SpoolFixture {
 protected:
  SealedSpoolTest() {
    const auto path = keep(file);
    EXPECT_TRUE(files.link(path, "/data/object"));
  }
  void expect_object_untouched() const { EXPECT_EQ(files.content("/data/object"), file); }
};

TEST_F(SealedSpoolTest, MayBeReadAndPublishedAgain) {
  Partial partial = acquire();
  EXPECT_EQ(*partial.read_from(0), file);
  EXPECT_TRUE(partial.sync());
}

TEST_F(SealedSpoolTest, TakesItsOwnBytesAgainWithoutWriting) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.trim(3 * block_size + 4096));
  EXPECT_TRUE(write_rest(partial, file));
  EXPECT_EQ(*partial.read_from(0), file);
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, RefusesOtherBytes) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.trim(3 * block_size + 4096));
  auto other = file;
  other.back() ^= 1;
  EXPECT_EQ(write_rest(partial, other).error().code, Errc::corrupt);
  auto longer = file;
  longer.push_back(1);
  EXPECT_EQ(write_rest(partial, longer).error().code, Errc::corrupt);
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, IsRecognisedAlsoWhenItIsLinkedWhileOpen) {
  Partial partial = std::move(*spool->start_over(acquire()));
  ASSERT_TRUE(partial.append(block_of(file, 0)));
  ASSERT_TRUE(files.link(partial.data_path(), "/data/other"));
  EXPECT_EQ(partial.append(block_of(file, 1)).error().code, Errc::corrupt);
  EXPECT_EQ(files.content("/data/other").size(), block_size);
}

TEST_F(SealedSpoolTest, StartingOverAndRemovalLeaveTheObjectAlone) {
  Partial fresh = std::move(*spool->start_over(acquire()));
  EXPECT_EQ(fresh.size(), 0U);
  EXPECT_TRUE(write_rest(fresh, noise(file.size(), 2)));
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, OneThatDoesNotVerifyIsReplaced) {
  const auto id = acquire().id();
  const auto sums = sums_of(directory / (id.str() + ".part"));
  damage(sums, header_bytes(sums) + block_record_size);
  EXPECT_NE(acquire().id(), id);
  EXPECT_EQ(names().size(), 2U);
  EXPECT_EQ(spool->usage().partials, 1U);
  EXPECT_EQ(spool->usage().bytes, 0U);
  expect_object_untouched();
}

TEST_F(SealedSpoolTest, AFailedComparisonIsAnError) {
  Partial partial = acquire();
  ASSERT_TRUE(partial.trim(3 * block_size + 4096));
  files.fail_operation(1, EIO);  // after the look at the links
  EXPECT_EQ(write_rest(partial, file).error().code, Errc::io);
}

}  // namespace
}  // namespace storage
