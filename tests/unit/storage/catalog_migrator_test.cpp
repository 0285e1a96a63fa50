#include "storage/catalog/migrator.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "storage/catalog/sqlite_migration_target.hpp"
#include "tests/unit/storage/catalog_fixture.hpp"

namespace storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Migration one{1, "one", "CREATE TABLE one (n INTEGER); INSERT INTO one VALUES (1);"};
constexpr Migration two{2, "two", "CREATE TABLE two (n INTEGER); INSERT INTO one VALUES (2);"};

class CatalogMigrator : public tests::SqliteTest {
 protected:
  base::Result<std::vector<AppliedMigration>> apply(const std::vector<Migration>& migrations) {
    const auto connection = connect();
    sqlite::SqliteMigrationTarget target(*connection, "sqlite:test");
    return migrate(target, migrations);
  }

  std::vector<std::string> tables() {
    return column("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
  }
};

TEST_F(CatalogMigrator, AppliesInOrderAndRecordsWhatItDid) {
  const auto done = apply({one, two});
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->size(), 2U);
  EXPECT_EQ(done->at(0).version, 1U);
  EXPECT_EQ(done->at(0).name, "one");
  EXPECT_EQ(done->at(1).name, "two");
  EXPECT_GT(done->at(0).duration.count(), 0);
  EXPECT_THAT(column("SELECT n FROM one"), ElementsAre("1", "2"));
  EXPECT_THAT(column("SELECT name FROM schema_migrations ORDER BY version"), ElementsAre("one", "two"));
  // printf %s "CREATE TABLE one (n INTEGER); INSERT INTO one VALUES (1);" | sha256sum
  EXPECT_EQ(column("SELECT sha256 FROM schema_migrations WHERE version = 1").at(0),
            "3d0d20419061209708158f49ccdf5c92d1994059341828d253dd55df65090cdd");
}

TEST_F(CatalogMigrator, DoesEverythingOnce) {
  ASSERT_TRUE(apply({one}));
  EXPECT_THAT(apply({one}).value(), IsEmpty());
  const auto later = apply({one, two});
  ASSERT_TRUE(later);
  ASSERT_EQ(later->size(), 1U);
  EXPECT_EQ(later->at(0).version, 2U);
  EXPECT_THAT(column("SELECT n FROM one"), ElementsAre("1", "2"));
}

TEST_F(CatalogMigrator, RefusesAChangedAppliedMigration) {
  ASSERT_TRUE(apply({one}));
  constexpr Migration changed{1, "one", "CREATE TABLE one (n INTEGER, m INTEGER)"};
  const auto refused = apply({changed, two});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("0001_one was changed"));
  EXPECT_THAT(tables(), ElementsAre("one", "schema_migrations")) << "nothing may be applied on top";
}

TEST_F(CatalogMigrator, RefusesANewerSchema) {
  ASSERT_TRUE(apply({one, two}));
  const auto refused = apply({one});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("0002_two"));
  EXPECT_THAT(refused.error().message, HasSubstr("newer version"));
}

TEST_F(CatalogMigrator, RefusesAHistoryWithAGap) {
  ASSERT_TRUE(apply({one, two}));
  ASSERT_TRUE(connect()->execute("DELETE FROM schema_migrations WHERE version = 1"));
  const auto refused = apply({one, two});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("0001 is missing"));
}

TEST_F(CatalogMigrator, AFailedMigrationLeavesNothingOfItself) {
  constexpr Migration broken{2, "broken", "CREATE TABLE half (n INTEGER); INSERT INTO nowhere VALUES (1);"};
  const auto failed = apply({one, broken});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("0002_broken failed and was undone"));
  EXPECT_THAT(tables(), ElementsAre("one", "schema_migrations")) << "the one before stays";
  EXPECT_TRUE(apply({one, two})) << "and the repaired one is applied later";
}

TEST_F(CatalogMigrator, AMigrationMustNotEndItsTransaction) {
  constexpr Migration ends{1, "ends", "CREATE TABLE a (n INTEGER); COMMIT;"};
  const auto failed = apply({ends});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::Errc::invalid);
  EXPECT_THAT(failed.error().message, HasSubstr("COMMIT"));
  EXPECT_THAT(column("SELECT name FROM schema_migrations"), IsEmpty());
}

TEST_F(CatalogMigrator, TheEmbeddedOnesMakeEveryTable) {
  const auto catalog = open();
  EXPECT_THAT(tables(),
              ElementsAre("capture_files", "capture_parts", "capture_requests", "chores", "derived", "device_events",
                          "device_states", "devices", "event_head", "event_targets", "evidence", "evidence_segments",
                          "jobs", "mavlink_images", "mavlink_numbers", "media", "outbox", "probe", "probes",
                          "recording_policies", "relay_arms", "relay_latencies", "relay_pending", "relay_rules",
                          "relay_takes", "relay_triggers", "schema_migrations", "scrub_cursor", "scrub_findings",
                          "scrub_runs", "tombstones", "tracker_links", "tracks", "transfers"));
  EXPECT_EQ(sqlite_migrations().front().version, 1U);
  EXPECT_THAT(column("PRAGMA foreign_key_check"), IsEmpty());
  EXPECT_THAT(column("PRAGMA journal_mode"), ElementsAre("wal"));
}

TEST_F(CatalogMigrator, TablesOfAnotherProgramStopIt) {
  ASSERT_TRUE(connect()->execute("CREATE TABLE transfers (amount REAL)"));
  const auto catalog = sqlite::SqliteCatalog::open(location());
  ASSERT_TRUE(catalog);
  for (const auto& error : {(*catalog)->migrate().error(), pending_migrations("sqlite:" + location().path).error()}) {
    EXPECT_EQ(error.code, base::Errc::conflict);
    EXPECT_THAT(error.message, HasSubstr("a table transfers that this program did not make"));
  }
  EXPECT_THAT(tables(), ElementsAre("transfers"));
}

TEST_F(CatalogMigrator, AnotherProgramsHistoryStopsIt) {
  ASSERT_TRUE(connect()->execute("CREATE TABLE schema_migrations (version TEXT)"));
  const auto refused = apply({one});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("belongs to another program"));
}

TEST_F(CatalogMigrator, LookingAtWhatIsPendingChangesNothing) {
  const std::string url = "sqlite:" + location().path;
  const auto before = pending_migrations(url);
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(before->size(), sqlite_migrations().size());
  EXPECT_FALSE(std::filesystem::exists(location().path));
  open();
  EXPECT_THAT(pending_migrations(url).value(), IsEmpty());
  EXPECT_EQ(pending_migrations("sqlite::memory:")->size(), sqlite_migrations().size());
  ASSERT_TRUE(connect()->execute("UPDATE schema_migrations SET sha256 = 'x'"));
  EXPECT_EQ(pending_migrations(url).error().code, base::Errc::conflict) << "what would stop it is said beforehand";
}

TEST_F(CatalogMigrator, OpeningDoesNotMigrate) {
  ASSERT_TRUE(sqlite::SqliteCatalog::open(location()));
  EXPECT_THAT(tables(), IsEmpty());
}

// In a process of its own: opens, migrates, and exits with the number of migrations it applied, 100 on an error.
// Begins when the last writing end of `gate` is closed, so that all begin at once.
pid_t start_migrating(const std::string& path, const std::array<int, 2>& gate) {
  const pid_t child = fork();
  if (child != 0) return child;
  close(gate[1]);
  char byte = 0;
  static_cast<void>(!read(gate[0], &byte, 1));
  const auto catalog = open_catalog("sqlite:" + path);
  const auto applied = catalog ? (*catalog)->migrate() : std::unexpected(catalog.error());
  if (!applied) std::fprintf(stderr, "%s\n", applied.error().message.c_str());
  _exit(applied ? static_cast<int>(applied->size()) : 100);
}

TEST_F(CatalogMigrator, ManyProcessesAtOnceApplyEachMigrationOnce) {
  std::array<int, 2> gate{};
  ASSERT_EQ(pipe(gate.data()), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) children.push_back(start_migrating(location().path, gate));
  close(gate[0]);
  close(gate[1]);
  std::size_t applied = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_LT(WEXITSTATUS(status), 100);
    applied += static_cast<std::size_t>(WEXITSTATUS(status));
  }
  EXPECT_EQ(applied, sqlite_migrations().size());
  EXPECT_EQ(column("SELECT version FROM schema_migrations").size(), sqlite_migrations().size());
}

}  // namespace
}  // namespace storage
