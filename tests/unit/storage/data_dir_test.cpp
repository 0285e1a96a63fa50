#include "storage/files/data_dir.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>

#include "tests/support/temp_folder.hpp"

namespace storage {
namespace {

TEST(DataDir, IsMadeWithWhatIsAboveIt) {
  const tests::TempFolder folder;
  const auto lock = DataDirLock::acquire(folder / "a/b");
  ASSERT_TRUE(lock) << lock.error().message;
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a/b"));
}

TEST(DataDir, BelongsToOneAtATime) {
  const tests::TempFolder folder;
  const std::string directory = folder.path();
  std::optional<base::Result<DataDirLock>> first = DataDirLock::acquire(directory);
  ASSERT_TRUE(*first);
  const auto second = DataDirLock::acquire(directory);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Errc::conflict);
  EXPECT_EQ(second.error().message,
            "Another dualcamd uses the data directory " + directory + ". Stop it, or set another --data-dir.");
  {
    const DataDirLock moved = std::move(**first);
    first.reset();
    EXPECT_FALSE(DataDirLock::acquire(directory)) << "moved, not given up";
  }
  EXPECT_TRUE(DataDirLock::acquire(directory));
}

TEST(DataDir, ErrorsAreSentences) {
  const tests::TempFolder folder;
  std::ofstream(folder / "file") << "no directory";
  const auto below_a_file = DataDirLock::acquire(folder / "file/data");
  ASSERT_FALSE(below_a_file);
  EXPECT_TRUE(
      below_a_file.error().message.starts_with("Cannot make the data directory " + std::string(folder / "file/data")))
      << below_a_file.error().message;
  const auto in_proc = DataDirLock::acquire("/proc");  // nobody can write there, not even root
  ASSERT_FALSE(in_proc);
  EXPECT_TRUE(in_proc.error().message.starts_with("Cannot write to the data directory /proc"))
      << in_proc.error().message;
}

TEST(DataDir, TellsWhoHadItBefore) {
  const tests::TempFolder folder;
  const std::string directory = folder.path();
  EXPECT_EQ(DataDirLock::acquire(directory)->take_over("a long name of the first one"), "");
  const auto lock = DataDirLock::acquire(directory);
  EXPECT_EQ(lock->take_over("second"), "a long name of the first one");
  EXPECT_EQ(lock->take_over("third"), "second");
}

}  // namespace
}  // namespace storage
