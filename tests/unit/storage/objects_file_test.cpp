// What is special about objects in files: hard links, copies, the order of the syncs, failures.
#include <gmock/gmock.h>

#include <fstream>

#include "storage/objects/file_object_store.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/objects_file_system.hpp"

namespace storage {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ObjectsFile : public testing::Test {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    auto opened = FileObjectStore::open_in(root_, files_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    files_.take_notes();
  }

  LocalFile source(const std::string& name, std::string_view content) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return {path, content.size(), "", ""};
  }

  std::string content(std::string_view key) {
    std::ifstream file(root_ / key, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<std::string> temporaries() { return files_.list(root_ / "~tmp").value(); }
  std::string note(const std::string& verb, std::string_view path) { return verb + " " + (folder_ / path).string(); }

  tests::TempFolder folder_;
  std::filesystem::path root_ = folder_ / "objects";
  tests::WatchedFiles files_;
  std::unique_ptr<FileObjectStore> store_;
};

TEST_F(ObjectsFile, LinksAndSyncsInTheOneOrderThatLosesNothing) {
  ASSERT_TRUE(store_->put("a/b/c", source("s", "linked")));
  EXPECT_THAT(files_.take_notes(),
              ElementsAre(note("mkdir", "objects/a"), note("syncdir", "objects"), note("mkdir", "objects/a/b"),
                          note("syncdir", "objects/a"), note("sync", "s"), note("link", "objects/a/b/c"),
                          note("syncdir", "objects/a/b")));
  EXPECT_EQ(files_.status(root_ / "a/b/c")->links, 2U);
  ASSERT_TRUE(store_->put("a/b/d", source("t", "linked")));
  EXPECT_THAT(files_.take_notes(),
              ElementsAre(note("sync", "t"), note("link", "objects/a/b/d"), note("syncdir", "objects/a/b")));
}

TEST_F(ObjectsFile, CopiesWhereItCannotLink) {
  for (const int os_error : {EXDEV, EPERM, EMLINK}) {
    files_.failures["link"] = os_error;
    const std::string key = "k" + std::to_string(os_error);
    const std::string bytes(1'000'000, 'x');
    ASSERT_TRUE(store_->put(key, source("s", bytes)));
    EXPECT_EQ(content(key), bytes);
    EXPECT_EQ(files_.status(root_ / key)->links, 1U);
    EXPECT_THAT(temporaries(), IsEmpty());

    auto notes = files_.take_notes();
    std::erase_if(notes, [](const std::string& line) { return line.starts_with("write"); });
    ASSERT_EQ(notes.size(), 5U);
    EXPECT_EQ(notes[0], note("sync", "s"));
    EXPECT_THAT(notes[1], StartsWith(note("create", "objects/~tmp/")));
    EXPECT_THAT(notes[2], StartsWith(note("sync", "objects/~tmp/")));
    EXPECT_EQ(notes[3], note("rename", "objects/" + key));
    EXPECT_EQ(notes[4], note("syncdir", "objects"));
  }
}

TEST_F(ObjectsFile, OtherRefusalsOfALinkAreErrors) {
  files_.failures["link"] = EACCES;
  const auto put = store_->put("a", source("s", "x"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().os_error, EACCES);
  EXPECT_EQ(store_->stat("a").error().code, base::Errc::not_found);
}

TEST_F(ObjectsFile, AFullDiskDuringACopyLeavesNothing) {
  files_.failures["link"] = EXDEV;
  files_.failures["write"] = ENOSPC;
  const auto put = store_->put("a", source("s", "x"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::exhausted);
  EXPECT_EQ(store_->stat("a").error().code, base::Errc::not_found);
  EXPECT_THAT(temporaries(), IsEmpty());
  files_.failures.clear();
  EXPECT_TRUE(store_->put("a", source("s", "x"))) << "space is back";
}

TEST_F(ObjectsFile, AFailedSyncIsCorruptAndLeavesNoName) {
  const auto file = source("s", "x");
  for (const bool copies : {false, true})
    for (const std::string& failing : {note("sync", "s"), note("sync", "objects/~tmp"), note("syncdir", "objects/d")}) {
      files_.failures.clear();
      if (copies) files_.failures["link"] = EXDEV;
      if (!copies && failing.find("~tmp") != std::string::npos) continue;
      files_.failures[failing] = EIO;
      const auto put = store_->put("d/a", file);
      ASSERT_FALSE(put) << failing;
      EXPECT_EQ(put.error().code, base::Errc::corrupt) << failing;
      EXPECT_EQ(store_->stat("d/a").error().code, base::Errc::not_found) << failing;
      EXPECT_THAT(temporaries(), IsEmpty()) << failing;
    }
}

TEST_F(ObjectsFile, ADirectoryWhoseSyncFailedIsSyncedAgain) {
  files_.failures[note("syncdir", "objects")] = EIO;
  ASSERT_FALSE(store_->put("d/a", source("s", "x")));
  files_.failures.clear();
  files_.take_notes();
  ASSERT_TRUE(store_->put("d/a", source("s", "x")));
  EXPECT_EQ(files_.take_notes().at(0), note("syncdir", "objects"));
}

TEST_F(ObjectsFile, ADirectoryOfAnEarlierProcessIsSyncedOnce) {
  ASSERT_TRUE(store_->put("d/a", source("s", "x")));
  reopen();  // nobody knows whether that process came to its syncs
  ASSERT_TRUE(store_->put("d/b", source("t", "x")));
  EXPECT_THAT(files_.take_notes(), ElementsAre(note("syncdir", "objects"), note("sync", "t"),
                                               note("link", "objects/d/b"), note("syncdir", "objects/d")));
}

TEST_F(ObjectsFile, ARepeatedPutSyncsWhatMayNotHaveBeen) {
  ASSERT_TRUE(store_->put("a", source("s", "x")));
  reopen();
  ASSERT_TRUE(store_->put("a", source("t", "x")));
  EXPECT_THAT(files_.take_notes(), ElementsAre(note("sync", "objects/a"), note("syncdir", "objects")));
}

TEST_F(ObjectsFile, OpeningRemovesWhatACrashLeft) {
  ASSERT_TRUE(store_->put("a", source("s", "x")));
  std::ofstream(root_ / "~tmp/half-a-file") << "half";
  reopen();
  EXPECT_THAT(temporaries(), IsEmpty());
  EXPECT_TRUE(store_->stat("a"));
}

TEST_F(ObjectsFile, ARemovalIsDurable) {
  ASSERT_TRUE(store_->put("d/a", source("s", "x")));
  files_.take_notes();
  ASSERT_TRUE(store_->remove("d/a"));
  EXPECT_THAT(files_.take_notes(), ElementsAre(note("remove", "objects/d/a"), note("syncdir", "objects/d")));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "s")) << "the source is somebody else's";
}

TEST_F(ObjectsFile, AnObjectAndAFolderCannotShareAName) {
  ASSERT_TRUE(store_->put("a/b", source("s", "x")));
  const auto below = store_->put("a/b/c", source("t", "x"));
  EXPECT_EQ(below.error().code, base::Errc::conflict);
  EXPECT_THAT(below.error().message, HasSubstr("'a/b' is an object"));
  EXPECT_EQ(store_->put("a", source("t", "x")).error().code, base::Errc::conflict);
  EXPECT_EQ(store_->stat("a/b/c").error().code, base::Errc::not_found);
  EXPECT_EQ(store_->stat("a").error().code, base::Errc::not_found);
  EXPECT_EQ(store_->open("a").error().code, base::Errc::not_found);
}

TEST_F(ObjectsFile, ForeignFilesAreNotListed) {
  ASSERT_TRUE(store_->put("a", source("s", "x")));
  std::ofstream(root_ / "not ours") << "x";
  std::ofstream(root_ / "~tmp/unfinished") << "x";
  std::vector<std::string> keys;
  ASSERT_TRUE(store_->list("", [&](const ObjectInfo& object) {
    keys.push_back(object.key);
    return true;
  }));
  EXPECT_THAT(keys, ElementsAre("a"));
}

TEST_F(ObjectsFile, TheProbeSaysWhatIsWrong) {
  EXPECT_TRUE(store_->probe());
  const std::vector<std::pair<std::string, int>> faults{{"create", EROFS}, {"write", ENOSPC}, {"sync ", EIO},
                                                        {"syncdir", EIO},  {"read", EIO},     {"remove", EIO}};
  for (const auto& [operation, os_error] : faults) {
    files_.failures = {{operation, os_error}};
    const auto probed = store_->probe();
    ASSERT_FALSE(probed) << operation;
    EXPECT_EQ(probed.error().os_error, os_error) << operation;
    EXPECT_THAT(probed.error().message, HasSubstr(root_.string())) << operation;
  }
  files_.failures.clear();
  files_.garble_reads = true;
  EXPECT_EQ(store_->probe().error().code, base::Errc::corrupt);
  files_.garble_reads = false;
  EXPECT_TRUE(store_->probe());
}

TEST(ObjectsUrl, UnknownSchemesAreRefusedWithoutTheirSecrets) {
  const auto opened = open_object_store("ftp://user:secret@host/");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::invalid);
  EXPECT_THAT(opened.error().message, AllOf(HasSubstr("file:DIR"), Not(HasSubstr("secret"))));
  EXPECT_EQ(open_object_store("file:").error().code, base::Errc::invalid);
  EXPECT_EQ(open_object_store("").error().code, base::Errc::invalid);
}

TEST(ObjectsUrl, APathThatCannotBeUsedIsAnError) {
  const tests::TempFolder folder;
  std::ofstream(folder / "file") << "x";
  const auto opened = open_object_store("file:" + (folder / "file").string());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr((folder / "file").string()));
}

TEST(ObjectsUrl, DescribesItself) {
  const tests::TempFolder folder;
  const std::string url = "file:" + (folder / "deep/objects").string();
  EXPECT_EQ(open_object_store(url).value()->describe(), url);
  EXPECT_EQ(open_object_store("memory:").value()->describe(), "memory:");
}

}  // namespace
}  // namespace storage
