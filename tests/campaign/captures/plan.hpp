// How long a campaign of requests is, and what the server is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tests::captures {

struct Plan {
  unsigned trackers = 60;
  unsigned requests = 150;
  unsigned seconds = 7;  // the requests are spread over them, and the kills
  unsigned kills = 2;
  unsigned deadline_s = 12;  // of each request
  std::uint64_t seed = 1;

  // DUALCAM_CAPTURES_TRACKERS, …_REQUESTS, …_SECONDS, …_KILLS, …_DEADLINE and …_SEED; the time is the seed of a run
  // that is given none.
  static Plan from_environment();
  std::string described() const;
};

constexpr std::uint64_t first_imei = 356307042441013;
constexpr unsigned most_attempts = 3;
constexpr std::chrono::milliseconds reply_timeout{3'000};
constexpr std::chrono::milliseconds file_timeout{15'000};
// So that a request that nobody answers comes to its end within the run.
std::vector<std::string> patience_flags();

std::string imei_of(unsigned tracker);

}  // namespace tests::captures
