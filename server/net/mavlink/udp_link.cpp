#include "server/net/mavlink/udp_link.hpp"

#include <fmt/format.h>

#include <asio/steady_timer.hpp>
#include <utility>

#include "server/net/mavlink/aim.hpp"
#include "server/net/mavlink/link_errors.hpp"
#include "server/net/mavlink/peer_table.hpp"
#include "server/net/mavlink/plan.hpp"
#include "server/net/mavlink/udp_socket.hpp"

namespace net::mavlink {

using asio::ip::udp;
using base::Errc;

namespace {
std::string shown(const udp::endpoint& where) {
  return written(where.address(), where.port());
}

// What both have: a socket, a timer for silence, figures.
class UdpLink : public Link {
 public:
  UdpLink(asio::io_context& context, Plan plan) : plan_(std::move(plan)), socket_(context), timer_(context) {}

  base::Result<> open(const udp::endpoint& local, bool broadcasts) {
    if (const int error = socket_.open(local, broadcasts); error != 0)
      return std::unexpected(cannot_listen(plan_.options.name, "UDP", local.address(), local.port(), error));
    return {};
  }

  void start(Received received, Changed changed) override {
    received_ = std::move(received);
    changed_ = std::move(changed);
    begin();
    socket_.start([this](const udp::endpoint& from, base::ByteView bytes) {
      if (!plan_.takes_from(from.address())) {
        ++figures_.foreign;
        return;
      }
      take(from, bytes, base::steady_now());
    });
  }
  LinkFigures figures() const override { return figures_; }
  std::uint16_t port() const override { return socket_.port(); }
  std::optional<base::Error> trouble() const override { return trouble_; }

 protected:
  virtual void begin() = 0;
  virtual void take(const udp::endpoint& from, base::ByteView bytes, base::SteadyTime now) = 0;
  virtual void expire(base::SteadyTime now) = 0;
  virtual std::optional<base::SteadyTime> next_expiry() const = 0;

  void change(std::uint32_t peer, const std::string& address, bool here) {
    changed_({.peer = peer, .address = address, .here = here});
  }
  void hand_over(std::uint32_t peer, const udp::endpoint& from, base::ByteView bytes) {
    ++figures_.received;
    figures_.received_bytes += bytes.size();
    const std::string address = shown(from);
    received_({.peer = peer, .address = address, .bytes = bytes, .datagram = true});
  }
  // A timer is set only where none is: most of what comes in moves the next expiry by nothing that matters.
  void watch_silence() {
    if (watching_) return;
    const auto next = next_expiry();
    if (!next) return;
    watching_ = true;
    timer_.expires_at(*next);
    timer_.async_wait([this, alive = std::weak_ptr<char>(alive_)](const std::error_code& error) {
      if (error || alive.expired()) return;
      watching_ = false;
      expire(base::steady_now());
      watch_silence();
    });
  }
  base::Result<> send_to(const udp::endpoint& to, base::ByteView bytes) {
    if (const int error = socket_.send(to, bytes); error != 0) {
      ++figures_.not_sent;
      trouble_ = cannot_send(plan_.options.name, shown(to), error);
      return std::unexpected(*trouble_);
    }
    trouble_.reset();
    ++figures_.sent;
    figures_.sent_bytes += bytes.size();
    return {};
  }
  base::Result<> no_such_peer(std::uint32_t peer) {
    ++figures_.not_sent;
    return base::fail(Errc::not_found,
                      fmt::format("Link {} has no peer {}: it has fallen silent.", plan_.options.name, peer));
  }

  const Plan plan_;
  LinkFigures figures_;

 private:
  UdpSocket socket_;
  asio::steady_timer timer_;
  bool watching_ = false;
  Received received_;
  Changed changed_;
  std::optional<base::Error> trouble_;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

class UdpServer final : public UdpLink {
 public:
  UdpServer(asio::io_context& context, Plan plan)
      : UdpLink(context, std::move(plan)), table_(plan_.options.most_peers, plan_.options.peer_expiry) {}

  base::Result<> send(std::uint32_t peer, base::ByteView bytes) override {
    const udp::endpoint* const to = table_.find(peer);
    return to == nullptr ? no_such_peer(peer) : send_to(*to, bytes);
  }
  std::vector<PeerState> peers() const override {
    std::vector<PeerState> states;
    for (const auto& each : table_.all())
      states.push_back({.number = each.number, .address = shown(each.where), .heard = each.heard});
    return states;
  }

 private:
  void begin() override {}
  void take(const udp::endpoint& from, base::ByteView bytes, base::SteadyTime now) override {
    const auto heard = table_.heard(from, now);
    if (!heard) {
      ++figures_.refused;
      return;
    }
    if (heard->is_new) {
      change(heard->number, shown(from), true);
      watch_silence();
    }
    hand_over(heard->number, from, bytes);
  }
  void expire(base::SteadyTime now) override {
    for (const auto& silent : table_.expire(now)) {
      ++figures_.expired;
      change(silent.number, shown(silent.where), false);
    }
  }
  std::optional<base::SteadyTime> next_expiry() const override { return table_.next_expiry(); }

  PeerTable table_;
};

class UdpClient final : public UdpLink {
 public:
  UdpClient(asio::io_context& context, Plan plan, const udp::endpoint& target, bool broadcast)
      : UdpLink(context, std::move(plan)), aim_(target, broadcast, plan_.options.broadcast_silence) {}

  base::Result<> send(std::uint32_t peer, base::ByteView bytes) override {
    return peer == aim_.peer() ? send_to(aim_.target(), bytes) : no_such_peer(peer);
  }
  std::vector<PeerState> peers() const override {
    return {{.number = aim_.peer(), .address = shown(aim_.target()), .heard = aim_.last_heard()}};
  }

 private:
  void begin() override { change(aim_.peer(), shown(aim_.target()), true); }
  void take(const udp::endpoint& from, base::ByteView bytes, base::SteadyTime now) override {
    if (!aim_.heard(from, now)) {
      ++figures_.foreign;
      return;
    }
    watch_silence();
    hand_over(aim_.peer(), from, bytes);
  }
  void expire(base::SteadyTime now) override {
    const std::uint32_t silent = aim_.peer();
    const std::string address = shown(aim_.target());
    if (!aim_.expire(now)) return;
    ++figures_.expired;
    change(silent, address, false);
    change(aim_.peer(), shown(aim_.target()), true);
  }
  std::optional<base::SteadyTime> next_expiry() const override { return aim_.next_expiry(); }

  Aim aim_;
};
}  // namespace

base::Result<std::unique_ptr<Link>> open_udp_server(asio::io_context& context, LinkOptions options) {
  auto plan = plan_for(std::move(options));
  if (!plan) return std::unexpected(plan.error());
  const udp::endpoint local(plan->address, plan->options.port);
  auto link = std::make_unique<UdpServer>(context, std::move(*plan));
  if (auto opened = link->open(local, false); !opened) return std::unexpected(opened.error());
  return link;
}

base::Result<std::unique_ptr<Link>> open_udp_client(asio::io_context& context, LinkOptions options) {
  auto plan = plan_for(std::move(options));
  if (!plan) return std::unexpected(plan.error());
  const udp::endpoint target(plan->address, plan->options.port);
  const bool broadcast = plan->options.broadcast || is_broadcast(plan->address);
  auto link = std::make_unique<UdpClient>(context, std::move(*plan), target, broadcast);
  if (auto opened = link->open(udp::endpoint(target.protocol(), 0), broadcast); !opened)
    return std::unexpected(opened.error());
  return link;
}

}  // namespace net::mavlink
