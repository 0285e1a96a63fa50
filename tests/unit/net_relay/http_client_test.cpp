// What reaches a camera, byte for byte, and what becomes of its answer.
#include <asio/post.hpp>
#include <cstdlib>

#include "server/base/bytes.hpp"
#include "tests/unit/net_relay/http_fixture.hpp"

namespace net::relay {
namespace {

using base::Errc;
using std::chrono::milliseconds;

// Answers every request with 200, and keeps the last head and body.
class Echo {
 public:
  std::string url(std::string_view path = "/") const { return server_.url(path); }
  int connections() const { return server_.connections(); }
  std::uint16_t port() const { return server_.port(); }
  std::string head() const {
    const std::scoped_lock lock(mutex_);
    return head_;
  }
  std::string body() const {
    const std::scoped_lock lock(mutex_);
    return body_;
  }

 private:
  void serve(tests::ScriptedServer::Connection& connection) {
    constexpr std::string_view length = "Content-Length: ";
    do {
      const std::string head = connection.read_head();
      if (head.empty()) return;
      const auto found = head.find(length);
      const auto body = found == std::string::npos
                            ? std::string()
                            : connection.read_exactly(std::stoul(head.substr(found + length.size())));
      const std::scoped_lock lock(mutex_);
      head_ = head;
      body_ = body;
    } while (connection.send(ok("done")));
  }

  mutable std::mutex mutex_;
  std::string head_;
  std::string body_;
  tests::ScriptedServer server_{[this](tests::ScriptedServer::Connection& connection) { serve(connection); }};
};

// A variable of the environment, for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class HttpClientTest : public HttpTest {};

TEST_F(HttpClientTest, AsksAndTellsWhatCame) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 207 Some\r\nX-One: 1\r\nX-TWO:2 \r\nContent-Length: 3\r\n\r\nabc");
  });
  const auto answer = ask({.url = server.url("/IMAGE.JPG")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 207);
  EXPECT_EQ(base::as_text(answer->body), "abc");
  const std::vector<std::pair<std::string, std::string>> headers{
      {"x-one", "1"}, {"x-two", "2"}, {"content-length", "3"}};
  EXPECT_EQ(answer->headers, headers);
  EXPECT_GT(answer->took.count(), 0);
}

TEST_F(HttpClientTest, APostIsExactlyWhatWasGiven) {
  Echo echo;
  const std::string body = "PanSingleMoveDegree=5&TiltSingleMoveDegree=5&PanTiltSingleMove=4\r\n\r\n";
  const auto answer = ask({.method = "POST",
                           .url = echo.url("/PANTILTCONTROL.CGI"),
                           .body = body,
                           .has_body = true,
                           .credentials = Credentials{"admin", "se:cret"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(echo.head(), "POST /PANTILTCONTROL.CGI HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(echo.port()) +
                             "\r\nAuthorization: Basic YWRtaW46c2U6Y3JldA==\r\nUser-Agent: dualcamd\r\nAccept: */*\r\n"
                             "Content-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(echo.body(), body);
}

TEST_F(HttpClientTest, ALongBodyIsNotAnnounced) {
  Echo echo;
  const std::string body(2'000'000, 'x');  // libcurl asks for leave from a mebibyte on
  ASSERT_TRUE(ask({.method = "POST", .url = echo.url(), .body = body, .has_body = true}));
  EXPECT_FALSE(echo.head().contains("Expect"));
  EXPECT_EQ(echo.body().size(), body.size());
}

TEST_F(HttpClientTest, SpeaksAsOldCamerasDo) {
  Echo echo;
  ASSERT_TRUE(
      ask({.url = echo.url("/MJPEG.CGI"), .headers = {{"Content-Type", "text/x"}, {"X-Empty", ""}}, .http_1_0 = true}));
  EXPECT_TRUE(echo.head().starts_with("GET /MJPEG.CGI HTTP/1.0\r\n")) << echo.head();
  EXPECT_TRUE(echo.head().contains("Content-Type: text/x\r\n")) << echo.head();
  EXPECT_TRUE(echo.head().contains("X-Empty:\r\n")) << echo.head();
}

TEST_F(HttpClientTest, AnAnswerOfHttp10EndsWithItsConnection) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.0 200 OK\r\n\r\nTrigger1=0&Trigger2=0");
  });
  const auto answer = ask({.url = server.url("/IOCONTROL.CGI")});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(base::as_text(answer->body), "Trigger1=0&Trigger2=0");
}

TEST_F(HttpClientTest, RedirectionsAreAnswersAndNothingMore) {
  Echo elsewhere;
  Server server([&](Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 302 Found\r\nLocation: " + elsewhere.url() + "\r\nContent-Length: 0\r\n\r\n");
  });
  const auto answer = ask({.url = server.url(), .credentials = Credentials{"admin", "secret"}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(elsewhere.connections(), 0);
}

TEST_F(HttpClientTest, NothingIsUnpacked) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(ok("\x1f\x8bnot really", "Content-Encoding: gzip\r\n"));
  });
  const auto answer = ask({.url = server.url()});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(base::as_text(answer->body), "\x1f\x8bnot really");
}

TEST_F(HttpClientTest, ProxiesOfTheEnvironmentAreNotAsked) {
  Echo proxy;
  Echo camera;
  const Variable one("http_proxy", proxy.url());
  const Variable other("ALL_PROXY", proxy.url());
  EXPECT_TRUE(ask({.url = camera.url()}));
  EXPECT_EQ(proxy.connections(), 0);
  EXPECT_EQ(camera.connections(), 1);
}

TEST_F(HttpClientTest, WhatMayBeRepeatedGoesOverOneConnection) {
  Echo echo;
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(ask({.url = echo.url(), .repeatable = true}));
  EXPECT_EQ(echo.connections(), 1);
  for (int n = 0; n < 3; ++n) ASSERT_TRUE(ask({.url = echo.url()}));
  EXPECT_EQ(echo.connections(), 4);
}

TEST_F(HttpClientTest, ATriggerIsNeverSentTwice) {
  std::atomic<int> heads = 0;
  Server server([&](Connection& connection) {
    while (!connection.read_head().empty()) {
      // The second on a connection is taken, and then the camera breaks off: libcurl would send it again.
      if (++heads == 2) return connection.reset();
      if (!connection.send(ok("1"))) return;
    }
  });
  ASSERT_TRUE(ask({.url = server.url("/get_camstatus"), .repeatable = true}));
  const auto error = failure({.url = server.url("/trigger")});
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(heads, 2);
}

TEST_F(HttpClientTest, TheDeadlineEndsWhatIsSlow) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
    for (int n = 0; n < 1000 && connection.send("x"); ++n) connection.pause(milliseconds{100});
  });
  const auto begin = base::steady_now();
  const auto error = failure({.url = server.url("/slow?key=secret"), .deadline = milliseconds{150}});
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_GE(base::steady_now() - begin, milliseconds{150});
  EXPECT_EQ(error.message,
            "GET http://127.0.0.1:" + std::to_string(server.port()) + "/slow has no whole answer after 150 ms.");
}

TEST_F(HttpClientTest, NobodyThereIsUnavailable) {
  std::uint16_t port = 0;
  {
    port = Server([](Connection&) {}).port();
  }
  const auto error = failure({.url = "http://127.0.0.1:" + std::to_string(port) + "/"});
  EXPECT_EQ(error.code, Errc::unavailable);
}

TEST_F(HttpClientTest, LongBodiesEndAtTheirBound) {
  for (const bool announced : {true, false}) {
    Server server([announced](Connection& connection) {
      connection.read_head();
      connection.send(announced ? "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" : "HTTP/1.0 200 OK\r\n\r\n");
      if (!announced) connection.send(std::string(1001, 'x'));
      connection.wait_for_client_to_leave();
    });
    EXPECT_EQ(failure({.url = server.url(), .most_body = 1000}).code, Errc::exhausted) << announced;
  }
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send(ok(std::string(1000, 'x')));
  });
  EXPECT_TRUE(ask({.url = server.url(), .most_body = 1000}));
}

TEST_F(HttpClientTest, HeadersEndAtTheirBounds) {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int n = 0; n < 200; ++n) many += "X: y\r\n";
  const std::string long_one = "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'y') + "\r\n";
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'y');
  std::string interim;
  for (int n = 0; n < 200; ++n) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  for (const std::string& text : {many, long_one, endless, interim}) {
    Server server([&](Connection& connection) {
      connection.read_head();
      connection.send(text);
      connection.wait_for_client_to_leave();
    });
    EXPECT_EQ(failure({.url = server.url()}).code, Errc::exhausted) << text.substr(0, 40);
  }
}

TEST_F(HttpClientTest, OnlyAllowedNetworksAreConnectedTo) {
  Echo echo;
  open({.allow = {"10.0.0.0/8", "127.0.0.2"}});
  const auto error = failure({.url = echo.url(), .credentials = Credentials{"admin", "secret"}});
  EXPECT_EQ(error.code, Errc::refused);
  EXPECT_TRUE(error.message.contains("127.0.0.1 is not among the networks")) << error.message;
  // The name is not what counts.
  EXPECT_EQ(failure({.url = "http://localhost:" + std::to_string(echo.port())}).code, Errc::refused);
  EXPECT_EQ(echo.connections(), 0);
  open({.allow = {"127.0.0.0/8"}});
  EXPECT_TRUE(ask({.url = echo.url()}));
}

TEST_F(HttpClientTest, WithoutAListTheMetadataServicesAreOut) {
  for (const char* url : {"http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/",
                          "http://2852039166/", "http://[fd00:ec2::254]/"})
    EXPECT_EQ(failure({.url = url}).code, Errc::refused) << url;
}

TEST_F(HttpClientTest, RequestsThatMakeNoSenseAreRefusedWithoutASecretInTheWords) {
  const auto get = [](std::string url) { return HttpRequest{.url = std::move(url)}; };
  std::vector<HttpRequest> wrong{get("http://admin:secret@10.0.0.9/"),
                                 get("http://secret@10.0.0.9/"),
                                 get("http://@10.0.0.9/"),
                                 get("ftp://10.0.0.9/secret"),
                                 get("file:///etc/secret"),
                                 get("secret"),
                                 get(""),
                                 get("http://10.0.0.9/\r\nX: secret"),
                                 get("http:///secret"),
                                 get(std::string("http://10.0.0.9/\0secret", 23))};
  const std::string url = "http://10.0.0.9/?secret";
  wrong.push_back({.method = "GET /secret", .url = url});
  wrong.push_back({.url = url, .headers = {{"X\r\nY", "secret"}}});
  wrong.push_back({.url = url, .headers = {{"X", "secret\r\nY: z"}}});
  wrong.push_back({.url = url, .headers = {{"Content-Length", "7"}}});
  wrong.push_back({.url = url, .headers = {{"transfer-encoding", "chunked"}}});
  wrong.push_back({.url = url, .credentials = Credentials{"a:b", "secret"}});
  wrong.push_back({.url = url, .credentials = Credentials{"", "secret"}});
  wrong.push_back({.url = url, .credentials = Credentials{"a", std::string("se\0cret", 7)}});
  for (const HttpRequest& each : wrong) {
    const auto error = failure(each);
    EXPECT_EQ(error.code, Errc::invalid) << each.url;
    EXPECT_FALSE(error.message.contains("secret")) << error.message;
    EXPECT_EQ(error.message.back(), '.') << error.message;
  }
}

TEST_F(HttpClientTest, CancelledRequestsAreNotHeardOfAgain) {
  Server server([](Connection& connection) {
    connection.read_head();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxx");
    connection.wait_for_client_to_leave();
  });
  bool called = false;
  const auto at_once = client->ask({.url = server.url()}, [&](const auto&) { called = true; });
  client->cancel(at_once);
  const auto later = client->ask({.url = server.url()}, [&](const auto&) { called = true; });
  ASSERT_TRUE(run_until([&] { return server.connections() == 1; }));
  client->cancel(later);
  client->cancel(later);
  EXPECT_EQ(client->under_way(), 0u);
  EXPECT_TRUE(run_until([&] { return context.poll() == 0; }));
  EXPECT_FALSE(called);
}

TEST_F(HttpClientTest, MayAskCancelAndEndWithinACallback) {
  Echo echo;
  int answers = 0;
  bool cancelled_called = false;
  client->ask({.url = echo.url()}, [&](const auto& first) {
    EXPECT_TRUE(first);
    ++answers;
    const auto other = client->ask({.url = echo.url()}, [&](const auto&) { cancelled_called = true; });
    client->ask({.url = echo.url()}, [&](const auto& second) {
      EXPECT_TRUE(second);
      ++answers;
      client->ask({.url = echo.url()}, [&](const auto&) { cancelled_called = true; });
      client.reset();
    });
    client->cancel(other);
  });
  EXPECT_TRUE(run_until([&] { return client == nullptr; }));
  while (context.poll() != 0) {
  }
  EXPECT_EQ(answers, 2);
  EXPECT_FALSE(cancelled_called);
}

TEST_F(HttpClientTest, MoreAtOnceThanIsSensibleIsRefused) {
  std::map<Errc, int> errors;
  std::vector<HttpClient::Id> ids;
  ids.reserve(1030);
  for (int n = 0; n < 1030; ++n)
    ids.push_back(client->ask({.url = "http://169.254.169.254/"},
                              [&](const base::Result<HttpAnswer>& answer) { ++errors[answer.error().code]; }));
  EXPECT_EQ(client->under_way(), 1030u);  // those that are not taken are told so a moment later
  EXPECT_TRUE(run_until([&] { return client->under_way() == 0; }));
  EXPECT_EQ(errors[Errc::refused], 1024);
  EXPECT_EQ(errors[Errc::exhausted], 6);
}

TEST_F(HttpClientTest, EachAnswerThatFailsIsToldOfByItsKind) {
  std::map<Errc, int> failed;
  open({.allow = {"127.0.0.0/8"}, .failed = [&](Errc kind) { ++failed[kind]; }});
  Server good([](Connection& connection) {
    connection.read_head();
    connection.send(ok("1"));
  });
  Server mute([](Connection& connection) { connection.wait_for_client_to_leave(); });
  Server babbling([](Connection& connection) {
    connection.read_head();
    connection.send("no HTTP\r\n\r\n");
  });
  EXPECT_TRUE(ask({.url = good.url()}));
  EXPECT_TRUE(failed.empty());
  failure({.url = good.url(), .most_body = 0});
  failure({.url = mute.url(), .deadline = milliseconds{20}});
  failure({.url = babbling.url()});
  failure({.url = "http://192.0.2.1/"});
  bool ended = false;
  client->stream({.url = good.url()}, tests::patience,
                 {.head = {}, .bytes = {}, .ended = [&](const auto&) { ended = true; }});
  EXPECT_TRUE(run_until([&] { return ended; }));
  client->cancel(client->ask({.url = mute.url()}, [](const auto&) {}));  // nobody waits for it any more
  const std::map<Errc, int> all{{Errc::exhausted, 1}, {Errc::unavailable, 2}, {Errc::corrupt, 1}, {Errc::refused, 1}};
  EXPECT_EQ(failed, all);
}

TEST_F(HttpClientTest, FiftyCamerasAreAskedAtOnce) {
  std::atomic<int> waiting = 0;
  Server server([&](Connection& connection) {
    connection.read_head();
    ++waiting;
    tests::eventually([&] { return waiting == 50; });  // none is answered before all have asked
    connection.send(ok("1"));
  });
  int answers = 0;
  for (int n = 0; n < 50; ++n)
    client->ask({.url = server.url(), .deadline = tests::patience},
                [&](const auto& answer) { answers += answer ? 1 : 0; });
  EXPECT_TRUE(run_until([&] { return answers == 50; }));
}

}  // namespace
}  // namespace net::relay
