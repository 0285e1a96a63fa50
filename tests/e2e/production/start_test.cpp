// A server that is set up wrong does not start, and says why: one sentence, without a secret in it, and an exit code.
#include <sqlite3.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "tests/e2e/fixture.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/s3/ceph_store.hpp"

namespace e2e {
namespace {

using Words = std::vector<std::string>;

constexpr const char* secret = "hunter2";
constexpr int failed = 1;
constexpr int misused = 2;  // wrong usage or configuration

// What one start differs in from one that works.
struct Wrong {
  std::string name;
  std::string catalog;  // empty: one that works
  std::string objects;
  Words environment;
  int exit_code = failed;
  Words words;  // of the sentence
};

class WrongStart : public testing::Test {
 protected:
  void expect_refused(const Wrong& wrong) {
    SCOPED_TRACE(wrong.name);
    const tests::Ran ran = tests::run_dualcamd(
        {"serve", "--data-dir", folder_ / "data", "--dualcam-listen", "127.0.0.1:0", "--avl-listen", "127.0.0.1:0",
         "--http-listen", "127.0.0.1:0", "--catalog", wrong.catalog.empty() ? catalog_ : wrong.catalog, "--objects",
         wrong.objects.empty() ? objects_ : wrong.objects},
        wrong.environment);
    EXPECT_EQ(ran.exit_code, wrong.exit_code);
    EXPECT_EQ(ran.out, "");
    EXPECT_TRUE(ran.err.starts_with("dualcamd: ") && ran.err.ends_with('\n')) << ran.err;
    EXPECT_EQ(std::ranges::count(ran.err, '\n'), 1) << ran.err;
    for (const std::string& word : wrong.words)
      EXPECT_NE(ran.err.find(word), std::string::npos) << "wanted: " << word << "\n" << ran.err;
    for (const std::string_view hidden : {std::string_view(secret), tests::PostgresCluster::password,
                                          std::string_view(store_.credentials().secret_key)})
      EXPECT_EQ(ran.err.find(hidden), std::string::npos) << ran.err;
  }
  void expect_refused(const std::vector<Wrong>& all) {
    for (const Wrong& wrong : all) expect_refused(wrong);
  }

  // A schema in which `sql` was run, after the server's own migrations where they are wanted.
  std::string schema_with(const std::string& sql, bool migrated = false) {
    std::string schema;
    const std::string url = cluster_.fresh_schema(schema);
    if (migrated) migrate(url);
    cluster_.run("SET search_path = " + schema + "; " + sql);
    return url;
  }
  // The same with a file of SQLite's.
  std::string file_with(const std::string& name, const std::string& sql, bool migrated = false) {
    const std::string path = folder_ / name;
    if (migrated) migrate("sqlite:" + path);
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
    return "sqlite:" + path;
  }
  void migrate(const std::string& catalog) {
    const tests::Ran ran = tests::run_dualcamd({"migrate", "--data-dir", folder_ / "migrate", "--catalog", catalog});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
  }

  const std::vector<std::string> backend_ = backend_flags();
  const std::string catalog_ = backend_.at(1);
  const std::string objects_ = backend_.at(3);
  tests::PostgresCluster& cluster_ = tests::PostgresCluster::shared();
  tests::CephStore& store_ = tests::ceph_store();
  tests::TempFolder folder_;
};

// Without which the others prove nothing.
TEST_F(WrongStart, RightItStarts) {
  tests::ServerProcess server({.data_dir = folder_ / "data", .flags = backend_});
  EXPECT_TRUE(server.wait_ready()) << server.log();
  EXPECT_EQ(server.terminate(), 0);
}

TEST_F(WrongStart, ADatabaseThatLetsNobodyIn) {
  expect_refused({
      {.name = "password",
       .catalog = cluster_.url({}, "postgres", "postgres", secret),
       .words = {"check user and password"}},
      {.name = "user", .catalog = cluster_.url({}, "postgres", "nobody", secret), .words = {"check user and password"}},
      {.name = "database", .catalog = cluster_.url({}, "nowhere"), .words = {"make the database", "nowhere"}},
      {.name = "port", .catalog = "postgresql://u:hunter2@h:70x/x", .words = {"70x"}},
      {.name = "nobody there",
       .catalog = "postgresql://u:hunter2@127.0.0.1:1/x",
       .words = {"127.0.0.1:1", "check that its server runs"}},
  });
}

TEST_F(WrongStart, AStoreThatLetsNobodyIn) {
  const std::string key = "DUALCAMD_S3_ACCESS_KEY=" + store_.credentials().access_key;
  expect_refused({
      {.name = "secret",
       .environment = {key, "DUALCAMD_S3_SECRET=hunter2"},
       .words = {"the secret key does not belong to the access key", "Check the credentials"}},
      {.name = "key",
       .environment = {"DUALCAMD_S3_ACCESS_KEY=somebody", "DUALCAMD_S3_SECRET=hunter2"},
       .words = {"it does not know the access key"}},
      {.name = "bucket",
       .objects = store_.url("nowhere"),
       .exit_code = misused,
       .words = {"there is no bucket 'nowhere'"}},
  });
}

// The whole program under another clock; S3 takes 15 minutes.
TEST_F(WrongStart, AClockThatIsWrong) {
  const auto under = [](const char* seconds) {
    return Words{"LD_PRELOAD=" SHIFTED_CLOCK, std::string("DUALCAM_CLOCK_SHIFT=") + seconds};
  };
  expect_refused({
      {.name = "fast",
       .environment = under("1530"),
       .words = {"25 minutes ahead of its own", "Set the clocks with NTP"}},
      {.name = "slow",
       .environment = under("-1530"),
       .words = {"25 minutes behind its own", "Set the clocks with NTP"}},
  });
}

TEST_F(WrongStart, ACatalogThatIsAnothers) {
  const std::string newer =
      "INSERT INTO schema_migrations SELECT max(version) + 1, 'later', '', 0, 0 FROM schema_migrations";
  const std::string theirs = "CREATE TABLE media (title TEXT)";
  const std::string history = "CREATE TABLE schema_migrations (version VARCHAR(255) PRIMARY KEY)";
  std::ofstream(folder_ / "letter.db") << "Dear customer, this is no database but a letter of some length.\n";
  expect_refused({
      {.name = "tables", .catalog = schema_with(theirs), .words = {"belongs to another program"}},
      {.name = "history", .catalog = schema_with(history), .words = {"belongs to another program"}},
      {.name = "newer", .catalog = schema_with(newer, true), .words = {"newer version", "run that version"}},
      {.name = "tables, SQLite", .catalog = file_with("a.db", theirs), .words = {"belongs to another program"}},
      {.name = "history, SQLite", .catalog = file_with("b.db", history), .words = {"belongs to another program"}},
      {.name = "newer, SQLite",
       .catalog = file_with("c.db", newer, true),
       .words = {"newer version", "run that version"}},
      {.name = "no database", .catalog = "sqlite:" + (folder_ / "letter.db").string(), .words = {"letter.db"}},
  });
}

TEST_F(WrongStart, UrlsThatMakeNoSense) {
  for (const std::string url : {"nonsense", "mysql://u:hunter2@h/x", "postgresql://u:hunter2@[::1/x",
                                "postgresql://u:hunter2@h/x?nonsense=1", "sqlite:"})
    expect_refused({.name = url, .catalog = url, .exit_code = misused, .words = {"catalog"}});
  for (const std::string url : {"nonsense", "ftp://u:hunter2@h/x", "s3://", "s3://B_AD!/", "s3://key:hunter2@bucket/",
                                "s3://bucket/?endpoint=h", "s3://bucket/?endpoint=http://h:70x",
                                "s3://bucket/?secret=hunter2", "s3://bucket/?style=round&endpoint=http://127.0.0.1:1"})
    expect_refused({.name = url, .objects = url, .exit_code = misused});
}

}  // namespace
}  // namespace e2e
