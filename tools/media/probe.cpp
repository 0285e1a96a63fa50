#include "tools/media/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace media {

namespace {
using transcode::WorkerRun;

Probed probe(const std::filesystem::path& program, const std::string& path, const transcode::WorkerLimits& limits) {
  Probed probed;
  probed.path = path;
  const auto source = open_source(path);
  if (!source) {
    probed.problem = source.error().message;
    probed.outcome = Outcome::unreadable;
    return probed;
  }
  probed.size = source->size;
  probed.format = source->format;
  const transcode::Order order{.format = source->format, .outputs = {}, .encoding = {}};
  WorkerRun run = run_worker(program, order, source->descriptor.get(), limits, {}, {});
  probed.report = std::move(run.report);
  probed.problem = std::move(run.reason);
  if (run.end == WorkerRun::End::not_begun)
    probed.outcome = Outcome::unusable;
  else if (run.end != WorkerRun::End::done || condition(probed.report.probe) != whole)
    probed.outcome = Outcome::bad;
  return probed;
}
}  // namespace

Outcome run_probe(const ProbeOptions& options) {
  const auto program = program_of(options.bench);
  if (!program) {
    fmt::print(stderr, "dualcam probe: {}\n", program.error().message);
    return Outcome::unusable;
  }
  std::vector<Probed> files;
  Outcome worst = Outcome::good;
  for (const std::string& path : options.files) {
    files.push_back(probe(*program, path, options.bench.limits));
    worst = std::max(worst, files.back().outcome);
  }
  fmt::print("{}", options.json ? as_json(files) : as_table(files));
  return worst;
}

}  // namespace media
