// The figures of all rounds as a table and as JSON: medians, and medians of the ratios within each round.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/ingest_run.hpp"

namespace bench {

struct Round {
  std::array<Measured, all_receivers.size()> of;  // indexed by Receiver
};

struct Result {
  Scenario scenario;
  std::vector<Round> rounds;  // at least one
};

std::string as_table(const Result& result);
std::string as_json(const std::vector<Result>& results);

}  // namespace bench
