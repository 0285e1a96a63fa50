#include "tools/sim/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
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

struct TrackerTotals {
  std::uint64_t trackers = 0, connects = 0, refused_logins = 0, dropped = 0, timeouts = 0, violations = 0;
  std::uint64_t records = 0, sent = 0, answered = 0, left = 0, lost = 0;
  std::uint64_t commands = 0, accepted = 0, late = 0, refused = 0, silent = 0, others = 0, unsaid = 0;
  std::uint64_t delivered = 0, waiting = 0;  // files that were asked for
  std::string violation;
  std::vector<Time> answer_times;  // sorted

  double answer_ms(double share) const {
    if (answer_times.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(answer_times.size() - 1));
    return std::chrono::duration<double, std::milli>(answer_times[at]).count();
  }
};

TrackerTotals tracker_totals_of(const Summary& summary) {
  TrackerTotals totals;
  for (const CameraReport& report : summary.reports) {
    if (!report.tracker) continue;
    const TrackerStatistics& tracker = *report.tracker;
    ++totals.trackers;
    totals.connects += tracker.connects;
    totals.refused_logins += tracker.refused_logins;
    totals.dropped += tracker.dropped;
    totals.timeouts += tracker.timeouts;
    totals.violations += tracker.violations;
    if (tracker.violations > 0) totals.violation = fmt::format("IMEI {}: {}", report.imei, tracker.violation);
    totals.records += tracker.records;
    totals.sent += tracker.sent;
    totals.answered += tracker.answered;
    totals.left += report.records_left;
    totals.lost += tracker.lost;
    totals.commands += tracker.commands;
    totals.accepted += tracker.accepted;
    totals.late += tracker.late;
    totals.refused += tracker.refused;
    totals.silent += tracker.silent;
    totals.others += tracker.others;
    totals.unsaid += tracker.unsaid;
    totals.delivered += static_cast<std::uint64_t>(std::ranges::count_if(report.acknowledged, &FileSpec::requested));
    totals.waiting += static_cast<std::uint64_t>(std::ranges::count_if(report.left, &FileSpec::requested));
    totals.answer_times.insert(totals.answer_times.end(), report.answer_times.begin(), report.answer_times.end());
  }
  std::ranges::sort(totals.answer_times);
  return totals;
}

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

void add_trackers(std::string& out, const TrackerTotals& totals) {
  if (totals.trackers == 0) return;
  row(out, "trackers",
      fmt::format("{}, {} links, {} dropped by them, {} without an answer, {} logins refused", totals.trackers,
                  totals.connects, totals.dropped, totals.timeouts, totals.refused_logins));
  row(out, "records",
      fmt::format("{} made, {} sent, {} answered (p50 {:.1f} ms, p99 {:.1f} ms), {} left, {} lost", totals.records,
                  totals.sent, totals.answered, totals.answer_ms(0.5), totals.answer_ms(0.99), totals.left,
                  totals.lost));
  row(out, "commands",
      fmt::format("{}: {} accepted, {} late, {} refused, {} silent, {} others; {} answers lost with a link",
                  totals.commands, totals.accepted, totals.late, totals.refused, totals.silent, totals.others,
                  totals.unsaid));
  row(out, "asked for", fmt::format("{} files delivered, {} still on the cards", totals.delivered, totals.waiting));
  if (totals.violations > 0)
    row(out, "violations",
        fmt::format("{} on the trackers' links, for example {}", totals.violations, totals.violation));
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

nlohmann::json json_of(const std::optional<std::int64_t>& number) {
  return number ? nlohmann::json(*number) : nlohmann::json(nullptr);
}

nlohmann::json trackers_json(const TrackerTotals& totals) {
  return {{"trackers", totals.trackers},
          {"links", totals.connects},
          {"dropped", totals.dropped},
          {"timeouts", totals.timeouts},
          {"refused_logins", totals.refused_logins},
          {"records",
           {{"made", totals.records},
            {"sent", totals.sent},
            {"answered", totals.answered},
            {"left", totals.left},
            {"lost", totals.lost},
            {"answer_p50_ms", totals.answer_ms(0.5)},
            {"answer_p99_ms", totals.answer_ms(0.99)}}},
          {"commands",
           {{"received", totals.commands},
            {"accepted", totals.accepted},
            {"late", totals.late},
            {"refused", totals.refused},
            {"silent", totals.silent},
            {"others", totals.others},
            {"answers_lost", totals.unsaid}}},
          {"requested_files", {{"delivered", totals.delivered}, {"left", totals.waiting}}},
          {"violations", totals.violations},
          {"last_violation", totals.violation}};
}

// Each command that each tracker was given, for who wants to know whether one of them was needless.
nlohmann::json commands_json(const Summary& summary) {
  nlohmann::json devices = nlohmann::json::array();
  for (const CameraReport& report : summary.reports) {
    if (report.commands.empty()) continue;
    nlohmann::json commands = nlohmann::json::array();
    for (const SeenCommand& command : report.commands)
      commands.push_back({{"text", command.text},
                          {"received_ms", command.received_ms},
                          {"fate", to_string(command.fate)},
                          {"answered_ms", json_of(command.answered_ms)},
                          {"link_ended_ms", json_of(command.link_ended_ms)}});
    devices.push_back({{"imei", std::to_string(report.imei)}, {"commands", std::move(commands)}});
  }
  return devices;
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
  add_trackers(out, tracker_totals_of(summary));
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
  if (const TrackerTotals trackers = tracker_totals_of(summary); trackers.trackers > 0) {
    document["avl"] = trackers_json(trackers);
    document["avl"]["devices"] = commands_json(summary);
  }
  document["verdict"] = summary.verdict ? verdict_json(*summary.verdict) : nlohmann::json(nullptr);
  return document.dump(2) + "\n";
}

}  // namespace sim
