#include "server/endpoints/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/endpoints/config_parts.hpp"
#include "server/endpoints/mavlink_reader.hpp"
#include "server/endpoints/table.hpp"
#include "server/relay/edgertronic/multicast_conf.hpp"
#include "server/relay/shogun/notification.hpp"

namespace endpoints {

namespace {
constexpr std::uint16_t shogun_port = 30;

// Defaults that endpoints take over.
struct Common {
  std::vector<std::string> interfaces;
  std::vector<std::string> allow;
};

struct Reader {
  Config config;
  Common common;
  Names names;

  UdpConfig udp_of(Table& table) const;
  void relay(Table& table);
  void edgertronic(Table& table);
  void shogun(Table& table);
  void trendnet(Table& table);
  void dualcam(Table& table);
  void webhook(Table& table);
};

std::optional<std::uint32_t> payload_of(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, hexadecimal ? 16 : 10);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool is_destination(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data() + colon + 1, end, port);
  return error == std::errc{} && behind == end && port != 0;
}

UdpConfig Reader::udp_of(Table& table) const {
  constexpr int most_hops = 255;
  UdpConfig udp{.interfaces = common.interfaces, .allow = common.allow};
  udp.listen = table.flag("listen").value_or(true);
  if (table.has("interfaces")) udp.interfaces = table.texts("interfaces");
  if (table.has("allow")) udp.allow = table.texts("allow");
  udp.ttl = static_cast<int>(table.number("ttl", 0, most_hops).value_or(udp.ttl));
  udp.loopback = table.flag("loopback").value_or(false);
  return udp;
}

void Reader::relay(Table& table) {
  constexpr std::int64_t most = 100'000;
  common.interfaces = table.texts("interfaces");
  common.allow = table.texts("allow");
  config.camera_networks = table.texts("camera_networks");
  hub::HubOptions& hub = config.hub;
  if (const auto count = table.number("max_firings_per_second", 1, most))
    hub.most_firings_per_second = static_cast<std::uint32_t>(*count);
  hub.duplicate_window = table.duration("duplicate_window").value_or(hub.duplicate_window);
  hub.patience = table.duration("patience").value_or(hub.patience);
}

void Reader::edgertronic(Table& table) {
  EdgertronicConfig camera;
  camera.name = names.take(table);
  camera.udp = udp_of(table);
  edgertronic::MulticastSettings settings;
  if (const auto file = table.text("config")) {
    const auto text = contents_of(*file);
    const auto parsed = text ? edgertronic::parse_multicast_conf(*text)
                             : base::fail(base::Errc::not_found, fmt::format("{} cannot be read.", *file));
    if (parsed)
      settings = *parsed;
    else
      table.fault("config", parsed.error().message.substr(0, parsed.error().message.find_last_not_of('.') + 1));
  }
  camera.udp.address = table.text("address").value_or(settings.address);
  if (!edgertronic::is_multicast_address(camera.udp.address))
    table.fault("address", "it must be a multicast address, 224.0.0.0 to 239.255.255.255");
  camera.udp.port = static_cast<std::uint16_t>(table.number("port", 1, 65535).value_or(settings.port));
  camera.payload = settings.payload;
  if (const auto text = table.text("payload")) {
    const auto payload = payload_of(*text);
    if (!payload) table.fault("payload", "it must be a number of 32 bits, such as \"0x05AA9544\"");
    camera.payload = payload.value_or(camera.payload);
  }
  camera.repeat = static_cast<std::uint32_t>(table.number("repeat", 1, 3).value_or(camera.repeat));
  camera.repeat_gap = table.duration("repeat_gap").value_or(camera.repeat_gap);
  camera.names = table.flag("names").value_or(camera.names);
  camera.verify = table.duration("verify").value_or(camera.verify);
  camera.duplicate_window = table.duration("duplicate_window").value_or(camera.duplicate_window);
  table.tables("camera", [&](Table& one) {
    const std::string name = names.take(one);
    camera.cameras.push_back({.name = name, .url = url_of(one)});
  });
  config.edgertronic.push_back(std::move(camera));
}

void Reader::shogun(Table& table) {
  ShogunConfig stage;
  stage.name = names.take(table);
  stage.udp = udp_of(table);
  stage.udp.address = table.text("address").value_or("0.0.0.0");
  stage.udp.port = static_cast<std::uint16_t>(table.number("port", 0, 65535).value_or(shogun_port));
  stage.udp.to = table.texts("to");
  for (const std::string& to : stage.udp.to)
    if (!is_destination(to)) table.fault("to", fmt::format("\"{}\" is no HOST:PORT", to));
  stage.flavour = table.text("flavour").value_or(stage.flavour);
  if (!shogun::parse_flavour(stage.flavour)) table.fault("flavour", "it is none that is known");
  stage.database_path = table.text("database_path").value_or(stage.database_path);
  stage.confirm = table.duration("confirm").value_or(stage.confirm);
  config.shogun.push_back(std::move(stage));
}

void Reader::trendnet(Table& table) {
  constexpr std::uint8_t last_preset = 24;
  TrendnetConfig camera;
  camera.name = names.take(table);
  camera.url = url_of(table);
  camera.user = table.text("user").value_or(std::string());
  camera.password = secret_of(table, "password_file");
  if (const auto text = table.text("device")) {
    camera.device = base::Imei::parse(*text);
    if (!camera.device) table.fault("device", "it must be an IMEI of 15 digits");
  }
  camera.scratch_preset =
      static_cast<std::uint8_t>(table.number("scratch_preset", 1, last_preset).value_or(last_preset));
  camera.stream = table.flag("stream").value_or(true);
  config.trendnet.push_back(std::move(camera));
}

void Reader::dualcam(Table& table) {
  DualcamConfig device;
  device.name = names.take(table);
  if (const auto text = table.text("imei")) {
    device.imei = base::Imei::parse(*text);
    if (!device.imei) table.fault("imei", "it must be an IMEI of 15 digits");
  }
  config.dualcam.push_back(std::move(device));
}

void Reader::webhook(Table& table) {
  WebhookConfig hook;
  hook.name = names.take(table);
  hook.url = url_of(table);
  hook.secret = secret_of(table, "secret_file");
  config.webhooks.push_back(std::move(hook));
}
}  // namespace

base::Result<Config> parse_config(std::string_view json) {
  auto table = Table::parse(json);
  if (!table) return std::unexpected(table.error());
  Reader reader;
  table->table("relay", [&](Table& one) { reader.relay(one); });  // first: the others take its defaults over
  table->tables("edgertronic", [&](Table& one) { reader.edgertronic(one); });
  table->tables("shogun", [&](Table& one) { reader.shogun(one); });
  table->tables("trendnet", [&](Table& one) { reader.trendnet(one); });
  table->tables("dualcam", [&](Table& one) { reader.dualcam(one); });
  table->tables("webhook", [&](Table& one) { reader.webhook(one); });
  table->tables("mavlink", [&](Table& one) { reader.config.mavlink.push_back(read_mavlink(one, reader.names)); });
  check_mavlink(*table, reader.config);
  const std::string rules = table->json("rule");
  table->done();
  std::vector<std::string> faults = table->faults();
  if (!rules.empty()) {
    auto parsed = hub::parse_rules(rules, hub::RuleOrigin::file);
    if (parsed)
      reader.config.rules = std::move(*parsed);
    else
      faults.push_back(parsed.error().message);
  }
  if (faults.empty()) return std::move(reader.config);
  return base::fail(base::Errc::invalid, fmt::format("{}", fmt::join(faults, " ")));
}

}  // namespace endpoints
