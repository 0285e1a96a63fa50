// What is special about the catalog in a file: opening, damage, kill -9, the outbox, the bound of the transfers.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/storage/catalog_fixture.hpp"

namespace storage::sqlite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using tests::at;
using tests::device;
using tests::photo;

using CatalogSqlite = tests::SqliteTest;

TEST(CatalogUrl, UnknownSchemesAreRefusedWithoutTheirSecrets) {
  const auto opened = open_catalog("oracle://scott:tiger@db/x");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::invalid);
  EXPECT_THAT(opened.error().message, HasSubstr("sqlite:PATH"));
  EXPECT_THAT(opened.error().message, Not(HasSubstr("tiger")));
  EXPECT_EQ(open_catalog("sqlite:").error().code, base::Errc::invalid);
  EXPECT_EQ(open_catalog("").error().code, base::Errc::invalid);
}

TEST_F(CatalogSqlite, MakesTheFoldersAboveItsFile) {
  const auto opened = open_catalog("sqlite:" + (folder_ / "a/b/c.db").string());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "a/b/c.db"));
}

TEST_F(CatalogSqlite, APathIsAPathAndNoUri) {
  const auto opened = open_catalog("sqlite:" + (folder_ / "file:x?mode=memory").string());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "file:x?mode=memory"));
}

TEST_F(CatalogSqlite, AFolderIsNoCatalog) {
  const auto opened = open_catalog("sqlite:" + folder_.path().string());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("cannot be opened"));
}

TEST_F(CatalogSqlite, AnotherFileIsNoCatalog) {
  std::ofstream(folder_ / "catalog.db") << std::string(8192, 'x');
  const auto opened = SqliteCatalog::open(location());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Errc::io);
  EXPECT_THAT(opened.error().message, HasSubstr("name another path"));
}

TEST_F(CatalogSqlite, KeepsItsRowsWhenItIsOpenedAgain) {
  const Media media = photo();
  ASSERT_TRUE(open()->commit_media(media));
  EXPECT_TRUE(open()->find_media(media.id).value());
}

TEST_F(CatalogSqlite, TheProbeFindsOutThatTheFileIsGone) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->probe());
  std::filesystem::remove(location().path);
  const auto probed = catalog->probe();
  ASSERT_FALSE(probed);
  EXPECT_THAT(probed.error().message, HasSubstr(location().path));
  EXPECT_FALSE(std::filesystem::exists(location().path)) << "a vanished catalog must not become an empty one";
}

TEST_F(CatalogSqlite, TheProbeClearsWhatKilledProbesLeft) {
  const auto catalog = open();
  ASSERT_TRUE(connect()->execute("INSERT INTO probe VALUES ('old', 1)"));
  ASSERT_TRUE(catalog->probe());
  EXPECT_EQ(column("SELECT count(*) FROM probe").at(0), "0");
}

TEST_F(CatalogSqlite, AForeignLockIsWaitedForOnlySoLong) {
  ASSERT_TRUE(open());
  auto hurried = location();
  hurried.busy_timeout = std::chrono::milliseconds(50);
  const auto catalog = SqliteCatalog::open(hurried).value();
  const auto other = connect();
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  const Media media = photo();
  const auto committed = catalog->commit_media(media);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, base::Errc::unavailable);
  EXPECT_TRUE(catalog->list_media({})) << "readers do not wait for writers";
  ASSERT_TRUE(other->execute("ROLLBACK"));
  EXPECT_TRUE(catalog->commit_media(media));
}

// ---- Outbox

TEST_F(CatalogSqlite, EveryFileIsOneEvent) {
  const auto catalog = open();
  Media media = photo();
  media.trigger = "crash";
  media.latitude = 54.5;
  ASSERT_TRUE(catalog->commit_media(media));
  ASSERT_TRUE(catalog->commit_media(media));  // again, after an answer that got lost
  Media duplicate = media;
  duplicate.id = base::Uuid::v7(at(0));
  ASSERT_TRUE(catalog->commit_media(duplicate)->duplicate);

  const auto payloads = column("SELECT payload FROM outbox");
  ASSERT_EQ(payloads.size(), 1U);
  const auto event = nlohmann::json::parse(payloads[0]);
  EXPECT_EQ(event["type"], "media.stored");
  EXPECT_EQ(event["imei"], "356307042441013");
  EXPECT_EQ(event["id"], column("SELECT id FROM outbox").at(0));
  EXPECT_EQ(event["id"].get<std::string>()[14], '7') << "the version of the UUID";
  EXPECT_EQ(event["media"]["id"], media.id.str());
  EXPECT_EQ(event["media"]["camera"], "front");
  EXPECT_EQ(event["media"]["kind"], "photo");
  EXPECT_EQ(event["media"]["captured_at"], base::to_iso8601(*media.captured_at));
  EXPECT_EQ(event["media"]["trigger"], "crash");
  EXPECT_EQ(event["media"]["latitude"], 54.5);
  EXPECT_TRUE(event["media"]["longitude"].is_null());
  EXPECT_EQ(event["media"]["size"], media.size);
  EXPECT_EQ(event["media"]["sha256"], media.sha256);
}

TEST_F(CatalogSqlite, EveryChangeOfIntakeIsOneEvent) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->commit_media(photo()));
  const IntakeChange change{.imei = device(),
                            .from = base::IntakeState::everything,
                            .to = {base::IntakeState::photos, at(7), "700 files came"},
                            .files = 700,
                            .bytes = 12'345,
                            .files_limit = 600,
                            .window = std::chrono::hours{1}};
  EXPECT_TRUE(*catalog->change_intake(change));
  EXPECT_FALSE(*catalog->change_intake(change));
  const auto payloads = column("SELECT payload FROM outbox WHERE type = 'device.intake'");
  ASSERT_EQ(payloads.size(), 1U);
  const auto event = nlohmann::json::parse(payloads[0]);
  EXPECT_EQ(event["id"], column("SELECT id FROM outbox ORDER BY sequence").at(1));
  EXPECT_EQ(event["type"], "device.intake");
  EXPECT_EQ(event["imei"], device().str());
  EXPECT_EQ(event["time"], base::to_iso8601(at(7)));
  EXPECT_EQ(event["intake"],
            nlohmann::json::parse(R"({"state":"photos","was":"everything","since":")" + base::to_iso8601(at(7)) +
                                  R"(","reason":"700 files came","files":700,"bytes":12345,)"
                                  R"("files_limit":600,"bytes_limit":null,"window_s":3600})"));
}

TEST_F(CatalogSqlite, EventsKeepTheOrderOfTheirDevice) {
  const auto catalog = open();
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    const Media media = photo(device(), at(-i));  // the clock goes backwards
    ASSERT_TRUE(catalog->commit_media(media));
    ASSERT_TRUE(catalog->commit_media(photo(device(1), at(-i))));
    expected.push_back(media.id.str());
  }
  EXPECT_EQ(column("SELECT json_extract(payload, '$.media.id') FROM outbox WHERE imei = 356307042441013 "
                   "ORDER BY sequence"),
            expected);
}

TEST_F(CatalogSqlite, ASequenceNumberIsNeverUsedAgain) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->commit_media(photo()));
  ASSERT_TRUE(connect()->execute("DELETE FROM outbox"));  // delivered
  ASSERT_TRUE(catalog->commit_media(photo()));
  EXPECT_THAT(column("SELECT sequence FROM outbox"), ElementsAre("2"));
}

TEST_F(CatalogSqlite, AnEventIsUtf8WhateverTheDeviceSends) {
  const auto catalog = open();
  Media media = photo();
  media.trigger = "\xff\xfe";
  ASSERT_TRUE(catalog->commit_media(media));
  EXPECT_EQ(nlohmann::json::parse(column("SELECT payload FROM outbox").at(0))["media"]["trigger"], "\ufffd\ufffd");
  EXPECT_EQ(catalog->find_media(media.id).value()->trigger, media.trigger);
}

// ---- The bound of the transfers

TEST_F(CatalogSqlite, KeepsTheNewestTransfersOnly) {
  const auto catalog = open({.kept_transfers = 10, .prune_interval = 4});
  for (int i = 0; i < 41; ++i) ASSERT_TRUE(catalog->record_transfer(tests::transfer(device(), at(i))));
  const auto started = column("SELECT started_at FROM transfers ORDER BY started_at");
  EXPECT_GE(started.size(), 10U);
  EXPECT_LT(started.size(), 10U + 4U);
  EXPECT_EQ(started.back(), std::to_string(at(40).time_since_epoch().count()));
}

TEST_F(CatalogSqlite, ARestartPrunesAtOnce) {
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(open({.kept_transfers = 5})->record_transfer(tests::transfer(device(), at(i))));
  EXPECT_EQ(column("SELECT count(*) FROM transfers").at(0), "5");
}

// ---- kill -9

// Commits for ever in a process of its own, and writes each id to `out` once it is told that the row is there.
[[noreturn]] void commit_until_killed(const std::string& path, int out) {
  const auto catalog = open_catalog("sqlite:" + path);
  if (!catalog || !(*catalog)->migrate()) _exit(1);
  for (;;) {
    const Media media = photo(device(), base::utc_now());  // the made-up content repeats in every process
    if (!(*catalog)->commit_media(media)) _exit(2);
    const std::string id = media.id.str();
    if (::write(out, id.data(), id.size()) != static_cast<ssize_t>(id.size())) _exit(3);
  }
}

TEST_F(CatalogSqlite, WhatWasAcknowledgedSurvivesKill) {
  constexpr std::size_t id_size = 36;
  std::vector<std::string> acknowledged;
  for (int round = 0; round < 5; ++round) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t child = fork();
    if (child == 0) commit_until_killed(location().path, ends[1]);
    close(ends[1]);
    std::array<char, id_size> id{};
    for (int i = 0; i < 40 && read(ends[0], id.data(), id_size) == ssize_t{id_size}; ++i)
      acknowledged.emplace_back(id.data(), id_size);
    kill(child, SIGKILL);
    while (read(ends[0], id.data(), id_size) == ssize_t{id_size}) acknowledged.emplace_back(id.data(), id_size);
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  ASSERT_GE(acknowledged.size(), 200U);
  const auto catalog = open();
  for (const auto& id : acknowledged) EXPECT_TRUE(catalog->find_media(*base::Uuid::parse(id)).value()) << id;
  EXPECT_THAT(column("PRAGMA integrity_check"), ElementsAre("ok"));
  EXPECT_EQ(column("SELECT count(*) FROM outbox"), column("SELECT count(*) FROM media"));
}

}  // namespace
}  // namespace storage::sqlite
