// dualcamd beside a raw epoll sink and a recv + CRC + write loop: same senders, same machine, in turns.
//   ingest_bench [--rounds N] [--only throughput|frames] [--json FILE]
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/bench/ingest_report.hpp"

namespace {

struct Arguments {
  unsigned rounds = 5;
  std::string only;
  std::string json;
};

constexpr std::size_t large_file = 64 * 1024;  // packets: 64 MiB

constexpr std::array scenarios{
    bench::Scenario{.name = "throughput",
                    .text = "8 connections, a file of 64 MiB each, large writes",
                    .connections = 8,
                    .frames = large_file,
                    .one_frame_a_write = false,
                    .whole_files = true},
    bench::Scenario{.name = "frames",
                    .text = "4,000 connections taking turns, one frame per write",
                    .connections = 4000,
                    .frames = 100,
                    .one_frame_a_write = true,
                    .whole_files = false},
};

Arguments read_arguments(int count, char** values) {
  Arguments arguments;
  for (int n = 1; n < count; n += 2) {
    const std::string_view name = values[n];
    if (n + 1 == count) throw std::runtime_error(fmt::format("{} needs a value.", name));
    const std::string_view value = values[n + 1];
    if (name == "--only")
      arguments.only = value;
    else if (name == "--json")
      arguments.json = value;
    else if (name != "--rounds" ||
             std::from_chars(value.data(), value.data() + value.size(), arguments.rounds).ec != std::errc{} ||
             arguments.rounds == 0)
      throw std::runtime_error(fmt::format("{} {} is not understood.", name, value));
  }
  return arguments;
}

bench::Result run(const bench::Scenario& scenario, unsigned rounds, const bench::WireFile& file) {
  bench::Result result{.scenario = scenario, .rounds = {}};
  for (unsigned n = 1; n <= rounds; ++n) {
    bench::Round round;
    for (const bench::Receiver receiver : bench::all_receivers) {
      const bench::Measured measured = bench::measure(receiver, scenario, file);
      fmt::print(stderr, "{} {}/{} {:<20}{:>10.0f} frames/s {:>8.2f} s CPU\n", scenario.name, n, rounds,
                 bench::to_string(receiver), measured.frames / measured.seconds, measured.cpu_seconds);
      round.of[static_cast<std::size_t>(receiver)] = measured;
    }
    result.rounds.push_back(round);
  }
  return result;
}

void compare(const Arguments& arguments) {
  const bench::WireFile file(large_file);
  std::vector<bench::Result> results;
  for (const bench::Scenario& scenario : scenarios)
    if (arguments.only.empty() || arguments.only == scenario.name)
      results.push_back(run(scenario, arguments.rounds, file));
  for (const bench::Result& result : results) fmt::print("{}\n", bench::as_table(result));
  const std::string json = bench::as_json(results);
  if (arguments.json.empty()) return fmt::print("{}", json);
  if (!(std::ofstream(arguments.json) << json)) throw std::runtime_error("Cannot write " + arguments.json);
}

}  // namespace

int main(int count, char** values) {
  try {
    compare(read_arguments(count, values));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ingest_bench: {}\n", error.what());
    return 1;
  }
}
