#include <filesystem>
#include <fstream>
#include <limits>

#include "tests/unit/transcode/runner/fixture.hpp"

namespace transcode::testing {
namespace {

using base::Derived;
using storage::JobState;
using storage::JobTask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Derived> kinds(const std::vector<storage::DerivedObject>& objects) {
  std::vector<Derived> all;
  for (const auto& object : objects) all.push_back(object.derived);
  std::ranges::sort(all);
  return all;
}

TEST_F(RunnerTest, APhotoGetsAThumbnail) {
  const auto media = store("image/jpeg");
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)));
  start();
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::done));
  const auto derived = catalog_->jobs().derived_of(media.id).value();
  ASSERT_EQ(kinds(derived), std::vector{Derived::thumbnail});
  EXPECT_EQ(content(derived[0].object_key), "thumbnail");
  EXPECT_EQ(derived[0].size, 9U);
  EXPECT_THAT(derived[0].object_key, HasSubstr("derived/" + media.imei.str() + "/" + media.id.str() + "/thumbnail-"));
  EXPECT_EQ(catalog_->jobs().find_probe(media.id).value()->frames, 60U);
  EXPECT_THAT(catalog_->jobs().jobs_of(std::array{media.id}).value(), SizeIs(1)) << "a photo is not played";
  stop();
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "work"));
}

TEST_F(RunnerTest, AVideoIsPreviewedAndThenEncoded) {
  const auto media = store();
  worker_says(to_lines(report_of({Derived::thumbnail, Derived::strip, Derived::remux})), "",
              to_lines(report_of({Derived::playback})));
  start();
  ASSERT_TRUE(reaches(media.id, JobTask::playback, JobState::done));
  EXPECT_EQ(kinds(catalog_->jobs().derived_of(media.id).value()),
            (std::vector{Derived::playback, Derived::remux, Derived::thumbnail, Derived::strip}));
  EXPECT_THAT(objects("derived/"), SizeIs(4));
}

TEST_F(RunnerTest, OnDemandThePlaybackWaits) {
  const auto media = store();
  start({.remux = false, .playback_at_once = false});
  ASSERT_TRUE(reaches(media.id, JobTask::playback, JobState::waiting));
  worker_says(to_lines(report_of({Derived::playback})));
  ASSERT_TRUE(catalog_->jobs().hurry_job(media.id, JobTask::playback));
  EXPECT_TRUE(reaches(media.id, JobTask::playback, JobState::done));
}

TEST_F(RunnerTest, AWorkerIsToldTheRateThatTheCameraNamed) {
  const auto said = folder_ / "said";
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)), "echo \"$@\" >> '" + said.string() + "'");
  // META has a byte for it, and a catalog room for more.
  const auto named = store("video/h265", 15);
  const auto nonsense = store("video/h265", 4'000'000'000);
  const auto silent = store("video/h265");
  start();
  std::vector<std::string> lines;
  for (const auto& media : {named, nonsense, silent}) {
    ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::done));
    EXPECT_EQ(job(media.id).failures, 0U);
  }
  std::ifstream in(said);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  EXPECT_THAT(lines, ::testing::UnorderedElementsAre(HasSubstr(" frame-rate=15 "), HasSubstr(" frame-rate=0 "),
                                                     HasSubstr(" frame-rate=0 ")));
}

TEST_F(RunnerTest, WhatCanBePlayedAsItIsIsNotCopied) {
  const auto media = store("video/mp4");
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::as_it_is)));
  start();
  ASSERT_TRUE(reaches(media.id, JobTask::playback, JobState::done));
  const auto derived = catalog_->jobs().derived_of(media.id).value();
  const auto playback = std::ranges::find(derived, Derived::playback, &storage::DerivedObject::derived);
  ASSERT_NE(playback, derived.end());
  EXPECT_EQ(playback->object_key, media.object_key);
  EXPECT_THAT(objects("derived/"), SizeIs(1));
}

TEST_F(RunnerTest, ARemuxThatPlaysIsThePlayback) {
  const auto media = store("video/mp2t");
  worker_says(to_lines(report_of({Derived::thumbnail, Derived::remux}, Playable::as_remux)));
  start({.remux = false});
  ASSERT_TRUE(reaches(media.id, JobTask::playback, JobState::done));
  const auto derived = catalog_->jobs().derived_of(media.id).value();
  EXPECT_EQ(kinds(derived), (std::vector{Derived::playback, Derived::remux, Derived::thumbnail}));
  EXPECT_THAT(objects("derived/"), SizeIs(2));
}

TEST_F(RunnerTest, AFileThatFailsTwiceIsLeftAlone) {
  const auto media = store();
  worker_says(failed_line("It has no picture."));
  start();
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::failed));
  EXPECT_EQ(job(media.id).failures, storage::most_failures);
  EXPECT_THAT(job(media.id).reason, HasSubstr("It has no picture."));
  EXPECT_THAT(objects("derived/"), IsEmpty());

  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)));
  ASSERT_TRUE(catalog_->jobs().retry_job(media.id, JobTask::preview));
  EXPECT_TRUE(reaches(media.id, JobTask::preview, JobState::done));
}

TEST_F(RunnerTest, AWorkerThatCrashesIsAFailureWithAReason) {
  const auto media = store();
  worker_says("", "kill -SEGV $$");
  start();
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::failed));
  EXPECT_THAT(job(media.id).reason, HasSubstr("SIGSEGV"));
}

TEST_F(RunnerTest, AWorkerThatClaimsWhatItHasNotMadeIsNotBelieved) {
  const auto empty = store("image/jpeg");
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)), "set -- none");
  start();
  ASSERT_TRUE(
      tests::eventually([&] { return !job(empty.id).worker.empty() && job(empty.id).state == JobState::queued; }));
  EXPECT_THAT(objects("derived/"), IsEmpty());
}

TEST_F(RunnerTest, WhatIsNotTheFilesFaultIsNotHeldAgainstIt) {
  const auto media = store();
  std::filesystem::remove(program_);
  start();
  ASSERT_TRUE(tests::eventually([&] { return !job(media.id).worker.empty(); })) << "it was taken";
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)));
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::done));
  EXPECT_EQ(job(media.id).failures, 0U);
  EXPECT_EQ(job(media.id).losses, 0U);
}

TEST_F(RunnerTest, OnAFullDiskNoFileIsToBlame) {
  const auto media = store();
  worker_says(failed_line("A file cannot be written."));
  start({.least_room = std::numeric_limits<std::uint64_t>::max()});
  ASSERT_TRUE(
      tests::eventually([&] { return !job(media.id).worker.empty() && job(media.id).state == JobState::queued; }));
  stop();
  EXPECT_EQ(job(media.id).failures, 0U);
}

TEST_F(RunnerTest, AMissingObjectIsSaid) {
  const auto media = store();
  ASSERT_TRUE(objects_.remove(media.object_key));
  start();
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::failed));
  EXPECT_THAT(job(media.id).reason, HasSubstr(media.object_key));
}

TEST_F(RunnerTest, AFileThatIsDeletedMeanwhileLeavesNothing) {
  const auto media = store();
  const auto begun = folder_ / "begun";
  const auto go = folder_ / "go";
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)),
              ": > '" + begun.string() + "'; while [ ! -e '" + go.string() + "' ]; do sleep 0.01; done");
  start();
  ASSERT_TRUE(tests::eventually([&] { return std::filesystem::exists(begun); }));
  ASSERT_THAT(catalog_->keeping().delete_media(media.imei, std::array{media.id}, "of a test", tests::at(0)).value(),
              SizeIs(1));
  std::ofstream(go) << "";
  EXPECT_TRUE(tests::eventually([&] { return std::filesystem::is_empty(folder_ / "work"); }));
  stop();
  EXPECT_THAT(objects("derived/"), IsEmpty());
}

TEST_F(RunnerTest, AStopEndsTheWorkerAndGivesTheJobBack) {
  const auto media = store();
  const auto begun = folder_ / "begun";
  worker_says("", ": > '" + begun.string() + "'; exec sleep 1000");
  start();
  ASSERT_TRUE(tests::eventually([&] { return std::filesystem::exists(begun); }));
  stop();
  EXPECT_EQ(job(media.id).state, JobState::queued);
  EXPECT_EQ(job(media.id).failures, 0U);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "work"));
}

TEST_F(RunnerTest, ALeaseIsRenewedForAsLongAsTheWorkTakes) {
  const auto media = store();
  const auto go = folder_ / "go";
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)),
              "while [ ! -e '" + go.string() + "' ]; do sleep 0.01; done");
  const std::chrono::milliseconds lease(2'000);
  start({.lease = lease});
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::running));
  const auto taken = job(media.id).updated_at;
  ASSERT_TRUE(tests::eventually([&] { return job(media.id).updated_at > taken + lease; }));
  EXPECT_FALSE(catalog_->jobs().take_job("another", lease).value()) << "nothing is left to take";
  std::ofstream(go) << "";
  ASSERT_TRUE(reaches(media.id, JobTask::preview, JobState::done));
  EXPECT_EQ(job(media.id).losses, 0U);
}

TEST_F(RunnerTest, SeveralWorkAtATime) {
  std::vector<storage::Media> all;
  for (int n = 0; n < 3; ++n) all.push_back(store("image/jpeg"));
  const auto here = folder_ / "here.";
  // None goes on before all three have begun.
  worker_says(to_lines(report_of({Derived::thumbnail}, Playable::no)),
              ": > '" + here.string() + "'$$; while [ \"$(ls '" + folder_.path().string() +
                  "' | grep -c '^here')\" -lt 3 ]; do sleep 0.01; done");
  start({.jobs = 3});
  for (const auto& media : all) EXPECT_TRUE(reaches(media.id, JobTask::preview, JobState::done));
}

TEST_F(RunnerTest, AFolderBelongsToOneRunner) {
  start();
  const auto second =
      Runner::start(catalog_->jobs(), objects_, {.name = "second", .folder = folder_ / "work"}, registry_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Errc::conflict);
}

TEST_F(RunnerTest, WhatAnEarlierStartLeftIsRemoved) {
  std::filesystem::create_directory(folder_ / "work");
  std::ofstream(folder_ / "work" / "old.mp4") << "half";
  start();
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "work"));
}

}  // namespace
}  // namespace transcode::testing
