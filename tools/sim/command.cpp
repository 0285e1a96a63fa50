#include "tools/sim/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "server/base/clock.hpp"
#include "tools/sim/interrupt.hpp"
#include "tools/sim/progress.hpp"
#include "tools/sim/summary.hpp"
#include "tools/sim/verdict.hpp"

namespace sim {

namespace {
using std::chrono::milliseconds;
constexpr milliseconds look_interval{250};

Outcome complain(const base::Error& error) {
  fmt::print(stderr, "dualcam sim: {}\n", error.message);
  return Outcome::unusable;
}

milliseconds since(base::SteadyTime start) {
  return std::chrono::duration_cast<milliseconds>(base::steady_now() - start);
}

// Until the fleet is finished, the time is over or somebody interrupts. Returns how long that was.
milliseconds watch(Fleet& fleet, const CommandOptions& options) {
  const base::SteadyTime start = base::steady_now();
  const bool show = !options.quiet && !options.json;
  Progress progress(show ? Progress::style_of_terminal() : Progress::Style::none, options.fleet.cameras);
  bool warned = false;
  while (!fleet.finished()) {
    std::this_thread::sleep_for(look_interval);
    const FleetCounts counts = fleet.counts();
    if (!std::exchange(warned, warned || counts.refused > 0) && counts.refused > 0)
      fmt::print(stderr, "dualcam sim: {}; the devices try again.\n", fleet.connect_error());
    progress.update(counts, since(start));
    const bool late = options.time_limit.count() > 0 && since(start) >= options.time_limit;
    if (late || CatchInterrupt::caught()) fleet.request_stop();
  }
  fleet.wait();
  progress.finish();
  return since(start);
}

std::vector<std::uint64_t> imeis_of(const FleetOptions& fleet) {
  std::vector<std::uint64_t> imeis;
  imeis.reserve(fleet.cameras);
  for (std::uint32_t n = 0; n < fleet.cameras; ++n) imeis.push_back(camera_options(fleet, n).imei);
  return imeis;
}

Outcome outcome_of(const Summary& summary) {
  const bool all_delivered =
      std::ranges::all_of(summary.reports, [](const CameraReport& report) { return report.left.empty(); });
  if (summary.verdict && !summary.verdict->problems.empty()) return Outcome::different;
  return all_delivered ? Outcome::identical : Outcome::unfinished;
}

void print(const Summary& summary, bool json) {
  fmt::print("{}", json ? as_json(summary) : as_table(summary));
}
}  // namespace

Outcome run_command(const CommandOptions& options) {
  const CatchInterrupt interrupt;
  const bool talk = !options.quiet && !options.json;
  const VerdictOptions asking{.api = options.api, .token = options.api_token, .content = options.verify_content};
  KnownMedia known;
  if (options.verify) {  // first of all: an API that does not answer is told before anything takes time
    auto listed = list_known(asking, imeis_of(options.fleet));
    if (!listed) return complain(listed.error());
    known = *std::move(listed);
  }
  if (talk && options.media.paths.empty()) fmt::print(stderr, "Making files …\n");
  const auto maker = FileMaker::create(options.media);
  if (!maker) return complain(maker.error());
  Fleet fleet(options.fleet, *maker);
  if (auto started = fleet.start(); !started) return complain(started.error());
  Summary summary{
      .elapsed = watch(fleet, options), .seed = options.fleet.plan.seed, .media = std::string((*maker)->described())};
  summary.reports = fleet.reports();
  if (options.verify) {
    if (talk) fmt::print(stderr, "Comparing with what the server stores …\n");
    auto verdict = judge(asking, known, **maker, summary.reports);
    if (!verdict) return complain(verdict.error());
    summary.verdict = *std::move(verdict);
  }
  summary.outcome = outcome_of(summary);
  print(summary, options.json);
  return summary.outcome;
}

}  // namespace sim
