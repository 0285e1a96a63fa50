// A multicast group of edgertronic cameras: hears triggers of others, fires its own, and asks the cameras it knows
// whether they fired.
#pragma once

#include <asio/steady_timer.hpp>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "server/endpoints/config.hpp"
#include "server/endpoints/edgertronic_shot.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"
#include "server/net/relay/udp_endpoint.hpp"
#include "server/relay/edgertronic/camapi.hpp"

namespace endpoints {

class EdgertronicGroup final : public Endpoint {
 public:
  // Binds. `host` outlives it.
  static base::Result<std::unique_ptr<EdgertronicGroup>> open(const EdgertronicConfig& config, Host& host);
  EdgertronicGroup(const EdgertronicConfig& config, std::unique_ptr<net::relay::UdpEndpoint> socket, Host& host);

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  std::string address() const override { return info_.medium; }
  void start() override;
  // `trigger`: name, verify, repeat.
  void run(const hub::Command& command, Done done) override;
  Health health() const override;

  base::Result<hub::Event> what_is(base::ByteView datagram, hub::Now now) const override;

 private:
  std::expected<hub::Event, Refused> read(base::ByteView datagram, std::string_view peer, hub::Now now) const;
  void received(const net::relay::Datagram& datagram);
  void repeat(std::shared_ptr<const base::Bytes> datagram, std::uint32_t left);
  void look();  // at the cameras' states, now and then
  void looked(EdgertronicWatch& camera, const base::Result<net::relay::HttpAnswer>& answer);
  void judge();

  const EdgertronicConfig config_;
  const hub::EndpointInfo info_;
  std::unique_ptr<net::relay::UdpEndpoint> socket_;
  Host& host_;
  HealthKeeper health_;
  std::vector<std::unique_ptr<EdgertronicWatch>> cameras_;
  asio::steady_timer looking_;
  asio::steady_timer repeating_;
};

}  // namespace endpoints
