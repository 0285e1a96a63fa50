#include <algorithm>
#include <span>
#include <utility>

#include "server/http/context.hpp"
#include "server/http/json.hpp"
#include "server/http/parameters.hpp"
#include "server/http/problem.hpp"
#include "server/http/tracking_json.hpp"

namespace http {

// In the order of IMEIs; the cursor is the last IMEI of the page before.
Response list_devices(const Context& context, const Call& call) {
  Parameters given(call.target.query);
  const auto limit = given.limit();
  const auto cursor = given.text("cursor");
  const auto after = cursor ? base::Imei::parse(*cursor) : std::nullopt;
  if (cursor && !after) {
    given.reject("cursor", "The parameter cursor is not a next_cursor of this list; begin again without it.");
  }
  if (auto bad = given.problem()) return std::move(*bad);

  const auto devices = context.sources.catalog.list_devices();
  if (!devices) return backend_problem(devices.error(), "listing devices");
  const auto first = after ? std::ranges::upper_bound(*devices, *after, {}, &storage::Device::imei) : devices->begin();
  const std::span<const storage::Device> rest(first, devices->end());
  const auto page = rest.first(std::min<std::size_t>(limit, rest.size()));
  const auto next = page.size() < rest.size() ? page.back().imei.str() : std::string();
  return Response(200, "application/json", device_page_json(page, next)).with("Cache-Control", "no-store");
}

std::expected<base::Imei, Response> imei_of(const Call& call) {
  if (const auto imei = base::Imei::parse(call.values.at(0))) return *imei;
  return std::unexpected(problem(400, "An IMEI has 15 digits of which the last is the right check digit.", "imei"));
}

Response get_device(const Context& context, const Call& call) {
  auto imei = imei_of(call);
  if (!imei) return std::move(imei.error());
  const auto device = context.sources.catalog.find_device(*imei);
  if (!device) return backend_problem(device.error(), "looking up a device");
  if (!*device) return problem(404, "No device with this IMEI has ever connected to this server.");
  DeviceDetails details{.device = **device};
  auto& tracking = context.sources.catalog.tracking();
  const auto state = tracking.find_device_state(*imei);
  if (!state) return backend_problem(state.error(), "looking up how a device is");
  const auto link = tracking.find_link(*imei);
  if (!link) return backend_problem(link.error(), "looking up a tracker's link");
  const auto profile = context.sources.catalog.captures().capture_profile(*imei);
  if (!profile) return backend_problem(profile.error(), "looking up a device's profile");
  details.state = *state;
  details.link = *link;
  details.capture_profile = profile->empty() ? context.sources.capturing.profile : *profile;
  return Response(200, "application/json", device_details_json(details)).with("Cache-Control", "no-store");
}

}  // namespace http
