// What publish() acknowledged is whole in the object store, whenever the power goes and whatever the disk refuses.
#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "storage/objects/file_object_store.hpp"
#include "tests/unit/storage/arrival.hpp"
#include "tests/unit/storage/intake_fakes.hpp"
#include "tests/unit/storage/memory_file_system.hpp"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;

// The file: store syncs for itself what it is given; the linking one relies on Intake. Both contracts are held.
enum class Store : std::uint8_t { file, linking };

struct Upload {
  FileIdentity identity;
  Bytes file;
};

class DurabilityTest : public testing::TestWithParam<Store> {
 protected:
  DurabilityTest() {
    catalog.is_dead = [this] { return disk->is_off(); };
    auto second = packets_identity(uploads[1].file.size(), 1'700'000'099'000);
    uploads[1].identity = second;
  }

  base::Result<std::unique_ptr<ObjectStore>> open_store() {
    if (GetParam() == Store::file) return FileObjectStore::open_in("/objects", *disk);
    if (auto made = make_directories(*disk, "/objects"); !made) return std::unexpected(made.error());
    return std::make_unique<LinkingObjects>(*disk);
  }

  // Brings one file over: resumes what is kept, in two connections. True when it was acknowledged.
  bool bring(Intake& intake, const Upload& upload) {
    const ByteView file(upload.file);
    for (const bool last : {false, true}) {
      auto kept = intake.open(upload.identity, intake.look_for(upload.identity));
      if (!kept) return false;
      if (kept->stored) return true;
      const auto wanted = last ? file : file.first(std::min(file.size(), std::max<std::size_t>(kept->size, 20 * 1024)));
      if (!write_rest(*kept->partial, wanted)) return false;
      if (!last) continue;
      const auto outcome = intake.publish(std::move(*kept->partial), arrival_of(upload.identity, upload.file.size()));
      return outcome && std::holds_alternative<Published>(*outcome);
    }
    return false;
  }

  // A server's life: from its start until everything is stored or something fails for good.
  void serve() {
    auto spool = Spool::open("/spool", *disk);
    if (!spool) return;
    auto objects = open_store();
    if (!objects) return;
    Intake intake(**spool, **objects, catalog);
    for (const auto& upload : uploads)
      if (bring(intake, upload))
        acknowledged.insert(upload.identity.name + std::to_string(*upload.identity.captured_ms));
  }

  void expect_rows_have_their_objects() {
    const auto objects = *open_store();
    for (const auto& row : catalog.rows) {
      const auto reader = objects->open(row.object_key);
      ASSERT_TRUE(reader) << reader.error().message;
      Bytes bytes((*reader)->size());
      for (std::size_t done = 0, got = 1; got > 0 && done < bytes.size(); done += got)
        got = *(*reader)->read_at(done, std::span(bytes).subspan(done));
      const bool first = row.captured_at == base::UtcTime(std::chrono::milliseconds(*uploads[0].identity.captured_ms));
      EXPECT_TRUE(bytes == uploads[first ? 0 : 1].file) << "the object is not the file that was acknowledged";
    }
  }

  void expect_acknowledged_are_catalogued() { EXPECT_LE(acknowledged.size(), catalog.rows.size()); }

  void reset() {
    disk = std::make_unique<MemoryFileSystem>();
    catalog.rows.clear();
    acknowledged.clear();
  }

  std::uint64_t operations_of_a_life() {
    reset();
    serve();
    EXPECT_EQ(acknowledged.size(), uploads.size());
    return disk->operations();
  }

  std::unique_ptr<MemoryFileSystem> disk = std::make_unique<MemoryFileSystem>();
  ListCatalog catalog;
  std::vector<Upload> uploads = {{packets_identity(40'000), noise(40'000)}, {packets_identity(9000), noise(9000, 2)}};
  std::set<std::string> acknowledged;
};

TEST_P(DurabilityTest, APowerCutAfterAnyOperationLosesNothingAcknowledged) {
  const auto operations = operations_of_a_life();
  ASSERT_GT(operations, 50U);
  for (const auto unsynced : {Unsynced::lost, Unsynced::only_names_kept, Unsynced::only_data_kept}) {
    for (std::uint64_t number = 0; number <= operations; ++number) {
      SCOPED_TRACE(testing::Message() << "operation " << number << ", unsynced " << static_cast<int>(unsynced));
      reset();
      disk->power_off_at(number);
      serve();
      disk->power_on(unsynced);
      expect_acknowledged_are_catalogued();
      expect_rows_have_their_objects();

      // The machine is on again: the devices come back, and everything gets through.
      serve();
      EXPECT_EQ(acknowledged.size(), uploads.size());
      EXPECT_EQ(catalog.rows.size(), uploads.size());
      expect_rows_have_their_objects();
      if (HasFailure()) return;
    }
  }
}

// What a killed program left in the caches only looks durable: the next one must not build on it.
TEST_P(DurabilityTest, AKillAfterAnyOperationAndALaterPowerCutLoseNothingAcknowledged) {
  const auto operations = operations_of_a_life();
  for (std::uint64_t number = 0; number <= operations; ++number) {
    SCOPED_TRACE(testing::Message() << "operation " << number);
    reset();
    disk->power_off_at(number);
    serve();
    disk->restart_program();
    expect_acknowledged_are_catalogued();
    expect_rows_have_their_objects();
    serve();
    EXPECT_EQ(acknowledged.size(), uploads.size());
    disk->power_off_at(0);
    disk->power_on(Unsynced::lost);
    expect_rows_have_their_objects();
    if (HasFailure()) return;
  }
}

TEST_P(DurabilityTest, AFailureOfAnyOperationLosesNothingAndIsOvercomeWithoutARestart) {
  const auto operations = operations_of_a_life();
  for (const int os_error : {ENOSPC, EIO, EROFS}) {
    for (std::uint64_t number = 0; number < operations; ++number) {
      SCOPED_TRACE(testing::Message() << "operation " << number << ", errno " << os_error);
      reset();
      disk->fail_operation(number, os_error);
      serve();
      disk->count_operations();
      expect_acknowledged_are_catalogued();
      expect_rows_have_their_objects();
      serve();
      EXPECT_EQ(acknowledged.size(), uploads.size());

      // And what the failure left in the caches is not what all this rested on.
      disk->power_off_at(0);
      disk->power_on(Unsynced::lost);
      expect_rows_have_their_objects();
      if (HasFailure()) return;
    }
  }
}

TEST_P(DurabilityTest, AFullDiskAcknowledgesNothingAndRecoversInTheSameProcess) {
  const auto spool = *Spool::open("/spool", *disk);
  const auto objects = *open_store();
  Intake intake(*spool, *objects, catalog);
  for (std::uint64_t number = 0; number < 40; ++number) {
    disk->fail_from(number, ENOSPC);
    if (bring(intake, uploads[0])) break;  // all it needed came before
    disk->count_operations();
    EXPECT_TRUE(catalog.rows.empty());
  }
  disk->count_operations();
  EXPECT_TRUE(bring(intake, uploads[0]));
  expect_rows_have_their_objects();
}

// Every sync of a life fails once: whatever rested on it is fetched again, never synced again (invariant I7).
TEST_P(DurabilityTest, NothingRestsOnASyncThatFailed) {
  const auto spool = *Spool::open("/spool", *disk);
  const auto objects = *open_store();
  Intake intake(*spool, *objects, catalog);
  disk->fail_next_sync();
  EXPECT_FALSE(bring(intake, uploads[0]));
  EXPECT_TRUE(bring(intake, uploads[0]));
  disk->power_off_at(0);
  disk->power_on(Unsynced::lost);
  expect_rows_have_their_objects();
}

class FileStoreDurability : public testing::Test {
 protected:
  FileStoreDurability() {
    EXPECT_TRUE(make_directories(disk, "/elsewhere"));
    EXPECT_TRUE(disk.open("/elsewhere/file", OpenMode::create_new)->write_at(0, file));
  }
  base::Result<> put(std::string_view key) {
    return store->put(key, {.path = "/elsewhere/file", .size = file.size(), .sha256 = {}, .content_type = {}});
  }

  const Bytes file = noise(5000);
  MemoryFileSystem disk;
  std::unique_ptr<FileObjectStore> store = std::move(*FileObjectStore::open_in("/objects", disk));
};

// Not everybody who puts a file has synced it, as Intake has.
TEST_F(FileStoreDurability, TheStoreSyncsWhatItIsGiven) {
  ASSERT_TRUE(put("a/b"));
  disk.power_on(Unsynced::lost);
  EXPECT_EQ(disk.content("/objects/a/b"), file);
}

TEST_F(FileStoreDurability, TheStoreSyncsWhatItHadToCopy) {
  bool copied = false;
  for (std::uint64_t number = 0; number < 40; ++number) {
    const std::string key = "a/" + std::to_string(number);
    disk.fail_operation(number, EXDEV);  // somewhere on the way the link meets the border of the file system
    if (!put(key)) continue;
    copied |= disk.status("/objects/" + key)->links == 1;
    disk.power_on(Unsynced::lost);
    ASSERT_TRUE(disk.status("/objects/" + key)) << number;
    EXPECT_EQ(disk.content("/objects/" + key), file) << number;
    if (!disk.status("/elsewhere/file")) {  // it was never synced itself
      ASSERT_TRUE(disk.open("/elsewhere/file", OpenMode::create_new)->write_at(0, file));
    }
  }
  EXPECT_TRUE(copied);
}

TEST_F(FileStoreDurability, WhatIsRemovedStaysRemoved) {
  ASSERT_TRUE(put("a/b"));
  ASSERT_TRUE(store->remove("a/b"));
  disk.power_on(Unsynced::lost);
  EXPECT_FALSE(disk.status("/objects/a/b"));
}

INSTANTIATE_TEST_SUITE_P(Stores, DurabilityTest, testing::Values(Store::file, Store::linking),
                         [](const auto& store) { return store.param == Store::file ? "file" : "linking"; });

}  // namespace
}  // namespace storage
