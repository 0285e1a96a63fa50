// The list of jobs, another try, and the figures of jobs.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using nlohmann::json;
using storage::JobState;
using storage::JobTask;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class JobsTest : public ServerTest {
 protected:
  Answer post(const std::string& target, std::string_view headers = {}, std::string_view body = {}) {
    return request(port(), "POST", target, headers, body);
  }
  storage::Media failed_video() {
    const auto media = add(video(1), "x");
    jobs.jobs = {job_of(media, JobTask::playback, JobState::failed), job_of(media, JobTask::preview, JobState::done)};
    jobs.jobs[0].reason = "It crashed.";
    jobs.jobs[0].failures = 2;
    return media;
  }
};

TEST_F(JobsTest, TheListSaysEverything) {
  failed_video();
  jobs.jobs.pop_back();
  jobs.jobs[0].worker = "garage-1";
  start();
  const auto answer = get("/api/v1/jobs?state=failed&imei=" + imei(0).str() + "&limit=7");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            R"({"items":[{"media_id":"019aa5f0-0000-7000-8000-000000000001","imei":")" + imei(0).str() +
                R"(","task":"playback","state":"failed","urgent":false,"percent":0,"failures":2,"losses":0,)"
                R"("worker":"garage-1","reason":"It crashed.","created_at":"2026-11-21T10:15:01.123Z",)"
                R"("updated_at":"2026-11-21T10:15:01.123Z"}],"next_cursor":"c1"})");
  EXPECT_EQ(jobs.last_query().state, JobState::failed);
  EXPECT_EQ(jobs.last_query().imei, imei(0));
  EXPECT_EQ(jobs.last_query().limit, 7U);
  EXPECT_EQ(json::parse(get("/api/v1/jobs?cursor=c1").body).at("next_cursor"), nullptr);
  EXPECT_EQ(jobs.last_query().cursor, "c1");
  EXPECT_EQ(jobs.last_query().state, std::nullopt);
}

TEST_F(JobsTest, BadValuesNameTheirParameter) {
  start();
  const std::pair<const char*, const char*> cases[] = {{"state=broken", "state"},
                                                       {"imei=1", "imei"},
                                                       {"limit=0", "limit"},
                                                       {"cursor=made-up", "cursor"},
                                                       {"task=x", "task"}};
  for (const auto& [query, parameter] : cases) {
    const auto answer = get(std::string("/api/v1/jobs?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(json::parse(answer.body).at("parameter"), parameter) << query;
  }
}

TEST_F(JobsTest, RetryTakesWhatFailedOffThePoisonList) {
  const auto media = failed_video();
  start();
  const auto answer = post(item_path(media) + "/retry");
  EXPECT_EQ(answer.status, 200) << answer.body;
  const auto items = json::parse(answer.body).at("items");
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("task"), "preview");
  EXPECT_EQ(items[0].at("state"), "done") << "it had not failed";
  EXPECT_EQ(items[1].at("state"), "queued");
  EXPECT_EQ(items[1].at("reason"), nullptr);
  EXPECT_THAT(jobs.retried(), ElementsAre(Pair(media.id, JobTask::playback)));
  // A second click: nothing has failed any more, and that is no error.
  EXPECT_EQ(post(item_path(media) + "/retry").body, answer.body);
  EXPECT_EQ(jobs.retried().size(), 1U);
}

TEST_F(JobsTest, ANamedTaskIsDoneAgain) {
  const auto media = failed_video();
  start();
  EXPECT_EQ(post(item_path(media) + "/retry?task=preview").status, 200);
  EXPECT_THAT(jobs.retried(), ElementsAre(Pair(media.id, JobTask::preview)));
  EXPECT_EQ(json::parse(post(item_path(media) + "/retry?task=sing").body).at("parameter"), "task");
}

TEST_F(JobsTest, RetryOfNothing) {
  const auto bare = add(photo(1), "x");
  const auto other = add(video(2), "x");
  jobs.jobs = {job_of(other, JobTask::preview, JobState::failed)};
  start();
  EXPECT_EQ(post(item_path(bare) + "/retry").status, 404);
  EXPECT_EQ(post(item_path(other) + "/retry?task=playback").status, 404);
  EXPECT_EQ(post(item_path(video(9)) + "/retry").status, 404);
  EXPECT_EQ(post("/api/v1/media/nonsense/retry").status, 400);
  EXPECT_THAT(jobs.retried(), IsEmpty());
}

TEST_F(JobsTest, OnlyPostRetries) {
  const auto media = failed_video();
  start();
  for (const auto* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    const auto answer = request(port(), method, item_path(media) + "/retry");
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("allow"), "POST");
  }
  EXPECT_THAT(jobs.retried(), IsEmpty());
  EXPECT_EQ(post(item_path(media) + "/retry", "Content-Type: text/plain\r\n", "a body that nobody reads").status, 200);
  EXPECT_THAT(get("/metrics").body, HasSubstr(R"(route="POST /api/v1/media/{id}/retry",status="200"} 1)"));
}

TEST_F(JobsTest, PagesOfOtherSitesCannotRetry) {
  const auto media = failed_video();
  start();
  const auto target = item_path(media) + "/retry";
  for (const auto* foreign : {"Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n",
                              "Sec-Fetch-Site: same-site\r\nOrigin: http://t\r\n"}) {
    const auto answer = post(target, foreign);
    EXPECT_EQ(answer.status, 403) << foreign;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
  }
  EXPECT_THAT(jobs.retried(), IsEmpty());
  Connection own(port());
  own.send("POST " + target +
           " HTTP/1.1\r\nHost: cams.example:8080\r\nOrigin: http://cams.example:8080\r\n"
           "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(own.read_answer().value().status, 200);
  // A proxy that speaks https may send another Host: the browser's own word counts.
  EXPECT_EQ(post(target, "Sec-Fetch-Site: same-origin\r\nOrigin: https://cams.example\r\n").status, 200);
}

TEST_F(JobsTest, FiguresOfJobs) {
  const auto now = base::utc_now();
  jobs.counts = {{JobTask::preview, JobState::queued, 7, now - std::chrono::seconds(90)},
                 {JobTask::playback, JobState::running, 2, now - std::chrono::seconds(5)},
                 {JobTask::playback, JobState::failed, 3, now - std::chrono::hours(5000)}};
  start();
  const auto text = get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("# TYPE dualcamd_jobs gauge"));
  EXPECT_THAT(text, HasSubstr("dualcamd_jobs{task=\"preview\",state=\"queued\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("dualcamd_jobs{task=\"preview\",state=\"failed\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("dualcamd_jobs{task=\"playback\",state=\"failed\"} 3\n"));
  const auto age = [&](const std::string& task) {
    const auto line = "dualcamd_job_oldest_seconds{task=\"" + task + "\"} ";
    const auto at = text.find(line);
    EXPECT_NE(at, std::string::npos) << text;
    return std::stod(text.substr(at + line.size()));
  };
  EXPECT_NEAR(age("preview"), 90, 10);
  EXPECT_NEAR(age("playback"), 5, 5) << "what is given up is not owed";
}

TEST_F(JobsTest, FiguresWithoutACatalog) {
  jobs.failure = base::Error{base::Errc::unavailable, "The catalog is away.", 0};
  start();
  const auto answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("dualcamd_http_requests_under_way"));
  EXPECT_THAT(answer.body, Not(HasSubstr("dualcamd_jobs")));
}

}  // namespace
}  // namespace http::testing
