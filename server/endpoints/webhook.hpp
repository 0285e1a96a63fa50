// Tells another program over HTTP that a rule has fired. POST of a JSON object: id, rule, source, event, event_at,
// take, hops, and the parameters of the step. Headers, as of the gateways for capture requests (docs/capture.md):
//   Idempotency-Key: ID
//   X-Dualcam-Signature: sha256=HEX     HMAC of the body, where there is a secret
//   X-Dualcam-Hops: N                   through how many relays it has come: what posts it back here says so
#pragma once

#include <memory>
#include <string>

#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"

namespace endpoints {

class Webhook final : public Endpoint {
 public:
  // `host` outlives it.
  Webhook(const WebhookConfig& config, Host& host);

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  // `post`: confirmed by 2xx, unconfirmed when it is not known whether it arrived, else failed. Sent once.
  std::string address() const override { return url_; }
  void run(const hub::Command& command, Done done) override;
  Health health() const override { return health_.get(); }

 private:
  void answered(const base::Result<net::relay::HttpAnswer>& answer, const Done& done);

  const hub::EndpointInfo info_;
  const std::string url_;
  const std::string secret_;
  Host& host_;
  HealthKeeper health_;
};

}  // namespace endpoints
