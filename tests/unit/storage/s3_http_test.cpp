// Servers that are silent, that lie, that stop in the middle: every exchange ends, and says how.
#include "storage/objects/s3_http.hpp"

#include <gmock/gmock.h>

#include "tests/support/eventually.hpp"
#include "tests/unit/storage/s3_fake_server.hpp"

namespace storage::s3 {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using Server = tests::S3FakeServer;

HttpRequest get(const Server& server, std::chrono::milliseconds limit = tests::patience) {
  return {.method = "GET", .url = server.endpoint() + "/x", .deadline = base::steady_now() + limit};
}

std::unique_ptr<Http> client(const HttpOptions& options = {}) {
  return Http::create(options).value();
}

TEST(S3Http, GivesStatusHeadersAndBody) {
  Server server([](const auto&) { return Server::with_status("404 Nope", "X-Thing:  a b \r\n", "the body"); });
  const Reply reply = client()->perform(get(server));
  EXPECT_EQ(reply.fault, Fault::none) << reply.detail;
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(*reply.header("x-thing"), "a b");
  EXPECT_EQ(reply.header("x-other"), nullptr);
  EXPECT_EQ(reply.body, "the body");
}

TEST(S3Http, ASilentServerCostsTheDeadline) {
  Server server([](const auto&) { return ""; });
  const auto http = client();
  EXPECT_EQ(http->perform(get(server, 100ms)).fault, Fault::out_of_time);
  const auto quick = client({.stall_limit = 100ms});
  EXPECT_EQ(quick->perform(get(server)).fault, Fault::out_of_time) << "without a deadline that is near";
  EXPECT_EQ(quick->download(get(server))->head().fault, Fault::out_of_time);
}

TEST(S3Http, AServerThatStopsInTheMiddleCostsTheStallLimit) {
  Server server([](const auto&) { return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"; });
  const auto http = client({.stall_limit = 100ms});
  EXPECT_EQ(http->perform(get(server)).fault, Fault::out_of_time);
  const auto download = http->download(get(server));
  EXPECT_EQ(download->head().status, 200);
  std::array<std::uint8_t, 100> bytes{};
  std::size_t got = 0;
  for (std::size_t each = 1; each != 0; got += each) each = download->read(std::span(bytes).subspan(got));
  EXPECT_EQ(got, 4U);
  EXPECT_EQ(download->head().fault, Fault::out_of_time);
}

TEST(S3Http, NobodyListeningIsUnreachable) {
  std::string endpoint;
  {
    const Server gone([](const auto&) { return ""; });
    endpoint = gone.endpoint();
  }
  const auto reply =
      client()->perform({.method = "GET", .url = endpoint + "/", .deadline = base::steady_now() + tests::patience});
  EXPECT_EQ(reply.fault, Fault::unreachable);
  EXPECT_THAT(reply.detail, HasSubstr("connect"));
}

TEST(S3Http, WhatIsNotHttpIsBroken) {
  for (const std::string text : {"SSH-2.0-OpenSSH\r\n\x04", "\x04", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx\x04",
                                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\x04"}) {
    Server server([&](const auto&) { return text; });
    EXPECT_EQ(client()->perform(get(server)).fault, Fault::broken) << text;
  }
}

TEST(S3Http, TooMuchIsRefused) {
  const std::string long_header = "X-A: " + std::string(1000, 'a') + "\r\n";
  std::string headers;
  for (int i = 0; i < 100; ++i) headers += long_header;
  Server talker([&](const auto&) { return Server::ok(headers); });
  EXPECT_EQ(client()->perform(get(talker)).fault, Fault::too_large);
  Server flood([](const auto&) { return Server::ok({}, std::string(9 * 1024 * 1024, 'x')); });
  EXPECT_EQ(client()->perform(get(flood)).fault, Fault::too_large);
}

TEST(S3Http, ConnectionsAreUsedAgain) {
  Server server([](const auto&) { return Server::ok({}, "x"); });
  const auto http = client();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(http->perform(get(server)).ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST(S3Http, AKeptConnectionThatDiedIsReplaced) {
  Server server([](const auto& request) { return Server::ok({}, request.body) + Server::hang_up; });
  const auto http = client();
  struct Text final : Body {
    std::uint64_t size() const noexcept override { return 4; }
    base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
      out[0] = static_cast<std::uint8_t>("body"[offset]);
      return std::size_t{1};
    }
  };
  for (int i = 0; i < 20; ++i) {
    HttpRequest put = get(server);
    put.method = "PUT";
    put.body = std::make_shared<Text>();
    const Reply reply = http->perform(std::move(put));
    EXPECT_TRUE(reply.ok()) << reply.detail;
    EXPECT_EQ(reply.body, "body");
  }
}

TEST(S3Http, ABodyThatCannotBeReadIsNeverSentShort) {
  Server server([](const auto&) { return Server::ok(); });
  struct Failing final : Body {
    explicit Failing(bool ends) : ends_early(ends) {}
    bool ends_early;
    std::uint64_t size() const noexcept override { return 1000; }
    base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t>) override {
      if (offset < 500) return std::size_t{500};
      if (ends_early) return std::size_t{0};
      return base::fail(base::Errc::io, "The disk is on fire.");
    }
  };
  for (const bool ends : {false, true}) {
    HttpRequest put = get(server);
    put.method = "PUT";
    put.body = std::make_shared<Failing>(ends);
    const Reply reply = client()->perform(std::move(put));
    EXPECT_EQ(reply.fault, Fault::source);
    ASSERT_TRUE(reply.source);
    EXPECT_EQ(reply.source->code, ends ? base::Errc::corrupt : base::Errc::io);
  }
  EXPECT_THAT(server.request_lines(), testing::IsEmpty()) << "none was whole";
}

TEST(S3Http, NoMoreRequestsAtOnceThanAllowed) {
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  Server server(
      [&](const auto&) {
        const int now = ++at_once;
        if (now > most) most = now;
        std::this_thread::sleep_for(2ms);  // what a store takes
        --at_once;
        return Server::ok();
      },
      false);
  const auto http = client({.max_requests = 3});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 10; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i) EXPECT_TRUE(http->perform(get(server)).ok());
      });
  }
  EXPECT_LE(most, 3);
  EXPECT_LE(server.connections(), 3);
}

TEST(S3Http, WaitingForOnesTurnEndsToo) {
  Server server([](const auto&) { return ""; });
  const auto http = client({.stall_limit = 10s, .max_requests = 1});
  std::jthread first([&] { EXPECT_EQ(http->perform(get(server, 400ms)).fault, Fault::out_of_time); });
  EXPECT_EQ(http->perform(get(server, 200ms)).fault, Fault::out_of_time);
}

TEST(S3Http, AReaderThatWaitsHoldsTheSenderBack) {
  std::string content(64 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < content.size(); i += 4096) content[i] = static_cast<char>(i / 4096);
  Server server([&](const auto&) { return Server::ok({}, content); });
  const auto http = client({.stall_limit = 100ms});
  const auto download = http->download(get(server));
  ASSERT_EQ(download->head().status, 200);
  // It is held back, and that is no stall: nothing is sent any more while the limit passes several times over.
  std::uint64_t before = 0;
  auto changed = base::steady_now();
  ASSERT_TRUE(tests::eventually([&] {
    if (std::exchange(before, server.sent()) != server.sent()) changed = base::steady_now();
    return base::steady_now() - changed > 500ms;
  }));
  EXPECT_LT(server.sent(), content.size() / 2);
  std::string got;
  std::array<std::uint8_t, 50'000> piece{};
  for (std::size_t each = 0; (each = download->read(piece)) != 0;) got += base::as_text(std::span(piece).first(each));
  EXPECT_TRUE(got == content);
  EXPECT_EQ(download->head().fault, Fault::none);
}

TEST(S3Http, DroppingADownloadEndsItAtOnce) {
  Server silent([](const auto&) { return ""; });
  const auto http = client({.max_downloads = 1});
  for (int i = 0; i < 20; ++i) static_cast<void>(http->download(get(silent, 1h)));
  Server server([](const auto&) { return Server::ok({}, "x"); });
  EXPECT_EQ(http->download(get(server))->head().status, 200) << "none of them holds the one place";
}

TEST(S3Http, EndsWithDownloadsUnderWay) {
  Server silent([](const auto&) { return ""; });
  auto http = client();
  auto download = http->download(get(silent, 1h));
  download.reset();
  http.reset();  // hangs if it waits for anybody
}

}  // namespace
}  // namespace storage::s3
