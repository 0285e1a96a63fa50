#include "server/endpoints/warnings.hpp"

#include <fmt/format.h>

#include <algorithm>
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
}  // namespace

std::vector<std::string> warnings_of(const Config& config) {
  std::vector<std::string> warnings;
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
  return warnings;
}

}  // namespace endpoints
