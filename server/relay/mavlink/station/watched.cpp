#include "server/relay/mavlink/station/watched.hpp"

#include <fmt/format.h>

namespace mavlink::station {
namespace {

constexpr std::uint32_t reordering_ms = 2000;                      // copies over a slower link come this much later
constexpr std::uint32_t before_wrap_ms = 0xFFFF'FFFFU - 600'000U;  // after 49.7 days it begins at 0 again

}  // namespace

BootClock::Seen BootClock::hear(std::size_t source, std::uint32_t boot_ms) noexcept {
  if (boot_ms == 0) return Seen::later;  // not filled
  auto& last = last_.at(source);
  const auto before = last;
  if (boot_ms >= before || before > before_wrap_ms) {
    last = boot_ms;
    return Seen::later;
  }
  if (before - boot_ms <= reordering_ms) return Seen::out_of_order;
  last_ = {};
  last = boot_ms;
  return Seen::went_back;
}

Watched::Watched(const Key& of, const Settings& how, base::Now now)
    : key(of),
      since(now.utc),
      last_sign(now.steady),
      next_sequence(how.first_sequence),
      inquiries(how.timing),
      images(how.timing, how.fetch_earlier_images, now.utc) {}

std::string Watched::name() const {
  if (!information || (information->vendor.empty() && information->model.empty()))
    return fmt::format("camera {}", to_string(key));
  if (information->vendor.empty() || information->model.empty()) return information->vendor + information->model;
  return information->vendor + " " + information->model;
}

Camera snapshot(const Watched& camera) {
  Camera shown{.key = camera.key,
               .name = camera.name(),
               .present = camera.present,
               .identified = camera.information.has_value(),
               .since = camera.since,
               .last_heartbeat = camera.last_heartbeat,
               .information = camera.information,
               .settings = camera.settings,
               .status = camera.status,
               .by_digicam = camera.by_digicam,
               .next_sequence = camera.next_sequence,
               .images = camera.images.counts()};
  for (const auto& [id, storage] : camera.storages) shown.storages.push_back(storage);
  for (const auto& [id, stream] : camera.streams) shown.streams.push_back(stream);
  return shown;
}

}  // namespace mavlink::station
