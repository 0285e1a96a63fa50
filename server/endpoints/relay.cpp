#include "server/endpoints/relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <utility>

#include "server/base/log.hpp"
#include "server/base/threads.hpp"
#include "server/endpoints/build.hpp"
#include "server/endpoints/calls.hpp"
#include "server/endpoints/core.hpp"
#include "server/endpoints/infos.hpp"
#include "server/endpoints/steps.hpp"
#include "server/endpoints/switches.hpp"
#include "server/endpoints/vocabulary.hpp"

namespace endpoints {

namespace {
// Rules and switches that other nodes have set.
constexpr std::chrono::seconds look_interval{3};
// At the end: for recordings to be stored.
constexpr std::chrono::seconds closing_patience{10};
constexpr std::chrono::milliseconds closing_look{20};

base::Result<std::vector<hub::Command>> kept_commands(storage::RelayCatalog& catalog, const std::string& node) {
  const auto rows = catalog.pending(node);
  if (!rows) return std::unexpected(rows.error());
  std::vector<hub::Command> commands;
  for (const storage::PendingCommand& row : *rows) {
    auto command = hub::parse_command(row.command);
    if (command)
      commands.push_back(std::move(*command));
    else
      base::log::error("a command that was kept before the restart cannot be read, and is not done",
                       {{"command", row.id.str()}, {"reason", command.error().message}});
  }
  return commands;
}

storage::RelayArm row_of(const hub::ArmState& state) {
  return {.scope = std::string(hub::to_string(state.scope)),
          .name = state.name,
          .armed = state.arm.armed,
          .until = state.arm.until};
}

base::Result<hub::ArmState> arm_of(const storage::RelayArm& row) {
  const auto scope = hub::parse_arm_scope(row.scope);
  if (!scope) return base::fail(base::Errc::corrupt, fmt::format("The catalog has a switch of \"{}\".", row.scope));
  return hub::ArmState{.scope = *scope, .name = row.name, .arm = {.armed = row.armed, .until = row.until}};
}
}  // namespace

struct Relay::State {
  State(const Config& given, Services services, prometheus::Registry& registry)
      : core(given.hub, std::move(services), registry),
        calls(core.context()),
        switches(core.services().catalog),
        work(core.context().get_executor()),
        looking(core.context()),
        closing(core.context()) {}

  // Runs it on the relay's thread and waits for what it says.
  template <class Call>
  auto on_thread(Call call) {
    return calls.ask(std::move(call));
  }

  base::Result<> take_rules(std::vector<hub::Rule> api);
  base::Result<> restore();
  void look();
  void end(base::SteadyTime deadline);
  void looked(const base::Result<storage::RelayRules>& rules, const base::Result<std::vector<storage::RelayArm>>& arms);
  std::vector<hub::EndpointInfo> infos() const;

  std::optional<MediaWriter> media;
  Core core;
  Calls calls;
  Switches switches;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  asio::steady_timer looking;
  asio::steady_timer closing;
  std::optional<base::ThreadGroup> thread;
  Config config;  // as it was at the start
  std::vector<hub::Rule> of_file;
  std::uint64_t version = 0;       // of the API's rules that are in force
  std::uint64_t changes = 0;       // by this process: what was read before one is old
  std::vector<hub::Command> kept;  // from before the restart, until the start
  bool stopped = false;
};

std::vector<hub::EndpointInfo> Relay::State::infos() const {
  std::vector<hub::EndpointInfo> all{api_info()};
  for (const auto& endpoint : core.endpoints()) all.push_back(endpoint->info());
  return all;
}

base::Result<> Relay::State::take_rules(std::vector<hub::Rule> api) {
  std::vector<hub::Rule> all = of_file;
  std::move(api.begin(), api.end(), std::back_inserter(all));
  return core.ask_hub(
      [&](hub::Hub& hub, hub::Now now, hub::Decisions& out) { return hub.set(infos(), std::move(all), now, out); });
}

// Once nothing is being stored any more, or too much time has passed.
void Relay::State::end(base::SteadyTime deadline) {
  if (!core.is_busy() || core.now().steady >= deadline) return core.context().stop();
  closing.expires_after(closing_look);
  closing.async_wait([this, deadline](const std::error_code& error) {
    if (!error) end(deadline);
  });
}

// What the catalog has of earlier starts. Blocks: before the thread runs.
base::Result<> Relay::State::restore() {
  storage::RelayCatalog& catalog = core.services().catalog;
  const auto latencies = catalog.latencies();
  if (!latencies) return std::unexpected(latencies.error());
  for (const storage::RelayLatency& one : *latencies)
    core.hub().set_latency(one.target, std::chrono::microseconds(one.latency_us), one.measured);
  const auto number = catalog.last_take_number();
  if (!number) return std::unexpected(number.error());
  core.hub().next_take_number(*number + 1);

  if (const auto taken = take_rules({}); !taken) return taken;  // those of the file alone must do
  const auto rules = catalog.rules();
  if (!rules) return std::unexpected(rules.error());
  const auto arms = catalog.arms();
  if (!arms) return std::unexpected(arms.error());
  looked(rules, arms);
  if (const auto ended = catalog.end_left_open(core.services().node, "The server ended before it was known."); !ended)
    return ended;
  auto commands = kept_commands(catalog, core.services().node);
  if (!commands) return std::unexpected(commands.error());
  kept = std::move(*commands);
  return {};
}

void Relay::State::look() {
  looking.expires_after(look_interval);
  looking.async_wait([this](const std::error_code& error) {
    if (error || stopped) return;
    const bool asked = core.pool().post([this, before = changes] {
      storage::RelayCatalog& catalog = core.services().catalog;
      const bool saved = switches.save().has_value();
      asio::post(core.context(), [this, before, saved, rules = catalog.rules(), arms = catalog.arms()] {
        if (stopped) return;
        if (before == changes && saved) looked(rules, arms);
        look();
      });
    });
    if (!asked) look();  // next time
  });
}

void Relay::State::looked(const base::Result<storage::RelayRules>& rules,
                          const base::Result<std::vector<storage::RelayArm>>& arms) {
  if (rules && rules->version != version) {
    version = rules->version;
    auto parsed = hub::parse_rules(rules->rules, hub::RuleOrigin::api);
    base::Result<> taken = parsed ? take_rules(std::move(*parsed)) : std::unexpected(parsed.error());
    if (!taken)
      base::log::error("the rules that were set over the API do not fit this relay and are not in force",
                       {{"version", version}, {"reason", taken.error().message}});
  }
  if (!arms) return;
  for (const storage::RelayArm& row : *arms) {
    if (const auto state = arm_of(row)) (void)core.hub().arm(*state);
  }
}

Relay::Relay(std::unique_ptr<State> state) : state_(std::move(state)) {}

base::Result<std::unique_ptr<Relay>> Relay::create(Config config, Services services, prometheus::Registry& registry) {
  const Config wanted = config;
  const Services given = services;
  return create(std::move(config), std::move(services), registry,
                [&](Host& host, MediaWriter* media) { return build_endpoints(wanted, given, media, host); });
}

base::Result<std::unique_ptr<Relay>> Relay::create(Config config, Services services, prometheus::Registry& registry,
                                                   const Build& build) {
  auto state = std::make_unique<State>(config, std::move(services), registry);
  if (const auto opened = state->core.open({.allow = config.camera_networks}); !opened)
    return std::unexpected(opened.error());
  if (state->core.services().intake != nullptr) state->media.emplace(*state->core.services().intake, state->core);
  auto built = build(state->core, state->media ? &*state->media : nullptr);
  if (!built) return std::unexpected(built.error());
  for (auto& endpoint : *built) state->core.add(std::move(endpoint));
  state->of_file = config.rules;
  state->config = std::move(config);
  if (const auto restored = state->restore(); !restored) return std::unexpected(restored.error());
  return std::unique_ptr<Relay>(new Relay(std::move(state)));
}

Relay::~Relay() {
  stop();
}

void Relay::start() {
  State& state = *state_;
  asio::post(state.core.context(), [&state] {
    for (const auto& endpoint : state.core.endpoints()) endpoint->start();
    state.core.ask_hub([&](hub::Hub& hub, hub::Now now, hub::Decisions& out) {
      hub.restore(std::exchange(state.kept, {}), now, out);
    });
    state.look();
  });
  state.thread.emplace();
  state.thread->start("relay", [&state] { state.core.context().run(); });
}

void Relay::stop() {
  State& state = *state_;
  if (!state.thread) return state.calls.close();
  asio::post(state.core.context(), [&state] {
    state.stopped = true;
    state.looking.cancel();
    state.core.stop();
    for (const auto& endpoint : state.core.endpoints()) endpoint->close();
    state.end(state.core.now().steady + closing_patience);
  });
  state.thread.reset();  // joins
  state.calls.close();
  state.core.end_work();
  if (!state.switches.owes()) return;
  if (const auto saved = state.switches.save(); !saved)
    base::log::error("a switch that was set is not kept, and is what it was before at the next start",
                     {{"reason", saved.error().message}});
}

std::vector<EndpointState> Relay::endpoints() const {
  const auto all = state_->on_thread([&state = *state_] {
    std::vector<EndpointState> states;
    for (const auto& endpoint : state.core.endpoints()) states.push_back(state.core.state_of(*endpoint));
    return states;
  });
  return all.value_or(std::vector<EndpointState>());
}

std::optional<EndpointState> Relay::endpoint(std::string_view name) const {
  const auto found = state_->on_thread([&state = *state_, name = std::string(name)]() -> std::optional<EndpointState> {
    const Endpoint* const endpoint = state.core.find(name);
    if (endpoint == nullptr) return std::nullopt;
    return state.core.state_of(*endpoint);
  });
  return found ? *found : std::nullopt;
}

std::shared_ptr<FrameFeed> Relay::pictures(std::string_view name) const {
  const Endpoint* const endpoint = state_->core.find(name);  // made before the thread began, and there until it ends
  return endpoint == nullptr ? nullptr : endpoint->pictures();
}

hub::Figures Relay::figures() const {
  return state_->on_thread([&state = *state_] { return state.core.hub().figures(); }).value_or(hub::Figures{});
}

base::Result<std::string> Relay::definition(std::string_view camera) const {
  return state_->on_thread([&state = *state_, camera = std::string(camera)]() -> base::Result<std::string> {
    for (const auto& endpoint : state.core.endpoints())
      if (std::string text = endpoint->definition(camera); !text.empty()) return text;
    return base::fail(base::Errc::not_found, fmt::format("No camera \"{}\" is shown to ground stations.", camera));
  });
}

base::Result<base::Uuid> Relay::command(std::string_view target, std::string_view verb, hub::Fields parameters) {
  return state_->on_thread([&state = *state_, target = std::string(target), verb = std::string(verb),
                            parameters = std::move(parameters)]() mutable {
    return state.core.ask_hub([&](hub::Hub& hub, hub::Now now, hub::Decisions& out) {
      return hub.command(target, verb, std::move(parameters), now, out);
    });
  });
}

base::Result<base::Uuid> Relay::hear(hub::Event event) {
  return state_->on_thread([&state = *state_, event = std::move(event)]() mutable {
    event.received = state.core.now();
    event.id = state.core.new_id(event.received.utc);
    const base::Uuid id = event.id;
    state.core.heard(std::move(event));
    return id;
  });
}

void Relay::hear_later(hub::Event event) {
  state_->calls.post([&core = state_->core, event = std::move(event)]() mutable {
    event.received = core.now();
    event.id = core.new_id(event.received.utc);
    core.heard(std::move(event));
  });
}

base::Result<hub::DryRun> Relay::dry_run(hub::Event event) const {
  return state_->on_thread([&state = *state_, event = std::move(event)]() mutable {
    event.received = state.core.now();
    return state.core.hub().dry_run(event, event.received);
  });
}

base::Result<hub::Event> Relay::what_is(std::string_view name, base::ByteView datagram) const {
  return state_->on_thread([&state = *state_, name = std::string(name),
                            bytes = base::Bytes(datagram.begin(), datagram.end())]() -> base::Result<hub::Event> {
    const Endpoint* const endpoint = state.core.find(name);
    if (endpoint == nullptr)
      return base::fail(base::Errc::not_found, fmt::format("There is no endpoint \"{}\".", name));
    return endpoint->what_is(bytes, state.core.now());
  });
}

RuleSet Relay::rules() const {
  const auto set = state_->on_thread([&state = *state_] {
    const auto rules = state.core.hub().rules();
    return RuleSet{.rules = {rules.begin(), rules.end()}, .version = state.version};
  });
  return set.value_or(RuleSet{});
}

// Checked before it is kept, so that what is kept can be in force; in force only when it is kept.
base::Result<RuleSet> Relay::set_rules(std::vector<hub::Rule> rules, std::uint64_t expected) {
  State& state = *state_;
  for (hub::Rule& rule : rules) rule.origin = hub::RuleOrigin::api;
  const auto checked = state.on_thread([&state, rules]() mutable -> base::Result<> {
    std::vector<hub::Rule> all = state.of_file;
    std::move(rules.begin(), rules.end(), std::back_inserter(all));
    if (const auto fit = hub::check_rules(all, state.infos(), vocabulary()); !fit) return fit;
    return check_steps(all, state.config);
  });
  if (!checked) return std::unexpected(checked.error());
  const auto kept = state.core.services().catalog.set_rules(hub::to_json(rules), expected, base::utc_now());
  if (!kept) return std::unexpected(kept.error());
  const auto taken = state.on_thread([&state, rules = std::move(rules), version = kept->version]() mutable {
    ++state.changes;
    if (version < state.version) return base::Result<>{};  // somebody was faster, with newer ones
    state.version = version;
    return state.take_rules(std::move(rules));
  });
  if (!taken) return std::unexpected(taken.error());
  return this->rules();
}

base::Result<> Relay::reload(Config config) {
  return state_->on_thread([&state = *state_, rules = std::move(config.rules)]() mutable -> base::Result<> {
    std::vector<hub::Rule> all = rules;
    for (const hub::Rule& rule : state.core.hub().rules())
      if (rule.origin == hub::RuleOrigin::api) all.push_back(rule);
    const auto taken = state.core.ask_hub([&](hub::Hub& hub, hub::Now now, hub::Decisions& out) {
      return hub.set(state.infos(), std::move(all), now, out);
    });
    if (taken) state.of_file = std::move(rules);
    return taken;
  });
}

std::vector<hub::ArmState> Relay::arms() const {
  return state_->on_thread([&state = *state_] { return state.core.hub().arms(state.core.now()); })
      .value_or(std::vector<hub::ArmState>());
}

base::Result<> Relay::arm(const hub::ArmState& change) {
  State& state = *state_;
  const auto armed = state.on_thread([&state, change]() -> base::Result<> {
    const auto taken = state.core.hub().arm(change);
    if (!taken) return taken;
    ++state.changes;  // the catalog still has the old one, which must not come back
    state.switches.owe(row_of(change));
    if (state.core.services().tell) state.core.services().tell(change);
    return {};
  });
  if (!armed) return armed;
  const auto kept = state.switches.save();
  if (kept) return {};
  return base::fail(kept.error().code,
                    fmt::format("It is in force, and kept as soon as the catalog takes it. {}", kept.error().message));
}

}  // namespace endpoints
