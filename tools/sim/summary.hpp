// The end of a run in words: a table for people, a JSON document for machines.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/sim/command.hpp"
#include "tools/sim/verdict.hpp"

namespace sim {

struct Summary {
  std::vector<CameraReport> reports;
  std::optional<Verdict> verdict;  // nothing when the server was not asked
  std::chrono::milliseconds elapsed{0};
  std::uint64_t seed = 0;
  std::string media;
  Outcome outcome = Outcome::identical;
};

std::string as_table(const Summary& summary);
std::string as_json(const Summary& summary);

}  // namespace sim
