// The trigger of edgertronic cameras, as their maker's own script sends it, and the file cameras learn their group
// from.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "server/relay/edgertronic/file_name.hpp"
#include "server/relay/edgertronic/multicast_conf.hpp"
#include "tools/trigger/direct.hpp"
#include "tools/trigger/sending.hpp"
#include "tools/trigger/words.hpp"

namespace trigger {

namespace {
using base::Errc;
using edgertronic::MulticastSettings;

base::Result<MulticastSettings> settings_in(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(edgertronic::max_conf_size + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (text.empty() && !file.eof())) return base::fail(Errc::io, fmt::format("{} cannot be read.", path));
  auto settings = edgertronic::parse_multicast_conf(text);
  if (!settings) return base::fail(settings.error().code, fmt::format("{}: {}", path, settings.error().message));
  return settings;
}

base::Result<MulticastSettings> settings_of(const EdgertronicOptions& options) {
  if (!options.conf.empty()) return settings_in(options.conf);
  const auto payload = parse_payload(options.payload);
  if (!payload) return std::unexpected(payload.error());
  return MulticastSettings{.address = options.address, .port = options.port, .payload = *payload};
}

Outcome write(const MulticastSettings& settings, const std::string& path) {
  const auto text = edgertronic::format_multicast_conf(settings);
  if (!text) return complain(text.error());
  std::ofstream file(path, std::ios::binary);
  file << *text << std::flush;
  if (!file) return complain({Errc::io, fmt::format("{} cannot be written.", path), 0});
  fmt::print(
      "Wrote {}: group {}, port {}, payload 0x{:08X}. Put it on the camera's SD card or USB stick as {} and "
      "switch the camera off and on.\n",
      path, settings.address, settings.port, settings.payload, edgertronic::conf_file_name);
  return Outcome::good;
}
}  // namespace

Outcome run_edgertronic(const EdgertronicOptions& options) {
  const auto settings = settings_of(options);
  if (!settings) return complain(settings.error());
  if (!options.write_conf.empty()) return write(*settings, options.write_conf);

  const auto name = options.name.empty() ? std::nullopt : std::optional<std::string_view>(options.name);
  auto datagram = edgertronic::encode(settings->payload, name);
  if (!datagram) return complain(datagram.error());
  if (const auto danger = edgertronic::name_danger(name, 1)) fmt::print(stderr, "dualcam trigger: {}\n", *danger);
  const Shipment shipment{.to = {{.address = settings->address, .port = settings->port}},
                          .interfaces = options.interfaces,
                          .datagram = std::move(*datagram),
                          .times = options.repeat};
  if (const auto sent = send(shipment); !sent) return complain(sent.error());
  if (options.json)
    fmt::print("{}\n", as_json(shipment));
  else
    fmt::print("Sent payload 0x{:08X}{} ({} bytes) {}. Cameras do not answer.\n", settings->payload,
               name ? fmt::format(" with the name \"{}\"", *name) : std::string(" without a name"),
               shipment.datagram.size(), way_of(shipment));
  return Outcome::good;
}

}  // namespace trigger
