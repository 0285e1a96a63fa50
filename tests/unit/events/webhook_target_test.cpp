// Events to a receiver of HTTP whose every byte the test writes.
#include "server/events/webhook_target.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>

#include "server/events/signature.hpp"
#include "tests/support/scripted_server.hpp"

namespace events {
namespace {

using testing::HasSubstr;
using testing::Not;
using Connection = tests::ScriptedServer::Connection;

constexpr const char* secret = "correct horse battery";
const Message message{.id = "the-id", .type = "t", .device = "d", .body = R"({"id":"the-id"})"};

std::unique_ptr<Target> target_at(const std::string& url) {
  auto target = open_webhook(parse_target(url).value(), secret, "");
  EXPECT_TRUE(target) << target.error().message;
  return std::move(*target);
}

// What deliver() says about a receiver that answers with `answer`.
base::Result<> deliver_to(const std::string& answer, std::string* head = nullptr, std::string* body = nullptr) {
  std::mutex mutex;
  std::string seen_head;
  std::string seen_body;
  tests::ScriptedServer server([&](Connection& connection) {
    const std::lock_guard lock(mutex);
    seen_head = connection.read_head();
    seen_body = connection.read_exactly(message.body.size());
    connection.send(answer);
  });
  auto done = target_at(server.url("/hook?key=geheim"))->deliver(message);
  const std::lock_guard lock(mutex);
  if (head != nullptr) *head = seen_head;
  if (body != nullptr) *body = seen_body;
  return done;
}

std::string header(const std::string& head, const std::string& name) {
  const auto begin = head.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return {};
  const auto value = begin + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

TEST(WebhookTarget, PostsASignedEvent) {
  std::string head;
  std::string body;
  const auto done = deliver_to("HTTP/1.1 204 No Content\r\n\r\n", &head, &body);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(head.starts_with("POST /hook?key=geheim HTTP/1.1\r\n")) << head;
  EXPECT_EQ(header(head, "Content-Type"), "application/json");
  EXPECT_EQ(header(head, "Dualcam-Event-Id"), "the-id");
  EXPECT_EQ(body, message.body);
  const auto said = header(head, "Dualcam-Signature");
  const base::UtcTime then{std::chrono::seconds(std::strtoll(said.c_str() + 2, nullptr, 10))};
  EXPECT_EQ(signature(secret, then, body), said);
  EXPECT_NE(signature("another horse battery", then, body), said);
  EXPECT_LE(then, base::utc_now());
  EXPECT_GT(then, base::utc_now() - std::chrono::hours{1});
}

TEST(WebhookTarget, TakenIsTwoHundredAndNothingElse) {
  const struct {
    const char* answer;
    bool taken;
    const char* why;
  } rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true, ""},
      {"HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\ncut", true, ""},
      {"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", false, "answered 301"},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", false, "answered 404"},
      {"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", false, "answered 410"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", false, "answered 500"},
      {"", false, "does not answer"},
      {"nonsense\r\n\r\n", false, "does not answer"}};
  for (const auto& row : rows) {
    const auto done = deliver_to(row.answer);
    EXPECT_EQ(done.has_value(), row.taken) << row.answer;
    if (done) continue;
    EXPECT_EQ(done.error().code, base::Errc::unavailable);
    EXPECT_THAT(done.error().message, HasSubstr(row.why));
    EXPECT_THAT(done.error().message, Not(HasSubstr("geheim")));
    EXPECT_THAT(done.error().message, Not(HasSubstr("horse")));
  }
}

TEST(WebhookTarget, AnAnswerWithoutAnEndIsCut) {
  std::atomic<bool> cut = false;
  tests::ScriptedServer server([&](Connection& connection) {
    connection.read_head();
    connection.read_exactly(message.body.size());
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    const std::string much(4096, 'x');
    while (connection.send(much)) continue;
    cut = true;
  });
  EXPECT_TRUE(target_at(server.url())->deliver(message)) << "the status says it";
  EXPECT_TRUE(tests::eventually([&] { return cut.load(); }));
}

TEST(WebhookTarget, NobodyThere) {
  std::string url;
  {
    const tests::ScriptedServer gone([](Connection&) {});
    url = gone.url("/x");
  }
  EXPECT_THAT(target_at(url)->deliver(message).error().message, HasSubstr("does not answer"));
}

TEST(WebhookTarget, ACancelledOneEndsSoon) {
  std::atomic<bool> reached = false;
  tests::ScriptedServer silent([&](Connection& connection) {
    connection.read_head();
    reached = true;
    connection.wait_for_client_to_leave();
  });
  const auto target = target_at(silent.url());
  std::jthread waiter([&] { EXPECT_FALSE(target->deliver(message)); });
  EXPECT_TRUE(tests::eventually([&] { return reached.load(); }));
  target->cancel();
}

}  // namespace
}  // namespace events
