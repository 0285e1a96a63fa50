// Notifications of a motion-capture stage, and starts and stops for one.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/base/clock.hpp"
#include "server/relay/shogun/encode.hpp"
#include "server/relay/shogun/packet_ids.hpp"
#include "tools/trigger/direct.hpp"
#include "tools/trigger/sending.hpp"
#include "tools/trigger/words.hpp"

namespace trigger {

namespace {
using base::Errc;
using shogun::Notification;

constexpr std::string_view everybody = "255.255.255.255";

base::Result<shogun::Result> result_of(const ShogunOptions& options) {
  if (options.result.empty()) return shogun::Result::unknown;
  if (options.verb != "stop") return base::fail(Errc::invalid, "--result is of a stop.");
  constexpr std::array<std::pair<std::string_view, shogun::Result>, 3> words{
      {{"success", shogun::Result::success}, {"fail", shogun::Result::fail}, {"cancel", shogun::Result::cancel}}};
  const auto found = std::ranges::find(words, options.result, [](const auto& each) { return each.first; });
  if (found != words.end()) return found->second;
  return base::fail(Errc::invalid,
                    fmt::format("There is no result \"{}\"; there are success, fail and cancel.", options.result));
}

base::Result<Notification> notification_of(const ShogunOptions& options) {
  const auto kind = shogun::parse_kind(options.verb);
  if (!kind || *kind > shogun::Kind::complete)
    return base::fail(Errc::invalid,
                      fmt::format("A stage is not told \"{}\", but start, stop or complete.", options.verb));
  const auto result = result_of(options);
  if (!result) return std::unexpected(result.error());
  const auto now = static_cast<std::uint64_t>(base::utc_now().time_since_epoch().count());
  return Notification{.kind = *kind,
                      .name = options.name,
                      .database_path = options.path,
                      .notes = options.notes,
                      .description = options.description,
                      .delay = std::chrono::milliseconds(options.delay_ms),
                      .packet_id = options.packet_id.value_or(shogun::PacketIds(now).next()),
                      .result = *result};
}

base::Result<Shipment> shipment_of(const ShogunOptions& options, shogun::Flavour flavour) {
  Shipment shipment{.interfaces = options.interfaces, .times = options.repeat};
  for (const std::string& to : options.to) {
    auto destination = parse_destination(to);
    if (!destination) return std::unexpected(destination.error());
    shipment.to.push_back(std::move(*destination));
  }
  if (shipment.to.empty()) shipment.to.push_back({.address = std::string(everybody), .port = shogun::port_of(flavour)});
  return shipment;
}
}  // namespace

Outcome run_shogun(const ShogunOptions& options) {
  const auto flavour = shogun::parse_flavour(options.flavour);
  if (!flavour)
    return complain(
        {Errc::invalid,
         fmt::format("There is no flavour \"{}\"; there are vicon, optitrack, rokoko, qtm, xsens, manus and "
                     "nokov.",
                     options.flavour),
         0});
  const auto notification = notification_of(options);
  if (!notification) return complain(notification.error());
  auto shipment = shipment_of(options, *flavour);
  if (!shipment) return complain(shipment.error());
  auto datagram = shogun::encode(*notification, *flavour);
  if (!datagram) return complain(datagram.error());
  shipment->datagram = std::move(*datagram);
  if (const auto sent = send(*shipment); !sent) return complain(sent.error());
  if (options.json)
    fmt::print("{}\n", as_json(*shipment));
  else
    fmt::print("Sent {} \"{}\" in the form of {} ({} bytes) {}.\n", options.verb, options.name,
               shogun::product(*flavour), shipment->datagram.size(), way_of(*shipment));
  return Outcome::good;
}

}  // namespace trigger
