#include "tests/unit/transcode/runner/fixture.hpp"

#include <algorithm>
#include <array>
#include <fstream>

namespace transcode::testing {

namespace {
constexpr std::string_view file_bytes = "the bytes of the file";
}

void RunnerTest::SetUp() {
  auto opened = storage::open_catalog("sqlite:" + (folder_ / "catalog.db").string());
  ASSERT_TRUE(opened) << opened.error().message;
  catalog_ = std::move(*opened);
  ASSERT_TRUE(catalog_->migrate());
  worker_says(to_lines(report_of({base::Derived::thumbnail})));
}

void RunnerTest::worker_says(const std::string& lines, const std::string& before, const std::string& of_playback) {
  // Not while a process may run it: a new file in its place.
  const auto fresh = folder_ / "worker.new";
  const auto report = folder_ / "report";
  std::ofstream(report, std::ios::binary) << lines;
  std::ofstream(folder_ / "report.playback", std::ios::binary) << (of_playback.empty() ? lines : of_playback);
  std::ofstream(fresh) << "#!/bin/sh\n"
                       << before << "\ncat <&3 >/dev/null\n"
                       << "for word in \"$@\"; do case $word in\n"
                       << "  thumbnail=*|strip=*|remux=*|playback=*) eval \"printf '%s' ${word%%=*} >&${word#*=}\" ;;\n"
                       << "esac; done\n"
                       << "report='" << report.string() << "'\n"
                       << "case \"$*\" in *playback=*) report=$report.playback ;; esac\n"
                       << "cat \"$report\" >&4\n";
  std::filesystem::permissions(fresh, std::filesystem::perms::owner_all);
  std::filesystem::rename(fresh, program_);
}

void RunnerTest::start(RunnerOptions options) {
  options.name = "runner";
  options.folder = folder_ / "work";
  options.program = program_;
  options.limits.memory_bytes = 0;
  options.idle = std::chrono::milliseconds(5);
  options.rest = std::chrono::milliseconds(0);
  auto started = Runner::start(catalog_->jobs(), objects_, std::move(options), registry_);
  ASSERT_TRUE(started) << started.error().message;
  runner_ = std::move(*started);
}

storage::Media RunnerTest::store(const std::string& content_type, std::optional<std::uint32_t> frame_rate) {
  auto media = tests::photo();
  media.content_type = content_type;
  media.frame_rate = frame_rate;
  const auto path = folder_ / "upload";
  std::ofstream(path, std::ios::binary) << file_bytes;
  EXPECT_TRUE(objects_.put(media.object_key, {.path = path, .size = file_bytes.size(), .sha256 = media.sha256}));
  media.size = file_bytes.size();
  EXPECT_TRUE(catalog_->commit_media(media));
  return media;
}

storage::Job RunnerTest::job(const base::Uuid& media, storage::JobTask task) {
  const auto jobs = catalog_->jobs().jobs_of(std::array{media});
  EXPECT_TRUE(jobs);
  for (const storage::Job& each : jobs.value_or(std::vector<storage::Job>{}))
    if (each.task == task) return each;
  ADD_FAILURE() << "there is no such job";
  return storage::Job{.media_id = media, .imei = tests::device()};
}

bool RunnerTest::reaches(const base::Uuid& media, storage::JobTask task, storage::JobState state) {
  return tests::eventually([&] {
    const auto jobs = catalog_->jobs().jobs_of(std::array{media});
    return jobs && std::ranges::any_of(
                       *jobs, [&](const storage::Job& each) { return each.task == task && each.state == state; });
  });
}

std::vector<std::string> RunnerTest::objects(const std::string& prefix) {
  std::vector<std::string> keys;
  EXPECT_TRUE(objects_.list(prefix, [&](const storage::ObjectInfo& object) {
    keys.push_back(object.key);
    return true;
  }));
  return keys;
}

std::string RunnerTest::content(const std::string& key) {
  auto reader = objects_.open(key);
  if (!reader) return reader.error().message;
  base::Bytes bytes((*reader)->size());
  EXPECT_EQ((*reader)->read_at(0, bytes).value_or(0), bytes.size());
  return std::string(base::as_text(bytes));
}

Report report_of(std::vector<base::Derived> made, Playable playable) {
  return {.probe = {.container = "ptmf", .video_codec = "hevc", .width = 1280, .height = 720, .frames = 60},
          .playable = playable,
          .made = std::move(made)};
}

}  // namespace transcode::testing
