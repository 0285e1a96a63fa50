// Gateways against a server on this machine that does what the test says.
#include "server/capture/gateway.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "server/capture/gateway_message.hpp"
#include "tests/support/eventually.hpp"
#include "tests/unit/storage/s3_fake_server.hpp"

namespace capture {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using nlohmann::json;
using Server = tests::S3FakeServer;
using testing::HasSubstr;
using testing::Not;

const base::UtcTime noon = base::parse_iso8601("2026-11-21T12:00:00Z").value();

storage::CapturePart part() {
  return {.id = base::Uuid::parse("01a1fdfa-4601-704d-a810-7a28aa39292d").value(),
          .request_id = base::Uuid::parse("01a1fdfa-4601-704d-a810-7a28aa392900").value(),
          .number = 1,
          .imei = base::Imei::from_number(356307042441013).value(),
          .kind = base::MediaKind::video,
          .files = {{.camera = base::Camera::front, .media_id = {}}, {.camera = base::Camera::rear, .media_id = {}}},
          .from = noon - 1h,
          .duration_s = 10,
          .command = "camreq:0,3,1795258800,10",
          .state = storage::CaptureState::sent,
          .attempts = 2,
          .due_at = noon + 60s};
}

std::unique_ptr<Gateway> gateway(const Server& server, GatewayOptions options = {}) {
  options.url = server.endpoint() + "/hook?key=topsecret";
  return open_gateway(options).value();
}

base::Error failure(const std::string& answer, const GatewayOptions& options = {}) {
  Server server([&](const auto&) { return answer; });
  const auto handed = gateway(server, options)->hand_out(part());
  EXPECT_FALSE(handed);
  return handed ? base::Error{} : handed.error();
}

TEST(Gateway, PostsTheCommandWithAllThatItIsAbout) {
  Server::Request seen;
  Server server([&](const auto& request) {
    seen = request;
    return Server::with_status("204 No Content");
  });
  const auto handed = gateway(server)->hand_out(part());
  ASSERT_TRUE(handed) << handed.error().message;
  EXPECT_FALSE(handed->reply);
  EXPECT_TRUE(seen.is("POST /hook?key=topsecret HTTP/1.1\r\n")) << seen.head;
  EXPECT_TRUE(seen.has("Content-Type: application/json\r\n"));
  EXPECT_TRUE(seen.has("Idempotency-Key: 01a1fdfa-4601-704d-a810-7a28aa39292d-2\r\n"));
  EXPECT_FALSE(seen.has("X-Dualcam-Signature")) << "there is no secret";
  const json body = json::parse(seen.body);
  EXPECT_EQ(body, json::parse(R"({"request_id": "01a1fdfa-4601-704d-a810-7a28aa392900", "part": 1,
      "part_id": "01a1fdfa-4601-704d-a810-7a28aa39292d", "attempt": 2, "imei": "356307042441013",
      "command": "camreq:0,3,1795258800,10", "kind": "video", "cameras": ["front", "rear"],
      "from": "2026-11-21T11:00:00.000Z", "duration_s": 10, "deadline": "2026-11-21T12:01:00.000Z"})"));
}

TEST(Gateway, SignsTheBodyWithTheSecret) {
  // RFC 4231, test case 2.
  EXPECT_EQ(signature_of("what do ya want for nothing?", "Jefe"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  Server::Request seen;
  Server server([&](const auto& request) {
    seen = request;
    return Server::ok();
  });
  ASSERT_TRUE(gateway(server, {.secret = "between us"})->hand_out(part()));
  EXPECT_TRUE(seen.has("X-Dualcam-Signature: sha256=" + signature_of(seen.body, "between us").value() + "\r\n"));
}

TEST(Gateway, ForSmsTheTextIsThereAsItIsSent) {
  std::string body;
  Server server([&](const auto& request) {
    body = request.body;
    return Server::ok();
  });
  ASSERT_TRUE(gateway(server, {.sms = true})->hand_out(part()));
  EXPECT_EQ(json::parse(body).at("text"), "  camreq:0,3,1795258800,10");
  ASSERT_TRUE(gateway(server, {.sms = true, .sms_login = "me", .sms_password = "hush"})->hand_out(part()));
  EXPECT_EQ(json::parse(body).at("text"), "me hush camreq:0,3,1795258800,10");
}

TEST(Gateway, AReplyThatIsKnownAlreadyIsTaken) {
  std::string body = R"({"reply": "Request for photo from source 1 received", "id": 7})";
  Server server([&](const auto&) { return Server::ok("", body); });
  const auto hook = gateway(server);
  EXPECT_EQ(hook->hand_out(part())->reply, "Request for photo from source 1 received");
  for (const char* other : {"", "OK", "[]", R"({"reply": null})", R"({"reply": ""})", "{\"reply\": \"\xff\"}"}) {
    body = other;
    const auto handed = hook->hand_out(part());
    ASSERT_TRUE(handed) << other;
    EXPECT_FALSE(handed->reply) << other;
  }
  EXPECT_EQ(server.connections(), 1) << "which is kept";
}

TEST(Gateway, WhatMayPassIsUnavailable) {
  for (const char* status : {"408 Late", "425 Early", "429 Too Many", "500 Oh", "502 Bad Gateway", "503 Busy"}) {
    const auto error = failure(Server::with_status(status));
    EXPECT_EQ(error.code, Errc::unavailable) << status;
    EXPECT_THAT(error.message, HasSubstr(std::string(status).substr(0, 3)));
  }
  EXPECT_EQ(failure(std::string("HTTP/1.1") + Server::hang_up).code, Errc::unavailable) << "cut off";
  EXPECT_EQ(failure("220 mail.example.com ESMTP\r\n").code, Errc::unavailable) << "no HTTP";
}

TEST(Gateway, NobodyThereIsUnavailable) {
  std::unique_ptr<Gateway> hook;
  {
    const Server gone([](const auto&) { return ""; });
    hook = gateway(gone);
  }
  const auto handed = hook->hand_out(part());
  ASSERT_FALSE(handed);
  EXPECT_EQ(handed.error().code, Errc::unavailable);
  EXPECT_THAT(handed.error().message, HasSubstr("/hook does not answer"));
}

TEST(Gateway, ASilentServerCostsTheDeadline) {
  const auto begun = base::steady_now();
  EXPECT_EQ(failure("", {.deadline = 150ms}).code, Errc::unavailable);
  EXPECT_LT(base::steady_now() - begun, 5s);
}

TEST(Gateway, WhatWillNeverPassIsRefusedWithItsWords) {
  const auto plain = failure(Server::with_status("404 Not Found", "", "no such\r\n device\x01 here"));
  EXPECT_EQ(plain.code, Errc::refused);
  EXPECT_THAT(plain.message, HasSubstr("404 with \"no such device\\x01 here\""));
  const auto explained =
      failure(Server::with_status("422 No", "", R"({"type": "about:blank", "detail": "The SIM is barred."})"));
  EXPECT_THAT(explained.message, HasSubstr("422 with \"The SIM is barred.\""));
  EXPECT_EQ(failure(Server::with_status("302 Found", "Location: http://127.0.0.1:1/\r\n")).code, Errc::refused)
      << "redirections are not followed";
}

TEST(Gateway, LongWordsAreCut) {
  const auto error = failure(Server::with_status("400 No", "", std::string(50'000, 'x')));
  EXPECT_EQ(error.code, Errc::refused);
  EXPECT_LT(error.message.size(), 400U);
}

TEST(Gateway, AnAnswerWithoutEndIsNotReadToItsEnd) {
  Server server([](const auto&) { return Server::ok("", std::string(64UL * 1024 * 1024, 'x')); });
  EXPECT_TRUE(gateway(server)->hand_out(part())) << "it took the command all the same";
  EXPECT_LT(server.sent(), 32UL * 1024 * 1024);
}

TEST(Gateway, SecretsAreNeverRepeated) {
  const GatewayOptions options{.secret = "between us", .sms = true, .sms_login = "me", .sms_password = "hush"};
  for (const char* body : {"key between us: me hush camreq", R"({"error": "bad SMS: me hush camreq, between us"})"}) {
    const auto error = failure(Server::with_status("400 No", "", body), options);
    EXPECT_THAT(error.message, HasSubstr("***"));
    for (const char* secret : {"hush", "between us", "topsecret"})
      EXPECT_THAT(error.message, Not(HasSubstr(secret))) << body;
  }
}

TEST(Gateway, OnlyTheWebIsTalkedTo) {
  for (const char* url : {"", "file:///etc/passwd", "ftp://h/x", "http://", "hook", "http://me:hush@h/x"}) {
    const auto opened = open_gateway({.url = url});
    ASSERT_FALSE(opened) << url;
    EXPECT_EQ(opened.error().code, Errc::invalid);
    EXPECT_THAT(opened.error().message, Not(HasSubstr("hush")));
  }
  EXPECT_FALSE(open_gateway({.url = "http://h/", .deadline = 0ms}));
  EXPECT_FALSE(open_gateway({.url = "http://h/", .deadline = 1h}));
}

TEST(Gateway, AServerThatCannotProveWhoItIsGetsNothing) {
  int requests = 0;
  Server server([&](const auto&) {
    ++requests;
    return Server::ok();
  });
  GatewayOptions options{.secret = "s"};
  options.url = "https" + server.endpoint().substr(4);
  options.deadline = 2s;
  const auto handed = open_gateway(options).value()->hand_out(part());
  ASSERT_FALSE(handed) << "plain HTTP on the port of an https URL";
  EXPECT_EQ(handed.error().code, Errc::unavailable);
  EXPECT_EQ(requests, 0);
}

TEST(Gateway, WhatIsUnderWayCanBeCancelled) {
  std::atomic<bool> asked = false;
  Server server([&](const auto&) {
    asked = true;
    return "";
  });
  const auto hook = gateway(server, {.deadline = 60s});
  std::jthread other([&] {
    EXPECT_TRUE(tests::eventually([&] { return asked.load(); }));
    hook->cancel();
  });
  const auto begun = base::steady_now();
  const auto handed = hook->hand_out(part());
  ASSERT_FALSE(handed);
  EXPECT_EQ(handed.error().code, Errc::unavailable);
  EXPECT_LT(base::steady_now() - begun, 20s);
  EXPECT_FALSE(hook->hand_out(part())) << "for good";
}

}  // namespace
}  // namespace capture
