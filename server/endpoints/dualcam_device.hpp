// The cameras of a vehicle as a target: a capture request, which goes its own way from there (server/capture).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"
#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"
#include "storage/catalog/catalog.hpp"

namespace endpoints {

struct CaptureOrder {
  base::Imei imei;
  base::MediaKind kind = base::MediaKind::video;
  bool front = true;
  bool rear = false;
  base::UtcTime at;  // a video is around it
  std::chrono::seconds before{5};
  std::chrono::seconds after{5};
  std::string origin;  // "rule pitch"
};
// What came of a request.
struct CaptureProgress {
  bool ended = false;
  std::string reason;                   // why there is no file
  std::optional<storage::Media> media;  // of a clip in several parts the first
};
// Where captures are asked for. Every call blocks: for the pool.
struct CaptureDesk {
  std::function<base::Result<std::string>(const CaptureOrder& order)> ask;  // the request's id
  std::function<base::Result<CaptureProgress>(const std::string& id)> look;
  std::function<bool(const base::Imei& imei)> is_online;  // its tracker has a link
  // Of its tracker, as it said last, in %; nothing: it does not say.
  std::function<std::optional<std::int8_t>(const base::Imei& imei)> battery;
};

class DualcamDevice final : public Endpoint {
 public:
  // `host` outlives it.
  DualcamDevice(const DualcamConfig& config, CaptureDesk desk, Host& host);

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  // `capture`: outcome sent, with the request's id as the reason; its end is the request's own matter.
  std::string address() const override;
  void run(const hub::Command& command, Done done) override;
  Health health() const override { return health_.get(); }

 private:
  base::Result<CaptureOrder> order_of(const hub::Command& command) const;

  const hub::EndpointInfo info_;
  const std::optional<base::Imei> imei_;
  const CaptureDesk desk_;
  Host& host_;
  HealthKeeper health_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what the pool brings back
};

}  // namespace endpoints
