#include "server/endpoints/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <vector>

namespace endpoints {

namespace {
// Vicon's products take no start or stop without a folder.
bool lacks_path(const hub::Step& step, const Config& config) {
  const auto stage = std::ranges::find(config.shogun, step.target, &ShogunConfig::name);
  return stage != config.shogun.end() && stage->flavour == "vicon" && stage->database_path.empty() &&
         hub::find(step.parameters, "database_path") == nullptr;
}
}  // namespace

base::Result<> check_steps(std::span<const hub::Rule> rules, const Config& config) {
  std::vector<std::string> faults;
  for (const hub::Rule& rule : rules)
    for (const hub::Action& action : rule.actions)
      for (const hub::Step& step : action.steps)
        if (lacks_path(step, config))
          faults.push_back(
              fmt::format("rule \"{}\": {} of \"{}\" needs a database_path, in the step or as the stage's.", rule.name,
                          step.verb, step.target));
  if (faults.empty()) return {};
  return base::fail(base::Errc::invalid, fmt::format("{}", fmt::join(faults, "\n")));
}

}  // namespace endpoints
