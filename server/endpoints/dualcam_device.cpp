#include "server/endpoints/dualcam_device.hpp"

#include <fmt/format.h>

#include <asio/post.hpp>
#include <memory>
#include <utility>

#include "server/endpoints/infos.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
hub::Hub::Result result_of(const base::Result<std::string>& asked) {
  if (!asked) return failed(asked.error().message);
  return {.outcome = hub::Outcome::sent, .reason = fmt::format("This is the capture request {}.", *asked)};
}
}  // namespace

DualcamDevice::DualcamDevice(const DualcamConfig& config, CaptureDesk desk, Host& host)
    : info_(info_of(config)), imei_(config.imei), desk_(std::move(desk)), host_(host), health_(config.name, host) {}

std::string DualcamDevice::address() const {
  return imei_ ? imei_->str() : "every device";
}

base::Result<CaptureOrder> DualcamDevice::order_of(const hub::Command& command) const {
  std::optional<base::Imei> imei = imei_;
  if (const std::string_view text = text_of(command, "imei"); !text.empty()) imei = base::Imei::parse(text);
  if (!imei)
    return base::fail(base::Errc::invalid,
                      fmt::format("\"{}\" stands for every device, and the parameter imei names none.", info_.name));
  CaptureOrder order{.imei = *imei, .at = command.event_at, .origin = fmt::format("rule {}", command.rule)};
  if (command.rule.empty()) order.origin = "relay";
  if (text_of(command, "kind") == "photo") order.kind = base::MediaKind::photo;
  const std::string_view cameras = text_of(command, "cameras");
  order.front = cameras != "rear";
  order.rear = cameras == "rear" || cameras == "both";
  using Seconds = std::chrono::seconds;
  const auto before = duration_of(command, "before");
  if (!before) return std::unexpected(before.error());
  const auto after = duration_of(command, "after");
  if (!after) return std::unexpected(after.error());
  if (*before) order.before = std::chrono::ceil<Seconds>(**before);
  if (*after) order.after = std::chrono::ceil<Seconds>(**after);
  return order;
}

void DualcamDevice::run(const hub::Command& command, Done done) {
  auto order = order_of(command);
  if (!order) return done(failed(order.error().message));
  const auto shared = std::make_shared<Done>(health_.noting(command.verb, std::move(done)));
  const bool taken = host_.pool().post(
      [&host = host_, order = std::move(*order), shared, desk = desk_, alive = std::weak_ptr(alive_)] {
        auto result = result_of(desk.ask(order));
        asio::post(host.context(), [result = std::move(result), shared, alive] {
          if (!alive.expired()) (*shared)(result);
        });
      });
  if (!taken) (*shared)(failed("Too many capture requests wait for the catalog."));
}

}  // namespace endpoints
