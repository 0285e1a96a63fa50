// A runner on a real catalog and a store in memory, with a program of the test's own in the place of the worker's: what
// it makes and says is written down by the test.
#pragma once

#include <gmock/gmock.h>
#include <prometheus/registry.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/memory_object_store.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"
#include "transcode/runner/runner.hpp"

namespace transcode::testing {

class RunnerTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // The worker reads its file, writes the name of each kind into the output of that kind, says `lines`, and ends.
  // `before`: shell commands in front of that. `of_playback`: what it says instead where it is to make one.
  void worker_says(const std::string& lines, const std::string& before = "", const std::string& of_playback = "");
  void start(RunnerOptions options = {});
  void stop() { runner_.reset(); }

  // A stored file with its queued preview.
  storage::Media store(const std::string& content_type = "video/x-ptmf",
                       std::optional<std::uint32_t> frame_rate = std::nullopt);
  storage::Job job(const base::Uuid& media, storage::JobTask task = storage::JobTask::preview);
  bool reaches(const base::Uuid& media, storage::JobTask task, storage::JobState state);
  std::vector<std::string> objects(const std::string& prefix);
  std::string content(const std::string& key);

  tests::TempFolder folder_;
  std::unique_ptr<storage::Catalog> catalog_;
  storage::MemoryObjectStore objects_;
  prometheus::Registry registry_;
  std::unique_ptr<Runner> runner_;
  const std::filesystem::path program_ = folder_ / "worker";
};

// A report of everything that was asked for.
Report report_of(std::vector<base::Derived> made, Playable playable = Playable::as_encoded);

}  // namespace transcode::testing
