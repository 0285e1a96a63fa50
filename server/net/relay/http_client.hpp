// HTTP to cameras: answers and endless streams, over libcurl's multi handle on the relay's io_context. One thread; all
// callbacks come on it, never within the call that starts.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace net::relay {

struct Credentials {
  std::string user;
  std::string password;  // reaches no log and no error
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // http:// or https://, of an allowed host; redirections are not followed
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool has_body = false;
  std::optional<Credentials> credentials;                       // Basic
  std::chrono::milliseconds deadline{std::chrono::seconds{5}};  // for all of it; of a stream, for its first byte
  std::size_t most_body = 256 * 1024;                           // longer: `exhausted`
};

struct HttpAnswer {
  long status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  base::Bytes body;
  std::chrono::microseconds took{0};
};

class HttpClient {
 public:
  struct Options {
    std::vector<std::string> allow;  // networks that cameras may be in; none: any but this host's metadata services
    std::string user_agent = "dualcamd";
    std::chrono::milliseconds connect{std::chrono::seconds{3}};
  };
  HttpClient(asio::io_context& context, Options options);
  ~HttpClient();  // what is under way ends without a call
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  using Id = std::uint64_t;
  using Done = std::function<void(base::Result<HttpAnswer> answer)>;
  // Errors: `unavailable` (no connection, deadline), `corrupt` (no HTTP), `exhausted`, `refused` (host not allowed).
  Id ask(HttpRequest request, Done done);

  struct StreamCallbacks {
    std::function<void(const HttpAnswer& head)> head;  // without a body
    std::function<void(base::ByteView bytes)> bytes;
    std::function<void(const base::Error& why)> ended;  // once; also when the server ends it in order
  };
  // `idle`: without a byte for so long, it has ended.
  Id stream(HttpRequest request, std::chrono::milliseconds idle, StreamCallbacks callbacks);
  void cancel(Id id);  // no callback comes any more

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace net::relay
