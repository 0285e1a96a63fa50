#include "tools/verify/report.hpp"

#include <algorithm>

namespace verify {

void Findings::add(Finding finding) {
  ++total_;
  if (++counts_[finding.kind] <= kept_of_a_kind) kept_.push_back(std::move(finding));
}

Outcome Report::outcome() const {
  const bool all_matched = std::ranges::none_of(files, [](const LocalFile& file) { return file.matches.empty(); });
  if (findings.total() != 0) return Outcome::broken;
  if (!unreadable.empty()) return Outcome::unreadable;
  return all_matched ? Outcome::proven : Outcome::broken;
}

}  // namespace verify
