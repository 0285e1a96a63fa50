// What is found in a folder, and that nothing is read through a link.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "tests/support/temp_folder.hpp"
#include "tools/import/source_folder.hpp"

namespace importing {
namespace {

namespace fs = std::filesystem;

class ImportSource : public testing::Test {
 protected:
  ImportSource() {
    fs::create_directories(root_ / "a/b");
    std::ofstream(root_ / "one") << "1";
    std::ofstream(root_ / "a/two") << "22";
    std::ofstream(root_ / "a/b/three") << "333";
    std::ofstream(folder_ / "outside") << "secret";
    fs::create_directory(folder_ / "elsewhere");
    std::ofstream(folder_ / "elsewhere/file") << "secret";
  }
  std::vector<Found> walk() {
    auto walk = FolderWalk::begin(root_);
    EXPECT_TRUE(walk);
    std::vector<Found> all;
    while (auto found = walk->next()) all.push_back(std::move(*found));
    std::ranges::sort(all, {}, &Found::path);
    return all;
  }
  base::Errc refusal_of(const fs::path& path) {
    const auto source = SourceFolder::open(root_);
    const auto file = source->open_file(path);
    EXPECT_FALSE(file) << path;
    return file ? base::Errc::invalid : file.error().code;
  }

  const tests::TempFolder folder_;
  const fs::path root_ = folder_ / "root";
};

TEST_F(ImportSource, EveryFileIsFoundOnce) {
  const auto all = walk();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].path, "a/b/three");
  EXPECT_EQ(all[0].size, 3U);
  EXPECT_EQ(all[1].path, "a/two");
  EXPECT_EQ(all[2].path, "one");
  EXPECT_EQ(all[2].trouble, "");
}

TEST_F(ImportSource, LinksAndPipesAreFoundAsSuchAndNotFollowed) {
  fs::create_symlink(folder_ / "outside", root_ / "link");
  fs::create_directory_symlink(folder_ / "elsewhere", root_ / "linked");
  fs::create_directory_symlink("..", root_ / "loop");
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  unsigned troubled = 0;
  for (const Found& found : walk()) {
    EXPECT_TRUE(found.path.string().find("file") == std::string::npos) << found.path;
    if (!found.trouble.empty()) ++troubled;
  }
  EXPECT_EQ(troubled, 4U);
}

TEST_F(ImportSource, AFolderDeeperThanAnyOfMediaIsSaidOnce) {
  fs::path deep = root_ / "d";
  for (int level = 0; level < 70; ++level) deep /= "d";
  fs::create_directories(deep);
  std::ofstream(deep / "lost") << "x";
  const auto all = walk();
  EXPECT_EQ(std::ranges::count_if(all, [](const Found& found) { return !found.trouble.empty(); }), 1);
  EXPECT_EQ(all.size(), 4U);
}

TEST_F(ImportSource, AFolderThatIsNoneCannotBeImported) {
  EXPECT_FALSE(FolderWalk::begin(root_ / "nothing"));
  EXPECT_FALSE(SourceFolder::open(root_ / "nothing"));
  EXPECT_FALSE(SourceFolder::open(root_ / "one"));
}

TEST_F(ImportSource, FilesAreOpenedAndNothingElse) {
  const auto source = SourceFolder::open(root_);
  ASSERT_TRUE(source);
  const auto file = source->open_file("a/b/three");
  ASSERT_TRUE(file) << file.error().message;
  std::array<std::uint8_t, 8> bytes{};
  EXPECT_EQ(file->read_at(0, bytes).value_or(0), 3U);

  fs::create_symlink(folder_ / "outside", root_ / "link");
  fs::create_directory_symlink(folder_ / "elsewhere", root_ / "linked");
  ASSERT_EQ(::mkfifo((root_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(refusal_of("link"), base::Errc::refused);
  EXPECT_EQ(refusal_of("linked/file"), base::Errc::refused);
  EXPECT_EQ(refusal_of("pipe"), base::Errc::refused);
  EXPECT_EQ(refusal_of("a"), base::Errc::refused);
  EXPECT_EQ(refusal_of("one/file"), base::Errc::refused);
  EXPECT_EQ(refusal_of("missing"), base::Errc::not_found);
}

}  // namespace
}  // namespace importing
