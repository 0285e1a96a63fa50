// What every object store must do. A new implementation adds one line to the list at the end.
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "storage/objects/object_store.hpp"
#include "tests/support/temp_folder.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Implementation {
  std::string name;
  std::function<std::string(const tests::TempFolder&)> url;
};

class Objects : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    auto opened = open_object_store(GetParam().url(folder_));
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  LocalFile source(std::string_view content) {
    const auto path = folder_ / ("source-" + std::to_string(++sources_));
    std::ofstream(path, std::ios::binary) << content;
    return {path, content.size(), std::string(64, '0'), "application/octet-stream"};
  }

  std::string content(std::string_view key) {
    const auto reader = store_->open(key);
    if (!reader) return "cannot open: " + reader.error().message;
    base::Bytes bytes((*reader)->size() + 1);
    const auto read = (*reader)->read_at(0, bytes);
    if (!read) return "cannot read: " + read.error().message;
    return std::string(base::as_text(base::ByteView(bytes).first(*read)));
  }

  std::vector<std::string> keys(std::string_view prefix) {
    std::vector<std::string> found;
    const auto listed = store_->list(prefix, [&](const ObjectInfo& object) {
      found.push_back(object.key);
      return true;
    });
    EXPECT_TRUE(listed);
    return found;
  }

  void put_all(const std::vector<std::string>& names) {
    for (const auto& name : names) ASSERT_TRUE(store_->put(name, source(name)));
  }

  tests::TempFolder folder_;
  std::unique_ptr<ObjectStore> store_;
  std::atomic<int> sources_ = 0;
};

TEST_P(Objects, GivesBackWhatWasPut) {
  const std::string bytes("\0\xff\x01 any bytes\n", 14);
  ASSERT_TRUE(store_->put("media/356307042441013/2026/11/21/a.jpg", source(bytes)));
  EXPECT_EQ(content("media/356307042441013/2026/11/21/a.jpg"), bytes);
  const auto info = store_->stat("media/356307042441013/2026/11/21/a.jpg");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->key, "media/356307042441013/2026/11/21/a.jpg");
  EXPECT_EQ(info->size, bytes.size());
}

TEST_P(Objects, KeepsTheObjectWhenItsSourceIsRemoved) {
  const auto file = source("kept");
  ASSERT_TRUE(store_->put("a", file));
  std::filesystem::remove(file.path);
  EXPECT_EQ(content("a"), "kept");
}

TEST_P(Objects, StoresAnEmptyObject) {
  ASSERT_TRUE(store_->put("empty", source("")));
  EXPECT_EQ(content("empty"), "");
  EXPECT_EQ(store_->stat("empty")->size, 0U);
}

TEST_P(Objects, ReadsPartsFromAnyOffset) {
  ASSERT_TRUE(store_->put("a", source("0123456789")));
  const auto reader = store_->open("a");
  ASSERT_TRUE(reader);
  base::Bytes part(4);
  EXPECT_EQ((*reader)->read_at(3, part), 4U);
  EXPECT_EQ(base::as_text(part), "3456");
  EXPECT_EQ((*reader)->read_at(8, part), 2U);
  EXPECT_EQ(base::as_text(part).substr(0, 2), "89");
  EXPECT_EQ((*reader)->read_at(10, part), 0U);
  EXPECT_EQ((*reader)->read_at(1'000'000, part), 0U);
}

TEST_P(Objects, AnOpenReaderOutlivesTheObject) {
  ASSERT_TRUE(store_->put("a", source("still here")));
  const auto reader = store_->open("a");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(store_->remove("a"));
  base::Bytes bytes(10);
  EXPECT_EQ((*reader)->read_at(0, bytes), 10U);
  EXPECT_EQ(base::as_text(bytes), "still here");
}

TEST_P(Objects, ARepeatedPutIsSuccessAndKeepsTheFirstBytes) {
  ASSERT_TRUE(store_->put("a", source("first")));
  EXPECT_TRUE(store_->put("a", source("again")));
  EXPECT_EQ(content("a"), "first");
}

TEST_P(Objects, AnotherSizeUnderTheSameKeyIsAConflict) {
  ASSERT_TRUE(store_->put("a", source("first")));
  const auto again = store_->put("a", source("longer than that"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Errc::conflict);
  EXPECT_THAT(again.error().message, HasSubstr("5 bytes"));
  EXPECT_EQ(content("a"), "first");
}

TEST_P(Objects, ASourceOfAnotherSizeThanAnnouncedIsRefused) {
  auto file = source("ten bytes.");
  file.size = 11;
  const auto put = store_->put("a", file);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::invalid);
  EXPECT_EQ(store_->stat("a").error().code, base::Errc::not_found);
}

TEST_P(Objects, AMissingSourceIsAnError) {
  const auto put = store_->put("a", {folder_ / "nowhere", 1, "", ""});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::not_found);
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(Objects, AbsentObjectsAreNotFoundAndMayBeRemoved) {
  EXPECT_EQ(store_->open("a/b").error().code, base::Errc::not_found);
  EXPECT_EQ(store_->stat("a/b").error().code, base::Errc::not_found);
  EXPECT_TRUE(store_->remove("a/b"));
  ASSERT_TRUE(store_->put("a/b", source("x")));
  ASSERT_TRUE(store_->remove("a/b"));
  EXPECT_EQ(store_->stat("a/b").error().code, base::Errc::not_found);
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(Objects, APutAfterARemoveTakesTheNewBytes) {
  ASSERT_TRUE(store_->put("a", source("old")));
  ASSERT_TRUE(store_->remove("a"));
  ASSERT_TRUE(store_->put("a", source("new and longer")));
  EXPECT_EQ(content("a"), "new and longer");
}

TEST_P(Objects, RefusesKeysThatAreNotOurs) {
  for (const std::string key : {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a b", "a\\b",
                                "%photof", "~tmp/a", "é", "a\n"}) {
    EXPECT_EQ(store_->put(key, source("x")).error().code, base::Errc::invalid) << key;
    EXPECT_EQ(store_->open(key).error().code, base::Errc::invalid) << key;
    EXPECT_EQ(store_->stat(key).error().code, base::Errc::invalid) << key;
    EXPECT_EQ(store_->remove(key).error().code, base::Errc::invalid) << key;
    EXPECT_FALSE(store_->local_path(key)) << key;
  }
  EXPECT_EQ(store_->put(std::string("a\0b", 3), source("x")).error().code, base::Errc::invalid);
  EXPECT_EQ(store_->put(std::string(2000, 'a'), source("x")).error().code, base::Errc::invalid);
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(Objects, ListsInTheOrderOfTheKeys) {
  put_all({"b", "a/x", "a-1", "a/b/c", "a.z", "a0", "a/B"});
  EXPECT_THAT(keys(""), ElementsAre("a-1", "a.z", "a/B", "a/b/c", "a/x", "a0", "b"));
}

TEST_P(Objects, ListsWhatBeginsWithThePrefix) {
  put_all({"media/1/a", "media/12/b", "media/2/c", "medial"});
  EXPECT_THAT(keys("media/1"), ElementsAre("media/1/a", "media/12/b"));
  EXPECT_THAT(keys("media/1/"), ElementsAre("media/1/a"));
  EXPECT_THAT(keys("media/1/a"), ElementsAre("media/1/a"));
  EXPECT_THAT(keys("media/1/a/"), IsEmpty());
  EXPECT_THAT(keys("medi"), ElementsAre("media/1/a", "media/12/b", "media/2/c", "medial"));
  EXPECT_THAT(keys("media/3"), IsEmpty());
  EXPECT_THAT(keys("../"), IsEmpty());
}

TEST_P(Objects, ListsSizesAndStopsWhenTold) {
  put_all({"a", "bb", "ccc"});
  std::vector<std::uint64_t> sizes;
  ASSERT_TRUE(store_->list("", [&](const ObjectInfo& object) {
    sizes.push_back(object.size);
    return object.key != "bb";
  }));
  EXPECT_THAT(sizes, ElementsAre(1U, 2U));
}

TEST_P(Objects, MayBeChangedWhileItIsListed) {
  put_all({"a/1", "a/2", "b/1"});
  std::vector<std::string> seen;
  ASSERT_TRUE(store_->list("", [&](const ObjectInfo& object) {
    seen.push_back(object.key);
    EXPECT_TRUE(store_->remove(object.key));
    return true;
  }));
  EXPECT_THAT(seen, ElementsAre("a/1", "a/2", "b/1"));
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(Objects, ALocalPathHoldsTheObject) {
  ASSERT_TRUE(store_->put("a/b", source("local")));
  if (const auto path = store_->local_path("a/b")) {
    std::ifstream file(*path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "local");
  }
  EXPECT_FALSE(store_->local_path("a/c"));
  EXPECT_FALSE(store_->local_path("a"));
}

TEST_P(Objects, ProbesLeaveNothingBehind) {
  const auto probed = store_->probe();
  EXPECT_TRUE(probed) << probed.error().message;
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(Objects, OneKeyFromManyThreadsIsOneObject) {
  std::vector<LocalFile> files;
  for (int i = 0; i < 8; ++i) files.push_back(source("same"));
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (const auto& file : files)
      threads.emplace_back([&] { good += store_->put("deep/in/folders/a", file) ? 1 : 0; });
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(content("deep/in/folders/a"), "same");
}

TEST_P(Objects, ManyThreadsPutListAndRemoveAtOnce) {
  constexpr int threads = 4;
  constexpr int each = 20;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          const auto key = "shared/" + std::to_string(i) + "/" + std::to_string(t);
          good += store_->put(key, source(key)) ? 1 : 0;
          if (i % 2 == 1) good += store_->remove(key) ? 1 : 0;
          EXPECT_TRUE(store_->list("shared/", [](const ObjectInfo&) { return true; }));
        }
      });
  }
  EXPECT_EQ(good, threads * each * 3 / 2);
  EXPECT_EQ(keys("shared/").size(), std::size_t{threads * each / 2});
}

INSTANTIATE_TEST_SUITE_P(
    Stores, Objects,
    testing::Values(Implementation{"file", [](const auto& folder) { return "file:" + (folder / "objects").string(); }},
                    Implementation{"memory", [](const auto&) { return std::string("memory:"); }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace storage
