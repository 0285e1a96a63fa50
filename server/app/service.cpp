#include "server/app/service.hpp"

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <signal.h>
#include <sys/resource.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <optional>

#include "server/app/chores.hpp"
#include "server/app/keeping.hpp"
#include "server/app/process.hpp"
#include "server/app/recording.hpp"
#include "server/app/relay.hpp"
#include "server/app/stores.hpp"
#include "server/app/supervisor.hpp"
#include "server/app/trackers.hpp"
#include "server/app/transcoding.hpp"
#include "server/base/log.hpp"
#include "server/base/version.hpp"
#include "server/capture/figures.hpp"
#include "server/events/publisher.hpp"
#include "server/http/feed_events.hpp"
#include "server/http/server.hpp"
#include "server/net/camera_server.hpp"
#include "server/tracking/track.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/files/data_dir.hpp"
#include "storage/intake.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/spool/spool.hpp"

namespace app {

namespace {
constexpr std::chrono::minutes leaving_interval{1};
constexpr timespec housekeeping_interval{.tv_sec = 10, .tv_nsec = 0};
constexpr std::chrono::hours expiry_interval{1};
// How long another node's wish to record a device takes to be known here.
constexpr std::chrono::seconds recording_interval{3};
// How long events stay that every target has taken.
constexpr std::chrono::minutes trimming_interval{1};
// Descriptors that are not cameras: HTTP clients, SQLite, listeners, files in work on the pools.
constexpr rlim_t reserved_descriptors = 1536;

struct Storage {
  std::unique_ptr<storage::Spool> spool;
  std::unique_ptr<storage::ObjectStore> objects;
  std::unique_ptr<storage::Catalog> catalog;
};

base::Result<Storage> open_storage(const Settings& settings) {
  auto spool = storage::Spool::open(settings.data_dir + "/spool");
  if (!spool) return std::unexpected(spool.error());
  auto stores = open_stores(settings);
  if (!stores) return std::unexpected(stores.error());
  return Storage{std::move(*spool), std::move(stores->objects), std::move(stores->catalog)};
}

// Takes every descriptor the system allows and keeps the number of cameras below it.
void fit_to_descriptors(net::CameraServerOptions& options) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur == RLIM_INFINITY || options.admission.total + reserved_descriptors <= limit.rlim_cur) return;
  const std::uint64_t fits =
      limit.rlim_cur > 2 * reserved_descriptors ? limit.rlim_cur - reserved_descriptors : limit.rlim_cur / 2;
  base::log::warning("fewer cameras than configured can connect: the descriptor limit is too low (ulimit -n)",
                     {{"configured", options.admission.total}, {"possible", fits}, {"descriptors", limit.rlim_cur}});
  options.admission.total = fits;
}

// What is looked at now and then while serving.
class Housekeeping {
 public:
  Housekeeping(storage::Spool& spool, std::chrono::milliseconds partial_ttl, prometheus::Registry& registry)
      : spool_(spool),
        partial_ttl_(partial_ttl),
        partials_(gauge(registry, "dualcamd_spool_partials", "Unfinished files in the spool.")),
        bytes_(gauge(registry, "dualcamd_spool_bytes", "Bytes of unfinished files in the spool.")),
        dropped_(gauge(registry, "dualcamd_log_events_dropped", "Log lines dropped because the queue was full.")) {}

  void run() {
    const storage::SpoolUsage usage = spool_.usage();
    partials_.Set(static_cast<double>(usage.partials));
    bytes_.Set(static_cast<double>(usage.bytes));
    dropped_.Set(static_cast<double>(base::log::dropped_events()));
    const base::SteadyTime now = base::steady_now();
    if (now < next_expiry_) return;
    next_expiry_ = now + expiry_interval;
    const base::UtcTime oldest = base::utc_now() - partial_ttl_;
    if (const std::size_t expired = spool_.expire(oldest); expired != 0)
      base::log::info("old unfinished files removed from the spool", {{"count", expired}});
  }

 private:
  static prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  storage::Spool& spool_;
  const std::chrono::milliseconds partial_ttl_;
  prometheus::Gauge& partials_;
  prometheus::Gauge& bytes_;
  prometheus::Gauge& dropped_;
  base::SteadyTime next_expiry_{};
};

std::string endpoint(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

void say_ready(const net::CameraServer& cameras, const Trackers& trackers, const http::Server& http) {
  std::string line = "ready";
  const auto add = [&](std::string_view name, const std::vector<net::ListenAddress>& addresses) {
    for (const net::ListenAddress& address : addresses)
      line += fmt::format(" {}{}={}", name, address.tls ? "-tls" : "", endpoint(address.host, address.port));
  };
  add("dualcam", cameras.listening());
  add("avl", trackers.listening());
  add("avl-udp", trackers.listening_udp());
  fmt::print("{} http={}\n", line, http.endpoint());
  std::fflush(stdout);
}

void reload(net::CameraServer& cameras, Trackers& trackers, RelayService* relay) {
  auto reloaded = cameras.reload();
  if (reloaded) reloaded = trackers.reload();
  if (reloaded && relay != nullptr) reloaded = relay->reload();
  if (reloaded)
    base::log::info("certificates, device list and rules read again");
  else
    base::log::error("reload failed; what could not be read stays as it was", {{"reason", reloaded.error().message}});
}

// Returns at SIGTERM or SIGINT.
void run_until_stopped(const sigset_t& signals, net::CameraServer& cameras, Trackers& trackers, RelayService* relay,
                       Housekeeping& housekeeping) {
  for (;;) {
    housekeeping.run();
    const int number = sigtimedwait(&signals, nullptr, &housekeeping_interval);
    if (number == SIGHUP) reload(cameras, trackers, relay);
    if (number == SIGTERM || number == SIGINT) return;
  }
}

// One that has come, and is taken with that; 0 where none has.
int take_stop_signal() {
  sigset_t stopping;
  sigemptyset(&stopping);
  for (const int number : {SIGTERM, SIGINT}) sigaddset(&stopping, number);
  constexpr timespec at_once{};
  return std::max(sigtimedwait(&stopping, nullptr, &at_once), 0);
}

void drain(net::CameraServer& cameras, std::chrono::milliseconds grace) {
  base::log::info("stopping: no new cameras, files under way get their time", {{"milliseconds", grace.count()}});
  cameras.drain(grace, [] {
    const int number = take_stop_signal();
    if (number != 0)
      base::log::info("stopping at once: cameras are closed, what has come of their files is kept",
                      {{"signal", number == SIGINT ? "SIGINT" : "SIGTERM"}});
    return number != 0;
  });
}

// The server that other nodes' wishes are for, while there is one.
class Serving {
 public:
  void let_go(const std::string& file) {
    const std::lock_guard lock(mutex_);
    if (server_ != nullptr) server_->let_go(file);
  }
  class During {
   public:
    During(Serving& serving, net::CameraServer& server) : serving_(serving) { serving_.set(&server); }
    During(const During&) = delete;
    During& operator=(const During&) = delete;
    ~During() { serving_.set(nullptr); }

   private:
    Serving& serving_;
  };

 private:
  void set(net::CameraServer* server) {
    const std::lock_guard lock(mutex_);
    server_ = server;
  }
  std::mutex mutex_;
  net::CameraServer* server_ = nullptr;
};

// The start before this one on the same data directory may have ended without a word, and what it held is free at once.
base::Result<> bury_predecessor(const storage::DataDirLock& lock, storage::Catalog& catalog, const std::string& node) {
  const auto before = lock.take_over(node);
  if (!before) return std::unexpected(before.error());
  if (before->empty()) return {};
  auto left = catalog.jobs().give_back_jobs_of(*before);
  if (left) left = catalog.tracking().close_links_of(*before);
  if (left && catalog.events() != nullptr) left = catalog.events()->let_go_of_targets(*before);
  if (left && catalog.nodes() != nullptr) left = catalog.nodes()->leave(*before);
  if (!left)
    base::log::warning("what the start before this one held is free only when its lease ends",
                       {{"node", *before}, {"reason", left.error().message}});
  return {};
}

events::PublisherOptions publisher_options(const Settings& settings, const std::string& node) {
  return {.targets = settings.events.targets,
          .secret = settings.events.secret,
          .ca_file = settings.events.ca_file,
          .node = node,
          .client = "dualcamd " + node};
}

storage::Locate locate_with(storage::Catalog& catalog) {
  return [tracks = tracking::Tracks(catalog.tracking())](const base::Imei& imei, base::UtcTime at) {
    const auto place = tracks.place_at(imei, at);
    return place ? *place : std::nullopt;
  };
}

base::Result<> serve_with(const Settings& settings, const sigset_t& signals) {
  const auto lock = storage::DataDirLock::acquire(settings.data_dir);
  if (!lock) return std::unexpected(lock.error());
  auto parts = open_storage(settings);
  if (!parts) return std::unexpected(parts.error());
  const auto registry = std::make_shared<prometheus::Registry>();
  net::CameraServerOptions options = settings.cameras;
  if (options.node.empty()) options.node = host_name();
  fit_to_descriptors(options);

  // The name of this start: what an earlier one on this host held is not ours.
  const std::string node = fmt::format("{} {}", options.node, base::Uuid::v7(base::utc_now()).str());
  storage::NodeCatalog* const shared = parts->catalog->nodes();
  if (const auto buried = bury_predecessor(*lock, *parts->catalog, node); !buried)
    return std::unexpected(buried.error());
  std::optional<storage::Handover> handover;
  if (shared != nullptr) handover.emplace(*parts->spool, *parts->objects, *shared, node);
  const auto recorder = open_recorder(settings, options.node, *parts->catalog, *registry);
  if (!recorder) return std::unexpected(recorder.error());
  capture::RequestTimes request_times(*registry);
  http::Feed feed;
  std::unique_ptr<RelayService> relay;
  storage::Intake intake(
      *parts->spool, *parts->objects, *parts->catalog, handover ? &*handover : nullptr, locate_with(*parts->catalog),
      {.stored =
           [&](const storage::Media& media) {
             http::publish(feed, media);
             if (relay) relay->stored(media);
           },
       .answered = [&](const storage::AnsweredRequest& request) { request_times.answered(request); }});
  Serving serving;
  std::optional<storage::Nodes> nodes;
  if (shared != nullptr)
    nodes.emplace(*shared, storage::NodeOptions{.name = node},
                  [&serving](const std::string& file) { serving.let_go(file); });
  auto cameras = net::CameraServer::create(std::move(options), intake, *parts->catalog, *registry,
                                           nodes ? &*nodes : nullptr, recorder->get());
  if (!cameras) return std::unexpected(cameras.error());
  const Serving::During during(serving, **cameras);

  auto trackers = Trackers::create(
      settings, node, *parts->catalog, *registry,
      [&] {
        if (relay) relay->look_at_devices();
      },
      recorder->get());
  if (!trackers) return std::unexpected(trackers.error());
  capture::Dispatcher& dispatcher = (*trackers)->dispatcher();
  auto relaying = RelayService::create(
      settings, *parts->catalog, intake, [&] { dispatcher.look(); }, feed, *registry, recorder->get());
  if (!relaying) return std::unexpected(relaying.error());
  relay = std::move(*relaying);

  std::atomic<bool> draining{false};
  auto http = http::Server::start(
      {.address = settings.http_host, .port = settings.http_port},
      {.catalog = *parts->catalog,
       .objects = *parts->objects,
       .jobs = parts->catalog->jobs(),
       .live_transfers = [&] { return (*cameras)->live_transfers(); },
       .capturing = {.channel = settings.capture.channel,
                     .profile = settings.capture.profile,
                     .camera_address = settings.capture.camera_address,
                     .added = [&] { dispatcher.look(); },
                     .reply = [&](const base::Uuid& id, std::optional<std::uint32_t> part,
                                  std::string_view text) { return dispatcher.reply(id, part, text); }},
       .probes = {{"spool", [&] { return parts->spool->probe(); }},
                  {"objects", [&] { return parts->objects->probe(); }},
                  {"catalog", [&] { return parts->catalog->probe(); }}},
       .registry = registry,
       .draining = [&] { return draining.load(); },
       .version = std::string(base::version()),
       .feed = &feed,
       .relay = relay ? &relay->api() : nullptr,
       .relay_catalog = &parts->catalog->relay(),
       .live_view = [&](std::string_view camera) { return relay ? relay->live_view(camera) : nullptr; },
       .recorder = recorder->get()});
  if (!http) return std::unexpected(http.error());

  (*cameras)->start();
  (*trackers)->start();
  if (relay) relay->start();
  const Keepable keepable{*parts->spool, *parts->objects, *parts->catalog, handover ? &*handover : nullptr, node};
  std::optional<Keeping> keeping;  // outlives the chores
  Chores chores(parts->catalog->keeping(), node, *registry);
  keeping.emplace(settings, keepable, chores, *registry);
  chores.add({.name = "leaving",
              .interval = leaving_interval,
              .run = [&cameras](const std::stop_token&) -> base::Result<> {
                (*cameras)->leave_kept();
                return {};
              },
              .every_node = true});
  chores.add({.name = "recording",
              .interval = recording_interval,
              .run = [&](const std::stop_token&) { return read_recording_policies(*parts->catalog, **recorder); },
              .every_node = true});
  std::unique_ptr<events::Publisher> publisher;
  if (storage::EventCatalog* const outbox = parts->catalog->events(); outbox != nullptr) {
    auto started = events::Publisher::start(publisher_options(settings, node), *outbox, *registry);
    if (!started) return std::unexpected(started.error());
    publisher = std::move(*started);
    chores.add({"events", trimming_interval, [&, outbox](const std::stop_token& stop) {
                  return events::trim(*outbox, settings.events.keep, *registry, stop);
                }});
  }
  // Cameras are served without it, too: what they bring waits.
  auto runner = start_runner(settings, node, parts->catalog->jobs(), *parts->objects, *registry);
  if (!runner) base::log::error("stored files are not made ready to be shown", {{"reason", runner.error().message}});
  base::log::info("dualcamd is ready", {{"version", base::version()},
                                        {"catalog", parts->catalog->describe()},
                                        {"objects", parts->objects->describe()},
                                        {"http", (*http)->endpoint()}});
  say_ready(**cameras, **trackers, **http);
  tell_supervisor("READY=1");
  Housekeeping housekeeping(*parts->spool, settings.partial_ttl, *registry);
  run_until_stopped(signals, **cameras, **trackers, relay.get(), housekeeping);

  tell_supervisor("STOPPING=1");
  draining = true;
  chores.request_stop();
  if (runner && *runner) (*runner)->request_stop();
  drain(**cameras, settings.drain_timeout);
  (*trackers)->stop();
  if (relay) relay->stop();
  publisher.reset();
  keeping->seal_rest();
  (*http)->stop();
  base::log::info("stopped");
  return {};
}
}  // namespace

base::Result<> serve(const Settings& settings) {
  const sigset_t signals = block_signals();
  const base::log::Queue log_lines;
  return serve_with(settings, signals);
}

}  // namespace app
