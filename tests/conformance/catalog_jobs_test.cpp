// Jobs and what comes of them: the same on every catalog. Leases and rests of no length are over at once, those of an
// hour never: no test waits for time to pass.
#include <algorithm>

#include "tests/conformance/catalog_fixture.hpp"

namespace tests {
namespace {

using base::Derived;
using storage::DerivedObject;
using storage::Job;
using storage::JobQuery;
using storage::JobResult;
using storage::JobState;
using storage::JobTask;
using storage::Media;
using storage::MediaProbe;
using storage::TakenJob;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

constexpr auto preview = JobTask::preview;
constexpr auto playback = JobTask::playback;
constexpr std::chrono::milliseconds over = 0ms;
constexpr std::chrono::milliseconds lasting = 1h;

DerivedObject made_of(const Media& media, Derived derived, std::string_view name = "a") {
  return {.media_id = media.id,
          .derived = derived,
          .object_key = fmt::format("derived/{}/{}/{}-{}.{}", media.imei.str(), media.id.str(), to_string(derived),
                                    name, extension(derived)),
          .size = 77,
          .sha256 = sha256(5),
          .made_at = at(100)};
}

MediaProbe probe() {
  return {.container = "ptmf",
          .video_codec = "hevc",
          .width = 1280,
          .height = 720,
          .frames = 400,
          .duration_us = 20'000'000,
          .frame_rate_milli = 20'000,
          .sound_codec = "pcm_alaw",
          .sample_rate = 8000,
          .channels = 1,
          .sound_us = 19'900'000,
          .damaged_records = 1,
          .skipped_bytes = 36,
          .missing_pictures = 2,
          .missing_sounds = 3,
          .decode_errors = 4};
}

class CatalogJobs : public CatalogTest {
 protected:
  storage::JobCatalog& jobs() { return catalog_->jobs(); }

  Media stored(std::string_view content_type = "image/jpeg", std::string_view request = "",
               base::UtcTime received = at(0), base::Imei imei = device()) {
    Media media = photo(imei, received);
    media.content_type = content_type;
    media.request_id = request;
    commit(media);
    return media;
  }
  std::optional<TakenJob> take(std::string_view worker = "w", std::chrono::milliseconds lease = lasting) {
    auto taken = jobs().take_job(worker, lease);
    EXPECT_TRUE(taken) << taken.error().message;
    return taken.value_or(std::nullopt);
  }
  // The file whose job comes next, and is then done; nil: none.
  base::Uuid next() {
    const auto taken = take();
    if (!taken) return {};
    EXPECT_TRUE(finish(taken->job.media_id, taken->job.task, {}));
    return taken->job.media_id;
  }
  bool finish(const base::Uuid& id, JobTask task, const JobResult& result, std::string_view worker = "w") {
    const auto done = jobs().finish_job(id, task, worker, result);
    EXPECT_TRUE(done) << done.error().message;
    return done.value_or(false);
  }
  std::optional<Job> job(const Media& media, JobTask task = preview) {
    const auto found = jobs().jobs_of(std::vector{media.id});
    EXPECT_TRUE(found) << found.error().message;
    const auto same = std::ranges::find(*found, task, &Job::task);
    return same == found->end() ? std::nullopt : std::optional(*same);
  }
  JobState state(const Media& media, JobTask task = preview) { return job(media, task).value().state; }
  void remove(const Media& media) {
    ASSERT_EQ(catalog_->keeping().delete_media(media.imei, std::vector{media.id}, "r", at(9)).value().size(), 1U);
  }
  // A video whose preview is done, with a playback to be made.
  Media previewed(JobState wanted = JobState::queued, std::string_view request = "") {
    const Media media = stored("video/x-ptmf", request);
    EXPECT_EQ(take()->job.media_id, media.id);
    EXPECT_TRUE(finish(media.id, preview,
                       {.probe = probe(), .derived = {made_of(media, Derived::thumbnail)}, .playback = wanted}));
    return media;
  }
  std::vector<Derived> kinds(const Media& media) {
    std::vector<Derived> all;
    const auto rows = jobs().derived_of(media.id).value();
    for (const auto& each : rows) all.push_back(each.derived);
    return all;
  }
};

TEST_P(CatalogJobs, WhatCanBeShownHasAPreviewFromTheBeginning) {
  for (const std::string_view type : {"image/jpeg", "video/x-ptmf", "video/h265", "video/mp4", "video/mp2t"})
    EXPECT_EQ(state(stored(type)), JobState::queued) << type;
  for (const std::string_view type : {"application/json", "application/octet-stream", ""})
    EXPECT_FALSE(job(stored(type))) << type;
}

TEST_P(CatalogJobs, WhatAWorkerHadThatIsOverIsFreeAtOnce) {
  const Media first = stored("image/jpeg", "", at(0));
  const Media second = stored("image/jpeg", "", at(1));
  const Media others = stored("image/jpeg", "", at(2));
  ASSERT_TRUE(take("dead"));
  ASSERT_TRUE(take("dead"));
  ASSERT_TRUE(take("alive"));
  ASSERT_TRUE(jobs().give_back_jobs_of("dead"));
  EXPECT_EQ(state(first), JobState::queued);
  EXPECT_EQ(state(second), JobState::queued);
  EXPECT_EQ(state(others), JobState::running);
  EXPECT_EQ(job(first)->losses, 0U) << "it is known what has become of it";
  EXPECT_FALSE(finish(first.id, preview, {}, "dead"));
}

TEST_P(CatalogJobs, AJobAsItComes) {
  const Media media = stored("image/jpeg", "", at(5), device(3));
  const Job found = job(media).value();
  EXPECT_EQ(found.imei, media.imei);
  EXPECT_EQ(found.state, JobState::queued);
  EXPECT_FALSE(found.urgent);
  EXPECT_EQ(found.failures + found.losses + found.percent, 0U);
  EXPECT_EQ(found.worker, "");
  EXPECT_EQ(found.reason, "");
  EXPECT_EQ(found.created_at, media.received_at);
  EXPECT_EQ(found.updated_at, media.received_at);
  EXPECT_FALSE(job(media, playback));
  EXPECT_TRUE(job(stored("image/jpeg", "request-1"))->urgent);
}

TEST_P(CatalogJobs, ADuplicateHasNoJob) {
  const Media media = stored();
  commit(media);
  Media again = media;
  again.id = base::Uuid::v7(at(1));
  again.object_key += "2";
  EXPECT_TRUE(commit(again).duplicate);
  EXPECT_FALSE(job(again));
  EXPECT_EQ(next(), media.id);
  EXPECT_TRUE(next().is_nil());
}

TEST_P(CatalogJobs, ATakenJobHasAllThatAWorkerNeeds) {
  Media media = photo();
  media.content_type = "video/x-ptmf";
  media.frame_rate = 15;
  commit(media);
  const auto taken = take("a worker", lasting);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->job.media_id, media.id);
  EXPECT_EQ(taken->job.imei, media.imei);
  EXPECT_EQ(taken->job.task, preview);
  EXPECT_EQ(taken->job.state, JobState::running);
  EXPECT_EQ(taken->job.worker, "a worker");
  EXPECT_EQ(taken->object_key, media.object_key);
  EXPECT_EQ(taken->content_type, media.content_type);
  EXPECT_EQ(taken->size, media.size);
  EXPECT_EQ(taken->sha256, media.sha256);
  EXPECT_EQ(taken->frame_rate, 15U);
  const auto now = base::utc_now();
  EXPECT_LT(std::chrono::abs(taken->job.updated_at - now), 1min) << "by the database's clock, which is this machine's";
  EXPECT_FALSE(take()) << "it is not given out twice";
}

TEST_P(CatalogJobs, UrgentOnesThenPreviewsThenTheOldest) {
  const Media with_playback = previewed();
  const Media urgent_playback = previewed(JobState::queued, "request-1");
  const Media third = stored("image/jpeg", "", at(3));
  const Media first = stored("image/jpeg", "", at(1));
  const Media second = stored("image/jpeg", "", at(2));
  const Media urgent = stored("image/jpeg", "request-2", at(9));
  EXPECT_EQ(next(), urgent.id);
  EXPECT_EQ(next(), urgent_playback.id) << "as urgent as its preview was";
  EXPECT_EQ(next(), first.id);
  ASSERT_TRUE(jobs().hurry_job(third.id, preview).value()->urgent);
  EXPECT_EQ(next(), third.id);
  EXPECT_EQ(next(), second.id);
  EXPECT_EQ(next(), with_playback.id);
  EXPECT_TRUE(next().is_nil());
}

TEST_P(CatalogJobs, ALeaseThatEndedIsALoss) {
  const Media media = stored();
  for (std::uint32_t losses = 1; losses < storage::most_losses; ++losses) {
    ASSERT_TRUE(take("lost", over));
    const auto again = take("w", lasting);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->job.losses, losses);
    EXPECT_EQ(again->job.worker, "w");
    EXPECT_FALSE(jobs().renew_job(media.id, preview, "lost", 50, lasting).value());
    EXPECT_FALSE(finish(media.id, preview, {.derived = {made_of(media, Derived::thumbnail)}}, "lost"));
    EXPECT_FALSE(jobs().fail_job(media.id, preview, "lost", "r", over).value());
    EXPECT_FALSE(jobs().give_back_job(media.id, preview, "lost", over).value());
    EXPECT_TRUE(jobs().give_back_job(media.id, preview, "w", over).value());
  }
  ASSERT_TRUE(take("lost", over));
  EXPECT_FALSE(take());
  const Job failed = job(media).value();
  EXPECT_EQ(failed.state, JobState::failed);
  EXPECT_EQ(failed.losses, storage::most_losses);
  EXPECT_EQ(failed.failures, 0U);
  EXPECT_EQ(failed.reason, "The worker was lost 5 times while it worked on this file.");
  EXPECT_THAT(kinds(media), IsEmpty());
}

TEST_P(CatalogJobs, AWorkerThatIsLateKeepsWhatNobodyTook) {
  const Media media = stored();
  ASSERT_TRUE(take("w", over));
  EXPECT_TRUE(jobs().renew_job(media.id, preview, "w", 42, lasting).value());
  EXPECT_EQ(job(media)->percent, 42U);
  EXPECT_FALSE(take("other"));
  EXPECT_TRUE(finish(media.id, preview, {}));
  EXPECT_EQ(state(media), JobState::done);
}

TEST_P(CatalogJobs, OnlyTheWorkersOwn) {
  const Media media = stored();
  EXPECT_FALSE(jobs().renew_job(media.id, preview, "w", 1, lasting).value()) << "nobody has it";
  ASSERT_TRUE(take("w"));
  EXPECT_FALSE(jobs().renew_job(media.id, preview, "v", 1, lasting).value());
  EXPECT_FALSE(jobs().renew_job(media.id, playback, "w", 1, lasting).value());
  EXPECT_FALSE(jobs().fail_job(media.id, preview, "v", "r", over).value());
  EXPECT_FALSE(jobs().give_back_job(media.id, preview, "v", over).value());
  EXPECT_FALSE(finish(media.id, preview, {.derived = {made_of(media, Derived::strip)}}, "v"));
  EXPECT_FALSE(jobs().renew_job(base::Uuid::v7(at(0)), preview, "w", 1, lasting).value()) << "no such file";
  EXPECT_EQ(state(media), JobState::running);
  EXPECT_EQ(job(media)->percent, 0U);
  EXPECT_THAT(kinds(media), IsEmpty());
  EXPECT_TRUE(jobs().renew_job(media.id, preview, "w", 1, lasting).value());
}

TEST_P(CatalogJobs, AfterTwoFailuresItIsOnThePoisonList) {
  const Media media = stored();
  ASSERT_TRUE(take());
  EXPECT_TRUE(jobs().fail_job(media.id, preview, "w", "The worker crashed.", over).value());
  EXPECT_EQ(state(media), JobState::queued);
  EXPECT_EQ(job(media)->reason, "The worker crashed.");
  EXPECT_EQ(take()->job.failures, 1U);
  EXPECT_TRUE(jobs().fail_job(media.id, preview, "w", "It took too long.", over).value());
  EXPECT_FALSE(take());
  const Job failed = job(media).value();
  EXPECT_EQ(failed.state, JobState::failed);
  EXPECT_EQ(failed.failures, 2U);
  EXPECT_EQ(failed.reason, "It took too long.");
  EXPECT_THAT(jobs().list_jobs({.state = JobState::failed}).value().items, SizeIs(1));
  ASSERT_EQ(jobs().hurry_job(media.id, preview).value()->state, JobState::failed);

  const auto again = jobs().retry_job(media.id, preview).value();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->state, JobState::queued);
  EXPECT_EQ(again->failures, 0U);
  EXPECT_EQ(again->reason, "");
  EXPECT_TRUE(again->urgent);
  EXPECT_EQ(next(), media.id);
}

TEST_P(CatalogJobs, ARestIsNoQueue) {
  const Media resting = stored("image/jpeg", "", at(1));
  const Media given_back = stored("image/jpeg", "", at(2));
  const Media other = stored("image/jpeg", "", at(3));
  ASSERT_EQ(take()->job.media_id, resting.id);
  ASSERT_TRUE(jobs().fail_job(resting.id, preview, "w", "r", lasting).value());
  ASSERT_EQ(take()->job.media_id, given_back.id);
  ASSERT_TRUE(jobs().give_back_job(given_back.id, preview, "w", lasting).value());
  EXPECT_EQ(next(), other.id);
  EXPECT_TRUE(next().is_nil());
  EXPECT_EQ(state(resting), JobState::queued);
  EXPECT_EQ(job(given_back)->failures + job(given_back)->losses, 0U) << "without blame";
  ASSERT_TRUE(jobs().retry_job(resting.id, preview).value());
  EXPECT_EQ(next(), resting.id) << "at once";
}

TEST_P(CatalogJobs, WhatAFinishedPreviewBrings) {
  const Media media = stored("video/x-ptmf");
  ASSERT_TRUE(take());
  const auto thumbnail = made_of(media, Derived::thumbnail);
  const auto remux = made_of(media, Derived::remux);
  ASSERT_TRUE(
      finish(media.id, preview, {.probe = probe(), .derived = {thumbnail, remux}, .playback = JobState::waiting}));
  EXPECT_EQ(state(media), JobState::done);
  EXPECT_THAT(jobs().derived_of(media.id).value(), UnorderedElementsAre(thumbnail, remux));
  EXPECT_EQ(jobs().find_probe(media.id).value(), probe());
  EXPECT_EQ(state(media, playback), JobState::waiting);
  EXPECT_FALSE(take()) << "nobody has asked for it";
  EXPECT_FALSE(jobs().find_probe(base::Uuid::v7(at(0))).value());
  EXPECT_THAT(jobs().derived_of(base::Uuid::v7(at(0))).value(), IsEmpty());
}

TEST_P(CatalogJobs, AnAnswerThatGotLostIsGivenAgain) {
  const Media media = stored();
  ASSERT_TRUE(take());
  const JobResult result{.derived = {made_of(media, Derived::thumbnail)}};
  ASSERT_TRUE(finish(media.id, preview, result));
  EXPECT_TRUE(finish(media.id, preview, result)) << "what was made is named, and must not be removed";
  EXPECT_FALSE(finish(media.id, preview, {.derived = {made_of(media, Derived::thumbnail, "b")}}));
  EXPECT_FALSE(finish(media.id, preview, result, "v"));
  EXPECT_THAT(jobs().derived_of(media.id).value(), ElementsAre(made_of(media, Derived::thumbnail)));
}

TEST_P(CatalogJobs, FiguresOfAStrangerAreKeptAsFarAsTheyGo) {
  const Media media = stored();
  ASSERT_TRUE(take());
  MediaProbe wild = probe();
  wild.container = std::string("\xFF\0x", 3);
  wild.frames = UINT32_MAX;
  wild.duration_us = UINT64_MAX;
  ASSERT_TRUE(finish(media.id, preview, {.probe = wild}));
  wild.duration_us = INT64_MAX;
  EXPECT_EQ(jobs().find_probe(media.id).value(), wild);
}

TEST_P(CatalogJobs, SomebodyAsksForAPlayback) {
  const Media media = previewed(JobState::waiting);
  const auto hurried = jobs().hurry_job(media.id, playback).value();
  ASSERT_TRUE(hurried);
  EXPECT_EQ(hurried->state, JobState::queued);
  EXPECT_TRUE(hurried->urgent);
  ASSERT_EQ(take()->job.task, playback);
  EXPECT_EQ(jobs().hurry_job(media.id, playback).value()->state, JobState::running);
  EXPECT_EQ(jobs().retry_job(media.id, playback).value()->state, JobState::running) << "it is left alone";
  ASSERT_TRUE(finish(media.id, playback, {.derived = {made_of(media, Derived::playback)}}));
  EXPECT_EQ(jobs().hurry_job(media.id, playback).value()->state, JobState::done);
  EXPECT_THAT(kinds(media), UnorderedElementsAre(Derived::playback, Derived::thumbnail));
  EXPECT_FALSE(jobs().hurry_job(base::Uuid::v7(at(0)), preview).value());
  EXPECT_FALSE(jobs().retry_job(base::Uuid::v7(at(0)), preview).value());
}

TEST_P(CatalogJobs, APreviewThatFindsThePlayback) {
  const Media media = stored("video/mp4");
  ASSERT_TRUE(take());
  auto itself = made_of(media, Derived::playback);
  itself.object_key = media.object_key;
  ASSERT_TRUE(finish(media.id, preview, {.derived = {itself}, .playback_done = true}));
  EXPECT_EQ(state(media, playback), JobState::done);
  EXPECT_FALSE(take());
  EXPECT_THAT(jobs().derived_of(media.id).value(), ElementsAre(itself));
}

TEST_P(CatalogJobs, APreviewMadeAgainReplacesWhatItMade) {
  const Media media = previewed();
  ASSERT_EQ(take()->job.task, playback);
  ASSERT_TRUE(finish(media.id, playback, {.derived = {made_of(media, Derived::playback)}}));
  ASSERT_TRUE(jobs().retry_job(media.id, preview).value());
  ASSERT_TRUE(take());
  MediaProbe other = probe();
  other.frames = 1;
  ASSERT_TRUE(
      finish(media.id, preview,
             {.probe = other, .derived = {made_of(media, Derived::thumbnail, "b")}, .playback = JobState::queued}));
  EXPECT_EQ(jobs().find_probe(media.id).value(), other);
  EXPECT_EQ(state(media, playback), JobState::done) << "it stays as it is";
  EXPECT_THAT(jobs().derived_of(media.id).value(),
              UnorderedElementsAre(made_of(media, Derived::playback), made_of(media, Derived::thumbnail, "b")));
}

TEST_P(CatalogJobs, DeletionTakesJobsAndProbeAndLeavesTheNamesOfObjects) {
  const Media media = previewed();
  const Media other = previewed();
  remove(media);
  EXPECT_FALSE(job(media));
  EXPECT_FALSE(job(media, playback));
  EXPECT_FALSE(jobs().find_probe(media.id).value());
  EXPECT_THAT(kinds(media), ElementsAre(Derived::thumbnail)) << "until its object is removed";
  ASSERT_TRUE(catalog_->keeping().mark_removed(std::vector{media.id}));
  EXPECT_THAT(kinds(media), IsEmpty());
  EXPECT_THAT(kinds(other), ElementsAre(Derived::thumbnail));
  EXPECT_TRUE(jobs().find_probe(other.id).value());
  EXPECT_EQ(state(other, playback), JobState::queued);
}

TEST_P(CatalogJobs, ADeletionUnderWayIsSeenByTheWorker) {
  const Media media = stored();
  ASSERT_TRUE(take());
  remove(media);
  EXPECT_FALSE(jobs().renew_job(media.id, preview, "w", 50, lasting).value());
  EXPECT_FALSE(finish(media.id, preview, {.probe = probe(), .derived = {made_of(media, Derived::thumbnail)}}));
  EXPECT_FALSE(jobs().fail_job(media.id, preview, "w", "r", over).value());
  EXPECT_THAT(kinds(media), IsEmpty());
  EXPECT_FALSE(jobs().find_probe(media.id).value());
  EXPECT_FALSE(take());
}

TEST_P(CatalogJobs, Pages) {
  std::vector<Media> all;
  for (int i = 0; i < 7; ++i) all.push_back(previewed());
  std::vector<std::pair<base::Uuid, JobTask>> expected;
  std::ranges::sort(all, std::greater{}, &Media::id);
  for (const Media& media : all) {
    expected.emplace_back(media.id, preview);
    expected.emplace_back(media.id, playback);
  }
  const auto walk = [&](JobQuery query, std::uint32_t limit) {
    std::vector<std::pair<base::Uuid, JobTask>> found;
    query.limit = limit;
    do {
      const auto page = jobs().list_jobs(query).value();
      for (const Job& each : page.items) found.emplace_back(each.media_id, each.task);
      EXPECT_LE(page.items.size(), limit);
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty() && found.size() < 100);
    return found;
  };
  EXPECT_EQ(walk({}, 3), expected);
  EXPECT_EQ(walk({}, 500), expected);
  EXPECT_EQ(walk({.imei = device()}, 5), expected);
  EXPECT_THAT(walk({.imei = device(1)}, 5), IsEmpty());
  EXPECT_THAT(walk({.state = JobState::queued}, 2), SizeIs(7));
  EXPECT_THAT(walk({.state = JobState::done, .imei = device()}, 2), SizeIs(7));
  EXPECT_THAT(walk({.state = JobState::failed}, 2), IsEmpty());
  EXPECT_FALSE(jobs().list_jobs({.limit = 0}));
  EXPECT_FALSE(jobs().list_jobs({.limit = 501}));
  const auto foreign = catalog_->list_media({.limit = 1}).value().next_cursor;
  EXPECT_EQ(jobs().list_jobs({.cursor = foreign}).error().code, base::Errc::invalid);
}

TEST_P(CatalogJobs, JobsOfSeveralFiles) {
  EXPECT_THAT(jobs().jobs_of({}).value(), IsEmpty());
  const Media one = previewed();
  const Media two = stored();
  stored();
  const auto found = jobs().jobs_of(std::vector{two.id, one.id, base::Uuid::v7(at(0))}).value();
  EXPECT_THAT(found, UnorderedElementsAre(Field(&Job::media_id, one.id), Field(&Job::media_id, one.id),
                                          Field(&Job::media_id, two.id)));
}

TEST_P(CatalogJobs, Counts) {
  EXPECT_THAT(jobs().count_jobs().value(), IsEmpty());
  previewed(JobState::waiting);
  const Media running = stored("image/jpeg", "", at(3));
  ASSERT_EQ(take()->job.media_id, running.id);
  stored("image/jpeg", "", at(8));
  stored("image/jpeg", "", at(7));
  std::vector<std::string> found;
  const auto counts = jobs().count_jobs().value();
  for (const auto& each : counts) {
    found.push_back(fmt::format("{} {} {}", to_string(each.task), to_string(each.state), each.count));
    if (each.state == JobState::queued) {
      EXPECT_EQ(each.oldest, at(7));
    }
  }
  EXPECT_THAT(found, UnorderedElementsAre("playback waiting 1", "preview running 1", "preview queued 2"));
}

TEST_P(CatalogJobs, DerivedObjectsInTheOrderOfTheirKeys) {
  std::vector<std::string> keys{"derived/B/1", "derived/a/1", "derived/a-b/1", "derived/A/2", "derived/a_b/1"};
  for (const auto& key : keys) {
    const Media media = stored("video/mp4");
    ASSERT_TRUE(take());
    auto strip = made_of(media, Derived::strip);
    strip.object_key = key;
    auto itself = made_of(media, Derived::playback);
    itself.object_key = media.object_key;
    ASSERT_TRUE(finish(media.id, preview, {.derived = {strip, itself}, .playback_done = true}));
  }
  std::ranges::sort(keys);
  std::vector<std::string> found;
  std::string last;
  for (;;) {
    const auto page = jobs().derived_behind(last, 2).value();
    if (page.empty()) break;
    for (const auto& each : page) found.push_back(each.object_key);
    last = found.back();
  }
  EXPECT_EQ(found, keys) << "byte by byte, without those that are the file itself";
}

TEST_P(CatalogJobs, WhatIsLostIsMadeAgain) {
  const Media media = previewed();
  ASSERT_TRUE(take());
  ASSERT_TRUE(finish(media.id, playback, {.derived = {made_of(media, Derived::playback)}}));
  auto replaced = made_of(media, Derived::thumbnail, "older");
  ASSERT_TRUE(jobs().make_again(replaced));
  EXPECT_EQ(state(media), JobState::done) << "no row names that one";

  ASSERT_TRUE(jobs().make_again(made_of(media, Derived::playback)));
  EXPECT_THAT(kinds(media), ElementsAre(Derived::thumbnail));
  EXPECT_EQ(state(media, playback), JobState::queued);
  EXPECT_EQ(state(media), JobState::done);
  ASSERT_TRUE(jobs().make_again(made_of(media, Derived::thumbnail)));
  EXPECT_THAT(kinds(media), IsEmpty());
  EXPECT_EQ(state(media), JobState::queued);
  EXPECT_EQ(take()->job.task, preview);
  ASSERT_TRUE(
      finish(media.id, preview, {.derived = {made_of(media, Derived::thumbnail, "b")}, .playback = JobState::waiting}));
  EXPECT_EQ(state(media, playback), JobState::queued) << "it stays as it is";
}

TEST_P(CatalogJobs, APlaybackThatIsTheRemuxIsMadeAgainByThePreview) {
  const Media media = stored("video/mp2t");
  ASSERT_TRUE(take());
  const auto remux = made_of(media, Derived::remux);
  auto played = remux;
  played.derived = Derived::playback;
  ASSERT_TRUE(finish(media.id, preview, {.derived = {remux, played}, .playback_done = true}));
  ASSERT_TRUE(jobs().make_again(remux));
  EXPECT_THAT(kinds(media), IsEmpty()) << "both have the same object";
  EXPECT_FALSE(job(media, playback)) << "the preview says whether there is one";
  ASSERT_EQ(take()->job.task, preview);
  ASSERT_TRUE(finish(media.id, preview, {.playback = JobState::queued}));
  EXPECT_EQ(take()->job.task, playback);
}

INSTANTIATE_TEST_SUITE_P(Catalogs, CatalogJobs, testing::ValuesIn(catalog_implementations()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace tests
