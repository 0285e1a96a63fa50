#include "server/app/relay_capture.hpp"

#include <utility>

#include "server/capture/wish.hpp"
#include "server/tracking/track.hpp"

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

// The first file there is; why there is none, once nothing comes any more.
base::Result<endpoints::CaptureProgress> look(storage::Catalog& catalog, const std::string& id) {
  const auto parsed = base::Uuid::parse(id);
  if (!parsed) return base::fail(base::Errc::invalid, id + " is no request.");
  const auto request = catalog.captures().find_capture(*parsed);
  if (!request) return std::unexpected(request.error());
  endpoints::CaptureProgress progress;
  if (!*request) {
    progress.ended = true;
    progress.reason = "The request was forgotten.";
    return progress;
  }
  progress.ended = storage::is_final((*request)->state);
  progress.reason = (*request)->reason;
  for (const storage::CapturePart& part : (*request)->parts)
    for (const storage::CaptureFile& file : part.files) {
      if (progress.media || file.media_id.is_nil()) continue;
      auto media = catalog.find_media(file.media_id);
      if (!media) return std::unexpected(media.error());
      progress.media = std::move(*media);
    }
  return progress;
}

bool is_online(storage::Catalog& catalog, const base::Imei& imei) {
  const auto link = catalog.tracking().find_link(imei);
  return link && *link;
}

// Trackers say it with every record or never, so the latest record is enough.
std::optional<std::int8_t> battery(storage::Catalog& catalog, const base::Imei& imei) {
  constexpr std::uint32_t most_records = 100;  // of one moment
  const auto state = catalog.tracking().find_device_state(imei);
  if (!state || !*state) return std::nullopt;
  const base::UtcTime last = (*state)->recorded_at;
  const auto track =
      tracking::Tracks(catalog.tracking()).between(imei, last, last + std::chrono::milliseconds{1}, most_records);
  if (!track) return std::nullopt;
  std::optional<std::int8_t> percent;
  for (const tracking::TrackPoint& point : track->points)
    if (point.battery) percent = static_cast<std::int8_t>(*point.battery);
  return percent;
}
}  // namespace

endpoints::CaptureDesk capture_desk(const Settings& settings, storage::Catalog& catalog, std::function<void()> asked) {
  return {.ask = Asker{settings.capture.channel, settings.capture.profile, settings.capture.camera_address, catalog,
                       std::move(asked)},
          .look = [&catalog](const std::string& id) { return look(catalog, id); },
          .is_online = [&catalog](const base::Imei& imei) { return is_online(catalog, imei); },
          .battery = [&catalog](const base::Imei& imei) { return battery(catalog, imei); }};
}

}  // namespace app
