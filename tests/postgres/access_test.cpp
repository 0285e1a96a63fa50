// Getting in: URLs, credentials, roles, and databases that are not ours.
#include <sys/wait.h>
#include <unistd.h>

#include "storage/catalog/postgres_migration_target.hpp"
#include "tests/postgres/fixture.hpp"
#include "tests/support/server_process.hpp"

namespace storage::postgres {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using tests::photo;
using tests::PostgresCluster;

class PostgresAccess : public tests::PostgresTest {
 protected:
  // The sentence that opening `url` ends with; the password is never in it.
  static std::string refusal(const std::string& url, base::Errc code = base::Errc::refused) {
    const auto opened = open_catalog(url);
    if (opened) return "opened";
    EXPECT_EQ(opened.error().code, code) << opened.error().message;
    EXPECT_THAT(opened.error().message, Not(HasSubstr("hunter2")));
    return opened.error().message;
  }

  // A role that may use the tables of this test's schema and nothing more, as docs/postgresql.md says.
  std::string runtime_role() {
    const std::string role = schema_ + "_runtime";
    cluster_.run(
        fmt::format("CREATE ROLE {0} LOGIN PASSWORD 'hunter2'; GRANT USAGE ON SCHEMA {1} TO {0}; "
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {1} TO {0}; "
                    "ALTER DEFAULT PRIVILEGES IN SCHEMA {1} "
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {0};",
                    role, schema_));
    return cluster_.url(schema_, "postgres", role, "hunter2");
  }
};

TEST_F(PostgresAccess, EachMistakeHasItsSentence) {
  const std::string tail = fmt::format("@127.0.0.1:{}/", cluster_.port());
  EXPECT_THAT(refusal("postgresql://postgres:hunter2" + tail + "postgres"),
              AllOf(HasSubstr("check user and password"), HasSubstr(cluster_.describe())));
  EXPECT_THAT(refusal("postgresql://nobody:hunter2" + tail + "postgres"), HasSubstr("check user and password"));
  EXPECT_THAT(refusal(cluster_.url({}, "nowhere")), HasSubstr("make the database"));
  EXPECT_THAT(refusal("postgresql://u:hunter2@127.0.0.1:1/x", base::Errc::unavailable),
              HasSubstr("check that its server runs"));
  EXPECT_THAT(refusal("postgresql://u:hunter2@host.invalid/x", base::Errc::unavailable),
              HasSubstr("the address is right"));
}

TEST_F(PostgresAccess, UrlsThatMakeNoSenseAreNotQuoted) {
  for (const std::string url :
       {"postgresql://u:hunter2@[::1/x", "postgresql://u:hunter2@h:70x/x?pass=hunter2", "postgresql://u:hunter2%@h/x",
        "postgresql://u:hunter2@h/x?hunter2", "postgresql://u:hunter2@h/x?a=b=hunter2", "postgresql://u:%00hunter2@h/x",
        "postgresql://u:a@hunter2@h:b/x?x=@hunter2"}) {
    const auto opened = open_catalog(url);
    ASSERT_FALSE(opened) << url;
    EXPECT_THAT(opened.error().message, Not(HasSubstr("hunter2"))) << url;
  }
  EXPECT_THAT(refusal("postgresql://u:hunter2@h/x?nonsense=1", base::Errc::invalid),
              HasSubstr("not one of PostgreSQL"));
}

TEST_F(PostgresAccess, DescribesItselfWithoutSecrets) {
  const auto described = [](const char* url) { return Location::parse(url).value().describe(); };
  EXPECT_EQ(described("postgresql://u:hunter2@h:5433/d?sslmode=require"), "postgresql://u@h:5433/d");
  EXPECT_EQ(described("postgres://u@a,b/d?password=hunter2"), "postgresql://u@a,b/d");
  EXPECT_EQ(described("postgresql:///d?host=/run/postgresql"), "postgresql:///run/postgresql/d");
}

TEST_F(PostgresAccess, WhatTheUrlSaysStandsBehindOurOwn) {
  const auto text = Location::parse("postgresql://u:p%27%5C@h/d?connect_timeout=9").value().connection_string();
  EXPECT_LT(text.find("connect_timeout=3"), text.find("connect_timeout='9'"));
  EXPECT_THAT(text, HasSubstr("password='p\\'\\\\'"));
}

TEST_F(PostgresAccess, ADatabaseThatIsNotUtf8IsRefused) {
  cluster_.run("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  EXPECT_THAT(refusal(cluster_.url({}, "latin")), HasSubstr("ENCODING 'UTF8'"));
}

TEST_F(PostgresAccess, CommitsAreSynchronousWhateverTheServersDefault) {
  cluster_.run("CREATE DATABASE careless");
  cluster_.run("ALTER DATABASE careless SET synchronous_commit = off");
  Watchdog watchdog;
  const auto setting = [&](const std::string& database) {
    auto connection = Connection::open(location_of(cluster_.url({}, database)), watchdog, Connection::Purpose::write);
    auto rows = connection.value()->query("SHOW synchronous_commit");
    EXPECT_TRUE(rows->step().value());
    return rows->text(0);
  };
  EXPECT_EQ(setting("careless"), "on");
  cluster_.run("ALTER DATABASE careless SET synchronous_commit = remote_apply");
  EXPECT_EQ(setting("careless"), "remote_apply") << "which is more";
}

// ---- Databases that are not ours

TEST_F(PostgresAccess, TablesOfAnotherProgramStopIt) {
  cluster_.run(fmt::format("CREATE TABLE {}.media (title TEXT)", schema_));
  const auto catalog = PostgresCatalog::open(location());
  ASSERT_TRUE(catalog);
  for (const auto& error : {(*catalog)->migrate().error(), pending_migrations(url_).error()}) {
    EXPECT_EQ(error.code, base::Errc::conflict);
    EXPECT_THAT(error.message, AllOf(HasSubstr("a table media"), HasSubstr("belongs to another program"),
                                     HasSubstr("a schema of its own")));
  }
  EXPECT_THAT(column("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"), ElementsAre("media"));
}

TEST_F(PostgresAccess, AnotherProgramsHistoryStopsIt) {
  cluster_.run(fmt::format("CREATE TABLE {}.schema_migrations (version VARCHAR PRIMARY KEY)", schema_));
  const auto refused = PostgresCatalog::open(location()).value()->migrate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("belongs to another program"));
}

TEST_F(PostgresAccess, ANewerSchemaAndAnEditedMigrationStopIt) {
  open();
  cluster_.run(fmt::format("INSERT INTO {}.schema_migrations VALUES (99, 'later', '', 0, 0)", schema_));
  cluster_.run(
      fmt::format("UPDATE {}.schema_migrations SET version = (SELECT max(version) + 1 FROM "
                  "{}.schema_migrations WHERE version < 99) WHERE version = 99",
                  schema_, schema_));
  const auto newer = PostgresCatalog::open(location()).value()->migrate();
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, base::Errc::conflict);
  EXPECT_THAT(newer.error().message, AllOf(HasSubstr("newer version"), HasSubstr("run that version")));
  cluster_.run(fmt::format("DELETE FROM {}.schema_migrations WHERE name = 'later'", schema_));
  cluster_.run(fmt::format("UPDATE {}.schema_migrations SET sha256 = 'x'", schema_));
  EXPECT_THAT(PostgresCatalog::open(location()).value()->migrate().error().message,
              HasSubstr("0001_media was changed after it was applied"));
}

// ---- Migrating

class PostgresMigrations : public PostgresAccess {
 protected:
  base::Result<std::vector<AppliedMigration>> apply(const std::vector<Migration>& migrations) {
    Watchdog watchdog;
    auto connection = Connection::open(location(), watchdog, Connection::Purpose::migrate);
    if (!connection) return std::unexpected(connection.error());
    PostgresMigrationTarget target(**connection, "postgresql:test");
    return migrate(target, migrations);
  }
};

constexpr Migration one{1, "one", "CREATE TABLE one (n INTEGER); INSERT INTO one VALUES (1);"};

TEST_F(PostgresMigrations, RecordsWhatItDid) {
  const auto done = apply({one});
  ASSERT_TRUE(done) << done.error().message;
  // printf %s "CREATE TABLE one (n INTEGER); INSERT INTO one VALUES (1);" | sha256sum
  EXPECT_EQ(value("SELECT sha256 FROM schema_migrations WHERE version = 1"),
            "3d0d20419061209708158f49ccdf5c92d1994059341828d253dd55df65090cdd");
  EXPECT_EQ(value("SELECT duration_us > 0 FROM schema_migrations"), "t");
  EXPECT_THAT(apply({one}).value(), IsEmpty());
}

TEST_F(PostgresMigrations, AFailedOneLeavesNothingOfItself) {
  constexpr Migration broken{2, "broken", "CREATE TABLE half (n INTEGER); INSERT INTO nowhere VALUES (1);"};
  const auto failed = apply({one, broken});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("0002_broken failed and was undone"));
  EXPECT_THAT(column("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"),
              ElementsAre("one", "schema_migrations"));
}

TEST_F(PostgresMigrations, OneThatEndsItsTransactionIsRefused) {
  const auto failed = apply({{1, "ends", "CREATE TABLE a (n INTEGER); COMMIT;"}});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, base::Errc::invalid) << failed.error().message;
  EXPECT_THAT(failed.error().message, HasSubstr("COMMIT"));
}

// In a process of its own: exits with the number of migrations it applied, 100 on an error.
pid_t start_migrating(const std::string& url, const std::array<int, 2>& gate) {
  const pid_t child = fork();
  if (child != 0) return child;
  close(gate[1]);
  char byte = 0;
  static_cast<void>(!read(gate[0], &byte, 1));
  const auto catalog = open_catalog(url);
  const auto applied = catalog ? (*catalog)->migrate() : std::unexpected(catalog.error());
  if (!applied) std::fprintf(stderr, "%s\n", applied.error().message.c_str());
  _exit(applied ? static_cast<int>(applied->size()) : 100);
}

TEST_F(PostgresMigrations, ManyProcessesAtOnceApplyEachOnce) {
  std::array<int, 2> gate{};
  ASSERT_EQ(pipe(gate.data()), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) children.push_back(start_migrating(url_, gate));
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
  EXPECT_EQ(applied, postgres_migrations().size());
}

TEST_F(PostgresMigrations, TheSameNumbersOnBothDatabases) {
  ASSERT_EQ(postgres_migrations().size(), sqlite_migrations().size());
  for (std::size_t i = 0; i < postgres_migrations().size(); ++i)
    EXPECT_EQ(postgres_migrations()[i].name, sqlite_migrations()[i].name);
}

// ---- A role without DDL

TEST_F(PostgresMigrations, ARoleWithoutDdlServesACurrentSchema) {
  open();
  const auto url = runtime_role();
  const auto catalog = open(location_of(url));
  ASSERT_TRUE(catalog);
  EXPECT_TRUE(catalog->commit_media(photo()));
  EXPECT_TRUE(catalog->record_transfer(tests::transfer()));
  EXPECT_TRUE(catalog->touch_device(tests::device(), 5, "", tests::at(0)));
  EXPECT_TRUE(catalog->list_media({}));
  const auto probed = catalog->probe();
  EXPECT_TRUE(probed) << probed.error().message;
  EXPECT_THAT(pending_migrations(url).value(), IsEmpty());
  EXPECT_THROW(cluster_.run(fmt::format("SET ROLE {}_runtime; DROP TABLE {}.media", schema_, schema_)),
               std::runtime_error)
      << "or the role is no proof";
}

TEST_F(PostgresMigrations, ARoleWithoutDdlIsToldWhoMustMigrate) {
  const auto url = runtime_role();
  const auto catalog = PostgresCatalog::open(location_of(url));
  ASSERT_TRUE(catalog) << catalog.error().message;
  const auto refused = (*catalog)->migrate();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::refused);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("0001_media is pending"), HasSubstr("dualcamd migrate")));
  EXPECT_EQ(pending_migrations(url).value().size(), postgres_migrations().size());
}

// ---- The program

TEST_F(PostgresMigrations, TheCommandMigratesAndSaysSo) {
  const tests::TempFolder folder;
  const std::vector<std::string> base{"migrate", "--data-dir", folder.path().string(), "--catalog", url_};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return tests::run_dualcamd(more);
  };
  const auto planned = with({"--dry-run", "--json"});
  EXPECT_EQ(planned.exit_code, 0) << planned.err;
  EXPECT_THAT(planned.out,
              StartsWith(R"({"dry_run":true,"migrations":[{"version":1,"name":"media"},{"version":2,"name":"nodes"})"));
  EXPECT_EQ(value("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"), "0");
  const auto applied = with({});
  EXPECT_EQ(applied.exit_code, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr("0001_media"));
  EXPECT_EQ(with({"--json"}).out, R"({"dry_run":false,"migrations":[]})"
                                  "\n");
}

TEST_F(PostgresMigrations, TheServerRunsWithARoleWithoutDdlAndHidesThePassword) {
  const tests::TempFolder folder;
  const auto url = runtime_role();
  const std::vector<std::string> flags{"--catalog", url, "--log-level", "debug"};
  {
    tests::ServerProcess early({.data_dir = folder / "early", .flags = flags});
    EXPECT_EQ(early.wait_exit().value_or(0), 1);
    EXPECT_THAT(early.log(), AllOf(HasSubstr("run `dualcamd migrate` once"), Not(HasSubstr("hunter2"))));
  }
  open();
  tests::ServerProcess server({.data_dir = folder / "data", .flags = flags});
  ASSERT_TRUE(server.wait_ready()) << server.log();
  EXPECT_EQ(server.terminate().value_or(1), 0);
  EXPECT_THAT(server.log(), AllOf(HasSubstr("postgresql://" + schema_ + "_runtime@"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace storage::postgres
