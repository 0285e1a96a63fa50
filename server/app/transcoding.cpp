#include "server/app/transcoding.hpp"

#include <fmt/format.h>
#include <prometheus/registry.h>

#include <cstdio>

#include "server/app/process.hpp"
#include "server/app/stores.hpp"
#include "server/app/supervisor.hpp"
#include "server/base/ids.hpp"
#include "server/base/log.hpp"
#include "server/base/version.hpp"
#include "server/http/server.hpp"

namespace app {

namespace {
base::Result<std::filesystem::path> program_of(const TranscodeSettings& settings) {
  if (settings.program.empty()) return transcode::find_worker_program();
  return std::filesystem::path(settings.program);
}

base::Result<std::unique_ptr<http::Server>> serve_http(const Settings& settings, const Stores& stores,
                                                       const std::shared_ptr<prometheus::Registry>& registry) {
  return http::Server::start({.address = settings.http_host, .port = settings.http_port},
                             {.catalog = *stores.catalog,
                              .objects = *stores.objects,
                              .jobs = stores.catalog->jobs(),
                              .live_transfers = [] { return std::vector<storage::Transfer>(); },
                              .probes = {{"objects", [&] { return stores.objects->probe(); }},
                                         {"catalog", [&] { return stores.catalog->probe(); }}},
                              .registry = registry,
                              .draining = {},
                              .version = std::string(base::version())});
}

void wait_for_end(const sigset_t& signals) {
  for (;;) {
    const int number = sigwaitinfo(&signals, nullptr);
    if (number == SIGTERM || number == SIGINT) return;
  }
}
}  // namespace

base::Result<std::unique_ptr<transcode::Runner>> start_runner(const Settings& settings, const std::string& node,
                                                              storage::JobCatalog& jobs, storage::ObjectStore& objects,
                                                              prometheus::Registry& registry) {
  const TranscodeSettings& wanted = settings.transcode;
  if (wanted.jobs == 0) return nullptr;
  const auto program = program_of(wanted);
  if (!program) return std::unexpected(program.error());
  return transcode::Runner::start(jobs, objects,
                                  {.name = node,
                                   .jobs = wanted.jobs,
                                   .folder = std::filesystem::path(settings.data_dir) / "transcode",
                                   .program = *program,
                                   .encoding = wanted.encoding,
                                   .limits = wanted.limits,
                                   .remux = wanted.remux,
                                   .playback_at_once = wanted.playback_at_once},
                                  registry);
}

base::Result<> transcode_only(const Settings& settings, bool with_http) {
  const sigset_t signals = block_signals();
  const base::log::Queue log_lines;
  if (settings.transcode.jobs == 0)
    return base::fail(base::Errc::invalid, "--transcode-jobs 0 leaves this program nothing to do.");
  const auto stores = open_stores(settings);
  if (!stores) return std::unexpected(stores.error());
  const auto registry = std::make_shared<prometheus::Registry>();
  const std::string host = settings.cameras.node.empty() ? host_name() : settings.cameras.node;
  const std::string node = fmt::format("{} {}", host, base::Uuid::v7(base::utc_now()).str());
  const auto runner = start_runner(settings, node, stores->catalog->jobs(), *stores->objects, *registry);
  if (!runner) return std::unexpected(runner.error());
  std::unique_ptr<http::Server> http;
  if (with_http) {
    auto started = serve_http(settings, *stores, registry);
    if (!started) return std::unexpected(started.error());
    http = std::move(*started);
  }
  base::log::info("dualcam-transcode is ready", {{"version", base::version()},
                                                 {"jobs", settings.transcode.jobs},
                                                 {"catalog", stores->catalog->describe()},
                                                 {"objects", stores->objects->describe()}});
  fmt::print("ready jobs={}{}\n", settings.transcode.jobs, http ? " http=" + http->endpoint() : "");
  std::fflush(stdout);
  tell_supervisor("READY=1");
  wait_for_end(signals);
  tell_supervisor("STOPPING=1");
  base::log::info("stopping: jobs under way are given back");
  if (http) http->stop();
  return {};
}

}  // namespace app
