#include "server/net/camera_server.hpp"

#include <pthread.h>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <thread>
#include <unordered_map>

#include "server/base/log.hpp"
#include "server/net/listener.hpp"
#include "server/net/storm_watch.hpp"
#include "server/net/turned_away.hpp"

namespace net {

namespace {
// Notes share the commits of the files they are about.
constexpr unsigned note_threads = 8;

std::string text_of(const asio::ip::tcp::endpoint& peer) {
  return fmt::format("{}:{}", peer.address().to_string(), peer.port());
}

// One core: its thread, its listeners and its connections, all touched by that thread only.
struct CoreRunner {
  Core core;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::unordered_map<std::uint64_t, std::shared_ptr<CameraConnection>> connections;
  std::thread thread;
};
}  // namespace

struct CameraServer::State {
  CameraServerOptions options;
  TransferPools pools;
  base::WorkerPool notes;
  ChunkPool chunks;
  Claims claims;
  Admission admission;
  Devices devices;
  StormBreaker storms;
  LiveTransfers live;
  Metrics metrics;
  TransferServices transfers;
  CameraServices services;
  TlsSource tls;
  std::vector<ListenAddress> listening;
  std::vector<std::unique_ptr<CoreRunner>> cores;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::optional<StormWatch> storm_watch;  // on the first core
  std::atomic<std::uint64_t> next_id{1};
  const std::string boot =
      base::Uuid::v7(base::utc_now()).str().substr(24, 6);  // tells the sessions of two starts apart

  TurnedAway turned_away{"camera"};
  std::atomic<bool> leaving_kept = false;

  State(CameraServerOptions given, storage::Intake& intake, storage::Catalog& catalog, prometheus::Registry& registry)
      : options(std::move(given)),
        pools(options.disk_threads, options.store_threads),
        notes("notes", note_threads),
        chunks(options.chunk_budget),
        admission(options.admission),
        devices(options.policy, options.class_order),
        storms(options.storm, catalog.intakes()),
        metrics(registry),
        transfers{intake, pools, chunks, claims},
        services{options.session, options.progress, options.node, admission,        devices, storms, live,
                 metrics,         transfers,        catalog,      options.patience, notes} {}

  base::Result<> listen();
  base::Result<> load();
  void accepted(CoreRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer, bool wants_tls);
  void admit(CoreRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer, bool wants_tls);
  void refused(const std::string& label, const std::string& endpoint, const std::string& why);
  void ended(CoreRunner& runner, std::uint64_t id, const std::string& reason);
  void on_every_core(const std::function<void(CoreRunner&)>& call);
  void stop_connections(const std::string& reason, bool when_idle);
  bool wait_until(base::SteadyTime deadline, const std::function<bool()>& done);
  std::size_t open_connections();
};

base::Result<> CameraServer::State::listen() {
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) cores.push_back(std::make_unique<CoreRunner>());
  for (ListenAddress address : options.listen) {
    for (auto& runner : cores) {
      CoreRunner& core = *runner;
      auto listener = Listener::open(
          core.core.context, address.host, address.port, runner == cores.front(),
          [this, &core, wants_tls = address.tls](asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer) {
            accepted(core, std::move(socket), peer, wants_tls);
          },
          [this](const asio::ip::tcp::endpoint& peer) {
            refused("descriptors", text_of(peer), "no file descriptors are left");
          });
      if (!listener) return std::unexpected(listener.error());
      address.port = (*listener)->port();  // port 0: the other cores share the one the first has got
      core.listeners.push_back(std::move(*listener));
    }
    listening.push_back(address);
  }
  return {};
}

base::Result<> CameraServer::State::load() {
  const bool wants_tls = std::ranges::any_of(options.listen, [](const ListenAddress& each) { return each.tls; });
  if (wants_tls && !options.tls.configured())
    return base::fail(base::Errc::invalid,
                      "A TLS listener needs a certificate and a key: set --tls-cert and --tls-key.");
  if (options.tls.configured())
    if (auto loaded = tls.load(options.tls); !loaded) return loaded;
  if (options.policy == DevicePolicy::allow_list) {
    auto list = read_device_list(options.device_list);
    if (!list) return std::unexpected(list.error());
    devices.set_allowed(std::move(*list));
  }
  return {};
}

void CameraServer::State::refused(const std::string& label, const std::string& endpoint, const std::string& why) {
  metrics.refused(label);
  turned_away.for_want_of_room(endpoint, why);
}

void CameraServer::State::accepted(CoreRunner& runner, asio::ip::tcp::socket socket,
                                   const asio::ip::tcp::endpoint& peer, bool wants_tls) {
  if (!contains(options.balancers, peer.address())) return admit(runner, std::move(socket), peer, wants_tls);
  std::make_shared<ProxyGreeting>(
      std::move(socket), peer,
      [this, &runner, wants_tls](asio::ip::tcp::socket greeted, const asio::ip::tcp::endpoint& camera) {
        admit(runner, std::move(greeted), camera, wants_tls);
      },
      [this](const asio::ip::tcp::endpoint& balancer, const std::string& why) {
        refused("proxy header", text_of(balancer), why);
      })
      ->start();
}

void CameraServer::State::admit(CoreRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer,
                                bool wants_tls) {
  CameraConnection::Peer named{peer.address().to_string(), text_of(peer)};
  if (const auto full = admission.enter_ip(named.address)) {
    refused("connection limit", named.endpoint, *full);
    if (wants_tls) return;  // no TLS, no CLOSE
    return refuse_politely(socket);
  }
  const std::uint64_t id = next_id.fetch_add(1, std::memory_order_relaxed);
  auto connection = std::make_shared<CameraConnection>(
      id, fmt::format("{}-{}", boot, id), runner.core, services,
      Stream(std::move(socket), wants_tls ? tls.current() : nullptr), std::move(named),
      [this, &runner](std::uint64_t which, const std::string& reason) { ended(runner, which, reason); });
  runner.connections.emplace(id, connection);
  connection->start();
}

void CameraServer::State::ended(CoreRunner& runner, std::uint64_t id, const std::string& reason) {
  const auto found = runner.connections.find(id);
  if (found == runner.connections.end()) return;
  const std::shared_ptr<CameraConnection> connection = std::move(found->second);
  runner.connections.erase(found);
  if (connection->identified()) return;
  metrics.refused("no camera");
  turned_away.as_stranger(connection->peer().address, connection->peer().endpoint, reason);
}

// Runs `call` on every core's thread and waits.
void CameraServer::State::on_every_core(const std::function<void(CoreRunner&)>& call) {
  for (auto& runner : cores) {
    std::promise<void> done;
    asio::post(runner->core.context, [&] {
      call(*runner);
      done.set_value();
    });
    done.get_future().wait();
  }
}

void CameraServer::State::stop_connections(const std::string& reason, bool when_idle) {
  on_every_core([&](CoreRunner& runner) {
    std::vector<std::shared_ptr<CameraConnection>> all;
    all.reserve(runner.connections.size());
    for (const auto& [id, connection] : runner.connections) all.push_back(connection);
    for (const auto& connection : all) connection->stop(reason, when_idle);
  });
}

std::size_t CameraServer::State::open_connections() {
  std::size_t count = 0;
  on_every_core([&](CoreRunner& runner) { count += runner.connections.size(); });
  return count;
}

bool CameraServer::State::wait_until(base::SteadyTime deadline, const std::function<bool()>& done) {
  constexpr std::chrono::milliseconds interval{20};
  while (!done()) {
    if (base::steady_now() >= deadline) return false;
    std::this_thread::sleep_for(interval);
  }
  return true;
}

CameraServer::CameraServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

base::Result<std::unique_ptr<CameraServer>> CameraServer::create(CameraServerOptions options, storage::Intake& intake,
                                                                 storage::Catalog& catalog,
                                                                 prometheus::Registry& registry, storage::Nodes* nodes,
                                                                 recorder::Recorder* recorder) {
  auto state = std::make_unique<State>(std::move(options), intake, catalog, registry);
  state->transfers.nodes = nodes;
  state->services.recorder = recorder;
  if (auto loaded = state->load(); !loaded) return std::unexpected(loaded.error());
  if (auto listening = state->listen(); !listening) return std::unexpected(listening.error());
  return std::unique_ptr<CameraServer>(new CameraServer(std::move(state)));
}

CameraServer::~CameraServer() {
  if (state_->storm_watch) state_->storm_watch->stop();
  for (auto& runner : state_->cores)
    if (runner->thread.joinable()) {
      runner->core.context.stop();
      runner->thread.join();
    }
  // What still waits after drain() waits for something that is down.
  state_->pools.stop();
  state_->notes.stop(TransferPools::longest_call);
}

void CameraServer::start() {
  asio::io_context& first = state_->cores.front()->core.context;
  state_->storm_watch.emplace(first, state_->notes, state_->storms, state_->metrics);
  asio::post(first, [state = state_.get()] { state->storm_watch->start(); });
  for (auto& runner : state_->cores) {
    state_->guards.push_back(asio::make_work_guard(runner->core.context));
    for (auto& listener : runner->listeners) listener->start();
    runner->thread = std::thread([&context = runner->core.context] { context.run(); });
    pthread_setname_np(runner->thread.native_handle(), "cameras");
  }
}

// Each under its claim: a camera that comes back for one meanwhile gets it in a moment.
void CameraServer::leave_kept() {
  State& state = *state_;
  auto files = state.transfers.intake.kept();
  if (files.empty() || state.leaving_kept.exchange(true)) return;
  state.pools.leaving.post([&state, files = std::move(files)] {
    for (const storage::FileIdentity& file : files)
      if (const auto held = state.claims.acquire_idle(file.fingerprint())) state.transfers.intake.leave_kept(file);
    state.leaving_kept = false;
  });
}

void CameraServer::let_go(const std::string& file) {
  state_->claims.ask(file);
}

const std::vector<ListenAddress>& CameraServer::listening() const {
  return state_->listening;
}

base::Result<> CameraServer::reload() {
  return state_->load();
}

std::vector<storage::Transfer> CameraServer::live_transfers() const {
  return state_->live.snapshot();
}

void CameraServer::drain(std::chrono::milliseconds grace, const std::function<bool()>& hurry) {
  State& state = *state_;
  state.on_every_core([](CoreRunner& runner) {
    for (auto& listener : runner.listeners) listener->close();
  });
  const base::SteadyTime deadline = base::steady_now() + grace;
  state.stop_connections("the server is stopping", true);
  state.wait_until(deadline, [&] { return state.open_connections() == 0 || hurry(); });
  if (state.open_connections() != 0) state.stop_connections("the server is stopping", false);
  // What is kept goes into the spool and what is being published ends; both are bounded by the disk, not by cameras.
  constexpr std::chrono::seconds settle{30};
  const bool settled = state.wait_until(
      base::steady_now() + settle, [&] { return state.transfers.active.load() == 0 && state.notes.queued() == 0; });
  if (!settled) base::log::error("some transfers did not end in time; their files will come again");
}

}  // namespace net
