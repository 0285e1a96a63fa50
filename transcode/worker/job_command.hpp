// The command line of one worker process: an order, and what it is to shut itself in with. run_worker() writes it,
// `dualcam-transcode job` reads it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "transcode/order/order.hpp"

namespace transcode {

// Descriptors every worker is started with; the order names those after them.
constexpr int input_descriptor = 3;   // the file, to be read
constexpr int report_descriptor = 4;  // a pipe, for the lines of the report
constexpr int first_output_descriptor = 5;

struct JobCommand {
  Order order;
  std::uint64_t memory_bytes = 0;  // as WorkerLimits
  std::chrono::seconds cpu{0};
  std::uint64_t output_bytes = 0;
  unsigned niceness = 0;
  pid_t parent = 0;  // who started it: when that one is gone, so is the reason to work
  bool operator==(const JobCommand&) const = default;
};

std::vector<std::string> to_words(const JobCommand& command);
base::Result<JobCommand> parse_job_command(std::span<const std::string> words);

}  // namespace transcode
