#include "tests/campaign/mutants/outcomes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mutants {

namespace {
using transcode::WorkerRun;

constexpr std::array<const char*, outcome_count> names{"whole", "damaged",   "refused",  "limit",
                                                       "crash", "forbidden", "not begun"};

bool begins(const std::string& reason, std::initializer_list<std::string_view> starts) {
  return std::ranges::any_of(starts, [&](std::string_view start) { return reason.starts_with(start); });
}

std::string without_numbers(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      out += c;
    else if (out.empty() || out.back() != '#')
      out += '#';
  }
  return out;
}
}  // namespace

Outcome classify(const WorkerRun& run) {
  switch (run.end) {
    case WorkerRun::End::done: return run.report.probe.is_whole() ? Outcome::whole : Outcome::damaged;
    case WorkerRun::End::failed: break;
    default: return Outcome::not_begun;
  }
  if (begins(run.reason, {"The worker tried"})) return Outcome::forbidden;
  if (begins(run.reason, {"The worker took longer", "The worker used more", "The worker wrote more",
                          "The worker ran out of memory"}))
    return Outcome::limit;
  // FFmpeg's words for what malloc() refused, and ours.
  for (const char* words : {"Cannot allocate memory", "--transcode-memory"})
    if (run.reason.find(words) != std::string::npos) return Outcome::limit;
  // A sanitizer ends a process with a code.
  if (begins(run.reason, {"The worker was killed", "The worker ended with", "The worker's report",
                          "The worker came to an unexpected end"}))
    return Outcome::crash;
  return Outcome::refused;
}

void Table::add(const std::string& file, Outcome outcome, const std::string& reason) {
  ++rows_[file][static_cast<std::size_t>(outcome)];
  if (!reason.empty()) ++reasons_[without_numbers(reason)];
}

std::uint64_t Table::count(Outcome outcome) const {
  std::uint64_t sum = 0;
  for (const auto& [file, row] : rows_) sum += row[static_cast<std::size_t>(outcome)];
  return sum;
}

std::string Table::text() const {
  std::string text = fmt::format("{:<12}", "");
  for (const char* name : names) text += fmt::format("{:>11}", name);
  Row sums{};
  for (const auto& [file, row] : rows_) {
    text += fmt::format("\n{:<12}", file);
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += fmt::format("{:>11}", row[i]);
      sums[i] += row[i];
    }
  }
  text += fmt::format("\n{:<12}", "all");
  for (const std::uint64_t sum : sums) text += fmt::format("{:>11}", sum);
  std::vector<std::pair<std::uint64_t, std::string>> reasons;
  for (const auto& [reason, count] : reasons_) reasons.emplace_back(count, reason);
  std::ranges::sort(reasons, std::greater<>());
  text += "\n\nReasons:\n";
  for (const auto& [count, reason] : reasons) text += fmt::format("{:>7}  {}\n", count, reason);
  return text;
}

}  // namespace mutants
