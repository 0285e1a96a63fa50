// HTTP to cameras: answers and endless streams, over libcurl's multi handle on the relay's io_context. One thread,
// which must not take signals (base::ThreadGroup); all callbacks come on it, never within the call that starts.
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
  std::string url;  // http:// or https://, without a user in it; redirections are not followed
  // Sent as they are, beside Host, User-Agent, Accept, Authorization and Content-Length; no Content-Type of its own.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool has_body = false;
  std::optional<Credentials> credentials;                       // Basic
  std::chrono::milliseconds deadline{std::chrono::seconds{5}};  // for all of it; of a stream, for the first of its body
  std::size_t most_body = 256 * 1024;                           // longer: `exhausted`. Not of a stream
  // May go over a connection that was kept, and once more should that turn out to be dead: what only asks. Anything
  // else has a connection of its own and reaches the camera once or not at all.
  bool repeatable = false;
  bool http_1_0 = false;  // as the oldest cameras expect it
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
    std::string ca_file;  // PEM, for https://; empty: what the system trusts
    std::chrono::milliseconds connect{std::chrono::seconds{3}};
    std::function<void(base::Errc kind)>
        failed;  // told of each answer and stream that ends with an error; may be empty
  };
  static base::Result<std::unique_ptr<HttpClient>> open(asio::io_context& context, Options options);
  ~HttpClient();  // what is under way ends without a call; within a callback, too
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  using Id = std::uint64_t;
  using Done = std::function<void(base::Result<HttpAnswer> answer)>;
  // Errors: `unavailable` (no connection, or it broke; deadline), `corrupt` (no HTTP), `exhausted` (more than a
  // camera's answer has), `refused` (address not allowed, certificate not trusted), `invalid` (the request makes no
  // sense).
  Id ask(HttpRequest request, Done done);

  struct StreamCallbacks {
    std::function<void(const HttpAnswer& head)> head;  // without a body
    std::function<void(base::ByteView bytes)> bytes;
    std::function<void(const base::Error& why)> ended;  // once; also when the server ends it in order
  };
  // `idle`: without a byte for so long, it has ended.
  Id stream(HttpRequest request, std::chrono::milliseconds idle, StreamCallbacks callbacks);
  void cancel(Id id);  // no callback comes any more
  std::size_t under_way() const;

 private:
  struct State;
  explicit HttpClient(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace net::relay
