#include "server/net/relay/udp_endpoint.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <cerrno>
#include <optional>
#include <utility>

#include "server/net/recorded.hpp"
#include "server/net/relay/memberships.hpp"
#include "server/net/relay/own_ports.hpp"
#include "server/net/relay/udp_errors.hpp"
#include "server/net/relay/udp_inlet.hpp"
#include "server/net/relay/udp_outlet.hpp"
#include "server/net/relay/udp_plan.hpp"

namespace net::relay {

using asio::ip::udp;

namespace {
// Before other sockets of the thread get their turn.
constexpr int reads_per_turn = 4;
// A storm waits in the kernel while the thread is busy: some thousand datagrams, as each takes about a page there.
constexpr int receive_buffer = 4 << 20;
// What nobody reads is not kept.
constexpr int no_receive_buffer = 0;

std::string_view write_peer(const udp::endpoint& peer, std::array<char, 24>& into) {
  const auto bytes = peer.address().to_v4().to_bytes();
  const auto end =
      fmt::format_to(into.data(), FMT_COMPILE("{}.{}.{}.{}:{}"), bytes[0], bytes[1], bytes[2], bytes[3], peer.port());
  return {into.data(), static_cast<std::size_t>(end - into.data())};
}

base::Result<> open_socket(udp::socket& socket, const UdpPlan& plan, const udp::endpoint& where, bool shares) {
  std::error_code error;
  socket.open(udp::v4(), error);
  if (!error) socket.set_option(asio::socket_base::reuse_address(shares), error);
  if (!error) socket.non_blocking(true, error);
  if (error) return base::fail_errno(error.value(), fmt::format("Endpoint {} has no socket", plan.options.name));
  socket.bind(where, error);
  if (error) return cannot_bind(plan.options.name, where, error.value());
  return {};
}

base::Result<> prepared(const UdpPlan& plan, int error) {
  if (error == 0) return {};
  return base::fail_errno(error, fmt::format("Endpoint {} cannot set up its socket", plan.options.name));
}

std::uint16_t port_of(const udp::socket& socket) {
  std::error_code ignored;
  return socket.local_endpoint(ignored).port();
}
}  // namespace

struct UdpEndpoint::State : std::enable_shared_from_this<UdpEndpoint::State> {
  State(asio::io_context& context, UdpPlan its_plan)
      : plan(std::move(its_plan)), listening(context), own_sending(context) {}

  udp::socket& sending() { return plan.one_socket() ? listening : own_sending; }

  base::Result<> open() {
    if (plan.options.listens)
      if (auto done = open_listening(); !done) return done;
    if (!plan.destinations.empty())
      if (auto done = open_sending(); !done) return done;
    auto joined = follow_interfaces();
    if (!joined && plan.options.interfaces_may_come_later && joined.error().code != base::Errc::exhausted) return {};
    return joined;
  }

  base::Result<> open_listening() {
    const bool shares = plan.options.shares_port || !plan.groups.empty();
    if (auto done = open_socket(listening, plan, plan.listens_on, shares); !done) return done;
    const int socket = listening.native_handle();
    // Linux gives a socket what any other one of the host has joined, unless told not to.
    const int off = 0;
    if (setsockopt(socket, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) != 0) return prepared(plan, errno);
    std::error_code as_far_as_it_goes;
    listening.set_option(asio::socket_base::receive_buffer_size(receive_buffer), as_far_as_it_goes);
    return prepared(plan, UdpInlet::prepare(socket));
  }

  base::Result<> open_sending() {
    if (!plan.one_socket()) {
      if (auto done = open_socket(own_sending, plan, plan.sends_from, false); !done) return done;
      std::error_code as_far_as_it_goes;
      own_sending.set_option(asio::socket_base::receive_buffer_size(no_receive_buffer), as_far_as_it_goes);
    }
    own_port.emplace(port_of(sending()));
    return prepared(plan, UdpOutlet::prepare(sending().native_handle(), plan.options));
  }

  base::Result<> follow_interfaces() {
    const bool named = !plan.options.interfaces.empty();
    if (!named && !plan.needs_interfaces()) {
      if (!aimed_through) aim({});
      return {};
    }
    const auto all = list_interfaces();
    if (!all) return std::unexpected(all.error());
    Chosen chosen = interfaces_for(plan, *all);
    aim(chosen.usable);
    base::Result<> joined;
    if (!plan.groups.empty()) joined = memberships.follow(listening.native_handle(), plan, chosen.usable);
    if (named) {
      taken_through = *aimed_through;
      for (const Interface& each : *all)
        if (each.loopback) taken_through.push_back(each.index);
    }
    if (chosen.missing) return std::unexpected(std::move(*chosen.missing));
    return joined;
  }

  // What is aimed stays good for as long as the interfaces keep their numbers.
  void aim(const Interfaces& interfaces) {
    std::vector<unsigned> numbers;
    for (const Interface& each : interfaces) numbers.push_back(each.index);
    if (aimed_through == numbers) return;
    outlet.aim(plan, interfaces);
    own_addresses_changed();
    aimed_through = std::move(numbers);
  }

  void wait() {
    listening.async_wait(udp::socket::wait_read, [weak = weak_from_this()](const std::error_code& error) {
      if (const auto self = weak.lock(); self && !error) self->turn();
    });
  }

  void turn() {
    for (int n = 0; n < reads_per_turn; ++n) {
      const std::size_t count = inlet.read(listening.native_handle());
      for (std::size_t at = 0; at < count; ++at) {
        take(inlet.arrival(at));
        if (ended) return;
      }
      if (count < UdpInlet::most) break;
    }
    wait();
  }

  bool is_foreign(const Arrival& arrival) const {
    if (!plan.allow.empty() && !contains(plan.allow, arrival.from.address())) return true;
    if (!plan.groups.empty() && std::ranges::find(plan.groups, arrival.to) == plan.groups.end()) return true;
    return !plan.options.interfaces.empty() &&
           std::ranges::find(taken_through, arrival.interface) == taken_through.end();
  }

  void take(const Arrival& arrival) {
    ++figures.received;
    figures.dropped += std::uint32_t(arrival.lost - std::exchange(lost, arrival.lost));
    if (is_foreign(arrival)) {
      ++figures.foreign;
      if (plan.options.recording) record(arrival, "not taken: nothing is expected from, to or through there");
      return;
    }
    if (plan.options.recording) record(arrival, arrival.truncated ? "longer than this, and cut" : "");
    std::array<char, 24> peer;
    received({.bytes = arrival.bytes,
              .peer = write_peer(arrival.from, peer),
              .own = sent_by_us(arrival.from),
              .at = arrival.at,
              .truncated = arrival.truncated});
  }

  void record(const Arrival& arrival, std::string what) const {
    const udp::endpoint to(arrival.to, plan.options.port);
    plan.options.recording->received({.device = recorded_endpoint(arrival.from), .server = recorded_endpoint(to)},
                                     arrival.bytes, std::move(what));
  }

  // To each of its destinations.
  void record_sent(base::ByteView datagram, const std::string& what) const {
    std::error_code ignored;
    for (const udp::endpoint& each : plan.destinations)
      plan.options.recording->sent({.device = recorded_endpoint(each), .server = {.port = port_of(sending_socket())}},
                                   datagram, what);
  }
  const udp::socket& sending_socket() const { return plan.one_socket() ? listening : own_sending; }

  void close() {
    ended = true;
    std::error_code ignored;
    listening.close(ignored);
    own_sending.close(ignored);
    own_port.reset();
  }

  const UdpPlan plan;
  udp::socket listening;
  udp::socket own_sending;
  std::optional<OwnPort> own_port;
  Memberships memberships;
  std::optional<std::vector<unsigned>> aimed_through;  // numbers of the interfaces
  std::vector<unsigned> taken_through;                 // where some are named: those, and the loopback
  UdpOutlet outlet;
  UdpInlet inlet;
  Received received;
  UdpFigures figures;
  std::uint32_t lost = 0;
  bool ended = false;
};

base::Result<std::unique_ptr<UdpEndpoint>> UdpEndpoint::open(asio::io_context& context, UdpOptions options) {
  auto plan = plan_for(std::move(options));
  if (!plan) return std::unexpected(plan.error());
  auto state = std::make_shared<State>(context, std::move(*plan));
  if (auto done = state->open(); !done) return std::unexpected(done.error());
  return std::unique_ptr<UdpEndpoint>(new UdpEndpoint(std::move(state)));
}

UdpEndpoint::UdpEndpoint(std::shared_ptr<State> state) : state_(std::move(state)) {}

UdpEndpoint::~UdpEndpoint() {
  state_->close();
}

void UdpEndpoint::start(Received received) {
  state_->received = std::move(received);
  if (state_->plan.options.listens) state_->wait();
}

std::uint16_t UdpEndpoint::port() const {
  return port_of(state_->plan.options.listens ? state_->listening : state_->own_sending);
}

base::Result<> UdpEndpoint::send(base::ByteView datagram) {
  if (!state_->sending().is_open()) return {};  // it has no destinations
  auto done = state_->outlet.send(state_->sending().native_handle(), datagram);
  state_->figures.sent += done.sent;
  state_->figures.not_sent += done.not_sent;
  if (state_->plan.options.recording)
    state_->record_sent(datagram, done.first_error ? "not sent everywhere: " + done.first_error->message : "");
  if (done.first_error) return std::unexpected(std::move(*done.first_error));
  return {};
}

base::Result<> UdpEndpoint::join_again() {
  return state_->follow_interfaces();
}

UdpFigures UdpEndpoint::figures() const {
  return state_->figures;
}

}  // namespace net::relay
