#include "tests/bench/ingest_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

namespace bench {

namespace {
constexpr double payload_of_a_frame = 1024;
constexpr double megabyte = 1e6;

using Figure = std::function<double(const Measured&)>;

double frames_per_second(const Measured& run) {
  return run.frames / run.seconds;
}
double bytes_per_cpu_second(const Measured& run) {
  return run.frames * payload_of_a_frame / run.cpu_seconds;
}
// With verifying, hashing and storing the files.
double stored_per_cpu_second(const Measured& run) {
  return run.frames * payload_of_a_frame / (run.cpu_seconds + run.store_cpu_seconds);
}
double stored_per_second(const Measured& run) {
  return run.frames * payload_of_a_frame / (run.seconds + run.store_seconds);
}
double system_share(const Measured& run) {
  return run.system_seconds / std::max(1e-3, run.system_seconds + run.user_seconds);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

const Measured& pick(const Round& round, Receiver receiver) {
  return round.of[static_cast<std::size_t>(receiver)];
}

double median_of(const Result& result, Receiver receiver, const Figure& figure) {
  std::vector<double> values;
  for (const Round& round : result.rounds) values.push_back(figure(pick(round, receiver)));
  return median(std::move(values));
}

// Of dualcamd to `other`, both of the same round.
double median_ratio(const Result& result, Receiver other, const Figure& ours, const Figure& theirs) {
  std::vector<double> values;
  for (const Round& round : result.rounds)
    values.push_back(ours(pick(round, Receiver::dualcamd)) / theirs(pick(round, other)));
  return median(std::move(values));
}

void add_row(std::string& text, const Result& result, Receiver receiver) {
  const double reads = median_of(result, receiver, [](const Measured& run) { return run.reads_per_frame; });
  const double per_cpu = median_of(result, receiver, bytes_per_cpu_second);
  text +=
      fmt::format("  {:<20}{:>11.0f}{:>9.0f}{:>13.0f}{:>13.2f}{:>9.0f} %{:>13}\n", to_string(receiver),
                  median_of(result, receiver, frames_per_second),
                  median_of(result, receiver, frames_per_second) * payload_of_a_frame / megabyte, per_cpu / megabyte,
                  1e6 * payload_of_a_frame / per_cpu, 100 * median_of(result, receiver, system_share),
                  reads > 0 ? fmt::format("{:.2f}", 1 / reads) : std::string("–"));
}

void add_ratios(std::string& text, const Result& result, Receiver other) {
  text += fmt::format("  {:<20}{:>10.2f}x{:>21.2f}x\n", fmt::format("beside {}", to_string(other)),
                      median_ratio(result, other, frames_per_second, frames_per_second),
                      median_ratio(result, other, bytes_per_cpu_second, bytes_per_cpu_second));
}

nlohmann::ordered_json receiver_json(const Result& result, Receiver receiver) {
  nlohmann::ordered_json json{{"frames_per_second", median_of(result, receiver, frames_per_second)},
                              {"bytes_per_cpu_second", median_of(result, receiver, bytes_per_cpu_second)},
                              {"system_share", median_of(result, receiver, system_share)}};
  if (receiver == Receiver::dualcamd && result.scenario.whole_files) {
    json["stored_bytes_per_second"] = median_of(result, receiver, stored_per_second);
    json["stored_bytes_per_cpu_second"] = median_of(result, receiver, stored_per_cpu_second);
  }
  return json;
}

nlohmann::ordered_json ratio_json(const Result& result, Receiver other) {
  return {{"frames_per_second", median_ratio(result, other, frames_per_second, frames_per_second)},
          {"bytes_per_cpu_second", median_ratio(result, other, bytes_per_cpu_second, bytes_per_cpu_second)}};
}
}  // namespace

std::string as_table(const Result& result) {
  std::string text =
      fmt::format("{}: {}; {} rounds, medians\n", result.scenario.name, result.scenario.text, result.rounds.size());
  text += fmt::format("  {:<20}{:>11}{:>9}{:>13}{:>13}{:>11}{:>13}\n", "", "frames/s", "MB/s", "MB/CPU-s",
                      "µs CPU/frame", "system", "frames/read");
  for (const Receiver receiver : all_receivers) add_row(text, result, receiver);
  add_ratios(text, result, Receiver::sink);
  add_ratios(text, result, Receiver::loop);
  if (!result.scenario.whole_files) return text;
  text += fmt::format("  dualcamd with verifying and storing the files: {:.0f} MB/s, {:.0f} MB/CPU-s, {:.2f}x of {}\n",
                      median_of(result, Receiver::dualcamd, stored_per_second) / megabyte,
                      median_of(result, Receiver::dualcamd, stored_per_cpu_second) / megabyte,
                      median_ratio(result, Receiver::loop, stored_per_cpu_second, bytes_per_cpu_second),
                      to_string(Receiver::loop));
  return text;
}

std::string as_json(const std::vector<Result>& results) {
  nlohmann::ordered_json scenarios = nlohmann::ordered_json::array();
  for (const Result& result : results) {
    nlohmann::ordered_json json{{"name", result.scenario.name},
                                {"connections", result.scenario.connections},
                                {"frames_per_connection", result.scenario.frames},
                                {"rounds", result.rounds.size()}};
    for (const Receiver receiver : all_receivers)
      json["medians"][std::string(to_string(receiver))] = receiver_json(result, receiver);
    for (const Receiver other : {Receiver::sink, Receiver::loop})
      json["dualcamd_beside"][std::string(to_string(other))] = ratio_json(result, other);
    scenarios.push_back(std::move(json));
  }
  return nlohmann::ordered_json{{"scenarios", std::move(scenarios)}}.dump(2) + "\n";
}

}  // namespace bench
