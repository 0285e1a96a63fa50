#include "server/endpoints/mavlink_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/wire/enums.hpp"

namespace endpoints {

namespace {
using Kind = MavlinkLinkConfig::Kind;

struct KindName {
  std::string_view name;
  Kind kind;
};
constexpr std::array kinds{
    KindName{"udp-server", Kind::udp_server}, KindName{"udp-client", Kind::udp_client},
    KindName{"tcp-client", Kind::tcp_client}, KindName{"tcp-server", Kind::tcp_server},
    KindName{"serial", Kind::serial},
};
// Where ground stations listen, and where an autopilot's simulator and routers serve TCP.
constexpr std::uint16_t udp_port = 14'550;
constexpr std::uint16_t tcp_port = 5760;
constexpr std::size_t most_links = 16;
constexpr std::size_t most_cameras = 64;  // all of them find a number that is free
constexpr std::size_t longest_name = 31;  // of a vendor or model, with its zero

std::optional<std::uint8_t> part_of(std::string_view text) {
  if (text == "*") return 0;
  std::uint8_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

std::optional<MavlinkSender> sender_of(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto system = part_of(text.substr(0, slash));
  const auto component = part_of(text.substr(slash + 1));
  if (!system || !component) return std::nullopt;
  return MavlinkSender{*system, *component};
}

void read_key(Table& table, MavlinkLinkConfig& link) {
  link.key_file = table.text("key_file").value_or(std::string());
  const std::string text = secret_of(table, "key_file");
  if (text.empty()) return;
  const auto key = mavlink::read_signing_key(text);
  if (!key) return table.fault("key_file", "it holds no key: 64 hexadecimal digits, or a passphrase");
  link.key = *key;
  if (link.version == 1) table.fault("version", "MAVLink 1 has no signatures");
}

MavlinkLinkConfig link_of(Table& table) {
  MavlinkLinkConfig link;
  const std::string kind = table.text("kind").value_or("udp-server");
  const auto* const found = std::ranges::find(kinds, std::string_view(kind), &KindName::name);
  if (found == kinds.end())
    table.fault("kind", "it must be udp-server, udp-client, tcp-client, tcp-server or serial");
  else
    link.kind = found->kind;
  if (link.kind == Kind::serial) {
    constexpr std::int64_t fastest = 4'000'000;
    link.device = table.text("device").value_or(std::string());
    if (link.device.empty()) table.fault("device", "a serial link needs one, such as \"/dev/ttyUSB0\"");
    link.baud = static_cast<std::uint32_t>(table.number("baud", 1200, fastest).value_or(link.baud));
  } else {
    const bool client = link.kind == Kind::udp_client || link.kind == Kind::tcp_client;
    const bool udp = link.kind == Kind::udp_server || link.kind == Kind::udp_client;
    const auto address = table.text("address");
    if (client && !address) table.fault("address", "it is missing: the host on the other side");
    link.address = address.value_or(link.address);
    link.port = static_cast<std::uint16_t>(table.number("port", 0, 65535).value_or(udp ? udp_port : tcp_port));
    if (client && link.port == 0) table.fault("port", "0 is where nobody listens");
    link.allow = table.texts("allow");
  }
  link.group = table.text("group").value_or(std::string());
  link.version = static_cast<int>(table.number("version", 1, 2).value_or(2));
  read_key(table, link);
  return link;
}

void read_name(Table& table, std::string_view key, std::string& into) {
  into = table.text(key).value_or(into);
  if (into.empty() || into.size() > longest_name)
    table.fault(key, fmt::format("it must have 1 to {} bytes", longest_name));
}

MavlinkCameraConfig camera_of(Table& table, Names& names) {
  MavlinkCameraConfig camera;
  camera.name = names.take(table);
  camera.of = table.text("of").value_or(std::string());
  camera.side = table.text("side").value_or(camera.side);
  if (camera.side != "front" && camera.side != "rear") table.fault("side", "it must be front or rear");
  // Below 7 are the numbers of cameras attached to an autopilot.
  camera.component = static_cast<std::uint8_t>(table.number("component", 7, 250).value_or(0));
  read_name(table, "vendor", camera.vendor);
  camera.model = camera.name.substr(0, longest_name);
  if (table.has("model") || !camera.model.empty()) read_name(table, "model", camera.model);
  return camera;
}

MavlinkRemoteConfig remote_of(Table& table, Names& names) {
  MavlinkRemoteConfig remote;
  remote.name = names.take(table);
  remote.address.system = static_cast<std::uint8_t>(table.number("system", 1, 255).value_or(1));
  remote.address.component =
      static_cast<std::uint8_t>(table.number("component", 1, 255).value_or(mavlink::component::camera));
  remote.device = static_cast<std::uint8_t>(table.number("device", 0, 6).value_or(0));
  return remote;
}

void read_system(Table& table, MavlinkConfig& node) {
  const std::string text = table.json("system");
  if (text == "\"autopilot\"")
    node.system.reset();
  else if (text.starts_with('"'))
    table.fault("system", "it must be a number from 1 to 250, or \"autopilot\"");
  else
    node.system = static_cast<std::uint8_t>(table.number("system", 1, 250).value_or(1));
}

// Each that has no number gets the next free one.
void number_cameras(Table& table, std::vector<MavlinkCameraConfig>& cameras) {
  std::set<std::uint8_t> taken;
  std::set<std::string> models;
  for (const MavlinkCameraConfig& camera : cameras) {
    if (camera.component != 0 && !taken.insert(camera.component).second)
      table.fault("camera", fmt::format("two have the component {}", camera.component));
    if (!models.insert(camera.model).second)
      table.fault("camera",
                  fmt::format("two have the model \"{}\": ground stations tell cameras apart by it", camera.model));
  }
  std::uint8_t next = mavlink::component::camera;
  for (MavlinkCameraConfig& camera : cameras) {
    if (camera.component != 0) continue;
    while (taken.contains(next)) ++next;
    camera.component = next;
    taken.insert(next);
  }
}
void check_remotes(Table& table, const MavlinkConfig& node) {
  if (!node.remotes.empty() && !node.ground_station)
    table.fault("remote", "cameras of others are found and commanded by the ground station, which is off");
  std::set<mavlink::station::Key> taken;
  for (const MavlinkRemoteConfig& remote : node.remotes) {
    const mavlink::station::Key key{.address = remote.address, .device = remote.device};
    if (!taken.insert(key).second)
      table.fault("remote", fmt::format("two are the camera {}", mavlink::station::to_string(key)));
  }
}

// Two components with one address get each other's answers.
void check_station(Table& table, const MavlinkConfig& node) {
  if (!node.ground_station || node.station.system != node.system) return;
  const auto same = std::ranges::find(node.cameras, node.station.component, &MavlinkCameraConfig::component);
  if (same != node.cameras.end())
    table.fault("station_component", fmt::format("a camera has the component {}", node.station.component));
}
}  // namespace

MavlinkConfig read_mavlink(Table& table, Names& names) {
  constexpr std::int64_t most = 10'000;
  MavlinkConfig node;
  node.name = names.take(table);
  read_system(table, node);
  table.tables("link", [&](Table& one) { node.links.push_back(link_of(one)); });
  if (node.links.empty()) table.fault("link", "there must be one at least");
  if (node.links.size() > most_links) table.fault("link", fmt::format("there may be {} at most", most_links));
  for (const std::string& text : table.texts("may_command")) {
    const auto sender = sender_of(text);
    if (!sender)
      table.fault("may_command", fmt::format("\"{}\" is no SYSTEM/COMPONENT, such as \"255/190\" or \"1/*\"", text));
    if (sender) node.may_command.push_back(*sender);
  }
  if (const auto count = table.number("max_commands_per_second", 1, most))
    node.most_commands_per_second = static_cast<std::uint32_t>(*count);
  node.forward = table.flag("forward").value_or(false);
  node.ground_station = table.flag("ground_station").value_or(true);
  node.station.system = static_cast<std::uint8_t>(table.number("station_system", 1, 255).value_or(node.station.system));
  node.station.component =
      static_cast<std::uint8_t>(table.number("station_component", 1, 255).value_or(node.station.component));
  node.vehicle = table.flag("vehicle").value_or(false);
  node.merge = table.duration("merge").value_or(node.merge);
  node.public_url = url_of(table, "public_url", false);
  table.tables("camera", [&](Table& one) { node.cameras.push_back(camera_of(one, names)); });
  if (node.cameras.size() > most_cameras)
    table.fault("camera", fmt::format("there may be {} at most", most_cameras));
  else
    number_cameras(table, node.cameras);
  table.tables("remote", [&](Table& one) { node.remotes.push_back(remote_of(one, names)); });
  check_remotes(table, node);
  check_station(table, node);
  if (node.vehicle && !node.system)
    table.fault("vehicle", "the system of an autopilot has a vehicle: a stub of another one must not be in it");
  return node;
}

void check_mavlink(Table& file, const Config& config) {
  const auto is_there = [&config](const std::string& name) {
    const auto named = [&name](const auto& one) { return one.name == name; };
    return std::ranges::any_of(config.trendnet, named) || std::ranges::any_of(config.dualcam, [&](const auto& one) {
             return one.name == name && one.imei.has_value();
           });
  };
  for (const MavlinkConfig& node : config.mavlink)
    for (const MavlinkCameraConfig& camera : node.cameras)
      if (!camera.of.empty() && !is_there(camera.of))
        file.fault("mavlink",
                   fmt::format("the camera \"{}\" is of \"{}\", which is neither a trendnet nor a dualcam with an IMEI",
                               camera.name, camera.of));
}

}  // namespace endpoints
