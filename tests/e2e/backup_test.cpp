// Everything is lost but the backup, which was taken while cameras went on uploading: the real commands bring it back.
#include <algorithm>
#include <fstream>
#include <functional>

#include <fmt/format.h>

#include "storage/catalog/catalog.hpp"
#include "storage/files/sha256.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/e2e/dualcam_tool.hpp"
#include "tests/e2e/loss.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/http/client.hpp"
#include "tools/backup/backup.hpp"

namespace e2e {
namespace {

namespace fs = std::filesystem;

class Backup : public ToolTest {
 protected:
  fs::path backup_folder() const { return folder_ / "backup"; }

  Answer back_up(const std::string& more = "--json") const {
    return run_tool(fmt::format("backup --catalog '{}' --objects '{}' --to '{}' {}", catalog_url(), objects_url(),
                                backup_folder().string(), more));
  }
  Answer restore(const std::string& objects, const std::string& more = "--json") const {
    return run_tool(fmt::format("restore --from '{}' --catalog '{}' --objects '{}' {}", backup_folder().string(),
                                catalog_url(), objects, more));
  }
  Answer restore() const { return restore(objects_url()); }

  void upload(std::uint64_t device, unsigned first, unsigned last) {
    for (unsigned number = first; number <= last; ++number)
      ASSERT_TRUE(WireCamera(server(), imei(device)).upload(make_file(number)));
  }
  void lose_everything() {
    fs::remove_all(data_dir_);
    lose_catalog(catalog_url());
    lose_objects(objects_url());
  }
  bool catalog_is_empty() const { return backup::catalog_kind(catalog_url()).value()->expect_empty().has_value(); }
  std::unique_ptr<storage::ObjectStore> open_objects() const {
    auto store = storage::open_object_store(objects_url());
    EXPECT_TRUE(store);
    return std::move(*store);
  }
  static std::vector<std::string> media_keys(storage::ObjectStore& objects) {
    std::vector<std::string> keys;
    EXPECT_TRUE(objects.list("media/", [&](const storage::ObjectInfo& object) {
      keys.push_back(object.key);
      return true;
    }));
    return keys;
  }
  // Another object of the same size under its key.
  void replace(storage::ObjectStore& objects, const std::string& key, const CameraFile& file) {
    const fs::path path = folder_ / "replacement";
    std::ofstream(path, std::ios::binary) << base::as_text(file.bytes);
    storage::Sha256 hash;
    hash.feed(file.bytes);
    ASSERT_TRUE(objects.remove(key));
    ASSERT_TRUE(objects.put(
        key,
        {.path = path, .size = file.bytes.size(), .sha256 = *hash.hex(), .content_type = "application/octet-stream"}));
  }
  // The newest object of the backup that is a camera's file.
  fs::path some_object() const {
    for (const auto& file : fs::recursive_directory_iterator(backup_folder() / "objects" / "media"))
      if (file.is_regular_file()) return file.path();
    return {};
  }
};

// The files are made so that what a device has is known by their numbers.
std::vector<std::string> numbered(unsigned first, unsigned last) {
  std::vector<std::string> all;
  for (unsigned number = last; number >= first; --number) all.push_back(print_of(make_file(number).bytes));
  return all;
}

TEST_F(Backup, ALoadedSystemComesBackAsItWas) {
  start();
  upload(1, 1, 12);
  upload(2, 101, 103);
  Answer made;
  {
    Bystander others(server());  // uploads photo after photo meanwhile
    made = back_up();
    others.expect_undisturbed();
  }
  ASSERT_EQ(made.exit_code, 0) << made.text;
  EXPECT_EQ(made.json["outcome"], "done");
  EXPECT_GE(made.json["copied"], 15);
  EXPECT_TRUE(made.json["absent"].empty());
  upload(2, 104, 104);  // acknowledged after the snapshot: what a backup costs
  ASSERT_EQ(server().terminate(), 0);
  lose_everything();

  const Answer restored = restore();
  ASSERT_EQ(restored.exit_code, 0) << restored.text;
  EXPECT_EQ(restored.json["put"], made.json["objects"]);
  expect_proven();
  expect_scrubbed();
  start();
  EXPECT_EQ(stored(imei(1)), numbered(1, 12));
  EXPECT_EQ(stored(imei(2)), numbered(101, 103));
  upload(2, 104, 104);
  EXPECT_EQ(stored(imei(2)), numbered(101, 104)) << "the chain of evidence goes on";
  ASSERT_EQ(server().terminate(), 0);
  expect_proven();
}

TEST_F(Backup, ASecondOneCopiesWhatIsNewAndForgetsWhatWasDeleted) {
  start();
  upload(1, 1, 3);
  ASSERT_EQ(back_up().exit_code, 0);
  upload(1, 4, 5);
  const Answer second = back_up();
  ASSERT_EQ(second.exit_code, 0) << second.text;
  EXPECT_EQ(second.json["copied"], 2);
  EXPECT_EQ(second.json["kept"], 3);

  std::ofstream(some_object(), std::ios::binary | std::ios::app) << "rot";
  EXPECT_EQ(back_up().json["copied"], 1) << "of another size";
  std::fstream(some_object(), std::ios::binary | std::ios::in | std::ios::out) << "rot";
  EXPECT_EQ(back_up().json["copied"], 0) << "of the same size, and not read";
  EXPECT_EQ(back_up("--json --reread").json["copied"], 1);

  std::ofstream(backup_folder() / "objects" / "media" / "unknown") << "of a file that was deleted";
  EXPECT_EQ(back_up().json["removed"], 1);
  EXPECT_FALSE(fs::exists(backup_folder() / "objects" / "media" / "unknown"));
  EXPECT_EQ(std::distance(fs::directory_iterator(backup_folder()), {}), 3) << "MANIFEST, objects, one catalog";
}

TEST_F(Backup, OneThatBrokeOffIsGoneOnWith) {
  start();
  upload(1, 1, 3);
  ASSERT_EQ(back_up().exit_code, 0);
  fs::remove(backup_folder() / "MANIFEST");
  fs::remove(some_object());
  const Answer none = restore("file:" + (folder_ / "elsewhere").string());
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_NE(none.text.find("has no MANIFEST"), std::string::npos) << none.text;
  const Answer second = back_up();
  EXPECT_EQ(second.json["copied"], 1) << second.text;
  EXPECT_EQ(second.json["kept"], 2) << "read, and found whole";
}

TEST_F(Backup, WhatTheStoreHasLostIsSaid) {
  start();
  upload(1, 1, 3);
  const auto objects = open_objects();
  const auto keys = media_keys(*objects);
  ASSERT_EQ(keys.size(), 3U);
  ASSERT_TRUE(objects->remove(keys[0]));
  replace(*objects, keys[1], make_file(99));
  const Answer made = back_up();
  EXPECT_EQ(made.exit_code, 1) << made.text;
  EXPECT_EQ(made.json["outcome"], "incomplete");
  EXPECT_EQ(made.json["objects"], 1);
  ASSERT_EQ(made.json["absent"].size(), 2U);
  EXPECT_EQ(made.json["absent"][0]["lost"], true);
  const Answer text = back_up("");
  EXPECT_NE(text.text.find("Not in the backup: media/"), std::string::npos) << text.text;
}

TEST_F(Backup, NothingHalfRestoredIsCalledWhole) {
  start();
  upload(1, 1, 3);
  ASSERT_EQ(back_up().exit_code, 0);
  const Answer full = restore();
  EXPECT_EQ(full.exit_code, 2) << full.text;
  EXPECT_NE(full.text.find(embedded() ? "There is a catalog already" : "is not empty"), std::string::npos) << full.text;
  ASSERT_EQ(server().terminate(), 0);
  lose_everything();

  const fs::path object = some_object();
  const fs::path aside = folder_ / "aside";
  fs::rename(object, aside);
  EXPECT_EQ(restore().exit_code, 1) << "an object is missing";
  fs::copy_file(aside, object);
  std::fstream(object, std::ios::binary | std::ios::in | std::ios::out) << "rot";
  const Answer rotten = restore(objects_url(), "--resume");
  EXPECT_EQ(rotten.exit_code, 1);
  EXPECT_NE(rotten.text.find("damaged"), std::string::npos) << rotten.text;
  EXPECT_TRUE(catalog_is_empty());

  fs::remove(object);
  fs::rename(aside, object);
  const Answer again = restore(objects_url(), "--resume --json");
  ASSERT_EQ(again.exit_code, 0) << again.text;
  EXPECT_EQ(again.json["put"].get<int>() + again.json["there"].get<int>(), 3);
  expect_scrubbed();
  lose_catalog(catalog_url());
  EXPECT_EQ(restore().exit_code, 2) << "the store is not empty";
}

TEST_F(Backup, ADamagedManifestOrCatalogRestoresNothing) {
  start();
  upload(1, 1, 1);
  ASSERT_EQ(back_up().exit_code, 0);
  ASSERT_EQ(server().terminate(), 0);
  lose_everything();
  const Answer other = run_tool(
      fmt::format("restore --from '{}' --catalog mysql://x --objects '{}'", backup_folder().string(), objects_url()));
  EXPECT_EQ(other.exit_code, 2);

  for (const auto& file : fs::directory_iterator(backup_folder()))
    if (file.is_regular_file() && file.path().filename() != "MANIFEST")
      std::fstream(file.path(), std::ios::binary | std::ios::in | std::ios::out) << "rot";
  const Answer catalog = restore();
  EXPECT_EQ(catalog.exit_code, 1);
  EXPECT_NE(catalog.text.find("Nothing was restored"), std::string::npos) << catalog.text;
  fs::resize_file(backup_folder() / "MANIFEST", fs::file_size(backup_folder() / "MANIFEST") - 10);
  EXPECT_EQ(restore().exit_code, 1);
  EXPECT_TRUE(catalog_is_empty());
}

// Does something in the moment between the snapshot and the first copy.
class Interrupted final : public backup::CatalogKind {
 public:
  Interrupted(backup::CatalogKind& inner, std::function<void()> meanwhile)
      : inner_(inner), meanwhile_(std::move(meanwhile)) {}
  std::string name() const override { return inner_.name(); }
  std::string url() const override { return inner_.url(); }
  std::string schema() const override { return inner_.schema(); }
  std::string file_name() const override { return inner_.file_name(); }
  base::Result<std::unique_ptr<backup::Snapshot>> take(const fs::path& path) override {
    auto taken = inner_.take(path);
    meanwhile_();
    return taken;
  }
  base::Result<> expect_empty() override { return inner_.expect_empty(); }
  base::Result<> put_back(const fs::path& path) override { return inner_.put_back(path); }

 private:
  backup::CatalogKind& inner_;
  const std::function<void()> meanwhile_;
};

TEST_F(Backup, WhatIsDeletedMeanwhileIsSaidAndStaysDeletedAfterARestore) {
  start();
  upload(1, 1, 3);
  upload(2, 101, 101);
  const auto objects = open_objects();
  const auto page = nlohmann::json::parse(http_body(fmt::format("/api/v1/media?imei={}", imei(1))));
  const std::string id = page["items"][1]["id"];  // of file 2
  const auto kind = backup::catalog_kind(catalog_url());
  ASSERT_TRUE(kind);
  Interrupted deleting(**kind, [&] {
    EXPECT_EQ(http::testing::request(server().port("http"), "DELETE", "/api/v1/media/" + id).status, 200);
    EXPECT_TRUE(tests::eventually([&] { return media_keys(*objects).size() == 3; }));
  });
  verify::Progress progress(false);
  const auto made = backup::make_backup(deleting, *objects, {.folder = backup_folder()}, progress);
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->manifest.absent.size(), 1U);
  EXPECT_NE(made->manifest.absent[0].key.find(id), std::string::npos);
  EXPECT_FALSE(made->manifest.absent[0].lost);
  EXPECT_EQ(made->manifest.absent[0].reason, "deleted while the backup was made");
  ASSERT_EQ(server().terminate(), 0);
  lose_everything();

  const Answer restored = restore();
  ASSERT_EQ(restored.exit_code, 0) << restored.text;
  EXPECT_EQ(restored.json["deleted_again"], 1) << restored.text;
  ASSERT_EQ(restored.json["absent"].size(), 1U);
  EXPECT_EQ(restored.json["absent"][0]["lost"], false);
  expect_proven();
  expect_scrubbed();
  start();
  EXPECT_EQ(stored(imei(1)), prints({make_file(3), make_file(1)}));
  EXPECT_EQ(http_status("/api/v1/media/" + id), 410) << "deleted, and not unknown";
  EXPECT_EQ(stored(imei(2)), numbered(101, 101));
}

TEST_F(Backup, WhatWasLostBeforeItIsMissingAfterARestore) {
  start();
  upload(1, 1, 2);
  {
    const auto objects = open_objects();
    ASSERT_TRUE(objects->remove(media_keys(*objects)[0]));
  }
  EXPECT_EQ(back_up().exit_code, 1);
  ASSERT_EQ(server().terminate(), 0);
  lose_everything();
  const Answer restored = restore();
  ASSERT_EQ(restored.exit_code, 0) << restored.text;
  EXPECT_EQ(restored.json["deleted_again"], 0) << restored.text;
  ASSERT_EQ(restored.json["absent"].size(), 1U);
  EXPECT_EQ(restored.json["absent"][0]["lost"], true);
  const Answer proof =
      run_tool(fmt::format("verify --json --objects '{}' --catalog '{}'", objects_url(), catalog_url()));
  EXPECT_EQ(proof.exit_code, 1) << "nobody deleted it: its loss is told for ever";
  ASSERT_EQ(proof.json["breaks"].size(), 1U) << proof.text;
  EXPECT_EQ(proof.json["breaks"][0]["kind"], "object_missing");
}

}  // namespace
}  // namespace e2e
