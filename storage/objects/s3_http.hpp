// HTTP for S3: libcurl's multi interface, driven from Asio on one thread of its own. Connections are kept and reused.
// Nothing waits for ever: every exchange ends by its deadline or when no byte has moved for a while, also when it only
// waits for its turn. Every public function may be called from any thread but must not be called from a Body.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "storage/objects/s3_signer.hpp"

namespace storage::s3 {

// What is sent. Read on the thread of the connections, by position: a repeated request starts over.
class Body {
 public:
  virtual ~Body() = default;
  virtual std::uint64_t size() const noexcept = 0;
  // At least one byte, unless `offset` is the end. An error, or an early end, ends the request: nothing short is sent.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

struct HttpRequest {
  std::string method;
  std::string url;
  Headers headers;
  std::shared_ptr<Body> body;  // may be none
  base::SteadyTime deadline = base::SteadyTime::max();
};

// Why there is no whole answer.
enum class Fault : std::uint8_t {
  none,
  unreachable,  // no connection
  untrusted,    // TLS: certificate, host name, protocol; `detail` says
  out_of_time,  // the deadline has passed, or nothing moved
  broken,       // the connection ended, or what came is not HTTP
  too_large,    // a longer answer than any that makes sense
  source,       // the body could not be read; `source` says why
  cancelled,    // by us
};

struct Reply {
  Fault fault = Fault::none;
  std::string detail;  // the library's words for the fault
  std::optional<base::Error> source;
  int status = 0;
  Headers headers;   // names in lower case
  std::string body;  // of a download only when the status is not 2xx

  const std::string* header(std::string_view name) const noexcept;
  bool ok() const noexcept { return fault == Fault::none && status >= 200 && status < 300; }
};

struct HttpOptions {
  std::string ca_file;  // PEM; empty: what the system trusts
  std::chrono::milliseconds connect_limit{5'000};
  // Longest without a byte in either direction; a disk of the store that recovers needs some seconds.
  std::chrono::milliseconds stall_limit{20'000};
  // A download nobody reads gives its connection back after that long; its reader asks again when it goes on.
  std::chrono::milliseconds idle_limit{30'000};
  std::size_t max_requests = 64;    // at once; more wait for their turn
  std::size_t max_downloads = 128;  // at once, beside them: slow readers do not hold up uploads
};

// A body that arrives while it is read; at most `buffer_size` bytes of it are in memory, then the sender has to wait.
// One thread at a time. Its end cancels what is under way.
class Download {
 public:
  static constexpr std::size_t buffer_size = 256 * 1024;

  virtual ~Download() = default;
  // Waits for status and headers, or the fault. Behind read() == 0 it tells the fault that ended the body.
  virtual Reply head() = 0;
  // The next bytes, at least one; 0 at the end or at a fault.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;
};

class Http {
 public:
  static base::Result<std::unique_ptr<Http>> create(const HttpOptions& options);
  virtual ~Http() = default;  // what is under way ends as `cancelled`

  virtual Reply perform(HttpRequest request) = 0;
  virtual std::unique_ptr<Download> download(HttpRequest request) = 0;  // must not outlive this object
};

}  // namespace storage::s3
