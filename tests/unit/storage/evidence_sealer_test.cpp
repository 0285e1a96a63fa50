// Sealing goes on wherever it was interrupted, with the same bytes.
#include <filesystem>
#include <fstream>

#include "storage/files/sha256.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "storage/sealing/sealer.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::HasSubstr;
using tests::photo;

// The next put fails, before or after it took the object.
class ShakyStore final : public ObjectStore {
 public:
  enum class Trouble { none, before, after };
  Trouble trouble = Trouble::none;
  int puts = 0;

  base::Result<> put(std::string_view key, const LocalFile& source) override {
    ++puts;
    const auto now = std::exchange(trouble, Trouble::none);
    if (now == Trouble::before) return base::fail(base::Errc::unavailable, "The store is down.");
    auto done = inner_.put(key, source);
    if (now == Trouble::after) return base::fail(base::Errc::unavailable, "The answer was lost.");
    return done;
  }
  base::Result<std::unique_ptr<ObjectReader>> open(std::string_view key) override { return inner_.open(key); }
  base::Result<ObjectInfo> stat(std::string_view key) override { return inner_.stat(key); }
  base::Result<> remove(std::string_view key) override { return inner_.remove(key); }
  base::Result<> list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override {
    return inner_.list(prefix, visit);
  }
  std::optional<std::filesystem::path> local_path(std::string_view) const override { return std::nullopt; }
  base::Result<> probe() override { return {}; }
  std::string describe() const override { return "shaky:"; }

  std::string text(std::string_view key) {
    const auto reader = inner_.open(key);
    if (!reader) return {};
    base::Bytes bytes((*reader)->size());
    static_cast<void>((*reader)->read_at(0, bytes));
    return std::string(base::as_text(bytes));
  }

 private:
  MemoryObjectStore inner_;
};

class EvidenceSealer : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = open_catalog("sqlite:" + (folder_ / "c.db").string());
    ASSERT_TRUE(opened);
    catalog_ = std::move(*opened);
    ASSERT_TRUE(catalog_->migrate());
  }
  void commit(int files) {
    for (int i = 0; i < files; ++i) ASSERT_TRUE(catalog_->commit_media(photo()));
  }
  Sealer sealer(std::uint32_t entries = 2) {
    return Sealer(catalog_->evidence(), objects_, folder_ / "sealing", entries);
  }
  bool folder_is_empty() { return std::filesystem::is_empty(folder_ / "sealing"); }

  tests::TempFolder folder_;
  std::unique_ptr<Catalog> catalog_;
  ShakyStore objects_;
};

TEST_F(EvidenceSealer, SealsEverythingThatWaits) {
  auto sealer = this->sealer();
  EXPECT_EQ(sealer.run()->segments, 0U);
  commit(5);
  const auto sealed = sealer.run();
  ASSERT_TRUE(sealed) << sealed.error().message;
  EXPECT_EQ(sealed->segments, 3U);
  EXPECT_EQ(sealed->entries, 5U);
  EXPECT_EQ(sealed->head, (*catalog_->evidence().last_stored())->sha256);
  EXPECT_EQ(*catalog_->evidence().waiting(), 0U);
  EXPECT_EQ(sealer.run()->segments, 0U);
  EXPECT_EQ(objects_.puts, 3);
  EXPECT_TRUE(folder_is_empty());
}

TEST_F(EvidenceSealer, WhatWasBegunIsStoredWithTheSameBytes) {
  for (const auto trouble : {ShakyStore::Trouble::before, ShakyStore::Trouble::after}) {
    commit(1);
    objects_.trouble = trouble;
    auto sealer = this->sealer();
    EXPECT_EQ(sealer.run().error().code, base::Errc::unavailable);
    EXPECT_TRUE(folder_is_empty());
    const auto begun = catalog_->evidence().seal({}, 1);
    ASSERT_TRUE(begun && *begun);
    commit(1);
    const auto sealed = sealer.run();
    ASSERT_TRUE(sealed) << sealed.error().message;
    EXPECT_EQ(sealed->segments, 2U);
    Sha256 hash;
    hash.feed(base::as_bytes(objects_.text((*begun)->object_key)));
    EXPECT_EQ(*hash.hex(), (*begun)->sha256);
  }
}

TEST_F(EvidenceSealer, RemovesWhatACrashLeftInItsFolder) {
  std::filesystem::create_directories(folder_ / "sealing");
  std::ofstream(folder_ / "sealing/left") << "half a segment";
  ASSERT_TRUE(sealer().run());
  EXPECT_TRUE(folder_is_empty());
}

// The store's other objects are of the same size, so that it would take them for the same.
TEST_F(EvidenceSealer, TwoCatalogsInOneStoreAreNoticed) {
  commit(1);
  ASSERT_TRUE(sealer().run());
  const auto other = open_catalog("sqlite::memory:");
  ASSERT_TRUE((*other)->migrate());
  ASSERT_TRUE((*other)->commit_media(photo()));
  const auto sealed = Sealer((*other)->evidence(), objects_, folder_ / "other").run();
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, base::Errc::conflict);
  EXPECT_THAT(sealed.error().message, HasSubstr("another catalog has sealed into the same store"));
  EXPECT_EQ(*(*other)->evidence().waiting(), 1U);
}

TEST_F(EvidenceSealer, RowsChangedBehindItsBackAreNotWritten) {
  commit(2);
  ASSERT_TRUE(catalog_->evidence().seal({}, 2));
  const auto connection =
      sqlite::Connection::open({.path = folder_ / "c.db", .vfs = {}}, sqlite::Connection::Mode::existing);
  ASSERT_TRUE((*connection)->execute("UPDATE evidence SET record = replace(record, 'front', 'rear')"));
  const auto sealed = sealer().run();
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, base::Errc::corrupt);
  EXPECT_EQ(objects_.puts, 0);
}

}  // namespace
}  // namespace storage
