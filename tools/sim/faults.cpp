#include "tools/sim/faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <ranges>

namespace sim {

namespace {
struct FaultRow {
  std::string_view name;
  double probability;  // with "all": high enough that a photo of 40 packets meets a few
};
// Indexed by Fault.
constexpr std::array<FaultRow, fault_kinds> faults{{
    {"corrupt", 0.010},
    {"truncate", 0.010},
    {"drop", 0.005},
    {"stall", 0.004},
    {"cut", 0.004},
    {"abort", 0.002},
    {"split", 0.050},
    {"join", 0.050},
    {"resync", 0.150},
    {"early-sync", 0.150},
    {"silent", 0.100},
    {"stray", 0.500},
    {"read-error", 0.100},
    {"short-path", 0.250},
    {"abandon", 0.250},
    {"deaf", 0.150},
}};
constexpr std::uint32_t harmless_cap_factor = 50;

constexpr std::size_t index(Fault fault) noexcept {
  return static_cast<std::size_t>(fault);
}
constexpr bool harmless(Fault fault) noexcept {
  return fault == Fault::split || fault == Fault::join;
}

std::optional<Fault> find(std::string_view name) noexcept {
  const auto row = std::ranges::find(faults, name, &FaultRow::name);
  if (row == faults.end()) return std::nullopt;
  return static_cast<Fault>(row - faults.begin());
}

std::string known_names() {
  std::string names;
  for (const FaultRow& row : faults) names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  return names;
}
}  // namespace

std::string_view to_string(Fault fault) noexcept {
  return faults[index(fault)].name;
}

FaultOptions FaultOptions::all() {
  FaultOptions options;
  std::ranges::transform(faults, options.probability.begin(), &FaultRow::probability);
  return options;
}

base::Result<FaultOptions> FaultOptions::parse(std::string_view text) {
  if (text == "none") return none();
  if (text == "all") return all();
  FaultOptions options;
  for (const auto part : text | std::views::split(',')) {
    const std::string_view name(part.begin(), part.end());
    const std::optional<Fault> fault = find(name);
    if (!fault)
      return base::fail(base::Errc::invalid, fmt::format("There is no fault named \"{}\"; the names are none, all, {}.",
                                                         name, known_names()));
    options.probability[index(*fault)] = faults[index(*fault)].probability;
  }
  return options;
}

void FaultOptions::scale(double factor) {
  for (double& value : probability) value = std::min(1.0, value * factor);
}

bool Faults::happens(Fault fault) {
  const double probability = options_.probability[index(fault)];
  if (probability <= 0) return false;
  const std::uint32_t cap = options_.cap * (harmless(fault) ? harmless_cap_factor : 1);
  if (counts_[index(fault)] >= cap) return false;
  if (!std::bernoulli_distribution(probability)(*random_)) return false;
  ++counts_[index(fault)];
  return true;
}

}  // namespace sim
