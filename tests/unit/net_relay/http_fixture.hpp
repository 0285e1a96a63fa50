// The client on an io_context that the test runs, and what it said.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "server/base/clock.hpp"
#include "server/net/relay/http_client.hpp"
#include "tests/support/scripted_server.hpp"

namespace net::relay {

class HttpTest : public testing::Test {
 protected:
  using Server = tests::ScriptedServer;
  using Connection = Server::Connection;

  void open(HttpClient::Options options = {}) {
    auto opened = HttpClient::open(context, std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    client = std::move(*opened);
  }
  void SetUp() override { open(); }

  template <class Condition>
  bool run_until(Condition&& condition, std::chrono::milliseconds limit = tests::patience) {
    const auto deadline = base::steady_now() + limit;
    while (!condition() && base::steady_now() < deadline) {
      context.restart();
      context.run_one_for(std::chrono::milliseconds{20});
    }
    return condition();
  }

  base::Result<HttpAnswer> ask(HttpRequest request) {
    std::optional<base::Result<HttpAnswer>> got;
    client->ask(std::move(request), [&](base::Result<HttpAnswer> answer) { got = std::move(answer); });
    EXPECT_FALSE(got) << "called within the call that starts";
    if (!run_until([&] { return got.has_value(); })) return base::fail(base::Errc::io, "The test waited in vain.");
    return std::move(*got);
  }
  base::Error failure(HttpRequest request) {
    const auto answer = ask(std::move(request));
    EXPECT_FALSE(answer) << answer->status;
    return answer ? base::Error{} : answer.error();
  }

  asio::io_context context;
  std::unique_ptr<HttpClient> client;
};

inline std::string ok(std::string_view body, std::string_view headers = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) + "\r\n" +
         std::string(body);
}

}  // namespace net::relay
