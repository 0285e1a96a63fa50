// Endless answers, as cameras give their video.
#include "server/base/bytes.hpp"
#include "tests/unit/net_relay/http_fixture.hpp"

namespace net::relay {
namespace {

using base::Errc;
using std::chrono::milliseconds;

constexpr std::string_view video_head =
    "HTTP/1.0 200 OK\r\nContent-type: multipart/x-mixed-replace;boundary=--video boundary--\r\n\r\n";

class HttpStreamTest : public HttpTest {
 protected:
  HttpClient::Id start(const std::string& url, milliseconds idle = tests::patience,
                       milliseconds first = tests::patience) {
    return client->stream({.url = url, .deadline = first}, idle,
                          {.head =
                               [this](const HttpAnswer& head) {
                                 ++heads;
                                 status = head.status;
                                 EXPECT_TRUE(body.empty());
                               },
                           .bytes = [this](base::ByteView bytes) { body += base::as_text(bytes); },
                           .ended =
                               [this](const base::Error& why) {
                                 EXPECT_FALSE(end) << "ended twice";
                                 end = why;
                               }});
  }
  bool wait_for_end() {
    return run_until([this] { return end.has_value(); });
  }

  int heads = 0;
  long status = 0;
  std::string body;
  std::optional<base::Error> end;
};

TEST_F(HttpStreamTest, HeadThenBytesThenTheEnd) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(video_head);
    for (int n = 0; n < 5; ++n) connection.send("--video boundary--\r\nframe " + std::to_string(n) + "\r\n");
  });
  start(server.url("/MJPEG.CGI"));
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(heads, 1);
  EXPECT_EQ(status, 200);
  EXPECT_EQ(body.size(), 5 * std::string_view("--video boundary--\r\nframe 0\r\n").size());
  EXPECT_TRUE(body.ends_with("frame 4\r\n"));
  EXPECT_EQ(end->code, Errc::unavailable);
  EXPECT_TRUE(end->message.contains("was ended by the camera")) << end->message;
}

TEST_F(HttpStreamTest, TheHeadIsToldBeforeAnyByteOfTheBodyCame) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(video_head);
    connection.wait_for_client_to_leave();
  });
  const auto id = start(server.url());
  EXPECT_TRUE(run_until([this] { return heads == 1; }));
  client->cancel(id);
}

TEST_F(HttpStreamTest, MuchMoreThanTheBoundOfAnAnswerPasses) {
  constexpr std::size_t size = 20'000'000;
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(video_head);
    const std::string some(100'000, 'v');
    for (std::size_t n = 0; n < size / some.size(); ++n) connection.send(some);
  });
  start(server.url());
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(body.size(), size);
}

TEST_F(HttpStreamTest, SilenceEndsItButNotSlowness) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(video_head);
    for (int n = 0; n < 4; ++n) {
      connection.send("x");
      connection.pause(milliseconds{150});
    }
    connection.wait_for_client_to_leave();
  });
  start(server.url("/MJPEG.CGI"), milliseconds{400});
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(body, "xxxx");
  EXPECT_EQ(end->code, Errc::unavailable);
  EXPECT_TRUE(end->message.contains("has sent nothing for 400 ms")) << end->message;
}

TEST_F(HttpStreamTest, AHeadWithoutABodyEndsByTheDeadline) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(video_head);
    connection.wait_for_client_to_leave();
  });
  start(server.url(), tests::patience, milliseconds{150});
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(heads, 1);
  EXPECT_TRUE(end->message.contains("after 150 ms")) << end->message;
}

TEST_F(HttpStreamTest, ARefusalIsAHeadToo) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 2\r\n\r\nno");
  });
  start(server.url());
  ASSERT_TRUE(wait_for_end());
  EXPECT_EQ(status, 401);
  EXPECT_EQ(body, "no");
}

TEST_F(HttpStreamTest, CancelledOrEndedWithinACallbackItIsSilent) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(video_head);
    while (connection.send(std::string(10'000, 'v'))) {
    }
  });
  for (const bool all : {false, true}) {
    int calls = 0;
    HttpClient::Id id = 0;
    id = client->stream({.url = server.url()}, tests::patience,
                        {.head = nullptr,
                         .bytes =
                             [&](base::ByteView) {
                               ++calls;
                               if (all)
                                 client.reset();
                               else
                                 client->cancel(id);
                             },
                         .ended = [&](const base::Error&) { ++calls; }});
    EXPECT_TRUE(run_until([&] { return calls > 0; }));
    for (int n = 0; n < 10; ++n) context.run_one_for(milliseconds{5});
    EXPECT_EQ(calls, 1);
  }
}

TEST_F(HttpStreamTest, ManyRunBesideAnAnswer) {
  Server server([](Connection& connection) {
    if (connection.read_head().starts_with("GET /one ")) {
      connection.send(ok("1"));
      return;
    }
    connection.send(video_head);
    while (connection.send(std::string(20'000, 'v'))) connection.pause(milliseconds{5});
  });
  constexpr std::size_t many = 16;
  std::array<std::size_t, many> got{};
  std::vector<HttpClient::Id> ids;
  for (std::size_t n = 0; n < many; ++n)
    ids.push_back(client->stream(
        {.url = server.url()}, tests::patience,
        {.head = nullptr, .bytes = [&got, n](base::ByteView bytes) { got[n] += bytes.size(); }, .ended = nullptr}));
  EXPECT_TRUE(run_until([&] { return std::ranges::all_of(got, [](std::size_t each) { return each > 200'000; }); }));
  EXPECT_TRUE(ask({.url = server.url("/one")}));
  for (const auto id : ids) client->cancel(id);
  EXPECT_EQ(client->under_way(), 0u);
}

}  // namespace
}  // namespace net::relay
