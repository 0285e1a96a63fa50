#include "server/net/avl_server.hpp"

#include <pthread.h>
#include <asio/executor_work_guard.hpp>
#include <asio/steady_timer.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <thread>
#include <unordered_map>

#include "server/base/log.hpp"
#include "server/net/avl_connection.hpp"
#include "server/net/avl_datagrams.hpp"
#include "server/net/listener.hpp"
#include "server/net/turned_away.hpp"

namespace net {

namespace {
// Records that are under way when the server stops: a commit takes milliseconds, unless the catalog hangs.
constexpr std::chrono::seconds drain_patience{5};
// Beyond every patience of a catalog.
constexpr std::chrono::minutes longest_call{5};

std::string text_of(const asio::ip::tcp::endpoint& peer) {
  return fmt::format("{}:{}", peer.address().to_string(), peer.port());
}

// One thread, its sockets and its connections, all touched by that thread only.
struct AvlRunner {
  AvlCore core;
  std::vector<std::shared_ptr<Listener>> listeners;
  std::vector<std::shared_ptr<AvlDatagrams>> datagrams;
  std::unordered_map<std::uint64_t, std::shared_ptr<AvlConnection>> connections;
  std::thread thread;
};
}  // namespace

struct AvlServer::State {
  AvlServerOptions options;
  AvlServices services;
  Admission admission;
  Devices devices;
  AvlMetrics metrics;
  AvlLinks links;
  AvlLinkNotes notes;
  AvlShared shared;
  TlsSource tls;
  TurnedAway turned_away{"tracker"};
  std::vector<ListenAddress> listening;
  std::vector<ListenAddress> listening_udp;
  std::vector<std::unique_ptr<AvlRunner>> runners;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::optional<asio::steady_timer> compare_timer;  // on the first thread
  std::atomic<std::uint64_t> next_id{1};
  // Tells the sessions of two starts apart.
  const std::string boot = base::Uuid::v7(base::utc_now()).str().substr(24, 6);

  State(AvlServerOptions given, AvlServices given_services, prometheus::Registry& registry)
      : options(std::move(given)),
        services(std::move(given_services)),
        admission(options.admission),
        devices(options.policy, dualcam::photos_first),
        metrics(registry),
        notes(services.tracking, links, metrics, options.node, services.linked),
        shared{options.session, options.node, admission,       devices,       links,
               notes,           metrics,      services.writer, services.said, services.recorder} {}

  base::Result<> load();
  base::Result<> listen();
  base::Result<> receive();
  void accepted(AvlRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer, bool wants_tls);
  void admit(AvlRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer, bool wants_tls);
  void refused(const std::string& label, const std::string& endpoint, const std::string& why);
  void ended(AvlRunner& runner, std::uint64_t id, const std::string& reason);
  void compare_later();
  void on_every_thread(const std::function<void(AvlRunner&)>& call);
  void stop_connections(bool when_answered);
  std::size_t unanswered();
};

base::Result<> AvlServer::State::load() {
  const bool wants_tls = std::ranges::any_of(options.listen, [](const ListenAddress& each) { return each.tls; });
  if (wants_tls && !options.tls.configured())
    return base::fail(base::Errc::invalid,
                      "A TLS listener for trackers needs a certificate and a key: set --tls-cert and --tls-key.");
  if (options.tls.configured())
    if (auto loaded = tls.load(options.tls); !loaded) return loaded;
  if (options.policy == DevicePolicy::allow_list) {
    auto list = read_device_list(options.device_list);
    if (!list) return std::unexpected(list.error());
    devices.set_allowed(std::move(*list));
  }
  return {};
}

base::Result<> AvlServer::State::listen() {
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) runners.push_back(std::make_unique<AvlRunner>());
  for (ListenAddress address : options.listen) {
    for (auto& each : runners) {
      AvlRunner& runner = *each;
      auto listener = Listener::open(
          runner.core.context, address.host, address.port, each == runners.front(),
          [this, &runner, wants_tls = address.tls](asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer) {
            accepted(runner, std::move(socket), peer, wants_tls);
          },
          [this](const asio::ip::tcp::endpoint& peer) {
            refused("descriptors", text_of(peer), "no file descriptors are left");
          },
          "Trackers");
      if (!listener) return std::unexpected(listener.error());
      address.port = (*listener)->port();  // port 0: the other threads share the one the first has got
      runner.listeners.push_back(std::move(*listener));
    }
    listening.push_back(address);
  }
  return receive();
}

// Datagrams are few: the first thread has them all.
base::Result<> AvlServer::State::receive() {
  AvlRunner& runner = *runners.front();
  for (ListenAddress address : options.udp) {
    auto datagrams = AvlDatagrams::open(runner.core, shared, turned_away, address.host, address.port);
    if (!datagrams) return std::unexpected(datagrams.error());
    address.port = (*datagrams)->port();
    runner.datagrams.push_back(std::move(*datagrams));
    listening_udp.push_back(address);
  }
  return {};
}

void AvlServer::State::refused(const std::string& label, const std::string& endpoint, const std::string& why) {
  metrics.refused(label);
  turned_away.for_want_of_room(endpoint, why);
}

void AvlServer::State::accepted(AvlRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer,
                                bool wants_tls) {
  if (!contains(options.balancers, peer.address())) return admit(runner, std::move(socket), peer, wants_tls);
  std::make_shared<ProxyGreeting>(
      std::move(socket), peer,
      [this, &runner, wants_tls](asio::ip::tcp::socket greeted, const asio::ip::tcp::endpoint& tracker) {
        admit(runner, std::move(greeted), tracker, wants_tls);
      },
      [this](const asio::ip::tcp::endpoint& balancer, const std::string& why) {
        refused("proxy header", text_of(balancer), why);
      })
      ->start();
}

// A tracker that finds no room comes again by itself: there is nothing to tell it before its login.
void AvlServer::State::admit(AvlRunner& runner, asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer,
                             bool wants_tls) {
  AvlConnection::Peer named{peer.address().to_string(), text_of(peer)};
  if (const auto full = admission.enter_ip(named.address)) return refused("connection limit", named.endpoint, *full);
  const std::uint64_t id = next_id.fetch_add(1, std::memory_order_relaxed);
  auto connection = std::make_shared<AvlConnection>(
      id, fmt::format("t{}-{}", boot, id), runner.core, shared,
      Stream(std::move(socket), wants_tls ? tls.current() : nullptr), std::move(named),
      [this, &runner](std::uint64_t which, const std::string& reason) { ended(runner, which, reason); });
  runner.connections.emplace(id, connection);
  connection->start();
}

void AvlServer::State::ended(AvlRunner& runner, std::uint64_t id, const std::string& reason) {
  const auto found = runner.connections.find(id);
  if (found == runner.connections.end()) return;
  const std::shared_ptr<AvlConnection> connection = std::move(found->second);
  runner.connections.erase(found);
  if (connection->identified()) return;
  metrics.refused("no tracker");
  turned_away.as_stranger(connection->peer().address, connection->peer().endpoint, reason);
}

void AvlServer::State::compare_later() {
  compare_timer->expires_after(options.compare_interval);
  compare_timer->async_wait([this](const std::error_code& error) {
    if (error) return;
    notes.compare();
    compare_later();
  });
}

// Runs `call` on every thread and waits.
void AvlServer::State::on_every_thread(const std::function<void(AvlRunner&)>& call) {
  for (auto& runner : runners) {
    std::promise<void> done;
    runner->core.mailbox->post([&] {
      call(*runner);
      done.set_value();
    });
    done.get_future().wait();
  }
}

void AvlServer::State::stop_connections(bool when_answered) {
  on_every_thread([&](AvlRunner& runner) {
    std::vector<std::shared_ptr<AvlConnection>> all;
    all.reserve(runner.connections.size());
    for (const auto& [id, connection] : runner.connections) all.push_back(connection);
    for (const auto& connection : all) connection->stop("the server is stopping", when_answered);
  });
}

std::size_t AvlServer::State::unanswered() {
  std::size_t count = 0;
  on_every_thread([&](AvlRunner& runner) {
    count += runner.connections.size();
    for (const auto& each : runner.datagrams) count += each->under_way();
  });
  return count;
}

AvlServer::AvlServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

base::Result<std::unique_ptr<AvlServer>> AvlServer::create(AvlServerOptions options, AvlServices services,
                                                           prometheus::Registry& registry) {
  auto state = std::make_unique<State>(std::move(options), std::move(services), registry);
  if (auto loaded = state->load(); !loaded) return std::unexpected(loaded.error());
  if (auto listening = state->listen(); !listening) return std::unexpected(listening.error());
  if (auto cleared = state->services.tracking.close_links_of(state->options.node); !cleared)
    return std::unexpected(cleared.error());
  return std::unique_ptr<AvlServer>(new AvlServer(std::move(state)));
}

AvlServer::~AvlServer() {
  for (auto& runner : state_->runners) {
    if (runner->thread.joinable()) {
      runner->core.context.stop();
      runner->thread.join();
    }
    runner->core.mailbox->close();  // answers of the writer may still come
  }
  // What still waits after drain() waits for something that is down.
  state_->notes.stop(longest_call);
}

void AvlServer::start() {
  State& state = *state_;
  state.compare_timer.emplace(state.runners.front()->core.context);
  state.compare_later();
  for (auto& runner : state.runners) {
    state.guards.push_back(asio::make_work_guard(runner->core.context));
    for (auto& listener : runner->listeners) listener->start();
    for (auto& datagrams : runner->datagrams) datagrams->start();
    runner->thread = std::thread([&context = runner->core.context] { context.run(); });
    pthread_setname_np(runner->thread.native_handle(), "trackers");
  }
}

const std::vector<ListenAddress>& AvlServer::listening() const {
  return state_->listening;
}

const std::vector<ListenAddress>& AvlServer::listening_udp() const {
  return state_->listening_udp;
}

bool AvlServer::send(const base::Imei& imei, std::string_view command) {
  if (command.size() > avl::max_command_size) return false;
  const auto link = state_->links.find(imei);
  return link && link->mailbox->post([weak = link->connection, text = std::string(command)] {
    if (const auto there = weak.lock()) there->send_command(text);
  });
}

bool AvlServer::linked(const base::Imei& imei) const {
  return state_->links.find(imei).has_value();
}

std::size_t AvlServer::live() const {
  return state_->links.size();
}

base::Result<> AvlServer::reload() {
  return state_->load();
}

void AvlServer::drain() {
  State& state = *state_;
  if (!state.runners.front()->thread.joinable()) return;  // never started: there is no link, and nobody to ask
  state.notes.begin_leaving();
  state.on_every_thread([](AvlRunner& runner) {
    for (auto& listener : runner.listeners) listener->close();
    for (auto& datagrams : runner.datagrams) datagrams->stop_receiving();
  });
  state.stop_connections(true);
  const base::SteadyTime deadline = base::steady_now() + drain_patience;
  constexpr std::chrono::milliseconds interval{10};
  while (state.unanswered() != 0 && base::steady_now() < deadline) std::this_thread::sleep_for(interval);
  state.stop_connections(false);
  state.on_every_thread([](AvlRunner& runner) {
    for (auto& datagrams : runner.datagrams) datagrams->close();
  });
  state.notes.leave(drain_patience);
}

}  // namespace net
