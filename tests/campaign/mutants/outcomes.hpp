// How the workers ended, counted by kind of file.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "transcode/worker/worker_process.hpp"

namespace mutants {

enum class Outcome : std::uint8_t {
  whole,      // done, and nothing was found wrong
  damaged,    // done, and what is wrong is counted
  refused,    // failed, in the worker's own words
  limit,      // failed: time, CPU, memory or output
  crash,      // failed: a signal; contained
  forbidden,  // failed at a system call that is not on the list: a bug of ours
  not_begun,  // a bug of ours, too
};
constexpr std::size_t outcome_count = 7;

Outcome classify(const transcode::WorkerRun& run);

class Table {
 public:
  void add(const std::string& file, Outcome outcome, const std::string& reason);
  std::uint64_t count(Outcome outcome) const;
  std::string text() const;

 private:
  using Row = std::array<std::uint64_t, outcome_count>;
  std::map<std::string, Row> rows_;
  std::map<std::string, std::uint64_t> reasons_;  // numbers in them made equal
};

}  // namespace mutants
