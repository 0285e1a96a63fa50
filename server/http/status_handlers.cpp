#include "server/http/context.hpp"
#include "server/http/json.hpp"

namespace http {

Response get_health(const Context& context, const Call&) {
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(base::steady_now() - context.started);
  return Response(200, "application/json",
                  health_json(context.sources.version, uptime, context.sources.relay != nullptr))
      .with("Cache-Control", "no-store");
}

// A catalog that is down is no reason to show nothing: its figures are missing, and others tell why.
Response get_metrics(const Context& context, const Call&) {
  const auto counted = context.sources.jobs.count_jobs();
  const auto jobs = counted ? std::optional(std::span<const storage::JobCount>(*counted)) : std::nullopt;
  return Response(200, std::string(metrics_content_type), context.metrics.text(jobs)).with("Cache-Control", "no-store");
}

Response readiness_response(const Context& context, const ReadinessReport& report) {
  const bool draining = context.draining();
  const bool ready = report.ok() && !draining;
  return Response(ready ? 200 : 503, "application/json", readiness_json(report, draining))
      .with("Cache-Control", "no-store");
}

}  // namespace http
