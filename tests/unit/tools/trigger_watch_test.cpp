// dualcam trigger watch against a server that breaks off where the test says.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>

#include "tests/support/scripted_server.hpp"
#include "tools/trigger/remote.hpp"

namespace trigger {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Connection = tests::ScriptedServer::Connection;

const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const std::string nothing;  // and the connection is reset

std::string event(int number, std::string_view topic = "arm") {
  return fmt::format("id: 1a-{}\nevent: {}\ndata: {{\"n\":{}}}\n\n", number, topic, number);
}

std::string problem(std::string_view status, std::string_view detail) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: application/problem+json\r\n\r\n{{\"detail\":\"{}\"}}", status,
                     detail);
}

class TriggerWatch : public testing::Test {
 protected:
  Outcome run(WatchOptions options) {
    options.rest = 1ms;
    if (options.server.access.api == http::Access{}.api) options.server.access.api = server_.url("");
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const Outcome outcome = run_watch(options);
    out_ = testing::internal::GetCapturedStdout();
    err_ = testing::internal::GetCapturedStderr();
    return outcome;
  }
  std::vector<std::string> heads() {
    const std::scoped_lock lock(mutex_);
    return heads_;
  }
  // What each connection is asked to go on behind; "-" for none.
  std::vector<std::string> asked_behind() {
    constexpr std::string_view name = "Last-Event-ID: ";
    std::vector<std::string> ids;
    for (const std::string& each : heads()) {
      const auto place = each.find(name);
      const auto begin = place + name.size();
      ids.push_back(place == std::string::npos ? "-" : each.substr(begin, each.find("\r\n", begin) - begin));
    }
    return ids;
  }

  std::vector<std::string> answers_;  // one a connection; the last one stays open, with nothing more to say
  std::string out_, err_;

 private:
  void serve(Connection& connection) {
    const std::string asked = connection.read_head();
    std::size_t number = 0;
    {
      const std::scoped_lock lock(mutex_);
      number = heads_.size();
      heads_.push_back(asked);
    }
    if (number >= answers_.size() || answers_[number].empty()) return connection.reset();
    connection.send(answers_[number]);
    if (number + 1 == answers_.size() && answers_[number].starts_with(head)) connection.wait_for_client_to_leave();
  }
  std::mutex mutex_;
  std::vector<std::string> heads_;
  tests::ScriptedServer server_{[this](Connection& connection) { serve(connection); }};
};

TEST_F(TriggerWatch, SaysWhatHappens) {
  const auto told = [](std::string_view topic, std::string_view data) {
    return fmt::format("event: {}\ndata: {}\n\n", topic, data);
  };
  answers_ = {
      head + "retry: 2000\nid: 1a-0\n\n" +
      told("trigger", R"({"incoming":true,"at":"2026-11-21T12:00:00.123Z","protocol":"shogun","endpoint":"stage",)"
                      R"("kind":"start","rule":"roll","reason":"why","fields":{"name":"pitch"},)"
                      R"("latency_us":null,"outcome":"heard"})") +
      told("take", R"({"source":"stage","name":"pitch","state":"recording","result":null})") +
      told("camera", R"({"name":"west","state":"ready","reason":null})") +
      told("arm", R"({"scope":"rule","name":"roll","armed":false,"until":"2026-11-21T12:10:00.000Z"})") +
      told("capture", R"({"id":"c","imei":"356307042441013","kind":"video","state":"queued","percent":0,)"
                      R"("reason":null})") +
      told("media", R"({"id":"m","imei":"356307042441013","camera":"rear","kind":"photo",)"
                    R"("captured_at":"2026-11-21T11:00:00.000Z"})") +
      told("gap", R"({"reason":"Too long ago."})") + ":\n\n" + told("new", R"({"a":1})") + told("arm", "no JSON\x1b")};
  EXPECT_EQ(run({.count = 9}), Outcome::good) << err_;
  EXPECT_EQ(out_,
            "12:00:00.123  heard  heard         stage           start name=pitch  (rule roll)  why\n"
            "take  stage  pitch  recording  \n"
            "camera  west  ready  \n"
            "arm  rule roll is disarmed until 2026-11-21T12:10:00.000Z.\n"
            "capture  c  356307042441013  video  queued 0%  \n"
            "media  m  356307042441013  rear photo  2026-11-21T11:00:00.000Z\n"
            "gap  Too long ago.\n"
            "new  {\"a\":1}\n"
            "arm  no JSON\\x1b\n");
  EXPECT_EQ(err_, "");
}

TEST_F(TriggerWatch, WhatCameOverAWireDoesNotCommandTheTerminal) {
  answers_ = {head +
              "event: take\ndata: {\"source\":\"stage\",\"name\":\"\\u001b[2Ja\\u009bb\\u007f\xC3\xBC\","
              "\"state\":\"recording\"}\n\n"};
  EXPECT_EQ(run({.count = 1}), Outcome::good) << err_;
  EXPECT_EQ(out_, "take  stage  ?[2Ja?b?\xC3\xBC  recording  \n");
}

TEST_F(TriggerWatch, JsonIsALineForEachEvent) {
  answers_ = {head + "id: 1a-7\nevent: take\ndata: {\"a\":\ndata: 1}\n\nevent: arm\ndata: no \"JSON\"\n\n"};
  EXPECT_EQ(run({.server = {.json = true}, .count = 2}), Outcome::good) << err_;
  EXPECT_EQ(out_,
            "{\"id\":\"1a-7\",\"topic\":\"take\",\"data\":{\"a\": 1}}\n"
            "{\"id\":\"1a-7\",\"topic\":\"arm\",\"data\":\"no \\\"JSON\\\"\"}\n");
}

TEST_F(TriggerWatch, AsksForItsTopics) {
  answers_ = {head + event(1)};
  EXPECT_EQ(run({.topics = "arm,take", .count = 1}), Outcome::good) << err_;
  EXPECT_THAT(heads(), ElementsAre(StartsWith("GET /api/v1/events?topics=arm%2Ctake HTTP/1.1\r\n")));
}

TEST_F(TriggerWatch, EndsAfterSoManyWhateverElseIsThere) {
  answers_ = {head + event(1) + event(2) + event(3)};
  EXPECT_EQ(run({.server = {.json = true}, .count = 2}), Outcome::good) << err_;
  EXPECT_THAT(out_, HasSubstr("1a-2"));
  EXPECT_THAT(out_, Not(HasSubstr("1a-3")));
}

TEST_F(TriggerWatch, GoesOnWhereTheStreamBroke) {
  answers_ = {head + event(1) + event(2) + "id: 1a-3\ndata: {", head, head + event(3), nothing, head + event(4)};
  EXPECT_EQ(run({.server = {.json = true}, .count = 4}), Outcome::good) << err_;
  for (int i = 1; i <= 4; ++i) EXPECT_THAT(out_, HasSubstr(fmt::format("\"data\":{{\"n\":{}}}}}\n", i)));
  EXPECT_EQ(std::ranges::count(out_, '\n'), 4) << "nothing comes twice\n" << out_;
  EXPECT_THAT(asked_behind(), ElementsAre("-", "1a-2", "1a-2", "1a-3", "1a-3"));
}

TEST_F(TriggerWatch, SaysOnceThatTheServerIsAway) {
  answers_ = {head + event(1), nothing, nothing, problem("503 Service Unavailable", "Busy."), head + event(2)};
  EXPECT_EQ(run({.server = {.json = true}, .count = 2}), Outcome::good) << err_;
  EXPECT_THAT(err_, StartsWith("dualcam trigger: GET http://127.0.0.1:"));
  EXPECT_THAT(err_, HasSubstr("It is asked again.\n"));
  EXPECT_EQ(std::ranges::count(err_, '\n'), 1) << err_;
}

TEST_F(TriggerWatch, DoesNotWaitForeverForAServerThatWasThere) {
  answers_ = {head + event(1), nothing};
  EXPECT_EQ(run({.patience = 0ms}), Outcome::unusable);
  EXPECT_THAT(out_, HasSubstr("arm"));
  EXPECT_THAT(err_, HasSubstr("/api/v1/events failed: "));
}

TEST_F(TriggerWatch, AServerThatWasNeverThereIsToldAtOnce) {
  EXPECT_EQ(run({.server = {.access = {.api = "http://127.0.0.1:1"}}}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("GET http://127.0.0.1:1/api/v1/events failed: "));
  answers_ = {problem("503 Service Unavailable", "Busy.")};
  EXPECT_EQ(run({}), Outcome::unusable);
  EXPECT_EQ(err_, "dualcam trigger: Busy.\n");
}

TEST_F(TriggerWatch, WhatTheServerWillNotHaveEndsItAlsoLater) {
  answers_ = {head + event(1), problem("404 Not Found", "This server tells no events.")};
  EXPECT_EQ(run({}), Outcome::bad);
  EXPECT_EQ(err_, "dualcam trigger: This server tells no events.\n");
}

TEST_F(TriggerWatch, AMissingTokenIsAskedFor) {
  answers_ = {problem("401 Unauthorized", "Who are you?")};
  EXPECT_EQ(run({}), Outcome::bad);
  EXPECT_EQ(err_, "dualcam trigger: Who are you? Give a token of the API with --api-token-file.\n");
}

TEST_F(TriggerWatch, WhatIsNoEventStreamIsToldAndNotAskedAgain) {
  answers_ = {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"};
  EXPECT_EQ(run({}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("\"text/html\" instead of text/event-stream"));
}

TEST_F(TriggerWatch, AnEndlessLineIsNoEvent) {
  answers_ = {head + std::string((1 << 20) + 1, 'x')};
  EXPECT_EQ(run({}), Outcome::unusable);
  EXPECT_EQ(err_, "dualcam trigger: The server sent no events that can be read.\n");
}

TEST_F(TriggerWatch, EndsAfterItsTime) {
  answers_ = {head};
  EXPECT_EQ(run({.length = "1ms"}), Outcome::good) << err_;
  EXPECT_EQ(out_ + err_, "");
  EXPECT_EQ(run({.length = "soon"}), Outcome::unusable);
  EXPECT_THAT(err_, HasSubstr("\"soon\" is no length of time"));
}

}  // namespace
}  // namespace trigger
