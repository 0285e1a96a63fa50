// Requests to one bucket: signed, sent, repeated where that helps, and their failures told in sentences.
// Every call blocks until its deadline at the latest. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "storage/objects/s3_credentials.hpp"
#include "storage/objects/s3_errors.hpp"
#include "storage/objects/s3_http.hpp"
#include "storage/objects/s3_retry.hpp"

namespace storage::s3 {

struct Limits {
  // Of a whole operation with all its repetitions. A camera waits 60 s for its file to be stored.
  std::chrono::milliseconds short_operation{20'000};
  std::chrono::milliseconds put{45'000};  // and what the size takes at the slowest rate
  std::chrono::milliseconds probe{8'000};
  // A store that takes less than that is as good as down.
  std::uint64_t slowest_bytes_per_s = 256 * 1024;
  // Of one attempt, without what its body takes: half of a short operation, so that there is time for another.
  std::chrono::milliseconds attempt{10'000};
  // Below it one request carries the file; a part must have 5 MiB at least, by the rules of S3.
  std::uint64_t multipart_threshold = 16 * 1024 * 1024;
  std::uint64_t part_size = 16 * 1024 * 1024;
  RetryPolicy retry;
  HttpOptions http;  // ca_file is taken from the location
};

struct Options {
  Limits limits;
  std::function<base::UtcTime()> clock = base::utc_now;  // what signatures are dated with
};

struct Call {
  std::string method;
  std::string object;  // under the location's prefix; empty: the bucket itself
  Headers query;
  Headers headers;
  std::string payload;  // hexadecimal SHA-256 of the body; empty: of no body
  std::shared_ptr<Body> body;
};

class Client {
 public:
  static base::Result<std::shared_ptr<Client>> create(Location location, Credentials credentials, Options options);

  const Location& location() const noexcept { return location_; }
  const Limits& limits() const noexcept { return options_.limits; }
  base::SteadyTime deadline(std::chrono::milliseconds limit, std::uint64_t bytes = 0) const;

  // Repeats transient failures until `deadline`. Whatever came last.
  Answer call(const Call& call, base::SteadyTime deadline);
  // One attempt, without a deadline as a whole; ends by itself when nothing moves.
  std::unique_ptr<Download> download(const Call& call);
  RetrySchedule schedule(base::SteadyTime deadline);

  std::string presigned_url(const std::string& object, std::chrono::seconds valid_for) const;
  // As an error with the sentence for it.
  std::unexpected<base::Error> failed(std::string_view action, const Answer& answer) const;

 private:
  Client(Location location, Credentials credentials, Options options, std::unique_ptr<Http> http);
  Unsigned unsigned_request(const Call& call) const;
  HttpRequest signed_request(const Call& call, base::SteadyTime deadline) const;
  Answer attempt(const Call& call, base::SteadyTime deadline);

  const Location location_;
  const Credentials credentials_;
  const Options options_;
  const std::unique_ptr<Http> http_;
  RetryBudget budget_;
};

// A body in memory, as the few small documents are.
std::shared_ptr<Body> memory_body(std::string text);

}  // namespace storage::s3
