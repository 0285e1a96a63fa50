#include "tools/replay/play_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/json.hpp"
#include "tools/sim/interrupt.hpp"
#include "tools/verify/progress.hpp"

namespace replay {

namespace {
// Of thousands of devices the same thing may be wrong.
constexpr std::size_t most_lines = 20;

struct Totals {
  std::size_t devices = 0;
  std::uint64_t connections = 0, files = 0, acknowledged = 0, records = 0, answered = 0, datagrams = 0, bytes = 0;
  std::uint64_t divergences = 0;
  std::vector<std::string> diverged, failures, incomplete;
};

Totals totals_of(const PlayerResult& result) {
  Totals totals{.devices = result.reports.size()};
  for (const DeviceReport& each : result.reports) {
    totals.connections += each.connections;
    totals.files += each.files;
    totals.acknowledged += each.files_acknowledged;
    totals.records += each.records;
    totals.answered += each.answered;
    totals.datagrams += each.datagrams;
    totals.bytes += each.wire_bytes;
    totals.divergences += each.divergences;
    if (!each.first_divergence.empty()) totals.diverged.push_back(each.first_divergence);
    totals.failures.insert(totals.failures.end(), each.failures.begin(), each.failures.end());
    totals.incomplete.insert(totals.incomplete.end(), each.incomplete.begin(), each.incomplete.end());
  }
  return totals;
}

void append_lines(std::string& text, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  text += fmt::format("{}:\n", title);
  for (std::size_t n = 0; n < std::min(lines.size(), most_lines); ++n) text += fmt::format("  {}\n", lines[n]);
  if (lines.size() > most_lines) text += fmt::format("  … and {} more\n", lines.size() - most_lines);
}

void write_lines(base::JsonWriter& json, std::string_view name, const std::vector<std::string>& lines) {
  json.key(name);
  json.begin_array();
  for (const std::string& line : lines) json.value(line);
  json.end_array();
}
}  // namespace

bool is_good(const PlayerResult& result) {
  return result.unfinished == 0 && !result.reports.empty() &&
         std::ranges::all_of(result.reports, [](const DeviceReport& each) {
           return each.failures.empty() && each.incomplete.empty() && each.files_acknowledged >= each.files;
         });
}

std::string play_text(const PlayerResult& result, const PlayerOptions& options) {
  const Totals totals = totals_of(result);
  constexpr double megabyte = 1e6;
  const double seconds = std::chrono::duration<double>(result.elapsed).count();
  std::string text = fmt::format("{} devices, {} connections, {:.1f} MB in {:.1f} s", totals.devices,
                                 totals.connections, static_cast<double>(totals.bytes) / megabyte, seconds);
  text += options.pace.speed ? fmt::format(", at {} times the recorded pace\n", *options.pace.speed)
                             : ", as fast as possible\n";
  text += fmt::format("files acknowledged    {} of {}\n", totals.acknowledged, totals.files);
  text += fmt::format("records acknowledged  {}\n", totals.records);
  text += fmt::format("requests answered     {}\n", totals.answered);
  if (totals.datagrams > 0) text += fmt::format("datagrams sent        {}\n", totals.datagrams);
  text += fmt::format("divergences           {}\n", totals.divergences);
  if (result.unfinished > 0) text += fmt::format("not finished          {} devices\n", result.unfinished);
  append_lines(text, "First divergence of each device", totals.diverged);
  append_lines(text, "Failures", totals.failures);
  append_lines(text, "Not whole in the capture", totals.incomplete);
  append_lines(text, "Not replayed", result.left_out);
  return text;
}

std::string play_json(const PlayerResult& result) {
  const Totals totals = totals_of(result);
  base::JsonWriter json;
  json.begin_object();
  json.member("good", is_good(result));
  json.member("devices", totals.devices);
  json.member("unfinished", result.unfinished);
  json.member("connections", totals.connections);
  json.member("seconds", std::chrono::duration<double>(result.elapsed).count());
  json.member("wire_bytes", totals.bytes);
  json.member("files", totals.files);
  json.member("files_acknowledged", totals.acknowledged);
  json.member("records_acknowledged", totals.records);
  json.member("requests_answered", totals.answered);
  json.member("datagrams", totals.datagrams);
  json.member("divergences", totals.divergences);
  write_lines(json, "first_divergences", totals.diverged);
  write_lines(json, "failures", totals.failures);
  write_lines(json, "incomplete", totals.incomplete);
  write_lines(json, "not_replayed", result.left_out);
  json.key("reports");
  json.begin_array();
  for (const DeviceReport& each : result.reports) {
    json.begin_object();
    json.member("imei", each.imei == 0 ? std::optional<std::string>() : std::to_string(each.imei));
    json.member("connections", each.connections);
    json.member("files", each.files);
    json.member("files_acknowledged", each.files_acknowledged);
    json.member("records_acknowledged", each.records);
    json.member("divergences", each.divergences);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::move(json).take() + "\n";
}

Outcome run_play(const Chosen& chosen, const PlayerOptions& options, bool json, bool quiet) {
  const Plans plans = make_plans(chosen.capture, chosen.files, chosen.conversations);
  base::Result<PlayerResult> result;
  {
    verify::Progress progress(!quiet);
    bool begun = false;
    std::uint64_t shown = 0;
    result = play(plans, options, [&](std::uint64_t sent, std::uint64_t all) {
      if (!std::exchange(begun, true)) progress.begin("replayed", all);
      progress.add(sent - std::exchange(shown, sent));
      progress.tick();
      return !sim::CatchInterrupt::caught();
    });
  }
  if (!result) {
    fmt::print(stderr, "dualcam replay: {}\n", result.error().message);
    return Outcome::unusable;
  }
  fmt::print("{}", json ? play_json(*result) : play_text(*result, options));
  return is_good(*result) ? Outcome::good : Outcome::different;
}

}  // namespace replay
