#include "server/app/relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "server/app/process.hpp"
#include "server/app/relay_capture.hpp"
#include "server/app/relay_events.hpp"
#include "server/app/relay_views.hpp"
#include "server/base/log.hpp"
#include "server/base/relay_device.hpp"
#include "server/base/threads.hpp"
#include "server/base/worker_pool.hpp"
#include "server/endpoints/infos.hpp"
#include "server/endpoints/steps.hpp"
#include "server/endpoints/vocabulary.hpp"
#include "server/endpoints/warnings.hpp"
#include "server/http/feed_events.hpp"
#include "storage/journal/relay_journal.hpp"

namespace app {

namespace {
// At an orderly end, for what the log still has to write.
constexpr std::chrono::seconds flush_patience{5};

http::RelayCamera camera_of(const endpoints::EndpointState& state) {
  http::RelayCamera camera{.name = state.info.name,
                           .protocol = std::string(hub::to_string(state.info.protocol)),
                           .address = state.address,
                           .hears = state.info.hears,
                           .acts = state.info.acts,
                           .live = state.live,
                           .state = std::string(endpoints::to_string(state.health.state)),
                           .reason = state.health.reason,
                           .since = state.health.since,
                           .last_seen = state.health.last_heard,
                           .properties = state.health.details,
                           .figures = state.health.figures};
  if (const auto& last = state.health.last_result)
    camera.last_result = {.at = last->at,
                          .verb = last->verb,
                          .outcome = std::string(hub::to_string(last->outcome)),
                          .reason = last->reason};
  if (state.latency) camera.latency_us = state.latency->count();
  if (!state.info.acts) return camera;
  for (const hub::Verb& verb : endpoints::vocabulary().verbs())
    if (verb.protocol == state.info.protocol) camera.verbs.push_back(verb);
  return camera;
}

http::RelayRuleSet set_of(const endpoints::RuleSet& rules) {
  std::vector<hub::Rule> of_file;
  std::vector<hub::Rule> of_api;
  for (const hub::Rule& rule : rules.rules) (rule.origin == hub::RuleOrigin::file ? of_file : of_api).push_back(rule);
  return {.rules = hub::to_json(of_api), .file_rules = hub::to_json(of_file), .version = rules.version};
}

http::RelayRehearsal rehearsal_of(const hub::DryRun& run, const std::optional<hub::Event>& read) {
  http::RelayRehearsal told{.outcome = std::string(hub::to_string(run.event)), .reason = run.reason};
  if (read)
    told.event = http::RelayEvent{.protocol = std::string(hub::to_string(read->protocol)),
                                  .source = read->source,
                                  .kind = read->kind,
                                  .fields = read->fields,
                                  .hops = read->hops,
                                  .key = {}};
  for (const hub::DryRun::Line& line : run.rules) {
    http::RelayRehearsal::Rule rule{.name = line.rule, .fires = line.fires, .reason = line.reason};
    for (const std::string& reason : line.left_out) rule.reason += (rule.reason.empty() ? "" : " ") + reason;
    for (const hub::Command& command : line.commands)
      rule.commands.push_back({.target = command.target,
                               .protocol = std::string(hub::to_string(command.protocol)),
                               .verb = command.verb,
                               .parameters = command.parameters,
                               .due_at = command.due.utc,
                               .action = command.action,
                               .step = command.step});
    told.rules.push_back(std::move(rule));
  }
  return told;
}

base::Result<hub::Event> event_of(const http::RelayEvent& event) {
  const auto protocol = hub::parse_protocol(event.protocol);
  if (!protocol) return base::fail(base::Errc::invalid, fmt::format("There is no protocol \"{}\".", event.protocol));
  return hub::Event{.protocol = *protocol,
                    .source = event.source,
                    .kind = event.kind,
                    .fields = event.fields,
                    .key = event.key,
                    .hops = event.hops};
}

// What the API asks of the relay.
class Api final : public http::Relay {
 public:
  explicit Api(endpoints::Relay& relay) : relay_(relay) {}

  std::vector<http::RelayCamera> cameras() override {
    std::vector<http::RelayCamera> all;
    for (const endpoints::EndpointState& state : relay_.endpoints()) all.push_back(camera_of(state));
    std::ranges::sort(all, {}, &http::RelayCamera::name);
    return all;
  }
  base::Result<base::Uuid> command(std::string_view target, std::string_view verb, hub::Fields parameters) override {
    return relay_.command(target, verb, std::move(parameters));
  }
  base::Result<std::string> definition(std::string_view camera) override { return relay_.definition(camera); }
  base::Result<http::RelayRuleSet> rules() override { return set_of(relay_.rules()); }
  base::Result<http::RelayRuleSet> set_rules(std::string_view text, std::uint64_t expected) override {
    auto rules = hub::parse_rules(text, hub::RuleOrigin::api);
    if (!rules) return std::unexpected(rules.error());
    const auto set = relay_.set_rules(std::move(*rules), expected);
    if (!set) return std::unexpected(set.error());
    return set_of(*set);
  }
  base::Result<http::RelayRehearsal> rehearse(const http::RelayEvent& event) override {
    auto asked = event_of(event);
    if (!asked) return std::unexpected(asked.error());
    const auto run = relay_.dry_run(std::move(*asked));
    if (!run) return std::unexpected(run.error());
    return rehearsal_of(*run, std::nullopt);
  }
  base::Result<http::RelayRehearsal> rehearse(const http::RelayDatagram& datagram) override {
    const std::string source = source_of(datagram);
    if (source.empty())
      return base::fail(base::Errc::not_found,
                        fmt::format("No endpoint of this relay hears the protocol \"{}\".", datagram.protocol));
    const auto event = relay_.what_is(source, datagram.raw);
    if (!event) return std::unexpected(event.error());
    const auto run = relay_.dry_run(*event);
    if (!run) return std::unexpected(run.error());
    return rehearsal_of(*run, *event);
  }
  std::vector<hub::ArmState> arms() override { return relay_.arms(); }
  base::Result<> arm(const hub::ArmState& state) override { return relay_.arm(state); }
  base::Result<base::Uuid> trigger(const http::RelayEvent& event) override {
    auto heard = event_of(event);
    if (!heard) return std::unexpected(heard.error());
    return relay_.hear(std::move(*heard));
  }

 private:
  // The endpoint that is named, or the first one that hears the protocol.
  std::string source_of(const http::RelayDatagram& datagram) const {
    if (!datagram.source.empty()) return datagram.source;
    for (const endpoints::EndpointState& state : relay_.endpoints())
      if (state.info.hears && hub::to_string(state.info.protocol) == datagram.protocol) return state.info.name;
    return {};
  }
  endpoints::Relay& relay_;
};

struct Teller {
  http::Feed& feed;
  void operator()(const endpoints::EndpointState& state) const { http::publish(feed, camera_of(state)); }
  void operator()(const auto& told) const { http::publish(feed, told); }
};

// What happens is put into words on a thread of its own, behind whoever fires cameras: woken once for all that has
// gathered by then.
class Telling {
 public:
  explicit Telling(http::Feed& feed) : feed_(feed) {
    pool_.post([] { base::yield_to_others(); });
  }
  void tell(const endpoints::Told& told) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < most_waiting) waiting_.push_back(told);
    if (!std::exchange(awake_, true)) pool_.post([this] { tell_all(); });
  }
  void finish() { pool_.finish(); }

 private:
  // Those who look on live miss what is more.
  static constexpr std::size_t most_waiting = 10'000;

  void tell_all() {
    std::vector<endpoints::Told> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(waiting_);
      awake_ = false;
    }
    for (const endpoints::Told& told : all) std::visit(Teller{feed_}, told);
  }

  http::Feed& feed_;
  std::mutex mutex_;
  std::vector<endpoints::Told> waiting_;
  bool awake_ = false;
  base::WorkerPool pool_{"relay-tell", 1, 2};
};

// Their files are listed under a device number, which says nothing to people.
base::Result<> label_cameras(const std::vector<endpoints::TrendnetConfig>& cameras, storage::Catalog& catalog) {
  for (const endpoints::TrendnetConfig& camera : cameras) {
    if (camera.device) continue;  // a vehicle's, which has a label of its own
    const auto labelled = catalog.label_device(base::relay_device_number(camera.name), camera.name);
    if (!labelled) return std::unexpected(labelled.error());
  }
  return {};
}
}  // namespace

base::Result<endpoints::Config> read_relay_file(const std::string& path) {
  const auto json = read_toml_as_json(path);
  if (!json) return std::unexpected(json.error());
  auto config = endpoints::parse_config(*json);
  const auto faulty = [&](const base::Error& error) {
    return base::fail(error.code, fmt::format("The relay's file {} has faults. {}", path, error.message));
  };
  if (!config) return faulty(config.error());
  const auto checked = hub::check_rules(config->rules, endpoints::infos_of(*config), endpoints::vocabulary());
  if (!checked) return faulty(checked.error());
  const auto possible = endpoints::check_steps(config->rules, *config);
  if (!possible) return faulty(possible.error());
  for (const std::string& warning : endpoints::warnings_of(*config)) base::log::warning(warning, {{"file", path}});
  return config;
}

base::Result<> check_relay_file(const std::string& path) {
  const auto config = read_relay_file(path);
  if (!config) return std::unexpected(config.error());
  return {};
}

struct RelayService::Parts {
  std::string file;
  std::unique_ptr<Telling> telling;
  std::unique_ptr<storage::RelayJournal> journal;
  std::unique_ptr<endpoints::Relay> relay;
  std::unique_ptr<Api> api;
  // The cameras of vehicles, by the names of their endpoints; without an IMEI: all others.
  std::vector<std::pair<std::string, std::optional<base::Imei>>> devices;
  storage::TrackingCatalog* tracking = nullptr;  // where devices are watched
  std::unique_ptr<RelayEvents> events;
  std::atomic<bool> started = false;

  const std::string* source_of(const base::Imei& imei) const {
    const std::string* of_all = nullptr;
    for (const auto& [name, only] : devices) {
      if (only == imei) return &name;
      if (!only) of_all = &name;
    }
    return of_all;
  }
  void hear(const storage::DeviceEvent& event);
};

void RelayService::Parts::hear(const storage::DeviceEvent& event) {
  const std::string* const source = source_of(event.imei);
  if (source == nullptr) return;
  hub::Event heard{.protocol = hub::Protocol::dualcam,
                   .source = *source,
                   .kind = std::string(storage::to_string(event.kind)),
                   .key = event.id.str(),
                   .copy_window = 2 * RelayEvents::oldest};
  heard.fields = {{"imei", event.imei.str()}, {"value", std::to_string(event.value)}, {"name", event.name}};
  if (event.place) {
    heard.fields.push_back({"latitude", fmt::format("{:.6f}", event.place->latitude)});
    heard.fields.push_back({"longitude", fmt::format("{:.6f}", event.place->longitude)});
  }
  (void)relay->hear(std::move(heard));
}

base::Result<std::unique_ptr<RelayService>> RelayService::create(const Settings& settings, storage::Catalog& catalog,
                                                                 storage::Intake& intake, std::function<void()> asked,
                                                                 http::Feed& feed, prometheus::Registry& registry,
                                                                 recorder::Recorder* recorder) {
  if (settings.relay_file.empty()) return nullptr;
  auto config = read_relay_file(settings.relay_file);
  if (!config) return std::unexpected(config.error());
  auto parts = std::make_unique<Parts>();
  parts->file = settings.relay_file;
  parts->telling = std::make_unique<Telling>(feed);
  const std::string node = settings.cameras.node.empty() ? host_name() : settings.cameras.node;
  const bool devices = !config->dualcam.empty();
  const std::vector<endpoints::TrendnetConfig> cameras = config->trendnet;
  for (const endpoints::DualcamConfig& device : config->dualcam) parts->devices.emplace_back(device.name, device.imei);
  parts->journal =
      std::make_unique<storage::RelayJournal>(catalog.relay(), registry, storage::JournalOptions{.node = node});
  endpoints::Services services{
      .catalog = catalog.relay(),
      .mavlink = catalog.mavlink(),
      .journal = *parts->journal,
      .node = node,
      .tell = [telling = parts->telling.get()](const endpoints::Told& told) { telling->tell(told); },
      .intake = &intake,
      .captures = capture_desk(settings, catalog, std::move(asked)),
      .recorder = recorder};
  auto relay = endpoints::Relay::create(std::move(*config), std::move(services), registry);
  if (!relay) return std::unexpected(relay.error());
  parts->relay = std::move(*relay);
  if (const auto labelled = label_cameras(cameras, catalog); !labelled) return std::unexpected(labelled.error());
  parts->api = std::make_unique<Api>(*parts->relay);
  parts->tracking = devices ? &catalog.tracking() : nullptr;
  return std::unique_ptr<RelayService>(new RelayService(std::move(parts)));
}

RelayService::RelayService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
RelayService::~RelayService() {
  stop();
}

void RelayService::start() {
  parts_->relay->start();
  if (parts_->tracking != nullptr)
    parts_->events = std::make_unique<RelayEvents>(
        *parts_->tracking, [parts = parts_.get()](const storage::DeviceEvent& event) { parts->hear(event); });
  parts_->started = true;
}

void RelayService::look_at_devices() {
  if (parts_->started && parts_->events) parts_->events->look();
}

void RelayService::stored(const storage::Media& media) {
  const std::string* const source = parts_->source_of(media.imei);
  if (source == nullptr || !parts_->started) return;
  hub::Event heard{.protocol = hub::Protocol::dualcam, .source = *source, .kind = "stored", .key = media.id.str()};
  heard.fields = {{"imei", media.imei.str()},
                  {"camera", std::string(base::to_string(media.camera))},
                  {"kind", std::string(base::to_string(media.kind))},
                  {"trigger", media.trigger},
                  {"media_id", media.id.str()}};
  parts_->relay->hear_later(std::move(heard));
}

void RelayService::stop() {
  parts_->started = false;
  parts_->events.reset();
  parts_->relay->stop();
  parts_->telling->finish();
  parts_->journal->flush(flush_patience);
}

base::Result<> RelayService::reload() {
  auto config = read_relay_file(parts_->file);
  if (!config) return std::unexpected(config.error());
  return parts_->relay->reload(std::move(*config));
}

http::Relay& RelayService::api() noexcept {
  return *parts_->api;
}

std::shared_ptr<http::LiveView> RelayService::live_view(std::string_view camera) const {
  auto pictures = parts_->relay->pictures(camera);
  return pictures ? live_view_of(std::move(pictures)) : nullptr;
}

}  // namespace app
