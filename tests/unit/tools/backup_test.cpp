#include <gtest/gtest.h>

#include "tools/backup/catalogs.hpp"
#include "tools/backup/command_run.hpp"
#include "tools/backup/manifest.hpp"

namespace backup {
namespace {

const std::string hash(64, 'a');

Manifest sample() {
  return {.kind = "sqlite",
          .schema = "",
          .taken = *base::parse_iso8601("2026-03-04T05:06:07.089Z"),
          .catalog = {.key = "1-catalog.db", .size = 5, .sha256 = hash},
          .objects = {{.key = "media/1/a.jpg", .size = 3, .sha256 = hash}, {.key = "media/2/b.h265", .size = 4}},
          .absent = {{.key = "media/3/c.jpg", .lost = true, .reason = "not \"there\""}}};
}

TEST(BackupManifest, IsReadAsItWasWritten) {
  const auto read = parse_manifest(to_text(sample()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->kind, "sqlite");
  EXPECT_EQ(read->taken, sample().taken);
  EXPECT_EQ(read->catalog, sample().catalog);
  EXPECT_EQ(read->objects, sample().objects);
  EXPECT_EQ(read->absent, sample().absent);
  EXPECT_EQ(read->bytes(), 7U);
}

TEST(BackupManifest, EveryByteOfItCounts) {
  const std::string text = to_text(sample());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto read = parse_manifest(changed);
    ASSERT_FALSE(read) << at;
    EXPECT_EQ(read.error().code, base::Errc::corrupt);
    EXPECT_FALSE(parse_manifest(std::string_view(text).substr(0, at)));
  }
}

TEST(BackupManifest, NamesNoPlaceOutsideTheBackup) {
  Manifest manifest = sample();
  manifest.objects[0].key = "../../etc/passwd";
  EXPECT_FALSE(parse_manifest(to_text(manifest)));
  manifest = sample();
  manifest.catalog.key = "../catalog.db";
  EXPECT_FALSE(parse_manifest(to_text(manifest)));
}

TEST(BackupManifest, IsMissingFromWhatIsNoBackup) {
  const auto read = read_manifest("/nonexistent");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, base::Errc::not_found);
}

TEST(BackupPrograms, SaySoWhenTheyAreMissingOrFail) {
  EXPECT_TRUE(run_program({.words = {"sh", "-c", "test \"$SECRET\" = x"}, .variables = {{"SECRET", "x"}}}));
  const auto failed = run_program({.words = {"false"}, .variables = {}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::Errc::io);
  const auto missing = run_program({.words = {"no-such-program"}, .variables = {}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Errc::not_found);
}

TEST(BackupCatalogs, OfNoKnownKindAreRefused) {
  for (const char* url : {"mysql://x", "", "sqlite:", "sqlite::memory:", "postgresql://%zz"}) {
    const auto kind = catalog_kind(url);
    ASSERT_FALSE(kind) << url;
    EXPECT_EQ(kind.error().code, base::Errc::invalid);
  }
}

TEST(BackupCatalogs, ThatAreNotThereCannotBeTaken) {
  const auto kind = catalog_kind("sqlite:/nonexistent/catalog.db");
  ASSERT_TRUE(kind);
  EXPECT_FALSE((*kind)->take("/nonexistent/copy"));
}

}  // namespace
}  // namespace backup
