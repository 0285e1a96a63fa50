#include "server/http/problem.hpp"

#include <fmt/format.h>

#include "server/base/log.hpp"
#include "server/http/json.hpp"

namespace http {
namespace {

// Seconds. Long enough not to hammer, short enough not to be noticed.
constexpr std::string_view retry_after = "2";

}  // namespace

Response problem(int status, std::string_view detail, std::string_view parameter) {
  return Response(status, "application/problem+json", problem_json(status, reason_phrase(status), detail, parameter));
}

Response faulty(std::string_view detail, std::string_view faults) {
  return Response(400, "application/problem+json", faults_json(400, reason_phrase(400), detail, faults));
}

Response busy(std::string_view detail) {
  return problem(503, detail).with("Retry-After", std::string(retry_after));
}

Response backend_problem(const base::Error& error, std::string_view doing) {
  base::log::warning("an HTTP request could not be answered",
                     {{"doing", doing}, {"error", base::to_string(error.code)}, {"reason", error.message}});
  const bool may_pass = error.code == base::Errc::exhausted || error.code == base::Errc::unavailable;
  if (may_pass) {
    return busy(
        fmt::format("The server failed at {} and can be asked again shortly. /readyz and the log of the server "
                    "tell why.",
                    doing));
  }
  return problem(500, fmt::format("The server failed at {}. /readyz and the log of the server tell why.", doing));
}

}  // namespace http
