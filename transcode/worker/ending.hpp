// What the end of a worker process means, in words. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "transcode/order/order.hpp"
#include "transcode/worker/worker_process.hpp"

namespace transcode {

// Exit codes of `dualcam-transcode job`. A crash, a limit and a forbidden call end it by a signal, mostly.
constexpr int exit_reported = 0;   // the report is whole: done or failed
constexpr int exit_not_begun = 2;  // nothing was read of the file; standard error says why

struct Ending {
  int status = 0;              // of waitpid()
  std::string complaint;       // the last line of its standard error, made printable
  bool said_anything = false;  // in its report: before that it had not looked at the file
};

// `reader` was fed all there was.
WorkerRun judge(const Order& order, const WorkerLimits& limits, const ReportReader& reader, const Ending& ending);

}  // namespace transcode
