// Many workers on several nodes share one queue.
#include <latch>
#include <map>
#include <mutex>
#include <thread>

#include "storage/catalog/job_statements.hpp"
#include "tests/postgres/fixture.hpp"

namespace storage::postgres {
namespace {

using PostgresJobs = tests::PostgresTest;
using testing::HasSubstr;
using testing::Not;
using tests::device;
using tests::photo;
using namespace std::chrono_literals;

TEST_F(PostgresJobs, NoJobIsTakenTwiceAndNoneIsLost) {
  constexpr std::size_t files = 200;
  constexpr std::size_t workers = 8;
  const std::array nodes{open(), open(), open()};
  for (std::size_t i = 0; i < files; ++i) ASSERT_TRUE(nodes[0]->commit_media(photo(device(i % 5))));
  std::map<base::Uuid, int> taken;
  std::mutex mutex;
  {
    std::latch start(workers);
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < workers; ++t)
      threads.emplace_back([&, t] {
        auto& jobs = nodes[t % nodes.size()]->jobs();
        const std::string name = fmt::format("worker {}", t);
        start.arrive_and_wait();
        for (;;) {
          const auto job = jobs.take_job(name, 1h);
          ASSERT_TRUE(job) << job.error().message;
          if (!*job) {
            // Those that others are just taking are passed over: there may be more behind them.
            const auto left = jobs.list_jobs({.state = JobState::queued, .limit = 1});
            ASSERT_TRUE(left) << left.error().message;
            if (left->items.empty()) return;
            continue;
          }
          {
            const std::lock_guard lock(mutex);
            ++taken[(*job)->job.media_id];
          }
          ASSERT_TRUE(jobs.finish_job((*job)->job.media_id, (*job)->job.task, name, {}).value_or(false));
        }
      });
  }
  EXPECT_EQ(taken.size(), files);
  for (const auto& [id, times] : taken) EXPECT_EQ(times, 1) << id.str();
  EXPECT_EQ(value("SELECT count(*) FROM jobs WHERE state = 'done'"), std::to_string(files));
}

// Storing, taking, finishing, hurrying and deleting of the same devices from two nodes: every lock in one order, so
// that nobody is ever chosen to give way.
TEST_F(PostgresJobs, NobodyWaitsForEachOther) {
  constexpr int each = 60;
  const std::array nodes{open(), open()};
  cluster_.run("SELECT pg_stat_reset()");
  {
    std::latch start(8);
    std::mutex mutex;
    std::vector<Media> all;
    const auto any = [&](int i) {
      const std::lock_guard lock(mutex);
      return all.empty() ? photo() : all[static_cast<std::size_t>(i * 7) % all.size()];
    };
    std::vector<std::jthread> threads;  // joined before what they use is gone
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        start.arrive_and_wait();
        for (int i = 0; i < each; ++i) {
          const Media media = photo(device(static_cast<std::uint64_t>(i) % 3));
          ASSERT_TRUE(nodes[t % 2]->commit_media(media));
          const std::lock_guard lock(mutex);
          all.push_back(media);
        }
      });
    for (std::size_t t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        auto& catalog = *nodes[t % 2];
        const std::string name = fmt::format("worker {}", t);
        start.arrive_and_wait();
        for (int i = 0; i < each; ++i) {
          const auto job = catalog.jobs().take_job(name, 1h);
          ASSERT_TRUE(job) << job.error().message;
          const Media media = any(i);
          ASSERT_TRUE(catalog.jobs().hurry_job(media.id, JobTask::preview));
          const auto deleted = i % 3 == 0
                                   ? catalog.keeping().delete_media(media.imei, {&media.id, 1}, "r", tests::at(0))
                                   : std::vector<Tombstone>();
          ASSERT_TRUE(deleted) << deleted.error().message;
          const auto done = *job ? catalog.jobs().finish_job((*job)->job.media_id, JobTask::preview, name, {}) : true;
          ASSERT_TRUE(done) << done.error().message;
        }
      });
  }
  EXPECT_EQ(value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM jobs WHERE NOT EXISTS (SELECT 1 FROM media WHERE id = media_id)"), "0");
}

TEST_F(PostgresJobs, TheEventOfAPlayableFileIsBehindThatOfAStoredOne) {
  const auto catalog = open();
  const Media media = photo();
  ASSERT_TRUE(catalog->commit_media(media));
  ASSERT_TRUE(catalog->jobs().take_job("w", 1h).value());
  ASSERT_TRUE(catalog->jobs()
                  .finish_job(media.id, JobTask::preview, "w",
                              {.derived = {{.media_id = media.id,
                                            .derived = base::Derived::playback,
                                            .object_key = media.object_key,
                                            .size = media.size,
                                            .sha256 = media.sha256,
                                            .made_at = tests::at(0)}},
                               .playback_done = true})
                  .value());
  EXPECT_THAT(column("SELECT type FROM outbox ORDER BY sequence"),
              testing::ElementsAre("media.stored", "media.playable"));
}

// With many jobs of the past, and few to come.
TEST_F(PostgresJobs, TheNextJobIsTheFirstOfAnIndex) {
  const auto catalog = open();
  column(
      "INSERT INTO jobs (media_id, task, imei, state, priority, created_at, updated_at) SELECT gen_random_uuid(), "
      "'preview', 1, CASE WHEN n % 1000 = 0 THEN 'queued' ELSE 'done' END, 1, n, n FROM generate_series(1, 50000) n; "
      "ANALYZE jobs; SELECT 1");
  const auto plan = [&](std::string sql) {
    for (const auto& [parameter, given] : {std::pair{"$1", "'w'"}, std::pair{"$2", "1000"}})
      if (const auto at = sql.find(parameter); at != std::string::npos) sql.replace(at, 2, given);
    std::string text;
    for (const auto& line : column("EXPLAIN " + sql)) text += line + "\n";
    return text;
  };
  const auto look = plan(sql::may_take_sql(sql::Dialect::postgres));
  EXPECT_THAT(look, HasSubstr("jobs_next"));
  EXPECT_THAT(look, HasSubstr("jobs_due"));
  const auto take = plan(sql::take_sql(sql::Dialect::postgres));
  EXPECT_THAT(take, HasSubstr("jobs_next"));
  EXPECT_THAT(take, HasSubstr("jobs_pkey"));
  const auto settle = plan(sql::settle_sql(sql::Dialect::postgres));
  EXPECT_THAT(settle, HasSubstr("jobs_due"));
  const auto count = plan(std::string(sql::count_jobs_sql));
  EXPECT_THAT(count, HasSubstr("jobs_by_state"));
  for (const auto& text : {look, take, settle, count}) EXPECT_THAT(text, Not(HasSubstr("Seq Scan on jobs"))) << text;
  for (const auto& text : {look, take}) EXPECT_THAT(text, Not(HasSubstr("Sort"))) << text;
}

}  // namespace
}  // namespace storage::postgres
