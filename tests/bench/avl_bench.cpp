// Trackers' links: records durable in a SQLite catalog, beside a sink that answers and keeps nothing, in the same run.
//   avl_bench [--links N] [--rate RECORDS_A_SECOND] [--seconds N]
// With a rate each link sends in its turn, and an answer's time counts from when its frame was to be sent; then once
// more as fast as answers come.
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <exception>
#include <stdexcept>

#include "tests/bench/avl_receiver.hpp"
#include "tests/bench/avl_senders.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

bench::FleetPlan read_arguments(int count, char** values) {
  bench::FleetPlan plan;
  for (int n = 1; n < count; n += 2) {
    const std::string_view name = values[n];
    if (n + 1 == count) throw std::runtime_error(fmt::format("{} needs a value.", name));
    const std::string_view value = values[n + 1];
    std::uint32_t number = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc{} || number == 0)
      throw std::runtime_error(fmt::format("{} is no number for {}.", value, name));
    if (name == "--links")
      plan.links = number;
    else if (name == "--rate")
      plan.records_a_second = number;
    else if (name == "--seconds")
      plan.duration = std::chrono::seconds{number};
    else
      throw std::runtime_error(fmt::format("{} is not understood.", name));
  }
  return plan;
}

void measure(bool sink, const bench::FleetPlan& plan) {
  const tests::TempFolder folder(DUALCAM_BENCH_FOLDER);
  const bench::Receiver receiver(sink, folder.path());
  bench::Fleet fleet(receiver.port(), plan);
  const bench::ReceiverUse before = receiver.use();
  const bench::FleetResult result = fleet.run();
  const bench::ReceiverUse after = receiver.use();
  const double cpu = (after.seconds - before.seconds) / result.seconds;
  fmt::print("{:<10} {:>12} {:>12.0f} {:>10.2f} {:>10.2f} {:>10.2f} {:>10.2f} {:>8}\n", sink ? "sink" : "dualcamd",
             plan.records_a_second > 0 ? fmt::format("{:.0f}", plan.records_a_second) : "all it can",
             static_cast<double>(result.records) / result.seconds, cpu, result.percentile(0.5), result.percentile(0.99),
             result.percentile(1), result.late);
  for (const auto& [name, seconds] : after.by_threads) {
    const auto found = before.by_threads.find(name);
    const double used = (seconds - (found == before.by_threads.end() ? 0 : found->second)) / result.seconds;
    if (!sink && used >= 0.005) fmt::print("           {:<16} {:.3f} cores\n", name, used);
  }
}

void compare(bench::FleetPlan plan) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  fmt::print("{} links, {} records of {} bytes a frame, {} s each\n", plan.links, plan.records_a_frame,
             bench::FrameMaker(plan.records_a_frame).record_size(), plan.duration.count());
  fmt::print("{:<10} {:>12} {:>12} {:>10} {:>10} {:>10} {:>10} {:>8}\n", "receiver", "sent/s", "records/s", "cores",
             "p50 ms", "p99 ms", "max ms", "late");
  for (const bool sink : {true, false}) measure(sink, plan);
  plan.records_a_second = 0;
  for (const bool sink : {true, false}) measure(sink, plan);
}

}  // namespace

int main(int count, char** values) {
  try {
    setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    compare(read_arguments(count, values));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "avl_bench: {}\n", error.what());
    return 1;
  }
}
