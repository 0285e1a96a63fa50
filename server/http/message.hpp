// Requests and answers as this folder sees them: values, without the library that carries them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/http/unique_fd.hpp"

namespace http {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET", as sent
  std::string target;  // as sent: path and query, still percent-encoded
  Headers headers;
  std::string body;      // bounded by the transport
  std::string peer;      // address:port
  bool upgrade = false;  // asks for another protocol on this connection

  bool is_head() const noexcept { return method == "HEAD"; }
  // The value of the field, names compared without case; fields that came several times are joined with ", ".
  std::optional<std::string> header(std::string_view name) const;
};

// Bytes [offset, offset + length) of an open file; the kernel copies them to the socket.
struct FileBody {
  UniqueFd file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// A body that is fetched piece by piece, the next piece asked for when the one before is on its way.
class BodySource {
 public:
  using Done = std::function<void(base::Result<std::string>)>;
  virtual ~BodySource() = default;
  // Fetches up to `limit` bytes, at least one; calls `done` once, on any thread. Called again only after that.
  virtual void read(std::size_t limit, Done done) = 0;
};

struct StreamBody {
  std::shared_ptr<BodySource> source;
  std::uint64_t length = 0;
};

struct Response {
  int status = 200;
  Headers headers;  // without Content-Length, Connection and Date
  std::variant<std::string, FileBody, StreamBody> body;
  // What Content-Length says of a 304, whose body is not sent.
  std::optional<std::uint64_t> unsent_length;
  std::string route;  // pattern of the route, for logs and metrics

  Response() = default;
  Response(int code, std::string content_type, std::string text);

  Response& with(std::string name, std::string value) &;
  Response&& with(std::string name, std::string value) &&;
};

std::uint64_t body_size(const Response& response) noexcept;
std::string_view reason_phrase(int status) noexcept;

}  // namespace http
