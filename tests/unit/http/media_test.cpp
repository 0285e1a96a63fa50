#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class MediaTest : public ServerTest {
 protected:
  json get_json(const std::string& target) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/json");
    return json::parse(answer.body);
  }
};

TEST_F(MediaTest, AnItemHasExactlyTheseMembersInThisOrder) {
  auto full = photo(1);
  full.duration_s = 10;
  full.frame_rate = 30;
  full.time_zone_minutes = -90;
  full.triggered_at = at("2026-11-21T10:14:50Z");
  full.latitude = 54.6872;
  full.longitude = 25.2797;
  full.driver_name = "A. Driver";
  full.defect = "the JPEG does not end with an EOI marker";
  full.metadata_hex = "0104ff";
  full.request_id = "r-1";
  full.source = "gate";
  full.pan_deg = -12.5;
  full.tilt_deg = 3;
  full.legal_hold = true;
  full.hold_reason = "case 7";
  full.held_at = at("2026-11-21T10:15:02Z");
  catalog.media = {full};
  jobs.jobs = {job_of(full, storage::JobTask::preview, storage::JobState::done)};
  jobs.derived = {{.media_id = full.id, .derived = base::Derived::thumbnail, .object_key = "k"}};
  start();
  const auto answer = get("/api/v1/media/" + full.id.str());
  EXPECT_EQ(
      answer.body,
      R"({"id":"019aa5f0-0000-7000-8000-000000000001","imei":")" + imei(0).str() +
          R"(","camera":"front","kind":"photo","captured_at":"2026-11-21T10:14:56.123Z",)"
          R"("received_at":"2026-11-21T10:15:01.123Z","trigger":"din1","duration_s":10,"latitude":54.6872,)"
          R"("longitude":25.2797,"size":3,"sha256":")" +
          sha256_like('a') +
          R"(","content_type":"image/jpeg","playback":{"state":"none","percent":null,"reason":null},)"
          R"("remux":{"state":"none","percent":null,"reason":null},"thumbnail":{"state":"ready","percent":null,"reason":null},)"
          R"("request_id":"r-1","frame_rate":30,"time_zone_minutes":-90,)"
          R"("triggered_at":"2026-11-21T10:14:50.000Z","name":"%photof","driver_name":"A. Driver",)"
          R"("defect":"the JPEG does not end with an EOI marker","legal_hold":true,"hold_reason":"case 7","held_at":"2026-11-21T10:15:02.000Z",)"
          R"("source":"gate","pan_deg":-12.5,"tilt_deg":3,"metadata":"0104ff"})");
}

TEST_F(MediaTest, WhatIsNotKnownIsNull) {
  auto bare = photo(1);
  bare.captured_at.reset();
  bare.trigger.clear();
  bare.name.clear();
  catalog.media = {bare};
  start();
  const auto item = get_json("/api/v1/media/" + bare.id.str());
  for (const auto* member : {"captured_at", "trigger", "duration_s", "latitude", "longitude", "request_id",
                             "frame_rate", "time_zone_minutes", "triggered_at", "name", "driver_name", "defect",
                             "source", "pan_deg", "tilt_deg", "metadata"}) {
    EXPECT_TRUE(item.at(member).is_null()) << member;
  }
  EXPECT_EQ(item.at("legal_hold"), false);
}

TEST_F(MediaTest, APageAsksForItsJobsOnce) {
  for (unsigned n = 0; n < 30; ++n) catalog.media.push_back(n % 2 == 0 ? photo(n) : video(n));
  for (const auto& media : catalog.media) {
    jobs.jobs.push_back(job_of(media, storage::JobTask::preview, storage::JobState::done));
  }
  auto running = job_of(catalog.media[5], storage::JobTask::playback, storage::JobState::running);
  running.percent = 42;
  jobs.jobs.push_back(running);
  start();
  const auto items = get_json("/api/v1/media").at("items");
  ASSERT_EQ(items.size(), 30U);
  EXPECT_EQ(jobs.asked_for_jobs(), 1U);
  EXPECT_EQ(items[4].at("thumbnail").at("state"), "ready");
  EXPECT_EQ(items[4].at("playback").at("state"), "none") << "a photo";
  EXPECT_EQ(items[5].at("playback"), json::parse(R"({"state":"running","percent":42,"reason":null})"));
  EXPECT_EQ(items[5].at("remux").at("state"), "ready");
  EXPECT_EQ(items[7].at("playback").at("state"), "none") << "the preview found that none is to be made";
}

TEST_F(MediaTest, AnEmptyPageAsksForNoJobs) {
  start();
  get_json("/api/v1/media");
  EXPECT_EQ(jobs.asked_for_jobs(), 0U);
}

TEST_F(MediaTest, AnItemSaysOnlyReadyOfWhatIsThere) {
  catalog.media = {video(1)};
  jobs.jobs = {job_of(video(1), storage::JobTask::preview, storage::JobState::done),
               job_of(video(1), storage::JobTask::playback, storage::JobState::done)};
  jobs.derived = {{.media_id = video(1).id, .derived = base::Derived::playback, .object_key = "k"}};
  start();
  const auto item = get_json(item_path(video(1)));
  EXPECT_EQ(item.at("playback").at("state"), "ready");
  EXPECT_EQ(item.at("remux").at("state"), "none") << "none is kept";
  EXPECT_EQ(item.at("thumbnail").at("state"), "none");
}

TEST_F(MediaTest, AFailedJobSaysWhy) {
  catalog.media = {video(1)};
  jobs.jobs = {job_of(video(1), storage::JobTask::preview, storage::JobState::failed)};
  jobs.jobs[0].reason = "There is no record in this file.";
  start();
  const auto failed = json::parse(R"({"state":"failed","percent":null,"reason":"There is no record in this file."})");
  const auto item = get_json(item_path(video(1)));
  EXPECT_EQ(item.at("playback"), failed);
  EXPECT_EQ(item.at("thumbnail"), failed);
}

TEST_F(MediaTest, JobsThatCannotBeAskedForAreAProblem) {
  catalog.media = {video(1)};
  jobs.failure = base::Error{base::Errc::unavailable, "The catalog is locked.", 0};
  start();
  EXPECT_EQ(get("/api/v1/media").status, 503);
  EXPECT_EQ(get(item_path(video(1))).status, 503);
}

TEST_F(MediaTest, TextOfDevicesMayBeAnyBytes) {
  auto media = photo(1);
  media.name = "a\xff\x01\"<script>\n";
  catalog.media = {media};
  start();
  const auto item = get_json("/api/v1/media/" + media.id.str());
  EXPECT_EQ(item.at("name"), "a\xef\xbf\xbd\x01\"<script>\n");
}

TEST_F(MediaTest, EveryFilterReachesTheCatalog) {
  start();
  get_json("/api/v1/media?imei=" + imei(1).str() +
           "&camera=rear&kind=video&trigger=crash&from=2026-11-20&to=2026-11-21T12:00:00+02:00&limit=7");
  auto query = catalog.last_media_query();
  EXPECT_EQ(query.imei, imei(1));
  EXPECT_EQ(query.camera, base::Camera::rear);
  EXPECT_EQ(query.kind, base::MediaKind::video);
  EXPECT_EQ(query.trigger, "crash");
  EXPECT_EQ(query.from, at("2026-11-20T00:00:00Z"));
  EXPECT_EQ(query.to, at("2026-11-21T10:00:00Z"));
  EXPECT_EQ(query.limit, 7U);
  EXPECT_EQ(query.cursor, "");

  get_json("/api/v1/media");
  query = catalog.last_media_query();
  EXPECT_FALSE(query.imei || query.camera || query.kind || query.trigger || query.from || query.to);
  EXPECT_EQ(query.limit, 50U);
}

TEST_F(MediaTest, PagesFollowTheCursor) {
  for (unsigned n = 0; n < 5; ++n) catalog.media.push_back(photo(n));
  start();
  std::vector<std::string> seen;
  std::string target = "/api/v1/media?limit=2";
  for (int pages = 0;; ++pages) {
    ASSERT_LT(pages, 3);
    const auto page = get_json(target);
    for (const auto& item : page.at("items")) seen.push_back(item.at("id"));
    if (page.at("next_cursor").is_null()) break;
    target = "/api/v1/media?limit=2&cursor=" + page.at("next_cursor").get<std::string>();
  }
  ASSERT_EQ(seen.size(), 5U);
  for (unsigned n = 0; n < 5; ++n) EXPECT_EQ(seen[n], photo(n).id.str());
}

TEST_F(MediaTest, AnEmptyListIsAList) {
  start();
  EXPECT_EQ(get("/api/v1/media").body, R"({"items":[],"next_cursor":null})");
}

TEST_F(MediaTest, BadValuesNameTheirParameter) {
  start();
  const std::pair<const char*, const char*> cases[] = {
      {"imei=123", "imei"},
      {"imei=356307042441014", "imei"},
      {"imei=", "imei"},
      {"camera=up", "camera"},
      {"kind=PHOTO", "kind"},
      {"from=yesterday", "from"},
      {"to=2026-13-01", "to"},
      {"limit=0", "limit"},
      {"limit=501", "limit"},
      {"limit=-1", "limit"},
      {"limit=1e2", "limit"},
      {"limit=4294967297", "limit"},
      {"cursor=made-up", "cursor"},
      {"trigger=", "trigger"},
      {"limit=1&limit=2", "limit"},
      {"from=2026-11-21&to=2026-11-21", "to"},
  };
  for (const auto& [query, parameter] : cases) {
    const auto answer = get(std::string("/api/v1/media?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    const auto problem = json::parse(answer.body);
    EXPECT_EQ(problem.at("parameter"), parameter) << query;
    EXPECT_THAT(problem.at("detail").get<std::string>(), HasSubstr(std::string("parameter ") + parameter)) << query;
  }
  EXPECT_EQ(json::parse(get("/api/v1/media?cursor=" + std::string(600, 'c')).body).at("parameter"), "cursor");
}

TEST_F(MediaTest, AnItemThatIsNotThereIs404AndANonsenseId400) {
  start();
  EXPECT_EQ(get("/api/v1/media/" + photo(9).id.str()).status, 404);
  EXPECT_EQ(get("/api/v1/media/nonsense").status, 400);
  EXPECT_EQ(get("/api/v1/media/" + photo(9).id.str() + "/content").status, 404);
  EXPECT_EQ(get("/api/v1/media/nonsense/content").status, 400);
}

// ---- The newest file of a device, at an address that stays.

std::string latest(const std::string& query = {}) {
  return "/api/v1/devices/" + imei(1).str() + "/latest" + query;
}

TEST_F(MediaTest, TheLatestVideoIsWhereItPlays) {
  catalog.media = {video(1)};
  start();
  const auto answer = get(latest());
  EXPECT_EQ(answer.status, 302) << answer.body;
  EXPECT_EQ(answer.header("location"), item_path(video(1)) + "/playback");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(request(port(), "HEAD", latest()).header("location"), item_path(video(1)) + "/playback");
}

TEST_F(MediaTest, TheLatestPhotoIsItsContent) {
  catalog.media = {photo(1)};
  start();
  const auto answer = get(latest("?kind=photo"));
  EXPECT_EQ(answer.status, 302) << answer.body;
  EXPECT_EQ(answer.header("location"), content_path(photo(1)));
}

TEST_F(MediaTest, TheLatestIsAskedForByDeviceCameraAndKind) {
  start();
  EXPECT_EQ(get(latest("?camera=rear&kind=photo")).status, 404);
  auto query = catalog.last_media_query();
  EXPECT_EQ(query.imei, imei(1));
  EXPECT_EQ(query.camera, base::Camera::rear);
  EXPECT_EQ(query.kind, base::MediaKind::photo);
  EXPECT_EQ(query.limit, 1U);
  const auto answer = get(latest());
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("This device has sent no such file."));
  query = catalog.last_media_query();
  EXPECT_FALSE(query.camera);
  EXPECT_EQ(query.kind, base::MediaKind::video) << "unless said";
}

TEST_F(MediaTest, TheLatestOfNonsenseIsAProblem) {
  start();
  const std::pair<std::string, const char*> cases[] = {
      {latest("?camera=up"), "camera"},
      {latest("?kind=film"), "kind"},
      {latest("?limit=2"), "limit"},
      {"/api/v1/devices/356307042441014/latest", "imei"},
      {"/api/v1/devices/truck/latest", "imei"},
  };
  for (const auto& [target, parameter] : cases) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(json::parse(answer.body).at("parameter"), parameter) << target;
  }
  catalog.failure = base::Error{base::Errc::unavailable, "The catalog is locked.", 0};
  EXPECT_EQ(get(latest()).status, 503);
}

}  // namespace
}  // namespace http::testing
