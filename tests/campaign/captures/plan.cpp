#include "tests/campaign/captures/plan.hpp"

#include <fmt/format.h>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "tests/support/environment.hpp"

namespace tests::captures {

Plan Plan::from_environment() {
  Plan plan;
  plan.trackers = tests::from_environment("DUALCAM_CAPTURES_TRACKERS", plan.trackers);
  plan.requests = tests::from_environment("DUALCAM_CAPTURES_REQUESTS", plan.requests);
  plan.seconds = tests::from_environment("DUALCAM_CAPTURES_SECONDS", plan.seconds);
  plan.kills = tests::from_environment("DUALCAM_CAPTURES_KILLS", plan.kills);
  plan.deadline_s = tests::from_environment("DUALCAM_CAPTURES_DEADLINE", plan.deadline_s);
  plan.seed = tests::from_environment("DUALCAM_CAPTURES_SEED",
                                      static_cast<std::uint64_t>(base::utc_now().time_since_epoch().count()));
  return plan;
}

std::string Plan::described() const {
  return fmt::format("{} requests to {} trackers in {} s, {} kills; repeat with DUALCAM_CAPTURES_SEED={}\n", requests,
                     trackers, seconds, kills, seed);
}

std::vector<std::string> patience_flags() {
  return {"--capture-reply-timeout", fmt::format("{}ms", reply_timeout.count()),
          "--capture-rest",          "1s",
          "--capture-file-timeout",  fmt::format("{}ms", file_timeout.count()),
          "--capture-attempts",      std::to_string(most_attempts)};
}

std::string imei_of(unsigned tracker) {
  return std::to_string(base::with_luhn_digit(first_imei / 10 + tracker));
}

}  // namespace tests::captures
