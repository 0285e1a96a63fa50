#include "server/endpoints/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <filesystem>
#include <map>
#include <optional>

#include "server/relay/edgertronic/file_name.hpp"
#include "server/relay/hub/template.hpp"

namespace endpoints {

namespace {
// By the name they are told to save under; without one they use their own.
using Cameras = std::map<std::optional<std::string>, std::size_t>;

bool is_always_the_same(const std::string& text) {
  const auto parsed = hub::Template::parse(text);
  return parsed && parsed->is_literal();
}

void count(const hub::Step& step, const Config& config, Cameras& cameras) {
  const auto group = std::ranges::find(config.edgertronic, step.target, &EdgertronicConfig::name);
  if (group == config.edgertronic.end() || !group->names) return;
  const std::string* const name = hub::find(step.parameters, "name");
  cameras[name == nullptr ? std::nullopt : std::optional(*name)] += std::max<std::size_t>(group->cameras.size(), 1);
}

bool is_open_to_others(const MavlinkLinkConfig& link, const MavlinkConfig& node) {
  using Kind = MavlinkLinkConfig::Kind;
  if (link.kind != Kind::udp_server && link.kind != Kind::tcp_server) return false;
  if (link.key || !link.allow.empty() || !node.may_command.empty()) return false;
  asio::error_code error;
  const auto address = asio::ip::make_address(link.address, error);
  return error || !address.is_loopback();
}

bool others_may_read(const std::string& file) {
  using std::filesystem::perms;
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  return !error && (status.permissions() & perms::others_read) != perms::none;
}

void warn_of_links(const MavlinkConfig& node, std::vector<std::string>& warnings) {
  for (std::size_t n = 0; n < node.links.size(); ++n) {
    const MavlinkLinkConfig& link = node.links[n];
    if (is_open_to_others(link, node))
      warnings.push_back(
          fmt::format("MAVLink \"{}\", link {}: whoever reaches {} can fire its cameras. Give it a key_file, or say in "
                      "allow or may_command who may.",
                      node.name, n + 1, link.address));
    if (!link.key_file.empty() && others_may_read(link.key_file))
      warnings.push_back(
          fmt::format("MAVLink \"{}\", link {}: everybody on this host may read the key in {}. Make it "
                      "readable by the server alone (chmod o-r).",
                      node.name, n + 1, link.key_file));
  }
}

// Rules that would save files of several cameras under one name.
void warn_of_names(const Config& config, std::vector<std::string>& warnings) {
  for (const hub::Rule& rule : config.rules) {
    Cameras cameras;
    for (const hub::Action& action : rule.actions)
      for (const hub::Step& step : action.steps) count(step, config, cameras);
    for (const auto& [name, number] : cameras) {
      if (name && number < 2 && !is_always_the_same(*name)) continue;
      if (const auto danger = edgertronic::name_danger(name, number))
        warnings.push_back(fmt::format("Rule \"{}\": {}", rule.name, *danger));
    }
  }
}
}  // namespace

std::vector<std::string> warnings_of(const Config& config) {
  std::vector<std::string> warnings;
  warn_of_names(config, warnings);
  for (const MavlinkConfig& node : config.mavlink) warn_of_links(node, warnings);
  return warnings;
}

}  // namespace endpoints
