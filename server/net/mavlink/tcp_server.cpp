#include <fmt/format.h>

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "server/net/mavlink/link_errors.hpp"
#include "server/net/mavlink/one_peer_link.hpp"
#include "server/net/mavlink/stream_links.hpp"

namespace net::mavlink {

using asio::ip::tcp;
using base::Errc;

namespace {
constexpr int backlog = 16;
constexpr std::chrono::milliseconds pause_after_failure{100};  // no descriptors: it is tried again, without spinning

class TcpServer final : public Link {
 public:
  TcpServer(asio::io_context& context, Plan plan)
      : plan_(std::move(plan)), context_(context), acceptor_(context), pause_(context) {}
  ~TcpServer() override {
    for (auto& [number, peer] : peers_) peer.pump->close();
  }

  base::Result<> open() {
    const tcp::endpoint local(plan_.address, plan_.options.port);
    std::error_code error;
    acceptor_.open(local.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(local, error);
    if (!error) acceptor_.listen(backlog, error);
    if (!error) acceptor_.non_blocking(true, error);
    if (error)
      return std::unexpected(cannot_listen(plan_.options.name, "TCP", local.address(), local.port(), error.value()));
    return {};
  }

  void start(Received received, Changed changed) override {
    received_ = std::move(received);
    changed_ = std::move(changed);
    wait();
  }
  base::Result<> send(std::uint32_t number, base::ByteView bytes) override {
    const auto found = peers_.find(number);
    if (found == peers_.end() || !found->second.pump->send(bytes)) {
      ++figures_.not_sent;
      if (found != peers_.end()) return std::unexpected(queue_full(plan_.options, found->second.address));
      return base::fail(Errc::not_found,
                        fmt::format("Link {} has no peer {}: its connection has ended.", plan_.options.name, number));
    }
    ++figures_.sent;
    figures_.sent_bytes += bytes.size();
    return {};
  }
  std::vector<PeerState> peers() const override {
    std::vector<PeerState> states;
    states.reserve(peers_.size());
    for (const auto& [number, peer] : peers_)
      states.push_back({.number = number, .address = peer.address, .heard = peer.heard});
    return states;
  }
  LinkFigures figures() const override { return figures_; }
  std::uint16_t port() const override {
    std::error_code ignored;
    return acceptor_.local_endpoint(ignored).port();
  }
  std::optional<base::Error> trouble() const override { return trouble_; }

 private:
  using Pump = StreamPump<tcp::socket>;
  struct Peer {
    std::string address;
    std::shared_ptr<Pump> pump;
    std::optional<base::SteadyTime> heard;
  };

  void wait() {
    acceptor_.async_wait(tcp::acceptor::wait_read,
                         [this, alive = std::weak_ptr<char>(alive_)](const std::error_code& error) {
                           if (!error && !alive.expired()) accept();
                         });
  }

  void accept() {
    std::error_code error;
    tcp::endpoint from;
    tcp::socket socket = acceptor_.accept(from, error);
    if (!error) {
      trouble_.reset();
      admit(std::move(socket), from);
    } else if (error != asio::error::would_block && error != asio::error::try_again &&
               error != asio::error::connection_aborted) {
      return pause(error.value());
    }
    wait();
  }

  void pause(int os_error) {
    trouble_ = base::fail_errno(os_error, fmt::format("Link {} cannot take a connection", plan_.options.name)).error();
    pause_.expires_after(pause_after_failure);
    pause_.async_wait([this, alive = std::weak_ptr<char>(alive_)](const std::error_code& cancelled) {
      if (!cancelled && !alive.expired()) wait();
    });
  }

  // One that is not admitted is closed with its socket.
  void admit(tcp::socket socket, const tcp::endpoint& from) {
    if (!plan_.takes_from(from.address())) {
      ++figures_.foreign;
      return;
    }
    if (peers_.size() >= plan_.options.most_peers) {
      ++figures_.refused;
      return;
    }
    std::error_code as_far_as_it_goes;
    socket.set_option(tcp::no_delay(true), as_far_as_it_goes);
    const std::uint32_t number = ++last_number_;
    auto pump = std::make_shared<Pump>(
        context_, std::move(socket),
        PumpLimits{.most_queued = plan_.options.most_queued,
                   .idle = plan_.options.idle_timeout,
                   .write = plan_.options.write_timeout},
        [this, number](base::ByteView bytes) { take(number, bytes); },
        [this, number](PumpEnd how, int) { leave(number, how); });
    const Peer& peer =
        peers_.emplace(number, Peer{.address = written(from.address(), from.port()), .pump = pump}).first->second;
    changed_({.peer = number, .address = peer.address, .here = true});
    pump->start();
  }

  void take(std::uint32_t number, base::ByteView bytes) {
    const auto found = peers_.find(number);
    if (found == peers_.end()) return;
    found->second.heard = base::steady_now();
    ++figures_.received;
    figures_.received_bytes += bytes.size();
    received_({.peer = number, .address = found->second.address, .bytes = bytes});
  }

  void leave(std::uint32_t number, PumpEnd how) {
    auto gone = peers_.extract(number);
    if (!gone) return;
    if (how == PumpEnd::silent) ++figures_.expired;
    changed_({.peer = number, .address = gone.mapped().address, .here = false});
  }

  const Plan plan_;
  asio::io_context& context_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Received received_;
  Changed changed_;
  std::map<std::uint32_t, Peer> peers_;
  std::uint32_t last_number_ = 0;
  LinkFigures figures_;
  std::optional<base::Error> trouble_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};
}  // namespace

base::Result<std::unique_ptr<Link>> open_tcp_server(asio::io_context& context, LinkOptions options) {
  auto plan = plan_for(std::move(options));
  if (!plan) return std::unexpected(plan.error());
  auto link = std::make_unique<TcpServer>(context, std::move(*plan));
  if (auto opened = link->open(); !opened) return std::unexpected(opened.error());
  return link;
}

}  // namespace net::mavlink
