// One sandboxed `dualcam-transcode-job` process, from start to end: it gets the file and the places for what it makes
// as descriptors, and nothing else of this machine. No FFmpeg in here.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "server/base/result.hpp"
#include "transcode/order/order.hpp"

namespace transcode {

struct WorkerLimits {
  std::uint64_t memory_bytes = 1024ULL * 1024 * 1024;  // of address space; 0: none, for sanitizers
  std::chrono::seconds cpu{300};
  std::chrono::seconds wall{600};
  std::uint64_t output_bytes = 512ULL * 1024 * 1024;  // of each object
  int niceness = 10;
};

struct WorkerRun {
  enum class End : std::uint8_t {
    done,      // `report` holds
    failed,    // the file's fault, `reason` says which: its own word, a crash, a limit
    stopped,   // by `stop`, or because `progress` said so
    not_begun  // ours: the program cannot be started
  };
  End end = End::not_begun;
  Report report;
  std::string reason;  // a sentence, of all but done
};

// Returns when the process is gone, whatever ends it: it is killed, and reaped, at the wall limit, at `stop`, and when
// its report makes no sense. The calling thread must live as long: the process dies with it. `order.outputs` name
// descriptors of this process; they are passed on, and stay open here. `progress` is called about once a second, on
// this thread; false ends the run.
WorkerRun run_worker(const std::filesystem::path& program, const Order& order, int input, const WorkerLimits& limits,
                     const std::stop_token& stop, const std::function<bool(unsigned percent)>& progress);

// `dualcam-transcode-job` beside the program that runs, else in PATH.
base::Result<std::filesystem::path> find_worker_program();

}  // namespace transcode
