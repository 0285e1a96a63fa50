// How far something is, from the jobs of a file alone.
#include <gtest/gtest.h>

#include "server/http/making.hpp"
#include "tests/unit/http/fake_jobs.hpp"

namespace http {
namespace {

using base::Derived;
using base::MediaKind;
using storage::Job;
using storage::JobState;
using storage::JobTask;

Job job(JobTask task, JobState state, std::uint32_t percent = 0) {
  auto made = testing::job_of(testing::video(1), task, state);
  made.percent = percent;
  return made;
}

MakingState state_of(MediaKind kind, Derived derived, const std::vector<Job>& jobs) {
  return making_of(kind, derived, {.jobs = jobs}).state;
}

constexpr std::pair<JobState, MakingState> as_they_are[] = {{JobState::waiting, MakingState::waiting},
                                                            {JobState::queued, MakingState::queued},
                                                            {JobState::running, MakingState::running},
                                                            {JobState::failed, MakingState::failed}};

TEST(Making, NoJobMakesNothing) {
  for (const auto kind : {MediaKind::photo, MediaKind::video, MediaKind::other}) {
    for (const auto derived : {Derived::playback, Derived::remux, Derived::thumbnail, Derived::strip}) {
      EXPECT_EQ(state_of(kind, derived, {}), MakingState::none);
    }
  }
}

TEST(Making, AVideoIsAsFarAsItsPreview) {
  for (const auto& [given, expected] : as_they_are) {
    for (const auto derived : {Derived::playback, Derived::remux, Derived::thumbnail, Derived::strip}) {
      EXPECT_EQ(state_of(MediaKind::video, derived, {job(JobTask::preview, given)}), expected);
    }
  }
}

TEST(Making, BehindThePreviewComesThePlayback) {
  const auto preview = job(JobTask::preview, JobState::done);
  EXPECT_EQ(state_of(MediaKind::video, Derived::playback, {preview}), MakingState::none);
  for (const auto& [given, expected] : as_they_are) {
    const std::vector<Job> jobs = {job(JobTask::playback, given), preview};
    EXPECT_EQ(state_of(MediaKind::video, Derived::playback, jobs), expected);
    EXPECT_EQ(making_of(MediaKind::video, Derived::playback, {.jobs = jobs}).job, jobs.data());
    EXPECT_EQ(state_of(MediaKind::video, Derived::thumbnail, jobs), MakingState::ready);
    EXPECT_EQ(state_of(MediaKind::video, Derived::strip, jobs), MakingState::ready);
    EXPECT_EQ(state_of(MediaKind::video, Derived::remux, jobs), MakingState::ready);
  }
  EXPECT_EQ(state_of(MediaKind::video, Derived::playback, {preview, job(JobTask::playback, JobState::done)}),
            MakingState::ready);
}

// The playback that was made stands while the preview is made once more.
TEST(Making, APreviewMadeAgainTakesNoPlaybackAway) {
  const std::vector<Job> jobs = {job(JobTask::preview, JobState::queued), job(JobTask::playback, JobState::done)};
  EXPECT_EQ(state_of(MediaKind::video, Derived::playback, jobs), MakingState::ready);
  EXPECT_EQ(state_of(MediaKind::video, Derived::thumbnail, jobs), MakingState::queued);
}

TEST(Making, PhotosHaveAThumbnailAndNothingElse) {
  const std::vector<Job> jobs = {job(JobTask::preview, JobState::done)};
  EXPECT_EQ(state_of(MediaKind::photo, Derived::thumbnail, jobs), MakingState::ready);
  for (const auto derived : {Derived::playback, Derived::remux, Derived::strip}) {
    EXPECT_EQ(state_of(MediaKind::photo, derived, jobs), MakingState::none);
    EXPECT_EQ(state_of(MediaKind::photo, derived, {job(JobTask::preview, JobState::queued)}), MakingState::none);
  }
}

TEST(Making, OtherFilesMayTurnOutToBeNothing) {
  EXPECT_EQ(state_of(MediaKind::other, Derived::thumbnail, {job(JobTask::preview, JobState::done)}), MakingState::none);
  EXPECT_EQ(state_of(MediaKind::other, Derived::thumbnail, {job(JobTask::preview, JobState::failed)}),
            MakingState::failed);
}

TEST(Making, PercentIsOfWhatRuns) {
  for (const auto& [given, expected] : as_they_are) {
    const std::vector<Job> jobs = {job(JobTask::playback, given, 42)};
    const auto percent = percent_of(making_of(MediaKind::video, Derived::playback, {.jobs = jobs}));
    EXPECT_EQ(percent, given == JobState::running ? std::optional(42U) : std::nullopt);
  }
}

TEST(Making, WhatIsNotThereIsNotReady) {
  const std::vector<Job> jobs = {job(JobTask::preview, JobState::done)};
  const std::vector<storage::DerivedObject> objects = {
      {.media_id = testing::video(1).id, .derived = Derived::strip, .object_key = "k"}};
  EXPECT_EQ(making_of(MediaKind::video, Derived::strip, {jobs, objects}).state, MakingState::ready);
  EXPECT_EQ(making_of(MediaKind::video, Derived::thumbnail, {jobs, objects}).state, MakingState::none);
}

TEST(Making, JobsAreFoundByFile) {
  const auto one = testing::video(1);
  const auto two = testing::video(2);
  const JobsByFile jobs({testing::job_of(two, JobTask::preview, JobState::done),
                         testing::job_of(one, JobTask::preview, JobState::done),
                         testing::job_of(two, JobTask::playback, JobState::done)});
  EXPECT_EQ(jobs.of(one.id).size(), 1U);
  EXPECT_EQ(jobs.of(two.id).size(), 2U);
  for (const auto& found : jobs.of(two.id)) EXPECT_EQ(found.media_id, two.id);
  EXPECT_TRUE(jobs.of(testing::video(3).id).empty());
}

}  // namespace
}  // namespace http
