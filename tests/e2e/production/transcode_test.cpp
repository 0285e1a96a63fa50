// A server that makes nothing ready itself, and two `dualcam-transcode` on its catalog and its store: they share the
// work, nothing is done twice, and what one of them dies over the other finishes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "tests/e2e/playback.hpp"
#include "tests/e2e/transcode_process.hpp"
#include "tests/unit/http/client.hpp"

namespace e2e {
namespace {

using storage::Job;
using storage::JobState;
using storage::JobTask;

// Processes that `parent` has started.
std::vector<std::string> children_of(pid_t parent) {
  std::vector<std::string> pids;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream in(entry.path() / "status");
    for (std::string line; std::getline(in, line);)
      if (line == fmt::format("PPid:\t{}", parent)) pids.push_back(entry.path().filename());
  }
  return pids;
}

bool all_gone(const std::vector<std::string>& pids) {
  return std::ranges::none_of(pids, [](const std::string& pid) {
    std::ifstream in("/proc/" + pid + "/cmdline");
    return in.get() != EOF;  // that of a zombie is empty
  });
}

class TwoWorkers : public PlaybackTest {
 protected:
  void SetUp() override {
    start({"--transcode-jobs", "0"});
    auto catalog = storage::open_catalog(value_of("--catalog"));
    ASSERT_TRUE(catalog) << catalog.error().message;
    catalog_ = std::move(*catalog);
  }

  const std::string& value_of(const std::string& flag) const { return *(std::ranges::find(backend_, flag) + 1); }

  // Ready for work, under a name of its own.
  std::unique_ptr<TranscodeProcess> begin(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--node", name, "--data-dir", folder_ / name, "--http-listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), backend_.begin(), backend_.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto process = std::make_unique<TranscodeProcess>(arguments, folder_ / (name + ".log"));
    EXPECT_TRUE(process->wait_ready()) << process->log();
    return process;
  }

  std::vector<Job> jobs() {
    const auto page = catalog_->jobs().list_jobs({.limit = 500});
    EXPECT_TRUE(page) << page.error().message;
    return page ? page->items : std::vector<Job>();
  }
  bool all_ended(std::size_t count) {
    return tests::eventually(
        [&] {
          const auto all = jobs();
          return all.size() == count && std::ranges::all_of(all, [](const Job& job) {
                   return job.state == JobState::done || job.state == JobState::failed;
                 });
        },
        long_enough);
  }
  // The job of the only video; nothing while there is none.
  std::optional<Job> playback() {
    for (const Job& job : jobs())
      if (job.task == JobTask::playback) return job;
    return std::nullopt;
  }

  // Every object in the store is named by a row, and every row has its object: nothing was made twice.
  void expect_objects_and_rows_agree() {
    std::set<std::string> named;
    std::set<base::Uuid> seen;
    for (const Job& job : jobs()) {
      if (!seen.insert(job.media_id).second) continue;
      const auto rows = catalog_->jobs().derived_of(job.media_id);
      ASSERT_TRUE(rows) << rows.error().message;
      for (const auto& row : *rows) named.insert(row.object_key);
    }
    const auto objects = storage::open_object_store_to_read(value_of("--objects"));
    ASSERT_TRUE(objects) << objects.error().message;
    std::set<std::string> stored;
    EXPECT_TRUE((*objects)->list("derived/", [&](const storage::ObjectInfo& object) {
      stored.insert(object.key);
      return true;
    }));
    EXPECT_EQ(stored, named);
  }

  std::unique_ptr<storage::Catalog> catalog_;
};

// Jobs that ended so on a process, by its own count.
double ended(const TranscodeProcess& process, const std::string& how) {
  std::istringstream lines(http::testing::get(process.port(), "/metrics").body);
  double sum = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("dualcamd_transcode_jobs_total{") && line.find(fmt::format("\"{}\"", how)) != line.npos)
      sum += std::stod(line.substr(line.rfind(' ')));
  return sum;
}

TEST_F(TwoWorkers, ShareTheWorkAndDoNothingTwice) {
  const auto one = begin("one");
  const auto two = begin("two");
  send_fleet("--cameras 4 --photos 2 --videos 1 --media ffmpeg --video-seconds 2");
  constexpr std::size_t previews = 12;
  constexpr std::size_t playbacks = 4;
  ASSERT_TRUE(all_ended(previews + playbacks)) << one->log() << two->log();

  std::set<std::string> workers;
  for (const Job& job : jobs()) {
    EXPECT_EQ(job.state, JobState::done) << job.reason;
    EXPECT_EQ(job.failures, 0U) << job.reason;
    EXPECT_EQ(job.losses, 0U);
    workers.insert(job.worker.substr(0, job.worker.find(' ')));
  }
  EXPECT_EQ(workers, (std::set<std::string>{"one", "two"}));
  EXPECT_TRUE(tests::eventually([&] { return ended(*one, "done") + ended(*two, "done") == previews + playbacks; }));
  for (const char* how : {"failed", "given_back", "lost"}) EXPECT_EQ(ended(*one, how) + ended(*two, how), 0) << how;
  expect_objects_and_rows_agree();

  ASSERT_EQ(media("video").size(), playbacks);
  for (const auto& item : media("video"))
    for (const char* what : {"playback", "remux", "thumbnail", "strip", "probe"})
      EXPECT_EQ(http_status("/api/v1/media/" + item["id"].get<std::string>() + "/" + what), 200) << what;
  for (const auto& item : media("photo"))
    EXPECT_EQ(http_status("/api/v1/media/" + item["id"].get<std::string>() + "/thumbnail"), 200);
  EXPECT_EQ(one->terminate(), 0) << one->log();
  EXPECT_EQ(two->terminate(), 0) << two->log();
}

TEST_F(TwoWorkers, WhatAKilledOneWasAtIsFinishedByTheOther) {
  // Many seconds of work for the first, if it lived to do it.
  const auto one = begin("one", {"--transcode-preset", "veryslow"});
  send_fleet("--photos 0 --videos 1 --media ffmpeg --video-seconds 10");
  ASSERT_TRUE(tests::eventually([&] { return playback() && playback()->state == JobState::running; }, long_enough));
  const auto two = begin("two", {"--transcode-preset", "ultrafast"});
  ASSERT_TRUE(tests::eventually([&] { return !children_of(one->pid()).empty(); }));
  const auto at_work = children_of(one->pid());
  ASSERT_EQ(playback()->state, JobState::running);
  one->kill_hard();
  EXPECT_TRUE(tests::eventually([&] { return all_gone(at_work); })) << "its sandboxed process goes with it";

  // Nobody says that it is dead: its lease has to end.
  ASSERT_TRUE(all_ended(2)) << two->log();
  const Job finished = *playback();
  EXPECT_EQ(finished.state, JobState::done) << finished.reason;
  EXPECT_TRUE(finished.worker.starts_with("two ")) << finished.worker;
  EXPECT_EQ(finished.losses, 1U);
  EXPECT_EQ(finished.failures, 0U) << "not the file's fault: " << finished.reason;
  expect_objects_and_rows_agree();
  EXPECT_EQ(http_status("/api/v1/media/" + finished.media_id.str() + "/playback"), 200);
}

TEST_F(TwoWorkers, OneThatIsStoppedGivesItsJobBackAtOnce) {
  const auto one = begin("one", {"--transcode-preset", "veryslow"});
  send_fleet("--photos 0 --videos 1 --media ffmpeg --video-seconds 10");
  ASSERT_TRUE(tests::eventually([&] { return playback() && playback()->state == JobState::running; }, long_enough));
  EXPECT_EQ(one->terminate(), 0) << one->log();
  EXPECT_EQ(playback()->state, JobState::queued);
  const auto two = begin("two", {"--transcode-preset", "ultrafast"});
  ASSERT_TRUE(all_ended(2)) << two->log();
  EXPECT_EQ(playback()->state, JobState::done) << playback()->reason;
  EXPECT_EQ(playback()->losses, 0U);
  expect_objects_and_rows_agree();
}

}  // namespace
}  // namespace e2e
