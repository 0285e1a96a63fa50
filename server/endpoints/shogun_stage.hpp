// A motion-capture stage: hears what it says of its recordings, joins that into takes, starts and stops it, and takes
// its own broadcast for the proof that it did.
#pragma once

#include <asio/steady_timer.hpp>
#include <expected>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"
#include "server/net/relay/udp_endpoint.hpp"
#include "server/relay/hub/seen.hpp"
#include "server/relay/shogun/notification.hpp"
#include "server/relay/shogun/packet_ids.hpp"
#include "server/relay/shogun/takes.hpp"

namespace endpoints {

class ShogunStage final : public Endpoint {
 public:
  // Binds. `host` outlives it.
  static base::Result<std::unique_ptr<ShogunStage>> open(const ShogunConfig& config, Host& host);
  ShogunStage(const ShogunConfig& config, std::unique_ptr<net::relay::UdpEndpoint> socket, Host& host);

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  std::string address() const override;
  void start() override;
  // `start`, `stop`, `complete`: confirmed when the stage says the same of itself.
  void run(const hub::Command& command, Done done) override;
  Health health() const override;
  base::Result<hub::Event> what_is(base::ByteView datagram, hub::Now now) const override;

 private:
  struct Awaited {  // what the stage is to say
    shogun::Kind kind = shogun::Kind::start;
    std::string name;
    base::SteadyTime sent;
    base::Bytes raw;
    Done done;
    asio::steady_timer timer;
  };

  void received(const net::relay::Datagram& datagram);
  void refuse(const net::relay::Datagram& datagram, hub::Outcome outcome, std::string code, std::string reason);
  hub::Event event_of(const shogun::Notification& note, hub::Now now) const;
  // What it is to its take.
  void mark(hub::Event& event, const shogun::Notification& note);
  bool confirm(const shogun::Notification& note, base::SteadyTime received);  // whether it was waited for
  void await(Awaited awaited);
  base::Result<shogun::Notification> notification_of(const hub::Command& command, shogun::Kind kind);

  const ShogunConfig config_;
  const shogun::Flavour flavour_;
  const hub::EndpointInfo info_;
  std::unique_ptr<net::relay::UdpEndpoint> socket_;
  Host& host_;
  HealthKeeper health_;
  shogun::PacketIds ids_;
  shogun::Takes takes_;
  hub::Seen copies_;  // the takes are not to be told twice
  std::list<Awaited> awaited_;
};

}  // namespace endpoints
