#include "server/app/relay_capture.hpp"

#include <utility>

#include "server/capture/wish.hpp"

namespace app {

namespace {
struct Asker {
  storage::CaptureChannel channel;
  std::string profile;
  std::optional<avl::Destination> server;
  storage::Catalog& catalog;
  std::function<void()> asked;

  base::Result<std::string> operator()(const endpoints::CaptureOrder& order) const {
    capture::Wish wish{.imei = order.imei,
                       .kind = order.kind,
                       .front = order.front,
                       .rear = order.rear,
                       .server = server,
                       .channel = channel,
                       .origin = order.origin};
    if (order.kind == base::MediaKind::video) capture::around(wish, order.at, order.before, order.after);
    const auto kept = catalog.captures().capture_profile(order.imei);
    if (!kept) return std::unexpected(kept.error());
    const auto known = capture::parse_profile(kept->empty() ? profile : *kept);
    if (!known) return std::unexpected(known.error());
    const base::UtcTime now = base::utc_now();
    const auto request = capture::plan(wish, *known, base::Uuid::v7(now), now);
    if (!request) return std::unexpected(request.error());
    const auto added = catalog.captures().add_capture(*request);
    if (!added) return std::unexpected(added.error());
    if (asked) asked();
    return added->request.id.str();
  }
};
}  // namespace

endpoints::CaptureAsk capture_ask(const Settings& settings, storage::Catalog& catalog, std::function<void()> asked) {
  return Asker{settings.capture.channel, settings.capture.profile, settings.capture.camera_address, catalog,
               std::move(asked)};
}

}  // namespace app
