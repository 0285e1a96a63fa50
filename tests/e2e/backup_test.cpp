// Everything is lost but the backup, which was taken while cameras went on uploading: the real commands bring it back.
#include <stdio.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

namespace fs = std::filesystem;

struct Answer {
  int exit_code = -1;
  nlohmann::json json;
  std::string text;  // both streams
};

class Backup : public EndToEnd {
 protected:
  std::string url_of(const std::string& flag, const std::string& otherwise) const {
    const auto at = std::ranges::find(backend_, flag);
    return at == backend_.end() ? otherwise : *(at + 1);
  }
  std::string catalog_url() const { return url_of("--catalog", "sqlite:" + (data_dir_ / "catalog.db").string()); }
  std::string objects_url() const { return url_of("--objects", "file:" + (data_dir_ / "objects").string()); }
  fs::path backup_folder() const { return folder_ / "backup"; }

  static Answer run(const std::string& words) {
    const auto command = fmt::format("'{}' {} 2>&1", DUALCAM_BINARY, words);
    FILE* const pipe = ::popen(command.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    Answer answer;
    for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) answer.text += static_cast<char>(c);
    answer.exit_code = WEXITSTATUS(::pclose(pipe));
    answer.json = nlohmann::json::parse(answer.text, nullptr, false);
    return answer;
  }
  Answer back_up(const std::string& more = "--json") const {
    return run(fmt::format("backup --catalog '{}' --objects '{}' --to '{}' {}", catalog_url(), objects_url(),
                           backup_folder().string(), more));
  }
  Answer restore(const std::string& objects, const std::string& more = "--json") const {
    return run(fmt::format("restore --from '{}' --catalog '{}' --objects '{}' {}", backup_folder().string(),
                           catalog_url(), objects, more));
  }
  Answer restore() const { return restore(objects_url()); }

  void upload(std::uint64_t device, unsigned first, unsigned last) {
    for (unsigned number = first; number <= last; ++number)
      ASSERT_TRUE(WireCamera(server(), imei(device)).upload(make_file(number)));
  }
  void lose_everything() { fs::remove_all(data_dir_); }
  void expect_proven() {
    const Answer proof = run(fmt::format("verify --json --objects '{}' --catalog '{}'", objects_url(), catalog_url()));
    EXPECT_EQ(proof.exit_code, 0) << proof.text;
  }
  void expect_scrubbed() {
    const tests::Ran scrub = tests::run_dualcamd(
        {"scrub", "--rehash-all", "--data-dir", data_dir_, "--catalog", catalog_url(), "--objects", objects_url()});
    EXPECT_EQ(scrub.exit_code, 0) << scrub.out << scrub.err;
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
  if (!backend_.empty()) GTEST_SKIP() << "a backup of PostgreSQL and S3 is not tested yet";
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
  if (!backend_.empty()) GTEST_SKIP() << "the folder is the same";
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
  if (!backend_.empty()) GTEST_SKIP() << "the folder is the same";
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
  if (!backend_.empty()) GTEST_SKIP() << "the store is looked into";
  start();
  upload(1, 1, 3);
  std::vector<fs::path> objects;
  for (const auto& file : fs::recursive_directory_iterator(data_dir_ / "objects" / "media"))
    if (file.is_regular_file()) objects.push_back(file.path());
  ASSERT_EQ(objects.size(), 3U);
  fs::remove(objects[0]);
  fs::permissions(objects[1], fs::perms::owner_all);
  std::fstream(objects[1], std::ios::binary | std::ios::in | std::ios::out) << "rot";
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
  if (!backend_.empty()) GTEST_SKIP() << "the folder is the same";
  start();
  upload(1, 1, 3);
  ASSERT_EQ(back_up().exit_code, 0);
  const Answer full = restore();
  EXPECT_EQ(full.exit_code, 2) << full.text;
  EXPECT_NE(full.text.find("There is a catalog already"), std::string::npos) << full.text;
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
  EXPECT_FALSE(fs::exists(data_dir_ / "catalog.db"));

  fs::remove(object);
  fs::rename(aside, object);
  const Answer again = restore(objects_url(), "--resume --json");
  ASSERT_EQ(again.exit_code, 0) << again.text;
  EXPECT_EQ(again.json["put"].get<int>() + again.json["there"].get<int>(), 3);
  expect_scrubbed();
  fs::remove(data_dir_ / "catalog.db");
  EXPECT_EQ(restore().exit_code, 2) << "the store is not empty";
}

TEST_F(Backup, ADamagedManifestOrCatalogRestoresNothing) {
  if (!backend_.empty()) GTEST_SKIP() << "the folder is the same";
  start();
  upload(1, 1, 1);
  ASSERT_EQ(back_up().exit_code, 0);
  ASSERT_EQ(server().terminate(), 0);
  lose_everything();
  const Answer other = run(
      fmt::format("restore --from '{}' --catalog mysql://x --objects '{}'", backup_folder().string(), objects_url()));
  EXPECT_EQ(other.exit_code, 2);

  for (const auto& file : fs::directory_iterator(backup_folder()))
    if (file.path().extension() == ".db")
      std::fstream(file.path(), std::ios::binary | std::ios::in | std::ios::out) << "rot";
  const Answer catalog = restore();
  EXPECT_EQ(catalog.exit_code, 1);
  EXPECT_NE(catalog.text.find("Nothing was restored"), std::string::npos) << catalog.text;
  fs::resize_file(backup_folder() / "MANIFEST", fs::file_size(backup_folder() / "MANIFEST") - 10);
  EXPECT_EQ(restore().exit_code, 1);
  EXPECT_FALSE(fs::exists(data_dir_ / "catalog.db"));
}

}  // namespace
}  // namespace e2e
