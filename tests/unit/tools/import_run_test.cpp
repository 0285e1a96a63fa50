// A folder of another server's files, imported into a catalog and a store of this machine.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "server/base/bytes.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/import/import.hpp"
#include "tools/import/judging.hpp"
#include "tools/import/name_time.hpp"
#include "tools/sim/clip.hpp"
#include "tools/sim/jpeg.hpp"

namespace importing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace fs = std::filesystem;

constexpr const char* device = "356307042441013";
constexpr const char* other_device = "356307042441021";

std::string photo(std::uint64_t seed) {
  return std::string(base::as_text(sim::make_photo(seed, "imported")));
}

std::string clip(std::uint64_t shape) {
  const sim::Clip made = sim::Clip::synthetic(2, shape);
  base::Bytes bytes(made.size());
  made.read({.seed = shape}, 0, bytes);
  return std::string(base::as_text(bytes));
}

// Starts as H.265 does, and is more than a block of the spool.
std::string raw_video(unsigned number) {
  return std::string("\0\0\0\1\x40\1", 6) + std::to_string(number) + std::string(150'000, 'v');
}

class ImportRun : public testing::Test {
 protected:
  ImportRun() { EXPECT_TRUE(use_time_zone("UTC")); }

  void put(const std::string& path, const std::string& bytes) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << bytes;
  }
  Options options() const { return {.max_bytes = 64 * 1024 * 1024, .jobs = 4}; }

  // The report, as JSON has it; the files of it by their paths.
  struct Told {
    nlohmann::json all;
    std::map<std::string, nlohmann::json> files;
    bool failed = false;
  };
  Told run(const Options& options, bool dry = false) {
    std::FILE* const out = std::tmpfile();
    Told told;
    {
      const auto source = SourceFolder::open(root_);
      Report report(ReportStyle::json, dry, out);
      verify::Progress progress(false);
      told.failed = dry ? failed(look_dry(*source, options, report, progress), report)
                        : failed(import_all(*source, options, targets(), report, progress), report);
    }
    std::rewind(out);
    std::string text;
    for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) text += static_cast<char>(c);
    std::fclose(out);
    told.all = nlohmann::json::parse(text, nullptr, false);
    EXPECT_FALSE(told.all.is_discarded()) << text;
    for (const auto& file : told.all["files"]) told.files[file["file"].get<std::string>()] = file;
    return told;
  }
  Told run() { return run(options()); }

  static bool failed(const base::Result<>& ended, Report& report) {
    report.finish(ended ? "" : ended.error().message);
    return !ended;
  }
  base::Result<> look_dry(const SourceFolder& source, const Options& options, Report& report,
                          verify::Progress& progress) {
    const auto catalog = open_to_ask(place());
    EXPECT_TRUE(catalog);
    return look_through(source, options, catalog->get(), report, progress);
  }

  Place place() const { return {.data_dir = data_dir_.string()}; }
  Targets& targets() {
    if (!targets_) {
      auto opened = open_targets(place());
      EXPECT_TRUE(opened) << opened.error().message;
      targets_.emplace(std::move(*opened));
    }
    return *targets_;
  }
  std::vector<storage::Media> stored() {
    auto page = targets().catalog->list_media({.limit = 500});
    EXPECT_TRUE(page);
    return page->items;
  }

  const tests::TempFolder folder_;
  const fs::path root_ = folder_ / "media";
  const fs::path data_dir_ = folder_ / "data";
  std::optional<Targets> targets_;
};

TEST_F(ImportRun, FilesBecomeMediaOfTheirDevices) {
  put(std::string(device) + "/20260304050607.jpg", photo(1));
  put(std::string(device) + "/20260304050608.bin", clip(2));
  put(std::string(other_device) + "/20260304050609.h265", raw_video(3));
  const Told told = run();
  EXPECT_EQ(told.all["outcome"], "done");
  EXPECT_EQ(told.all["imported"], 3);
  const auto all = stored();
  ASSERT_EQ(all.size(), 3U);
  const storage::Media& newest = all[0];
  EXPECT_EQ(newest.imei.str(), other_device);
  EXPECT_EQ(newest.kind, base::MediaKind::video);
  EXPECT_EQ(newest.content_type, "video/h265");
  EXPECT_EQ(base::to_iso8601(newest.received_at), "2026-03-04T05:06:09.000Z");
  EXPECT_EQ(newest.captured_at, std::nullopt);
  EXPECT_EQ(newest.trigger, "");
  EXPECT_EQ(newest.camera, base::Camera::unknown);
  EXPECT_EQ(newest.name, "import:" + (root_ / other_device / "20260304050609.h265").string());
  EXPECT_THAT(newest.object_key, StartsWith("media/" + std::string(other_device) + "/2026/03/04/"));
  EXPECT_EQ(all[1].content_type, "video/x-ptmf");
  EXPECT_EQ(all[2].kind, base::MediaKind::photo);
  for (const storage::Media& media : all) {
    const auto object = targets().objects->stat(media.object_key);
    ASSERT_TRUE(object);
    EXPECT_EQ(object->size, media.size);
  }
  const auto known = targets().catalog->find_device(*base::Imei::parse(device));
  ASSERT_TRUE(known && *known);
  EXPECT_EQ((*known)->media_count, 2U);
  EXPECT_EQ(targets().spool->usage().partials, 0U);
}

TEST_F(ImportRun, TheSourceStaysAsItIs) {
  const std::string path = std::string(device) + "/20260304050607.jpg";
  put(path, photo(1));
  fs::permissions(root_ / path, fs::perms::owner_read);
  const auto written = fs::last_write_time(root_ / path);
  run();
  EXPECT_EQ(fs::last_write_time(root_ / path), written);
  EXPECT_EQ(fs::hard_link_count(root_ / path), 1U);
  std::stringstream now;
  now << std::ifstream(root_ / path, std::ios::binary).rdbuf();
  EXPECT_EQ(now.str(), photo(1));
}

TEST_F(ImportRun, NothingIsImportedTwice) {
  put(std::string(device) + "/20260304050607.jpg", photo(1));
  put(std::string(device) + "/20260304050608.jpg", photo(2));
  ASSERT_EQ(run().all["imported"], 2);
  put(std::string(device) + "/20260304050609.jpg", photo(3));
  put(std::string(device) + "/renamed.jpg", photo(1));
  put(std::string(other_device) + "/20260304050607.jpg", photo(1));
  Told again = run();
  EXPECT_EQ(again.all["imported"], 2) << "one is new, one is of another device";
  EXPECT_EQ(again.all["there"], 3);
  EXPECT_EQ(again.files[std::string(device) + "/renamed.jpg"]["fate"], "there");
  EXPECT_EQ(stored().size(), 4U);
}

TEST_F(ImportRun, CopiesInOneFolderAreStoredOnceWhateverTheThreadsDo) {
  for (int copy = 0; copy < 40; ++copy) put(std::string(device) + "/copy" + std::to_string(copy), raw_video(1));
  Options many = options();
  many.jobs = 8;
  const Told told = run(many);
  EXPECT_EQ(told.all["imported"], 1);
  EXPECT_EQ(told.all["there"], 39);
  EXPECT_EQ(stored().size(), 1U);
}

TEST_F(ImportRun, WhatIsNotWholeOrNoMediaIsRefusedWithItsReason) {
  const std::string under = std::string(device) + "/";
  const std::string whole = photo(1);
  put(under + "cut.jpg", whole.substr(0, whole.size() - 2));
  put(under + "cut.bin", clip(1).substr(0, 30'000));
  put(under + "empty.jpg", "");
  put(under + "notes.txt", "no media");
  put(under + "state.json", R"({"a":1})");
  put(under + "large.jpg", photo(2) + std::string(2'000'000, '\0'));
  put(under + "20990101000000.jpg", photo(3));
  put("truck7/20260304050607.jpg", photo(4));
  fs::create_symlink(root_ / under / "cut.jpg", root_ / "link.jpg");
  Options small = options();
  small.max_bytes = 1'000'000;
  Told told = run(small);
  EXPECT_EQ(told.all["outcome"], "incomplete");
  EXPECT_EQ(told.all["imported"], 0);
  EXPECT_EQ(told.all["refused"], 9);
  const std::map<std::string, std::string> reasons{{under + "cut.jpg", "not whole"},
                                                   {under + "cut.bin", "not whole"},
                                                   {under + "empty.jpg", "empty"},
                                                   {under + "notes.txt", "no photo and no video"},
                                                   {under + "state.json", "no photo and no"},
                                                   {under + "large.jpg", "--max-size"},
                                                   {under + "20990101000000.jpg", "to come"},
                                                   {"truck7/20260304050607.jpg", "--imei"},
                                                   {"link.jpg", "symbolic link"}};
  for (const auto& [path, reason] : reasons) {
    ASSERT_TRUE(told.files.contains(path)) << path;
    EXPECT_EQ(told.files[path]["fate"], "refused");
    EXPECT_THAT(told.files[path]["reason"].get<std::string>(), HasSubstr(reason));
  }
  EXPECT_TRUE(stored().empty());
  EXPECT_EQ(targets().spool->usage().partials, 0U);
}

TEST_F(ImportRun, WithoutATimeInItsNameAFileHasThatOfItsLastChange) {
  put("clip", raw_video(1));
  const timespec at{.tv_sec = 1'772'600'767, .tv_nsec = 0};
  const std::array<timespec, 2> times{at, at};
  ASSERT_EQ(::utimensat(AT_FDCWD, (root_ / "clip").c_str(), times.data(), 0), 0);
  Options given = options();
  given.imei = base::Imei::parse(device);
  given.camera = base::Camera::rear;
  EXPECT_EQ(run(given).all["imported"], 1);
  ASSERT_EQ(stored().size(), 1U);
  EXPECT_EQ(base::to_iso8601(stored()[0].received_at), "2026-03-04T05:06:07.000Z");
  EXPECT_EQ(stored()[0].camera, base::Camera::rear);
}

TEST_F(ImportRun, ADryRunTellsAndStoresNothing) {
  put(std::string(device) + "/20260304050607.jpg", photo(1));
  Told before = run(options(), true);
  EXPECT_EQ(before.files.begin()->second["fate"], "new");
  EXPECT_FALSE(fs::exists(data_dir_));
  ASSERT_EQ(run().all["imported"], 1);
  put(std::string(device) + "/20260304050608.jpg", photo(2));
  Told after = run(options(), true);
  EXPECT_EQ(after.all["dry_run"], true);
  EXPECT_EQ(after.files[std::string(device) + "/20260304050607.jpg"]["fate"], "there");
  EXPECT_EQ(after.files[std::string(device) + "/20260304050608.jpg"]["fate"], "new");
  EXPECT_EQ(stored().size(), 1U);
}

TEST_F(ImportRun, AStoreThatFailsEndsItAndTheNextOneCompletesIt) {
  for (unsigned number = 0; number < 6; ++number)
    put(std::string(device) + "/2026030405060" + std::to_string(number) + ".jpg", photo(number));
  targets();
  const fs::path media = data_dir_ / "objects" / "media";
  std::ofstream(media) << "a file where the folder of objects belongs";
  const Told broken = run();
  EXPECT_TRUE(broken.failed);
  EXPECT_EQ(broken.all["outcome"], "failed");
  EXPECT_FALSE(broken.all["failure"].is_null());
  EXPECT_EQ(broken.all["imported"], 0);
  EXPECT_TRUE(stored().empty());
  fs::remove(media);
  EXPECT_EQ(run().all["imported"], 6);
}

TEST_F(ImportRun, AServerOfTheDataDirectoryKeepsItOut) {
  const auto server = storage::DataDirLock::acquire(data_dir_.string());
  ASSERT_TRUE(server);
  const auto refused = open_targets(place());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::conflict);
}

TEST_F(ImportRun, WhatIsKeptOnThisMachineTakesItsDataDirectory) {
  for (const Place& place : {Place{}, Place{.catalog = "sqlite:" + (folder_ / "c.db").string()},
                             Place{.catalog = "sqlite:" + (folder_ / "c.db").string(), .objects = "s3://bucket"},
                             Place{.catalog = "postgresql://a@127.0.0.1:1/b", .objects = "file:/nowhere"}}) {
    const auto refused = open_targets(place);
    ASSERT_FALSE(refused) << place.catalog;
    EXPECT_EQ(refused.error().code, base::Errc::invalid);
    EXPECT_THAT(refused.error().message, HasSubstr("--data-dir"));
  }
  EXPECT_FALSE(fs::exists(folder_ / "c.db"));
}

TEST_F(ImportRun, AFileThatGrowsIsNotTaken) {
  put("growing", raw_video(1));
  const auto source = SourceFolder::open(root_);
  const auto file = source->open_file("growing");
  bool grown = false;
  const auto judged = judge(*file, 1'000'000'000, [&](std::uint64_t) {
    if (!std::exchange(grown, true)) std::ofstream(root_ / "growing", std::ios::app) << std::string(2'000'000, 'x');
  });
  ASSERT_FALSE(judged);
  EXPECT_THAT(judged.error().message, HasSubstr("written to while"));
}

TEST(ImportReport, ShowsNoControlCharacterOfNames) {
  std::FILE* const out = std::tmpfile();
  {
    Report report(ReportStyle::table, true, out);
    report.add({.path = "evil\x1b[2Jname", .reason = "A reason."});
    report.finish("");
    Report summary(ReportStyle::summary, false, out);
    for (int number = 0; number < 60; ++number) summary.add({.path = "x\x07", .reason = "A reason."});
    summary.finish("");
  }
  std::rewind(out);
  std::string text;
  for (int c = std::fgetc(out); c != EOF; c = std::fgetc(out)) text += static_cast<char>(c);
  std::fclose(out);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("A reason."));
  EXPECT_THAT(text, HasSubstr("and 10 more"));
}

}  // namespace
}  // namespace importing
