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

#include "server/base/bytes.hpp"
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

// What is sent next of a body without an end, one part behind the other. Parts that many readers get are shared.
using LivePart = std::variant<std::string, std::shared_ptr<const std::string>, std::shared_ptr<const base::Bytes>>;
struct LivePiece {
  std::vector<LivePart> parts;  // none: there is nothing to send yet
  bool last = false;            // the body ends behind it
};

// A body without a length and mostly without an end, pushed by other threads: it costs no worker while nothing comes.
// All calls come on the I/O thread and must not block. Destroyed when the reader is gone.
class LiveSource {
 public:
  virtual ~LiveSource() = default;
  // Before anything else. `wake` may be called from any thread, within take() too, and also when nobody listens any
  // more.
  virtual void begin(std::function<void()> wake) = 0;
  // What there is, once the piece before is on its way; how much that is bounds what a slow reader holds. After an
  // empty piece, `wake` is called when there is more.
  virtual LivePiece take() = 0;
  // When nothing was sent for a heartbeat: something that costs the reader nothing, so that a dead one is noticed.
  virtual LivePiece beat() = 0;
};

struct LiveBody {
  std::shared_ptr<LiveSource> source;  // may be null for HEAD
  std::shared_ptr<void> slot;          // held while it lasts, see LiveSlots
};

struct Response {
  int status = 200;
  Headers headers;  // without Content-Length, Connection and Date
  std::variant<std::string, FileBody, StreamBody, LiveBody> body;
  // What Content-Length says of a 304, whose body is not sent.
  std::optional<std::uint64_t> unsent_length;
  std::string route;  // pattern of the route, for logs and metrics

  Response() = default;
  Response(int code, std::string content_type, std::string text);

  Response& with(std::string name, std::string value) &;
  Response&& with(std::string name, std::string value) &&;
};

std::uint64_t body_size(const Response& response) noexcept;  // 0 of a live body
std::string_view reason_phrase(int status) noexcept;

}  // namespace http
