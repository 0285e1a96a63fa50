// Health, readiness, metrics, pages, and the errors every address shares.
#include <gmock/gmock.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/unit/http/fixture.hpp"

namespace http::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class StatusTest : public ServerTest {
 protected:
  // Checks the shape that all errors have.
  json problem_of(const Answer& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json");
    const auto problem = json::parse(answer.body);
    EXPECT_EQ(problem.at("status"), status);
    EXPECT_EQ(problem.at("type"), "about:blank");
    EXPECT_FALSE(problem.at("title").get<std::string>().empty());
    EXPECT_TRUE(problem.at("detail").get<std::string>().ends_with("."));
    return problem;
  }
};

TEST_F(StatusTest, HealthTellsVersionAndUptime) {
  start();
  const auto answer = get("/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "application/json");
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  const auto health = json::parse(answer.body);
  EXPECT_EQ(health.at("status"), "ok");
  EXPECT_EQ(health.at("version"), "1.2.3");
  EXPECT_GE(health.at("uptime_s"), 0);
  EXPECT_EQ(health.at("relays"), false);
}

TEST_F(StatusTest, HealthAnswersWhileEveryWorkerHangs) {
  start();
  catalog.gate.close();
  Connection one(port());
  Connection two(port());
  one.send_get("/api/v1/media");
  two.send_get("/api/v1/media");
  ASSERT_TRUE(catalog.gate.wait_for_waiting(2));
  EXPECT_EQ(get("/healthz").status, 200);
  catalog.gate.open();
  EXPECT_EQ(one.read_answer().value().status, 200);
  EXPECT_EQ(two.read_answer().value().status, 200);
}

TEST_F(StatusTest, ReadinessListsChecks) {
  options.probe_cache = std::chrono::milliseconds(0);
  std::atomic<bool> full = false;
  probes = {{"catalog", []() -> base::Result<> { return {}; }},
            {"spool", [&]() -> base::Result<> {
               if (full) return base::fail(base::Errc::exhausted, "The disk of the spool is full.");
               return {};
             }}};
  start();
  auto answer = get("/readyz");
  EXPECT_EQ(answer.status, 200);
  auto report = json::parse(answer.body);
  EXPECT_EQ(report.at("ready"), true);
  EXPECT_EQ(report.at("checks").size(), 2U);
  EXPECT_EQ(report.at("checks")[1].at("reason"), nullptr);
  EXPECT_GE(report.at("checks")[1].at("milliseconds"), 0);

  full = true;
  answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  report = json::parse(answer.body);
  EXPECT_EQ(report.at("ready"), false);
  EXPECT_EQ(report.at("checks")[0].at("ok"), true);
  EXPECT_EQ(report.at("checks")[1].at("ok"), false);
  EXPECT_EQ(report.at("checks")[1].at("name"), "spool");
  EXPECT_EQ(report.at("checks")[1].at("reason"), "The disk of the spool is full.");
}

TEST_F(StatusTest, DrainingIsNotReadyButAlive) {
  start();
  draining = true;
  const auto answer = get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(json::parse(answer.body).at("draining"), true);
  EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(StatusTest, MetricsShowTheRegistryAndThisServer) {
  registry = std::make_shared<prometheus::Registry>();
  prometheus::BuildCounter().Name("cats_total").Help("Cats.").Register(*registry).Add({}).Increment(3);
  start();
  get("/healthz");
  get("/nothing");
  const auto answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("cats_total 3"));
  EXPECT_THAT(answer.body, HasSubstr("dualcamd_http_answers_total{route=\"/healthz\",status=\"200\"} 1"));
  EXPECT_THAT(answer.body, HasSubstr("dualcamd_http_answers_total{route=\"none\",status=\"404\"} 1"));
  EXPECT_THAT(answer.body, HasSubstr("dualcamd_http_requests_under_way 1"));
}

TEST_F(StatusTest, PagesAreSelfContained) {
  start();
  const auto page = get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.header("content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_THAT(page.header("content-security-policy"), Not(HasSubstr("unsafe-inline")));
  EXPECT_EQ(page.header("x-content-type-options"), "nosniff");
  // The policy allows none of these, so the page must not rely on them.
  for (const auto* inline_code : {"<script>", "<style", " style=", "onclick=", "onload=", "javascript:", "//cdn"}) {
    EXPECT_THAT(page.body, Not(HasSubstr(inline_code)));
  }
  EXPECT_THAT(page.body, HasSubstr("/app.js"));
  EXPECT_THAT(page.header("content-security-policy"), HasSubstr("media-src 'self'"));
  for (const auto* script :
       {"/app.js", "/common.js", "/files.js", "/player.js", "/cameras.js", "/camera_controls.js"}) {
    EXPECT_EQ(get(script).header("content-type"), "text/javascript; charset=utf-8") << script;
    EXPECT_THAT(get(script).body, Not(HasSubstr("innerHTML"))) << script;
  }
  EXPECT_EQ(get("/app.css").header("content-type"), "text/css; charset=utf-8");
  EXPECT_EQ(get("/favicon.svg").header("content-type"), "image/svg+xml");
  EXPECT_EQ(get("/?imei=1&anything=else").status, 200);
}

TEST_F(StatusTest, PagesAreSentAgainOnlyWhenTheyChanged) {
  start();
  const auto etag = get("/app.css").header("etag");
  ASSERT_FALSE(etag.empty());
  const auto again = get("/app.css", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(again.header("etag"), etag);
  EXPECT_EQ(get("/app.css", "If-None-Match: \"other\"\r\n").status, 200);
}

TEST_F(StatusTest, UnknownAddressesAre404) {
  start();
  for (const auto* target : {"/nothing", "/api", "/api/v1", "/api/v1/", "/api/v1/media/", "/api/v1/media/x/y", "//",
                             "/healthz/", "/index.html", "/../etc/passwd", "/app.js/x", "/api/v1/devices//"}) {
    problem_of(get(target), 404);
  }
}

TEST_F(StatusTest, OtherMethodsAre405WithAllow) {
  start();
  for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    for (const auto* target : {"/", "/healthz", "/api/v1/media", "/api/v1/transfers"}) {
      const auto answer = request(port(), method, target);
      problem_of(answer, 405);
      EXPECT_EQ(answer.header("allow"), "GET, HEAD");
    }
  }
}

TEST_F(StatusTest, HeadIsGetWithoutTheBody) {
  start();
  for (const auto* target : {"/", "/healthz", "/api/v1/media", "/api/v1/openapi.json", "/nothing"}) {
    const auto whole = get(target);
    const auto head = request(port(), "HEAD", target);
    EXPECT_EQ(head.status, whole.status) << target;
    EXPECT_EQ(head.header("content-length"), whole.header("content-length")) << target;
    EXPECT_EQ(head.header("content-type"), whole.header("content-type")) << target;
    EXPECT_EQ(head.body, "");
  }
}

TEST_F(StatusTest, UnknownParametersAreNamed) {
  start();
  auto problem = problem_of(get("/api/v1/media?colour=red"), 400);
  EXPECT_EQ(problem.at("parameter"), "colour");
  EXPECT_THAT(problem.at("detail").get<std::string>(), HasSubstr("imei, camera"));
  EXPECT_EQ(problem_of(get("/healthz?x=1"), 400).at("parameter"), "x");
  EXPECT_EQ(problem_of(get("/api/v1/devices?imei=1"), 400).at("parameter"), "imei");
}

TEST_F(StatusTest, BrokenEncodingIs400) {
  start();
  problem_of(get("/api/v1/media?imei=%zz"), 400);
  problem_of(get("/%00"), 400);
}

TEST_F(StatusTest, TooLongIsSaidInWords) {
  start();
  problem_of(get("/" + std::string(3000, 'a')), 414);
  std::string headers;
  for (int i = 0; i < 5; ++i) headers += "X-Long-" + std::to_string(i) + ": " + std::string(4000, 'x') + "\r\n";
  problem_of(get("/healthz", headers), 431);
}

TEST_F(StatusTest, AnUpgradeIsRefusedAndTheConnectionCloses) {
  start();
  Connection connection(port());
  connection.send("GET /healthz HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const auto answer = connection.read_answer();
  ASSERT_TRUE(answer);
  problem_of(*answer, 501);
  EXPECT_EQ(answer->header("connection"), "close");
  EXPECT_TRUE(connection.ended());
}

TEST_F(StatusTest, AFullQueueIs503WithRetryAfter) {
  options.workers = 1;
  options.max_queued = 1;
  start();
  catalog.gate.close();
  Connection running(port());
  running.send_get("/api/v1/media");
  ASSERT_TRUE(catalog.gate.wait_for_waiting(1));
  // Of two more, one finds room in the queue and the other does not.
  std::future<Answer> others[2];
  for (auto& other : others) {
    other = std::async(std::launch::async, [this] { return get("/api/v1/media"); });
  }
  const auto is_ready = [](const auto& other) { return other.wait_for(0s) == std::future_status::ready; };
  while (std::ranges::none_of(others, is_ready)) std::this_thread::yield();
  auto& refused = is_ready(others[0]) ? others[0] : others[1];
  auto& waiting = &refused == &others[0] ? others[1] : others[0];
  const auto answer = refused.get();
  problem_of(answer, 503);
  EXPECT_EQ(answer.header("retry-after"), "2");
  catalog.gate.open();
  EXPECT_EQ(running.read_answer().value().status, 200);
  EXPECT_EQ(waiting.get().status, 200);
}

TEST_F(StatusTest, AFailedCatalogIsNotSpelledOut) {
  start();
  catalog.failure = base::Error{base::Errc::io, "The file /secret/catalog.db cannot be read.", 5};
  auto problem = problem_of(get("/api/v1/media"), 500);
  EXPECT_THAT(problem.at("detail").get<std::string>(), Not(HasSubstr("/secret")));
  catalog.failure = base::Error{base::Errc::unavailable, "The catalog is locked.", 0};
  const auto answer = get("/api/v1/media");
  problem_of(answer, 503);
  EXPECT_EQ(answer.header("retry-after"), "2");
  for (const auto* target : {"/api/v1/transfers", "/api/v1/devices"}) problem_of(get(target), 503);
  problem_of(get("/api/v1/media/019aa5f0-0000-7000-8000-000000000001"), 503);
  problem_of(get("/api/v1/devices/" + imei(0).str()), 503);
}

}  // namespace
}  // namespace http::testing
