// Another program that is told over HTTP, and tells in turn.
#include <fmt/format.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <mutex>

#include "tests/e2e/relay_fixture.hpp"
#include "tests/support/scripted_server.hpp"

namespace e2e {

namespace {
constexpr std::string_view secret = "made up";

struct Post {
  std::string head;  // in lower case
  std::string body;
  Row row() const { return Row(body); }
  std::string header(const std::string& name) const {
    const auto begin = head.find("\r\n" + name + ": ");
    if (begin == std::string::npos) return {};
    const auto value = begin + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }
};

// Takes what is posted and answers with `status`.
class Receiver {
 public:
  explicit Receiver(int status = 204)
      : server_([this, status](tests::ScriptedServer::Connection& connection) { take(connection, status); }) {}

  std::string table() const {
    return fmt::format("[[webhook]]\nname = \"desk\"\nurl = \"{}\"\n", server_.url("/hook"));
  }
  std::vector<Post> posts() {
    const std::lock_guard lock(mutex_);
    return posts_;
  }
  bool wait_posts(std::size_t wanted) {
    return tests::eventually([&] { return posts().size() >= wanted; });
  }

 private:
  void take(tests::ScriptedServer::Connection& connection, int status) {
    Post post{.head = connection.read_head(), .body = {}};
    std::ranges::transform(post.head, post.head.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    post.body = connection.read_exactly(std::strtoul(post.header("content-length").c_str(), nullptr, 10));
    {
      const std::lock_guard lock(mutex_);
      posts_.push_back(std::move(post));
    }
    connection.send(fmt::format("HTTP/1.1 {} X\r\nContent-Length: 0\r\n\r\n", status));
  }
  std::mutex mutex_;
  std::vector<Post> posts_;
  tests::ScriptedServer server_;
};

std::string signature_of(const std::string& body) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), digest.data(), &size);
  std::string text = "sha256=";
  for (unsigned n = 0; n < size; ++n) text += fmt::format("{:02x}", digest[n]);
  return text;
}
}  // namespace

TEST_F(Relay, D01ARuleTellsAnotherProgramAndSignsWhatItSays) {
  Receiver desk;
  tests::Peer west("edgertronic_camera.py", camera_flags(group(0)));
  const std::string secret_file = folder_ / "hook";
  std::ofstream(secret_file) << secret;
  start_relay(edgertronic("west", group(0)) + edgertronic("field", group(1)) + desk.table() +
              fmt::format("secret_file = \"{}\"\n", secret_file) + R"(
[[rule]]
name = "pitch"
when = { source = "field", kind = "trigger", name = "pitch_*" }
do = [ { target = "west", verb = "trigger", name = "{name}_&T" },
       { target = "desk", verb = "post", text = "take {take.number}: {name} \"heard\"" } ]
)");
  GroupSender(group(1), group_port).trigger("pitch_27");
  ASSERT_TRUE(desk.wait_posts(1));
  ASSERT_TRUE(west.wait_event("trigger"));
  const Row take = wait_take(having({{"source", "field"}}));
  const Row done = outcome_of("desk", "take=" + take.text("id"));
  EXPECT_EQ(done.text("outcome"), "confirmed") << done.raw();

  const Post post = desk.posts()[0];
  EXPECT_TRUE(post.head.starts_with("post /hook ")) << post.head;
  EXPECT_EQ(post.header("content-type"), "application/json");
  EXPECT_EQ(post.header("x-dualcam-signature"), signature_of(post.body));
  EXPECT_EQ(post.header("idempotency-key"), done.text("id"));
  EXPECT_EQ(post.header("x-dualcam-hops"), "1");
  const Row told = post.row();
  EXPECT_EQ(told.text("id"), done.text("id"));
  EXPECT_EQ(told.text("rule"), "pitch");
  EXPECT_EQ(told.text("source"), "field");
  EXPECT_EQ(told.text("event"), done.text("cause"));
  EXPECT_EQ(told.text("take"), take.text("id"));
  EXPECT_EQ(told.text("parameters.text"), "take " + take.text("number") + ": pitch_27 \"heard\"");
  EXPECT_EQ(desk.posts().size(), 1U);
}

TEST_F(Relay, D01AProgramThatRefusesHasFailedAndIsToldOnce) {
  Receiver desk(503);
  start_relay(desk.table());
  const std::string id = command("desk", R"({"verb": "post", "parameters": {"text": "x"}})");
  const Row row = wait_row(having({{"id", id}, {"outcome", "failed"}}));
  EXPECT_NE(row.text("reason").find("503"), std::string::npos) << row.raw();
  EXPECT_EQ(desk.posts().size(), 1U);
  EXPECT_EQ(desk.posts()[0].header("x-dualcam-signature"), "") << "there is no secret to sign with";
}

// What it is told it posts back, with the hops it was told: once round, and no more.
TEST_F(Relay, D04AProgramThatPostsBackWhatItIsToldEndsTheCircle) {
  Receiver desk;
  start_relay(desk.table() + R"(
[[rule]]
name = "tell"
when = { protocol = "api", kind = "bell" }
do = [ { target = "desk", verb = "post", text = "{name}" } ]
)");
  trigger("bell", R"({"name": "round"})");
  for (std::size_t n = 1; n <= 2; ++n) {
    ASSERT_TRUE(desk.wait_posts(n));
    const Row told = desk.posts()[n - 1].row();
    EXPECT_EQ(told.integer("hops"), static_cast<std::int64_t>(n));
    const std::string back = trigger("bell", R"({"name": "round"})", static_cast<int>(told.integer("hops")));
    if (n < 2) continue;
    EXPECT_EQ(wait_row(having({{"rule", "tell"}}), "cause=" + back).text("outcome"), "refused");
  }
  EXPECT_EQ(desk.posts().size(), 2U);
}

}  // namespace e2e
