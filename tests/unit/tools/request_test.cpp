// dualcam request against an API that answers what the test says.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "tests/support/temp_folder.hpp"
#include "tests/unit/storage/s3_fake_server.hpp"
#include "tools/request/bar.hpp"
#include "tools/request/command.hpp"
#include "tools/request/text.hpp"
#include "tools/request/wish.hpp"

namespace request {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Server = tests::S3FakeServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string imei = "356307042441013";
const std::string id = "01a1fdfa-4601-704d-a810-7a28aa39292d";
const base::UtcTime noon = base::parse_iso8601("2026-11-21T12:00:00Z").value();

json part(const std::string& state, int number = 0) {
  return {{"id", "x"},
          {"number", number},
          {"state", state},
          {"percent", 40},
          {"attempts", 1},
          {"from", "2026-11-21T11:00:00.000Z"},
          {"duration_s", 20},
          {"command", "camreq"},
          {"reply", nullptr},
          {"reason", nullptr},
          {"sent_at", nullptr},
          {"replied_at", nullptr},
          {"files", json::array({{{"camera", "front"}, {"media_id", state == "stored" ? json("m1") : json()}}})}};
}

json document(const std::string& state, unsigned percent = 0, const json& reason = nullptr) {
  return {{"id", id},
          {"imei", imei},
          {"kind", "video"},
          {"from", "2026-11-21T11:00:00.000Z"},
          {"duration_s", 20},
          {"channel", "avl"},
          {"origin", "api"},
          {"event_id", nullptr},
          {"created_at", "2026-11-21T12:00:00.000Z"},
          {"deadline", "2026-11-22T12:00:00.000Z"},
          {"state", state},
          {"reason", reason},
          {"percent", percent},
          {"updated_at", "2026-11-21T12:00:00.000Z"},
          {"parts", json::array({part(state)})}};
}

// Answers each request with the next of the answers, and with the last one from then on.
class Api {
 public:
  explicit Api(std::vector<std::string> answers) : answers_(std::move(answers)) {}
  std::string url() const { return server_.endpoint(); }
  std::vector<std::string> lines() { return server_.request_lines(); }
  Server::Request last() {
    const std::scoped_lock lock(mutex_);
    return last_;
  }

 private:
  std::string answer(const Server::Request& request) {
    const std::scoped_lock lock(mutex_);
    last_ = request;
    return answers_[std::min(next_++, answers_.size() - 1)];
  }
  const std::vector<std::string> answers_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  Server::Request last_;
  Server server_{[this](const Server::Request& request) { return answer(request); }};
};

std::string ok(const json& body) {
  return Server::ok("", body.dump());
}
std::string created(const json& body) {
  return Server::with_status("201 Created", "", body.dump());
}
std::string problem(const std::string& status, const std::string& detail) {
  return Server::with_status(status, "", json{{"title", "t"}, {"detail", detail}}.dump());
}

struct Ran {
  Outcome outcome;
  std::string out;
  std::string err;
};
Ran run(CommandOptions options, const Api& api) {
  options.access.api = api.url();
  options.poll = 1ms;
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const Outcome outcome = run_command(options);
  return {outcome, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

CommandOptions video() {
  return {.imei = imei, .video = true, .at = "2026-11-21T11:00:00Z", .length = "20s"};
}

json body_of(const CommandOptions& options) {
  const auto body = request_body(options, noon);
  EXPECT_TRUE(body) << body.error().message;
  return json::parse(body.value_or("null"));
}
std::string refusal(const CommandOptions& options) {
  const auto body = request_body(options, noon);
  EXPECT_FALSE(body);
  return body ? *body : body.error().message;
}

TEST(RequestWish, IsWhatTheApiWants) {
  EXPECT_EQ(body_of(video()),
            json::parse(R"({"kind":"video","cameras":["front"],"at":"2026-11-21T11:00:00.000Z","duration_s":20})"));
  EXPECT_EQ(body_of({.imei = imei, .video = true, .at = "now", .both = true, .channel = "sms", .deadline = "2h"}),
            json::parse(R"({"kind":"video","cameras":["front","rear"],"at":"2026-11-21T12:00:00.000Z",
                            "duration_s":10,"channel":"sms","deadline_s":7200})"));
  EXPECT_EQ(body_of({.imei = imei, .photo = true, .camera = "adas", .resolution = 3}),
            json::parse(R"({"kind":"photo","cameras":["adas"],"resolution":3})"));
  EXPECT_EQ(body_of({.imei = imei, .video = true, .around = id, .before = "5", .after = "1m", .rear = true}),
            json::parse(fmt::format(
                R"({{"kind":"video","cameras":["rear"],"around":{{"event":"{}"}},"before_s":5,"after_s":60}})", id)));
  EXPECT_EQ(body_of({.imei = imei, .video = true, .around = "2026-11-21T13:00:00+02:00"}).at("around"),
            json::parse(R"({"time":"2026-11-21T11:00:00.000Z"})"));
  EXPECT_EQ(body_of({.imei = imei, .photo = true, .front = true, .rear = true}).at("cameras"),
            json::parse(R"(["front","rear"])"));
}

TEST(RequestWish, WhatDoesNotGoTogetherIsSaid) {
  EXPECT_THAT(refusal({.imei = imei}), HasSubstr("--video or --photo"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .photo = true}), HasSubstr("--video or --photo"));
  EXPECT_THAT(refusal({.imei = imei, .video = true}), HasSubstr("--at TIME or --around"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .at = "now", .around = "now"}), HasSubstr("either"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .at = "yesterday"}), HasSubstr("\"yesterday\" is no time"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .around = "crash"}), HasSubstr("neither the id"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .length = "5s", .around = "now"}), HasSubstr("in place of --for"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .at = "now", .before = "5s"}), HasSubstr("go with --around"));
  EXPECT_THAT(refusal({.imei = imei, .video = true, .at = "now", .resolution = 1}), HasSubstr("photos only"));
  EXPECT_THAT(refusal({.imei = imei, .photo = true, .at = "now"}), HasSubstr("when the camera is asked"));
  EXPECT_THAT(refusal({.imei = imei, .photo = true, .rear = true, .camera = "adas"}), HasSubstr("once"));
  EXPECT_THAT(refusal({.imei = imei, .photo = true, .camera = "unknown"}), HasSubstr("no camera"));
  EXPECT_THAT(refusal({.imei = imei, .photo = true, .camera = "relay"}), HasSubstr("no camera"));
  EXPECT_THAT(refusal({.imei = imei, .photo = true, .deadline = "soon"}), HasSubstr("10s, 5m, 2h or 7d"));
}

TEST(RequestWish, LengthsOfTime) {
  EXPECT_EQ(parse_length("10").value(), 10s);
  EXPECT_EQ(parse_length("10s").value(), 10s);
  EXPECT_EQ(parse_length("2m").value(), 2min);
  EXPECT_EQ(parse_length("24h").value(), 24h);
  EXPECT_EQ(parse_length("7d").value(), 7 * 24h);
  for (const char* wrong : {"", "s", "-1", "1.5s", "10 s", "1w", "31d", "99999999999", "4294967295d"})
    EXPECT_FALSE(parse_length(wrong)) << wrong;
}

TEST(Request, IsMadeAndShown) {
  Api api({created(document("queued"))});
  const Ran ran = run(video(), api);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(api.lines(), ElementsAre("POST /api/v1/devices/" + imei + "/capture-requests"));
  EXPECT_TRUE(api.last().has("Content-Type: application/json\r\n"));
  EXPECT_EQ(json::parse(api.last().body).at("duration_s"), 20);
  EXPECT_THAT(ran.out, HasSubstr("request " + id));
  EXPECT_THAT(ran.out, HasSubstr("waiting for the tracker\n"));
  EXPECT_THAT(ran.out, HasSubstr("part 0  20 s from 2026-11-21T11:00:00Z  queued"));
}

TEST(Request, WhatWasAskedForBeforeIsSaid) {
  Api api({ok(document("accepted"))});
  EXPECT_THAT(run(video(), api).out, HasSubstr("asked for before"));
}

TEST(Request, IsWaitedForUntilItsEnd) {
  CommandOptions options = video();
  options.wait = true;
  Api api({created(document("queued")), ok(document("sent")), ok(document("sent")), ok(document("transferring", 10)),
           ok(document("transferring", 12)), ok(document("transferring", 60)), ok(document("stored", 100))});
  const Ran ran = run(options, api);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_EQ(api.lines().size(), 7U);
  EXPECT_EQ(api.lines().back(), "GET /api/v1/capture-requests/" + id);
  EXPECT_THAT(ran.out, HasSubstr("  0%  waiting for the tracker\n"
                                 "  0%  sent, waiting for the tracker's answer\n"
                                 " 10%  the camera is sending\n"
                                 " 60%  the camera is sending\n"
                                 "100%  stored\n"));
  EXPECT_THAT(ran.out, HasSubstr("front m1"));
  EXPECT_THAT(ran.out + ran.err, Not(HasSubstr("\x1b"))) << "no terminal here";
}

TEST(Request, TheExitCodeSaysHowItEnded) {
  for (const char* end : {"refused", "expired", "failed", "cancelled"}) {
    Api api({ok(document("sent")), ok(document(end, 0, "It says why."))});
    const Ran ran = run({.watch = id}, api);
    EXPECT_EQ(ran.outcome, Outcome::bad) << end;
    EXPECT_THAT(ran.out, HasSubstr("It says why.")) << end;
  }
}

TEST(Request, AsJsonOnlyTheEndIsPrinted) {
  CommandOptions options = video();
  options.wait = options.json = true;
  Api api({created(document("queued")), ok(document("transferring", 50)), ok(document("stored", 100))});
  const Ran ran = run(options, api);
  EXPECT_EQ(json::parse(ran.out), document("stored", 100));
}

TEST(Request, AServerThatIsAwayForAMomentIsWaitedFor) {
  Api api({ok(document("sent")), problem("503 Busy", "The catalog is down."), std::string(1, Server::hang_up),
           ok(document("stored", 100))});
  EXPECT_EQ(run({.watch = id}, api).outcome, Outcome::good);
}

TEST(Request, AServerThatStaysAwayEndsTheWait) {
  Api api({ok(document("sent")), problem("503 Busy", "The catalog is down.")});
  CommandOptions options{.watch = id};
  options.patience = 20ms;
  const Ran ran = run(options, api);
  EXPECT_EQ(ran.outcome, Outcome::unusable);
  EXPECT_THAT(ran.err, HasSubstr("The catalog is down."));
  EXPECT_THAT(ran.err, HasSubstr("dualcam request --watch " + id)) << "how to go on";
}

TEST(Request, WhatTheServerWillNotHaveIsSaidInItsWords) {
  Api api({problem("422 No", "A video of 700 s cannot be asked for.")});
  const Ran ran = run(video(), api);
  EXPECT_EQ(ran.outcome, Outcome::bad);
  EXPECT_EQ(ran.err, "dualcam request: A video of 700 s cannot be asked for.\n");
  Api locked({problem("401 Who", "No token.")});
  EXPECT_THAT(run(video(), locked).err, HasSubstr("--api-token-file"));
  Api strange({Server::ok("", "<html>")});
  EXPECT_EQ(run(video(), strange).outcome, Outcome::unusable);
}

TEST(Request, NobodyThere) {
  CommandOptions options = video();
  {
    const Api gone({ok({})});
    options.access.api = gone.url();
  }
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_command(options), Outcome::unusable);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("failed"));
}

TEST(Request, IsCancelled) {
  Api api({ok(document("cancelled"))});
  const Ran ran = run({.cancel = id}, api);
  EXPECT_EQ(ran.outcome, Outcome::good);
  EXPECT_THAT(api.lines(), ElementsAre("DELETE /api/v1/capture-requests/" + id));
  EXPECT_THAT(ran.out, HasSubstr("cancelled"));
}

TEST(Request, AreListed) {
  const json page{{"items", json::array({document("stored", 100), document("queued")})}, {"next_cursor", nullptr}};
  Api api({ok(page)});
  const Ran ran = run({.imei = imei, .list = true, .state = "stored", .limit = 5}, api);
  EXPECT_EQ(ran.outcome, Outcome::good) << ran.err;
  EXPECT_THAT(api.lines(), ElementsAre("GET /api/v1/capture-requests?limit=5&imei=" + imei + "&state=stored"));
  EXPECT_THAT(ran.out, HasSubstr(id + "  " + imei + "  stored        100"));
  const Ran as_json = run({.list = true, .json = true}, api);
  EXPECT_EQ(json::parse(as_json.out), page);
}

TEST(Request, TheTokenComesFromAFile) {
  const tests::TempFolder folder;
  std::ofstream(folder / "token") << "abc123\r\nmore\n";
  Api api({created(document("queued"))});
  CommandOptions options = video();
  options.access.token_file = folder / "token";
  run(options, api);
  EXPECT_TRUE(api.last().has("Authorization: Bearer abc123\r\n")) << api.last().head;
  options.access.token_file = folder / "none";
  EXPECT_EQ(run(options, api).outcome, Outcome::unusable);
}

TEST(Request, WrongOptionsReachNoServer) {
  Api api({ok({})});
  EXPECT_THAT(run({.video = true}, api).err, HasSubstr("Which device?"));
  EXPECT_THAT(run({.imei = "356307042441014", .video = true}, api).err, HasSubstr("check digit"));
  EXPECT_EQ(run({.list = true, .cancel = id}, api).outcome, Outcome::unusable);
  EXPECT_EQ(run({.imei = imei, .video = true, .watch = id}, api).outcome, Outcome::unusable);
  EXPECT_TRUE(api.lines().empty());
}

TEST(RequestText, OfSeveralPartsItSaysHowManyAreThere) {
  Request request{.state = "queued", .parts = {{.state = "stored"}, {.state = "transferring"}, {.state = "queued"}}};
  EXPECT_EQ(situation(request), "1 of 3 stored, the camera is sending");
  request.parts[1].state = "refused";
  EXPECT_EQ(situation(request), "1 of 3 stored, waiting for the tracker");
}

TEST(RequestBar, FitsIntoTheTerminal) {
  EXPECT_EQ(Bar::line(50, "the camera is sending", 65s, 47), "[#####.....]  50%  the camera is sending  1:05");
  for (unsigned width = 1; width < 120; ++width)
    for (const unsigned percent : {0U, 1U, 99U, 100U, 250U})
      EXPECT_LT(Bar::line(percent, "the camera is sending", 65s, width).size(), width);
}

}  // namespace
}  // namespace request
