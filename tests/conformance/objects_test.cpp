// What every object store must do.
#include <thread>

#include "tests/conformance/objects_fixture.hpp"

namespace tests {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(ObjectsTest, GivesBackWhatWasPut) {
  const std::string bytes("\0\xff\x01 any bytes\n", 14);
  ASSERT_TRUE(store_->put("media/356307042441013/2026/11/21/a.jpg", source(bytes)));
  EXPECT_EQ(content("media/356307042441013/2026/11/21/a.jpg"), bytes);
  const auto info = store_->stat("media/356307042441013/2026/11/21/a.jpg");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->key, "media/356307042441013/2026/11/21/a.jpg");
  EXPECT_EQ(info->size, bytes.size());
}

TEST_P(ObjectsTest, KeepsTheObjectWhenItsSourceIsRemoved) {
  const auto file = source("kept");
  ASSERT_TRUE(store_->put("a", file));
  std::filesystem::remove(file.path);
  EXPECT_EQ(content("a"), "kept");
}

TEST_P(ObjectsTest, StoresAnEmptyObject) {
  ASSERT_TRUE(store_->put("empty", source("")));
  EXPECT_EQ(content("empty"), "");
  EXPECT_EQ(store_->stat("empty")->size, 0U);
}

TEST_P(ObjectsTest, ReadsPartsFromAnyOffset) {
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

TEST_P(ObjectsTest, AnOpenReaderGivesTheObjectItOpenedOrNothing) {
  ASSERT_TRUE(store_->put("a", source("still here")));
  const auto reader = store_->open("a");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(store_->remove("a"));
  ASSERT_TRUE(store_->put("a", source("other text")));
  base::Bytes bytes(10);
  const auto read = (*reader)->read_at(0, bytes);
  EXPECT_TRUE(read || !GetParam().keeps_what_is_open);
  EXPECT_EQ(base::as_text(bytes), read ? std::string_view("still here") : std::string_view("\0\0\0\0\0\0\0\0\0\0", 10));
}

TEST_P(ObjectsTest, ARepeatedPutIsSuccess) {
  ASSERT_TRUE(store_->put("a", source("first")));
  EXPECT_TRUE(store_->put("a", source("first")));
  EXPECT_EQ(content("a"), "first");
}

TEST_P(ObjectsTest, OtherBytesNeverReplaceTheFirst) {
  ASSERT_TRUE(store_->put("a", source("first")));
  const auto again = store_->put("a", source("again"));
  EXPECT_TRUE(again || again.error().code == base::Errc::conflict) << "a store that can tell";
  EXPECT_EQ(content("a"), "first");
}

TEST_P(ObjectsTest, AnotherSizeUnderTheSameKeyIsAConflict) {
  ASSERT_TRUE(store_->put("a", source("first")));
  const auto again = store_->put("a", source("longer than that"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Errc::conflict);
  EXPECT_THAT(again.error().message, HasSubstr("5 bytes"));
  EXPECT_EQ(content("a"), "first");
}

TEST_P(ObjectsTest, ASourceOfAnotherSizeThanAnnouncedIsRefused) {
  auto file = source("ten bytes.");
  file.size = 11;
  const auto put = store_->put("a", file);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::invalid);
  EXPECT_EQ(store_->stat("a").error().code, base::Errc::not_found);
}

TEST_P(ObjectsTest, AMissingSourceIsAnError) {
  const auto put = store_->put("a", {folder_ / "nowhere", 1, std::string(64, '0'), ""});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, base::Errc::not_found);
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(ObjectsTest, AbsentObjectsAreNotFoundAndMayBeRemoved) {
  EXPECT_EQ(store_->open("a/b").error().code, base::Errc::not_found);
  EXPECT_EQ(store_->stat("a/b").error().code, base::Errc::not_found);
  EXPECT_TRUE(store_->remove("a/b"));
  ASSERT_TRUE(store_->put("a/b", source("x")));
  ASSERT_TRUE(store_->remove("a/b"));
  EXPECT_EQ(store_->stat("a/b").error().code, base::Errc::not_found);
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(ObjectsTest, APutAfterARemoveTakesTheNewBytes) {
  ASSERT_TRUE(store_->put("a", source("old")));
  ASSERT_TRUE(store_->remove("a"));
  ASSERT_TRUE(store_->put("a", source("new and longer")));
  EXPECT_EQ(content("a"), "new and longer");
}

TEST_P(ObjectsTest, RefusesKeysThatAreNotOurs) {
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

TEST_P(ObjectsTest, ListsInTheOrderOfTheKeys) {
  put_all({"b", "a/x", "a-1", "a/b/c", "a.z", "a0", "a/B"});
  EXPECT_THAT(keys(""), ElementsAre("a-1", "a.z", "a/B", "a/b/c", "a/x", "a0", "b"));
}

TEST_P(ObjectsTest, ListsWhatBeginsWithThePrefix) {
  put_all({"media/1/a", "media/12/b", "media/2/c", "medial"});
  EXPECT_THAT(keys("media/1"), ElementsAre("media/1/a", "media/12/b"));
  EXPECT_THAT(keys("media/1/"), ElementsAre("media/1/a"));
  EXPECT_THAT(keys("media/1/a"), ElementsAre("media/1/a"));
  EXPECT_THAT(keys("media/1/a/"), IsEmpty());
  EXPECT_THAT(keys("medi"), ElementsAre("media/1/a", "media/12/b", "media/2/c", "medial"));
  EXPECT_THAT(keys("media/3"), IsEmpty());
  EXPECT_THAT(keys("../"), IsEmpty());
}

TEST_P(ObjectsTest, ListsSizesAndStopsWhenTold) {
  put_all({"a", "bb", "ccc"});
  std::vector<std::uint64_t> sizes;
  ASSERT_TRUE(store_->list("", [&](const ObjectInfo& object) {
    sizes.push_back(object.size);
    return object.key != "bb";
  }));
  EXPECT_THAT(sizes, ElementsAre(1U, 2U));
}

TEST_P(ObjectsTest, MayBeChangedWhileItIsListed) {
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

TEST_P(ObjectsTest, ALocalPathHoldsTheObject) {
  ASSERT_TRUE(store_->put("a/b", source("local")));
  if (const auto path = store_->local_path("a/b")) {
    std::ifstream file(*path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "local");
  }
  EXPECT_FALSE(store_->local_path("a/c"));
  EXPECT_FALSE(store_->local_path("a"));
}

TEST_P(ObjectsTest, ProbesLeaveNothingBehind) {
  const auto probed = store_->probe();
  EXPECT_TRUE(probed) << probed.error().message;
  EXPECT_THAT(keys(""), IsEmpty());
}

TEST_P(ObjectsTest, OneKeyFromManyThreadsIsOneObject) {
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

TEST_P(ObjectsTest, ManyThreadsPutListAndRemoveAtOnce) {
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

TEST_P(ObjectsTest, SaysWhenAnObjectWasStored) {
  const auto before = base::utc_now() - std::chrono::minutes(1);  // the store may have a clock of its own
  ASSERT_TRUE(store_->put("a/b", source("content")));
  const auto after = base::utc_now() + std::chrono::minutes(1);
  const auto found = store_->stat("a/b");
  ASSERT_TRUE(found);
  EXPECT_GT(found->modified, before);
  EXPECT_LT(found->modified, after);
  ASSERT_TRUE(store_->list("a/", [&](const ObjectInfo& object) {
    EXPECT_LT(std::chrono::abs(object.modified - found->modified), std::chrono::seconds(2));
    return true;
  }));
}

TEST_P(ObjectsTest, LeftoversAreNoObjects) {
  ASSERT_TRUE(store_->put("a/b", source("content")));
  ASSERT_TRUE(store_->probe());
  const auto removed = store_->remove_leftovers(base::utc_now() + std::chrono::hours(1));
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, 0U);
  EXPECT_EQ(content("a/b"), "content");
}

}  // namespace tests
