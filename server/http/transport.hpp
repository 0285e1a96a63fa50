// HTTP/1.1 on sockets: takes requests, hands them to a handler, sends the answers. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/result.hpp"
#include "server/http/reply.hpp"
#include "server/http/server.hpp"

namespace http {

// Of a request; beyond it the connection is closed without an answer. The API takes less on most routes.
constexpr std::size_t largest_request_body = 256 * 1024;

// Calls out on the I/O thread; must not block.
struct TransportCallbacks {
  std::function<void(Request, Reply)> request;
  std::function<void(std::string_view route, int status, std::uint64_t body_bytes)>
      answered;                                    // sent to its end, or not
  std::function<void(std::size_t now)> under_way;  // requests taken and not yet answered to the end
  std::function<void(std::size_t now)> live;       // answers without an end
};

class Transport {
 public:
  virtual ~Transport() = default;  // as stop() without grace
  virtual std::uint16_t port() const noexcept = 0;
  virtual std::string endpoint() const = 0;
  // Takes no more connections, ends answers without an end, waits up to `grace` for answers under way, closes
  // everything. Replies used later go nowhere. False when the thread hangs in a read from a dead disk: the transport
  // must then never be destroyed. May be called twice.
  virtual bool stop(std::chrono::milliseconds grace) = 0;
};

base::Result<std::unique_ptr<Transport>> start_transport(const Options& options, TransportCallbacks callbacks);

}  // namespace http
