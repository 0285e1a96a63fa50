// The registry as text, and the figures of this server in it.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "storage/catalog/job_catalog.hpp"

namespace prometheus {
class Registry;
}

namespace http {

class Metrics {
 public:
  // Without a registry there is an empty one of our own.
  explicit Metrics(std::shared_ptr<prometheus::Registry> registry);
  Metrics(Metrics&&) noexcept;
  ~Metrics();

  // dualcamd_http_answers_total{route,status} and dualcamd_http_sent_bytes_total. Thread-safe.
  void answered(std::string_view route, int status, std::uint64_t body_bytes);
  // dualcamd_http_requests_under_way
  void under_way(std::size_t now);
  // dualcamd_http_live_readers
  void live(std::size_t now);

  // The text format 0.0.4. May block: it asks everybody who registered. `jobs` become dualcamd_jobs{task,state} and
  // dualcamd_job_oldest_seconds{task}, which are left out where nobody could count.
  std::string text(std::optional<std::span<const storage::JobCount>> jobs) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Of that text.
constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace http
