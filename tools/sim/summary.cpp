#include "tools/sim/summary.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/sim/progress.hpp"

namespace sim {

namespace {
constexpr std::size_t most_problems_shown = 20;

struct Totals {
  std::uint64_t planned = 0, acknowledged = 0, abandoned = 0, left = 0;
  std::uint64_t connects = 0, failed_connects = 0, resumes = 0, timeouts = 0, violations = 0;
  std::uint64_t wire_bytes = 0, file_bytes = 0, repeated_bytes = 0;
  std::string violation;
  std::array<std::uint64_t, fault_kinds> faults{};
};

Totals totals_of(const Summary& summary) {
  Totals totals;
  for (const CameraReport& report : summary.reports) {
    const CameraStatistics& camera = report.statistics;
    totals.acknowledged += report.acknowledged.size();
    totals.abandoned += report.abandoned.size();
    totals.left += report.left.size();
    totals.connects += camera.connects;
    totals.failed_connects += camera.failed_connects;
    totals.resumes += camera.resumes;
    totals.timeouts += camera.timeouts;
    totals.violations += camera.violations;
    totals.wire_bytes += camera.wire_bytes;
    totals.file_bytes += camera.file_bytes;
    totals.repeated_bytes += camera.repeated_bytes;
    if (camera.violations > 0) totals.violation = fmt::format("IMEI {}: {}", report.imei, camera.violation);
    for (std::size_t n = 0; n < fault_kinds; ++n) totals.faults[n] += report.faults[n];
  }
  totals.planned = totals.acknowledged + totals.left;
  return totals;
}

void row(std::string& out, std::string_view name, std::string_view value) {
  out += fmt::format("  {:<14}{}\n", name, value);
}

std::string faults_in_words(const Totals& totals) {
  std::string words;
  for (std::size_t n = 0; n < fault_kinds; ++n)
    if (totals.faults[n] > 0)
      words += fmt::format("{}{} {}", words.empty() ? "" : ", ", to_string(static_cast<Fault>(n)), totals.faults[n]);
  return words.empty() ? "none" : words;
}

void add_verdict(std::string& out, const Verdict& verdict) {
  row(out, "stored",
      fmt::format("{} identical ({}), {} problems", verdict.identical, human_bytes(static_cast<double>(verdict.bytes)),
                  verdict.problems.size()));
  if (verdict.early > 0) row(out, "", fmt::format("{} more stored before the camera heard so", verdict.early));
  for (std::size_t n = 0; n < verdict.problems.size() && n < most_problems_shown; ++n)
    row(out, to_string(verdict.problems[n].kind), verdict.problems[n].text);
  if (verdict.problems.size() > most_problems_shown)
    row(out, "", fmt::format("and {} more", verdict.problems.size() - most_problems_shown));
}

std::string_view sentence(Outcome outcome, bool asked) {
  switch (outcome) {
    case Outcome::identical:
      return asked ? "Every file is stored once and byte for byte."
                   : "Every file was acknowledged; the store was not asked.";
    case Outcome::different: return "The store is NOT what the cameras sent.";
    case Outcome::unusable: return "The store could not be asked.";
    case Outcome::unfinished: return "The run ended before every file was delivered.";
  }
  return "";
}

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::identical: return "identical";
    case Outcome::different: return "different";
    case Outcome::unusable: return "unusable";
    case Outcome::unfinished: return "unfinished";
  }
  return "";
}

nlohmann::json verdict_json(const Verdict& verdict) {
  nlohmann::json problems = nlohmann::json::array();
  for (const Problem& problem : verdict.problems)
    problems.push_back({{"kind", to_string(problem.kind)},
                        {"imei", std::to_string(problem.imei)},
                        {"media_id", problem.media_id},
                        {"text", problem.text}});
  return {{"identical", verdict.identical},
          {"early", verdict.early},
          {"bytes", verdict.bytes},
          {"problems", std::move(problems)}};
}
}  // namespace

std::string as_table(const Summary& summary) {
  const Totals totals = totals_of(summary);
  const double seconds = std::max(0.001, std::chrono::duration<double>(summary.elapsed).count());
  std::string out;
  row(out, "cameras",
      fmt::format("{} in {:.1f} s, {} connections, {} refused, seed {}", summary.reports.size(), seconds,
                  totals.connects, totals.failed_connects, summary.seed));
  row(out, "files",
      fmt::format("{} of {} acknowledged, {} abandoned ({})", totals.acknowledged, totals.planned, totals.abandoned,
                  summary.media));
  row(out, "bytes",
      fmt::format("{} of files, {} sent again, {}/s on the wire",
                  human_bytes(static_cast<double>(totals.file_bytes - totals.repeated_bytes)),
                  human_bytes(static_cast<double>(totals.repeated_bytes)),
                  human_bytes(static_cast<double>(totals.wire_bytes) / seconds)));
  row(out, "faults", faults_in_words(totals));
  if (totals.timeouts > 0)
    row(out, "timeouts", fmt::format("{} connections without a word from the server", totals.timeouts));
  if (totals.violations > 0)
    row(out, "violations", fmt::format("{}, for example {}", totals.violations, totals.violation));
  if (summary.verdict) add_verdict(out, *summary.verdict);
  out += fmt::format("\n{}\n", sentence(summary.outcome, summary.verdict.has_value()));
  return out;
}

std::string as_json(const Summary& summary) {
  const Totals totals = totals_of(summary);
  nlohmann::json faults = nlohmann::json::object();
  for (std::size_t n = 0; n < fault_kinds; ++n)
    if (totals.faults[n] > 0) faults[std::string(to_string(static_cast<Fault>(n)))] = totals.faults[n];
  nlohmann::json document{
      {"outcome", word(summary.outcome)},
      {"seed", summary.seed},
      {"media", summary.media},
      {"seconds", std::chrono::duration<double>(summary.elapsed).count()},
      {"cameras", summary.reports.size()},
      {"connections", totals.connects},
      {"refused", totals.failed_connects},
      {"files",
       {{"planned", totals.planned},
        {"acknowledged", totals.acknowledged},
        {"abandoned", totals.abandoned},
        {"left", totals.left}}},
      {"bytes", {{"wire", totals.wire_bytes}, {"file", totals.file_bytes}, {"repeated", totals.repeated_bytes}}},
      {"resumes", totals.resumes},
      {"timeouts", totals.timeouts},
      {"violations", totals.violations},
      {"last_violation", totals.violation},
      {"faults", std::move(faults)}};
  document["verdict"] = summary.verdict ? verdict_json(*summary.verdict) : nlohmann::json(nullptr);
  return document.dump(2) + "\n";
}

}  // namespace sim
