#include "storage/files/file_system.hpp"

#include <gmock/gmock.h>

#include <fcntl.h>

#include "tests/unit/storage/memory_file_system.hpp"
#include "tests/unit/storage/temp_dir.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::Errc;
using testing::ElementsAre;
using testing::HasSubstr;

class PosixFilesTest : public testing::Test {
 protected:
  std::filesystem::path at(std::string_view name) const { return folder.path() / name; }
  File make(std::string_view name, Bytes bytes = {1, 2, 3}) {
    File file = std::move(*files.open(at(name), OpenMode::create_new));
    EXPECT_TRUE(file.write_at(0, bytes));
    return file;
  }

  TempDir folder;
  FileSystem& files = posix_file_system();
};

TEST_F(PosixFilesTest, WritesAndReadsByOffset) {
  File file = make("a");
  ASSERT_TRUE(file.write_at(5, Bytes{9, 8}));
  Bytes out(10, 0xff);
  EXPECT_EQ(*file.read_at(1, out), 6U);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 6), (Bytes{2, 3, 0, 0, 9, 8}));
  EXPECT_EQ(*file.read_at(7, out), 0U);
  EXPECT_TRUE(file.sync());
  EXPECT_EQ(file.status()->size, 7U);
  EXPECT_EQ(file.path(), at("a"));
}

TEST_F(PosixFilesTest, ModesDoWhatTheySay) {
  make("a");
  EXPECT_EQ(files.open(at("a"), OpenMode::create_new).error().code, Errc::conflict);
  EXPECT_EQ(files.open(at("b"), OpenMode::read).error().code, Errc::not_found);
  EXPECT_EQ(files.open(at("b"), OpenMode::write).error().code, Errc::not_found);
  File reading = std::move(*files.open(at("a"), OpenMode::read));
  const auto written = reading.write_at(0, Bytes{1});
  EXPECT_EQ(written.error().code, Errc::io);
  EXPECT_THAT(written.error().message, HasSubstr(at("a").string()));
  EXPECT_TRUE(std::move(*files.open(at("a"), OpenMode::write)).write_at(0, Bytes{7}));
}

TEST_F(PosixFilesTest, FilesAreNotForEverybody) {
  make("a");
  ASSERT_TRUE(files.make_directory(at("d")));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(at("a")).permissions() & perms::others_all, perms::none);
  EXPECT_EQ(std::filesystem::status(at("d")).permissions() & perms::others_all, perms::none);
}

TEST_F(PosixFilesTest, AFileClosesItselfOnce) {
  int descriptor = -1;
  {
    File file = make("a");
    descriptor = file.descriptor();
    File moved = std::move(file);
    File& same = moved;
    moved = std::move(same);
    EXPECT_TRUE(moved.is_open());
    EXPECT_FALSE(file.is_open());  // NOLINT(bugprone-use-after-move): documented as closed
    File other = make("b");
    other = std::move(moved);
    EXPECT_EQ(other.descriptor(), descriptor);
  }
  EXPECT_EQ(::fcntl(descriptor, F_GETFD), -1);
}

TEST_F(PosixFilesTest, NamesComeAndGo) {
  make("a");
  EXPECT_TRUE(files.link(at("a"), at("b")));
  EXPECT_EQ(files.status(at("b"))->links, 2U);
  EXPECT_EQ(files.link(at("a"), at("b")).error().code, Errc::conflict);
  EXPECT_TRUE(files.rename(at("b"), at("c")));
  EXPECT_THAT(*files.list(folder.path()), ElementsAre("a", "c"));
  EXPECT_TRUE(files.remove(at("a")));
  EXPECT_EQ(files.remove(at("a")).error().code, Errc::not_found);
  EXPECT_EQ(files.rename(at("a"), at("d")).error().code, Errc::not_found);
  EXPECT_EQ(files.status(at("c"))->links, 1U);
  EXPECT_TRUE(files.sync_directory(folder.path()));
  EXPECT_EQ(files.sync_directory(at("nowhere")).error().code, Errc::not_found);
  EXPECT_EQ(files.list(at("nowhere")).error().code, Errc::not_found);
}

TEST_F(PosixFilesTest, StatusTellsTheTimeOfTheLastWrite) {
  const auto before = base::utc_now();
  make("a");
  EXPECT_GE(files.status(at("a"))->modified, before - std::chrono::seconds(1));
  EXPECT_LE(files.status(at("a"))->modified, base::utc_now() + std::chrono::seconds(1));
  EXPECT_TRUE(files.status(folder.path())->is_directory);
  EXPECT_FALSE(files.status(at("a"))->is_directory);
}

TEST_F(PosixFilesTest, TroubleOfTheDiskIsToldByName) {
  const auto full = files.open("/dev/full", OpenMode::write);
  if (!full) GTEST_SKIP() << "no /dev/full here";
  File file = std::move(*files.open("/dev/full", OpenMode::write));
  const auto written = file.write_at(0, Bytes{1});
  EXPECT_EQ(written.error().code, Errc::exhausted);
  EXPECT_EQ(written.error().message, "Cannot write to /dev/full: No space left on device");
  const auto synced = file.sync();  // a device cannot be synced: the same as any failed sync
  EXPECT_EQ(synced.error().code, Errc::corrupt);
  File directory = std::move(*files.open(folder.path(), OpenMode::read));
  Bytes out(1);
  EXPECT_EQ(directory.read_at(0, out).error().code, Errc::io);
}

TEST_F(PosixFilesTest, MakesDirectoriesAboveEachOther) {
  EXPECT_TRUE(make_directories(files, at("x/y/z")));
  EXPECT_TRUE(std::filesystem::is_directory(at("x/y/z")));
  EXPECT_TRUE(make_directories(files, at("x/y/z")));
  EXPECT_TRUE(make_directories(files, at("x/y/w/")));
  EXPECT_TRUE(std::filesystem::is_directory(at("x/y/w")));
  make("f");
  EXPECT_EQ(make_directories(files, at("f")).error().code, Errc::conflict);
  EXPECT_FALSE(make_directories(files, at("f/g")));
  EXPECT_TRUE(make_directories(files, {}));
}

TEST(MakeDirectories, SyncsTheParentOfEachOneItMade) {
  MemoryFileSystem files;
  ASSERT_TRUE(make_directories(files, "/a/b/c"));
  files.power_on(Unsynced::lost);
  EXPECT_TRUE(files.status("/a/b/c")->is_directory);
}

TEST(MakeDirectories, MakesGoodASyncThatFailedAtAnEarlierStart) {
  MemoryFileSystem files;
  files.fail_next_sync();
  ASSERT_FALSE(make_directories(files, "/a/b"));
  ASSERT_TRUE(make_directories(files, "/a/b"));
  files.power_on(Unsynced::lost);
  EXPECT_TRUE(files.status("/a/b")->is_directory);
}

TEST(MakeDirectories, DoesNotMindAParentThatMayNotBeRead) {
  MemoryFileSystem files;
  ASSERT_TRUE(make_directories(files, "/a/b"));
  files.fail_operation(1, EACCES);
  EXPECT_TRUE(make_directories(files, "/a/b"));
}

TEST(MakeDirectories, ReportsEveryTrouble) {
  MemoryFileSystem files;
  ASSERT_TRUE(make_directories(files, "/a/b"));
  const auto operations = files.operations();
  for (std::uint64_t number = 0; number < operations; ++number) {
    MemoryFileSystem failing;
    failing.fail_operation(number, EIO);
    EXPECT_FALSE(make_directories(failing, "/a/b")) << number;
  }
}

}  // namespace
}  // namespace storage
