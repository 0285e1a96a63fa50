// What is made of stored files: the bytes, and what is said while there are none.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using base::Derived;
using nlohmann::json;
using storage::JobState;
using storage::JobTask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Derived every_kind[] = {Derived::playback, Derived::remux, Derived::thumbnail, Derived::strip};

class DerivedTest : public ServerTest {
 protected:
  std::string path(const storage::Media& media, Derived derived) {
    return item_path(media) + '/' + std::string(base::to_string(derived));
  }

  storage::DerivedObject make(const storage::Media& media, Derived derived, const std::string& bytes) {
    storage::DerivedObject object{.media_id = media.id, .derived = derived, .size = bytes.size()};
    object.object_key = "derived/" + media.id.str() + '/' + std::string(base::to_string(derived));
    object.sha256 = sha256_like('d');
    store.keep({.imei = media.imei, .object_key = object.object_key}, bytes);
    jobs.derived.push_back(object);
    return object;
  }

  json problem_of(const Answer& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    const auto problem = json::parse(answer.body);
    EXPECT_TRUE(problem.at("detail").get<std::string>().ends_with(".")) << problem;
    return problem;
  }
};

TEST_F(DerivedTest, EachIsServedAsWhatItIs) {
  const auto media = add(video(1), "the original");
  for (const Derived derived : every_kind) make(media, derived, "made: " + std::string(base::to_string(derived)));
  start();
  for (const Derived derived : every_kind) {
    const auto answer = get(path(media, derived));
    const std::string name(base::to_string(derived));
    EXPECT_EQ(answer.status, 200) << name;
    EXPECT_EQ(answer.body, "made: " + name);
    EXPECT_EQ(answer.header("content-type"), base::content_type(derived));
    EXPECT_EQ(answer.header("etag"), '"' + sha256_like('d') + '"');
    EXPECT_EQ(answer.header("content-disposition"), "inline; filename=\"" + imei(0).str() +
                                                        "-front-video-20261121T101456Z-00000001-" + name + '.' +
                                                        std::string(base::extension(derived)) + '"');
    EXPECT_EQ(answer.header("cache-control"), "private, no-cache") << "it may be made anew";
    EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
    EXPECT_THAT(answer.header("content-security-policy"), HasSubstr("sandbox"));
  }
  EXPECT_THAT(jobs.hurried(), IsEmpty());
}

// One way for all objects, which content_test.cpp tries from end to end: here, that it is taken.
TEST_F(DerivedTest, RangesAndConditions) {
  for (const bool in_files : {false, true}) {
    server.reset();
    if (in_files) keep_objects_in_files();
    catalog.media.clear();
    jobs.derived.clear();
    const auto media = add(video(1), "x");
    const auto bytes = pattern(700'000);
    make(media, Derived::playback, bytes);
    start();
    const auto target = path(media, Derived::playback);
    const auto part = get(target, "Range: bytes=300000-\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_TRUE(part.body == bytes.substr(300'000));
    EXPECT_EQ(part.header("content-range"), "bytes 300000-699999/700000");
    EXPECT_EQ(get(target, "Range: bytes=700000-\r\n").status, 416);
    EXPECT_EQ(get(target, "If-None-Match: \"" + sha256_like('d') + "\"\r\n").status, 304);
    EXPECT_EQ(get(target, "If-Match: \"other\"\r\n").status, 412);
    EXPECT_EQ(get(target, "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n").body.size(), bytes.size());
    const auto head = request(port(), "HEAD", target);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "700000");
  }
}

// A file that browsers play as it is has its own object as playback.
TEST_F(DerivedTest, ThePlaybackMayBeTheOriginal) {
  const auto media = add(video(1), "an MP4");
  jobs.derived = {{.media_id = media.id,
                   .derived = Derived::playback,
                   .object_key = media.object_key,
                   .size = 6,
                   .sha256 = media.sha256}};
  start();
  const auto answer = get(path(media, Derived::playback));
  EXPECT_EQ(answer.body, "an MP4");
  EXPECT_EQ(answer.header("content-type"), "video/mp4") << "not what the device said";
}

TEST_F(DerivedTest, AskingPutsItInFront) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::done), job_of(media, JobTask::playback, JobState::queued)};
  start();
  const auto answer = get(path(media, Derived::playback), "Range: bytes=0-0\r\n");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("retry-after"), "1");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({"state":"queued","percent":null,"task":"playback"})"));
  EXPECT_THAT(jobs.hurried(), ElementsAre(Pair(media.id, JobTask::playback)));
}

TEST_F(DerivedTest, WhatWaitsForSomebodyIsQueued) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::done), job_of(media, JobTask::playback, JobState::waiting)};
  start();
  const auto head = request(port(), "HEAD", path(media, Derived::playback));
  EXPECT_EQ(head.status, 202);
  EXPECT_THAT(jobs.hurried(), IsEmpty()) << "HEAD only looks";
  EXPECT_EQ(json::parse(get(path(media, Derived::playback)).body).at("state"), "queued");
  EXPECT_EQ(jobs.jobs[1].state, JobState::queued);
}

TEST_F(DerivedTest, ARunningOneTellsHowFarItIs) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::done), job_of(media, JobTask::playback, JobState::running)};
  jobs.jobs[1].percent = 42;
  start();
  EXPECT_EQ(json::parse(get(path(media, Derived::playback)).body),
            json::parse(R"({"state":"running","percent":42,"task":"playback"})"));
}

TEST_F(DerivedTest, ThePreviewComesFirst) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::queued)};
  start();
  for (const Derived derived : every_kind) {
    const auto answer = get(path(media, derived));
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(json::parse(answer.body).at("task"), "preview");
  }
  EXPECT_EQ(get(item_path(media) + "/probe").status, 202);
  EXPECT_EQ(jobs.hurried().size(), 5U);
}

TEST_F(DerivedTest, AFailureSaysWhyAndHowToTryAgain) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::done), job_of(media, JobTask::playback, JobState::failed)};
  jobs.jobs[1].reason = "The worker took more than 120 s of processor time.";
  start();
  const auto problem = problem_of(get(path(media, Derived::playback)), 409);
  EXPECT_EQ(problem.at("detail"),
            "The video for browsers of this file could not be made. The worker took more than 120 s of processor time. "
            "To have it tried again, send POST to " +
                item_path(media) + "/retry?task=playback.");
  EXPECT_THAT(jobs.hurried(), IsEmpty());
}

TEST_F(DerivedTest, WhatAFileHasNotIs404InWords) {
  const auto a_photo = add(photo(1), "x");
  const auto clip = add(video(2), "x");
  auto notes = photo(3);
  notes.kind = base::MediaKind::other;
  notes = add(notes, "{}");
  jobs.jobs = {job_of(a_photo, JobTask::preview, JobState::done), job_of(clip, JobTask::preview, JobState::done)};
  start();
  EXPECT_EQ(problem_of(get(path(a_photo, Derived::playback)), 404).at("detail"),
            "There is no video for browsers of a photo; the photo is at its /content.");
  EXPECT_THAT(problem_of(get(path(clip, Derived::playback)), 404).at("detail").get<std::string>(),
              HasSubstr("nothing in it could become one"));
  EXPECT_THAT(problem_of(get(path(clip, Derived::thumbnail)), 404).at("detail").get<std::string>(),
              HasSubstr("no thumbnail"));
  for (const Derived derived : every_kind) problem_of(get(path(notes, derived)), 404);
  problem_of(get(item_path(notes) + "/probe"), 404);
}

TEST_F(DerivedTest, OfAFileThatIsNotThere) {
  start();
  for (const auto* form : {"/playback", "/remux", "/thumbnail", "/strip", "/probe"}) {
    problem_of(get(item_path(video(9)) + form), 404);
    EXPECT_EQ(problem_of(get(std::string("/api/v1/media/nonsense") + form), 400).at("parameter"), "id");
  }
}

// A worker that finishes between our two questions: the jobs say done, and the first look found nothing.
TEST_F(DerivedTest, OneThatBecomesReadyAtThatMomentIsServed) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::running)};
  jobs.meanwhile = [&] {
    make(media, Derived::thumbnail, "a picture");
    jobs.jobs[0].state = JobState::done;
  };
  start();
  const auto answer = get(path(media, Derived::thumbnail));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "a picture");
}

TEST_F(DerivedTest, AProbeTellsWhatIsInside) {
  const auto media = add(video(1), "x");
  jobs.jobs = {job_of(media, JobTask::preview, JobState::done)};
  jobs.probes[media.id] = {.container = "ptmf",
                           .video_codec = "hevc",
                           .width = 1280,
                           .height = 720,
                           .frames = 240,
                           .duration_us = 12'000'000,
                           .frame_rate_milli = 20'000,
                           .damaged_records = 3};
  start();
  const auto answer = get(item_path(media) + "/probe");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  const auto found = json::parse(answer.body);
  EXPECT_EQ(found.at("media_id"), media.id.str());
  EXPECT_EQ(found.at("video").at("width"), 1280);
  EXPECT_EQ(found.at("duration_s"), 12.0);
  EXPECT_EQ(found.at("damaged_records"), 3);
  EXPECT_EQ(found.at("whole"), false);
}

TEST_F(DerivedTest, ACatalogInTroubleIsNotSpelledOut) {
  const auto media = add(video(1), "x");
  jobs.failure = base::Error{base::Errc::unavailable, "The server db.internal is away.", 0};
  start();
  for (const auto* form : {"/playback", "/remux", "/thumbnail", "/strip", "/probe"}) {
    const auto answer = get(item_path(media) + form);
    EXPECT_THAT(problem_of(answer, 503).at("detail").get<std::string>(), ::testing::Not(HasSubstr("db.internal")));
    EXPECT_EQ(answer.header("retry-after"), "2");
  }
}

}  // namespace
}  // namespace http::testing
