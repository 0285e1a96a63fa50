// Group commit, and what the catalog does when the disk refuses.
#include <sqlite3.h>

#include <latch>
#include <thread>

#include "tests/unit/storage/catalog_fixture.hpp"
#include "tests/unit/storage/catalog_vfs.hpp"

namespace storage::sqlite {
namespace {

using testing::HasSubstr;
using tests::at;
using tests::photo;

class CatalogWriter : public tests::SqliteTest {
 protected:
  void SetUp() override {
    auto& faults = tests::sqlite_faults();
    faults.write_error = faults.sync_error = SQLITE_OK;
    faults.log_syncs = 0;
  }
  void TearDown() override { SetUp(); }

  Writer writer() {
    auto connection = Connection::open(location("faulty"), Connection::Mode::create);
    EXPECT_TRUE(connection);
    EXPECT_TRUE((*connection)->execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"));
    return Writer(location("faulty"), std::move(*connection));
  }

  static base::Result<> insert(sql::Connection& connection, int n) {
    return connection.run("INSERT INTO t (n) VALUES ($1)", n);
  }

  // Holds the writer in a first operation until `count` more callers wait, so that they share one commit.
  template <class Each>
  std::vector<base::Result<>> commit_together(Writer& writer, int count, Each each) {
    std::vector<base::Result<>> outcomes(static_cast<std::size_t>(count));
    std::latch entered(1);
    std::latch all_wait(1);
    std::jthread leader([&] {
      EXPECT_TRUE(writer.run([&](sql::Connection&) -> base::Result<> {
        entered.count_down();
        all_wait.wait();
        return {};
      }));
    });
    entered.wait();
    {
      std::vector<std::jthread> followers;
      for (int i = 0; i < count; ++i)
        followers.emplace_back([&, i] {
          outcomes[static_cast<std::size_t>(i)] =
              writer.run([&](sql::Connection& connection) { return each(connection, i); });
        });
      while (writer.waiting() < static_cast<std::size_t>(count)) std::this_thread::yield();
      before_release_();
      all_wait.count_down();
    }
    return outcomes;
  }

  std::function<void()> before_release_ = [] {};
};

TEST_F(CatalogWriter, CallersThatWaitShareOneCommitAndOneSync) {
  Writer writer = this->writer();
  const int syncs_before = tests::sqlite_faults().log_syncs;
  const auto outcomes = commit_together(writer, 20, insert);
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome);
  EXPECT_EQ(writer.commits(), 2U);  // the empty one that held the door, and everybody's
  EXPECT_EQ(tests::sqlite_faults().log_syncs - syncs_before, 1);
  EXPECT_EQ(column("SELECT count(*) FROM t").at(0), "20");
}

TEST_F(CatalogWriter, SuccessMeansSynced) {
  Writer writer = this->writer();
  for (int i = 0; i < 5; ++i) {
    const int before = tests::sqlite_faults().log_syncs;
    ASSERT_TRUE(writer.run([&](sql::Connection& connection) { return insert(connection, i); }));
    EXPECT_EQ(tests::sqlite_faults().log_syncs, before + 1);
  }
}

TEST_F(CatalogWriter, OneThatFailsTakesNobodyWithIt) {
  Writer writer = this->writer();
  const auto outcomes = commit_together(writer, 12, [](sql::Connection& connection, int i) -> base::Result<> {
    if (auto done = insert(connection, i); !done) return done;
    if (i % 3 == 0) return base::fail(base::Errc::refused, "no");
    return i % 3 == 1 ? base::Result<>{} : insert(connection, i);  // the same row again
  });
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_EQ(outcomes[i].has_value(), i % 3 == 1) << i;
    if (i % 3 == 0) {
      EXPECT_EQ(outcomes[i].error().code, base::Errc::refused);
    } else if (i % 3 == 2) {
      EXPECT_EQ(outcomes[i].error().code, base::Errc::conflict);
    }
  }
  EXPECT_THAT(column("SELECT n FROM t ORDER BY n"), testing::ElementsAre("1", "4", "7", "10"));
}

TEST_F(CatalogWriter, MoreCallersThanABatchAreAllServed) {
  Writer writer = this->writer();
  const auto outcomes = commit_together(writer, 300, insert);
  for (const auto& outcome : outcomes) EXPECT_TRUE(outcome);
  EXPECT_EQ(writer.commits(), 3U);
  EXPECT_EQ(column("SELECT count(*) FROM t").at(0), "300");
}

TEST_F(CatalogWriter, ACommitThatFailsFailsForEverybody) {
  Writer writer = this->writer();
  before_release_ = [] { tests::sqlite_faults().sync_error = SQLITE_IOERR_FSYNC; };
  // The operation that holds the door writes nothing, so its own commit needs no sync.
  const auto outcomes = commit_together(writer, 10, insert);
  for (const auto& outcome : outcomes) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, base::Errc::io);
    EXPECT_THAT(outcome.error().message, HasSubstr("check the disk"));
  }
  EXPECT_EQ(writer.commits(), 1U);
  tests::sqlite_faults().sync_error = SQLITE_OK;
  EXPECT_EQ(column("SELECT count(*) FROM t").at(0), "0");
  EXPECT_TRUE(writer.run([](sql::Connection& connection) { return insert(connection, 1); }));
  EXPECT_EQ(column("SELECT count(*) FROM t").at(0), "1");
}

TEST_F(CatalogWriter, AFullDiskIsSaidAndForgotten) {
  const auto catalog = open({}, "faulty");
  const Media before = photo();
  ASSERT_TRUE(catalog->commit_media(before));
  const Media refused = photo();
  for (int i = 0; i < 3; ++i) {
    tests::sqlite_faults().write_error = SQLITE_FULL;
    const auto committed = catalog->commit_media(refused);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, base::Errc::exhausted);
    EXPECT_THAT(committed.error().message, HasSubstr("space"));
    EXPECT_EQ(catalog->probe().error().code, base::Errc::exhausted);
    EXPECT_FALSE(catalog->record_transfer(tests::transfer()));
    EXPECT_TRUE(catalog->find_media(before.id).value()) << "reading goes on";

    tests::sqlite_faults().write_error = SQLITE_OK;
    EXPECT_FALSE(catalog->find_media(refused.id).value()) << "what was refused must not be there";
    EXPECT_TRUE(catalog->probe());
    EXPECT_TRUE(catalog->commit_media(photo()));
  }
  EXPECT_TRUE(catalog->commit_media(refused));
}

TEST_F(CatalogWriter, ADiskThatFailsIsSaidAndForgotten) {
  const auto catalog = open({}, "faulty");
  for (const int error : {SQLITE_IOERR_WRITE, SQLITE_READONLY}) {
    const Media media = photo();
    tests::sqlite_faults().write_error = error;
    const auto committed = catalog->commit_media(media);
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().code, base::Errc::io);
    tests::sqlite_faults().write_error = SQLITE_OK;
    EXPECT_FALSE(catalog->find_media(media.id).value());
    EXPECT_TRUE(catalog->commit_media(media));
    EXPECT_TRUE(catalog->find_media(media.id).value());
  }
}

}  // namespace
}  // namespace storage::sqlite
