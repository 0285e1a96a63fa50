// Servers that restart, hang and lose answers: nothing acknowledged is lost, nothing is there twice, and it goes on
// without a hand.
#include <algorithm>
#include <latch>
#include <mutex>
#include <thread>

#include "tests/postgres/fixture.hpp"
#include "tests/postgres/gate.hpp"
#include "tests/support/eventually.hpp"

namespace storage::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;
using tests::at;
using tests::device;
using tests::photo;

class PostgresTrouble : public tests::PostgresTest {
 protected:
  // Every file is there once, with one event, and counted once.
  void expect_exactly(std::vector<base::Uuid> ids) {
    std::vector<std::string> expected;
    for (const auto& id : ids) expected.push_back(id.str());
    std::ranges::sort(expected);
    EXPECT_EQ(column("SELECT id FROM media ORDER BY id::text"), expected);
    EXPECT_EQ(column("SELECT payload::json->'media'->>'id' FROM outbox ORDER BY 1"), expected);
    EXPECT_EQ(value("SELECT COALESCE(sum(media_count), 0) FROM devices"), std::to_string(expected.size()));
  }

  Location through(const tests::Gate& gate) const {
    std::string url = url_;
    const std::string port = std::to_string(cluster_.port());
    url.replace(url.find(port), port.size(), std::to_string(gate.port()));
    return location_of(url);
  }
};

TEST_F(PostgresTrouble, ARestartUnderLoadLosesAndDoublesNothing) {
  constexpr int threads = 8;
  constexpr int restarts = 3;
  storage::postgres::Patience patience;
  patience.write = std::chrono::minutes{2};  // a busy machine takes its time for a restart
  const auto catalog = open(location(patience));
  std::mutex lock;
  std::vector<base::Uuid> stored;
  std::atomic<int> refused = 0;
  const auto count = [&] {
    const std::scoped_lock guard(lock);
    return stored.size();
  };
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&, t](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          const Media media = photo(device(static_cast<std::uint64_t>(t)), base::utc_now());
          // As a camera does: the same file again, until it is taken.
          auto done = catalog->commit_media(media);
          for (; !done && !stop.stop_requested(); done = catalog->commit_media(media)) ++refused;
          if (!done) continue;
          EXPECT_FALSE(done->duplicate);
          const std::scoped_lock guard(lock);
          stored.push_back(media.id);
        }
      });
    for (int i = 0; i < restarts; ++i) {
      const auto before = count();
      EXPECT_TRUE(tests::eventually([&] { return count() >= before + 200; })) << "after restart " << i;
      cluster_.restart_hard();
    }
    const auto before = count();
    EXPECT_TRUE(tests::eventually([&] { return count() >= before + 200; })) << "no thread goes on";
  }
  EXPECT_EQ(refused, 0) << "a restart is shorter than the patience";
  expect_exactly(stored);
}

TEST_F(PostgresTrouble, ReadersGoOnOverARestart) {
  const auto catalog = open();
  const Media media = photo();
  ASSERT_TRUE(catalog->commit_media(media));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(catalog->find_media(media.id).value());
    cluster_.restart_hard();
    const auto found = catalog->find_media(media.id);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(*found);
  }
}

TEST_F(PostgresTrouble, AServerThatHangsCostsTheDeadlineAndRecoversByItself) {
  open();
  const auto catalog = open(location(tests::hurried()));
  const Media media = photo();
  ASSERT_TRUE(catalog->list_media({}));
  cluster_.freeze();
  const auto begun = base::steady_now();
  const auto committed = catalog->commit_media(media);
  const auto listed = catalog->list_media({});
  const auto probed = catalog->probe();
  const auto took = base::steady_now() - begun;
  cluster_.thaw();
  for (const auto& error : {committed ? base::Error{} : committed.error(), listed ? base::Error{} : listed.error(),
                            probed ? base::Error{} : probed.error()}) {
    EXPECT_EQ(error.code, base::Errc::unavailable) << error.message;
    EXPECT_THAT(error.message, HasSubstr(cluster_.describe()));
  }
  EXPECT_LT(took, std::chrono::seconds(15)) << "three calls, each with its patience and one attempt to connect beyond";
  EXPECT_TRUE(tests::eventually([&] { return catalog->commit_media(media).has_value(); }));
  EXPECT_TRUE(catalog->list_media({}));
  expect_exactly({media.id});
}

TEST_F(PostgresTrouble, AServerThatIsDownIsSaidSoAndForgotten) {
  open();
  const auto catalog = open(location(tests::hurried()));
  cluster_.stop_hard();
  const Media media = photo();
  const auto committed = catalog->commit_media(media);
  const auto probed = catalog->probe();
  cluster_.start();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, base::Errc::unavailable);
  EXPECT_THAT(committed.error().message, HasSubstr("cannot be reached"));
  EXPECT_THAT(committed.error().message, Not(HasSubstr(std::string(tests::PostgresCluster::password))));
  ASSERT_FALSE(probed);
  EXPECT_TRUE(tests::eventually([&] { return catalog->commit_media(media).has_value(); }));
  EXPECT_TRUE(catalog->probe());
  expect_exactly({media.id});
}

// With all the patience there is for commits: whoever asks whether we are ready wants to know now.
TEST_F(PostgresTrouble, TheProbeSaysAtOnceWhatIsWrong) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->probe());
  cluster_.stop_hard();
  base::Result<CommittedMedia> committed;
  const Media media = photo();
  std::jthread patient([&] { committed = catalog->commit_media(media); });
  const auto begun = base::steady_now();
  const auto probed = catalog->probe();
  const auto took = base::steady_now() - begun;
  cluster_.start();
  patient.join();
  ASSERT_FALSE(probed);
  EXPECT_THAT(probed.error().message, HasSubstr("cannot be reached"));
  EXPECT_LT(took, std::chrono::seconds(2));
  EXPECT_TRUE(committed) << "it had the patience";
  EXPECT_TRUE(catalog->probe());
  EXPECT_EQ(value("SELECT count(*) FROM probe"), "0");
}

TEST_F(PostgresTrouble, ALostAnswerToCommitIsFoundOut) {
  tests::Gate gate(cluster_.port());
  const auto catalog = open(through(gate));
  for (const auto fault : {tests::Gate::Fault::lose_answer, tests::Gate::Fault::lose_request}) {
    const Media media = photo();
    gate.arm(fault, "COMMIT");
    const auto committed = catalog->commit_media(media);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_TRUE(gate.has_struck());
    EXPECT_FALSE(committed->duplicate);
    EXPECT_EQ(committed->id, media.id);
  }
  EXPECT_EQ(value("SELECT count(*) FROM media"), "2");
  EXPECT_EQ(value("SELECT count(*) FROM outbox"), "2");
  EXPECT_EQ(value("SELECT media_count FROM devices"), "2");
}

TEST_F(PostgresTrouble, ATransactionTheServerStillWorksOnIsWaitedFor) {
  tests::Gate gate(cluster_.port());
  const auto catalog = open(through(gate));
  const Media media = photo();
  gate.arm(tests::Gate::Fault::hold_request, "COMMIT");
  base::Result<CommittedMedia> committed;
  {
    const std::jthread caller([&] { committed = catalog->commit_media(media); });
    // The second attempt stands behind the first one's lock.
    EXPECT_TRUE(tests::eventually([&] { return value("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"; }));
    gate.release();
  }
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_FALSE(committed->duplicate);
  expect_exactly({media.id});
}

TEST_F(PostgresTrouble, NobodyIsToldOfSuccessWhileTheOutcomeIsNotKnown) {
  open();
  tests::Gate gate(cluster_.port());
  auto patient = through(gate);
  patient.patience = tests::hurried();
  const auto catalog = open(patient);
  const Media media = photo();
  gate.arm(tests::Gate::Fault::hold_request, "COMMIT");
  const auto committed = catalog->commit_media(media);
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, base::Errc::unavailable);
  gate.release();
  EXPECT_TRUE(tests::eventually([&] { return catalog->commit_media(media).has_value(); }));
  expect_exactly({media.id});
}

TEST_F(PostgresTrouble, OneThatFailsTakesNobodyWithItEvenWhenTheConnectionBreaks) {
  tests::Gate gate(cluster_.port());
  const auto catalog = open(through(gate));
  gate.arm(tests::Gate::Fault::lose_answer, "COMMIT");
  constexpr int threads = 16;
  std::latch start(threads);
  std::mutex lock;
  std::vector<base::Uuid> stored;
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t)
      workers.emplace_back([&, t] {
        Media media = photo(device(static_cast<std::uint64_t>(t)));
        if (t % 4 == 0) media.sha256 = "bad";
        start.arrive_and_wait();
        const auto done = catalog->commit_media(media);
        EXPECT_EQ(done.has_value(), t % 4 != 0);
        if (done) {
          const std::scoped_lock guard(lock);
          stored.push_back(media.id);
        } else {
          EXPECT_EQ(done.error().code, base::Errc::invalid) << done.error().message;
        }
      });
  }
  EXPECT_EQ(stored.size(), 12U);
  expect_exactly(stored);
}

TEST_F(PostgresTrouble, AServerSwitchedToFsyncOffIsToldNothingMore) {
  const auto catalog = open();
  ASSERT_TRUE(catalog->commit_media(photo()));
  const auto set_fsync = [&](const std::string& how, const std::string& expected) {
    cluster_.run("ALTER SYSTEM " + how);
    cluster_.run("SELECT pg_reload_conf()");
    return tests::eventually([&] { return cluster_.value("SHOW fsync") == expected; });
  };
  ASSERT_TRUE(set_fsync("SET fsync = off", "off"));
  const Media media = photo();
  // The writer's own session hears of it in its own time.
  EXPECT_TRUE(tests::eventually([&] { return !catalog->touch_device(device(), 5, "", at(0)); }));
  const auto committed = catalog->commit_media(media);
  const auto probed = catalog->probe();
  const auto opened = PostgresCatalog::open(location());
  ASSERT_TRUE(set_fsync("RESET fsync", "on"));
  ASSERT_FALSE(committed);
  for (const auto& error : {committed.error(), probed.error(), opened.error()}) {
    EXPECT_EQ(error.code, base::Errc::refused);
    EXPECT_THAT(error.message, HasSubstr("fsync = off"));
  }
  EXPECT_TRUE(tests::eventually([&] { return catalog->commit_media(media).has_value(); }));
  EXPECT_EQ(value("SELECT count(*) FROM media"), "2");
}

}  // namespace
}  // namespace storage::postgres
