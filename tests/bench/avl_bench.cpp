// Trackers' links: records durable in a SQLite catalog, beside a sink that answers and keeps nothing, in the same run.
//   avl_bench [--links N] [--rate RECORDS_A_SECOND] [--seconds N] [--cameras N] [--camera-rate BYTES_A_SECOND]
// Each link sends in its turn, and an answer's time counts from when its frame was to be sent; then once more as fast
// as answers come. With cameras dualcamd is measured once more while they upload.
#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>
#include <exception>
#include <optional>
#include <stdexcept>

#include "tests/bench/avl_cameras.hpp"
#include "tests/bench/avl_receiver.hpp"
#include "tests/bench/avl_senders.hpp"
#include "tests/support/temp_folder.hpp"

namespace {

// Which core the receiver has for itself.
constexpr unsigned receivers_core = 0;

struct Arguments {
  bench::FleetPlan fleet;
  bench::CameraPlan cameras;
};

Arguments read_arguments(int count, char** values) {
  Arguments arguments;
  for (int n = 1; n < count; n += 2) {
    const std::string_view name = values[n];
    if (n + 1 == count) throw std::runtime_error(fmt::format("{} needs a value.", name));
    const std::string_view value = values[n + 1];
    std::uint32_t number = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), number).ec != std::errc{} || number == 0)
      throw std::runtime_error(fmt::format("{} is no number for {}.", value, name));
    if (name == "--links")
      arguments.fleet.links = number;
    else if (name == "--rate")
      arguments.fleet.records_a_second = number;
    else if (name == "--seconds")
      arguments.fleet.duration = std::chrono::seconds{number};
    else if (name == "--cameras")
      arguments.cameras.cameras = number;
    else if (name == "--camera-rate")
      arguments.cameras.bytes_per_second = number;
    else
      throw std::runtime_error(fmt::format("{} is not understood.", name));
  }
  return arguments;
}

struct Run {
  const char* name;
  bool sink;
  unsigned cameras;
};

void print_head(const bench::FleetPlan& plan, const bench::CameraPlan& cameras) {
  fmt::print("{} links, {} records of {} bytes a frame, {} s each; the receiver on one core, its load on the others\n",
             plan.links, plan.records_a_frame, bench::FrameMaker(plan.records_a_frame).record_size(),
             plan.duration.count());
  if (cameras.cameras != 0) fmt::print("{} cameras at {} bytes/s each\n", cameras.cameras, cameras.bytes_per_second);
  fmt::print("{:<20} {:>10} {:>10} {:>8} {:>8} {:>8} {:>8} {:>6} {:>10} {:>8}\n", "receiver", "sent/s", "records/s",
             "cores", "p50 ms", "p99 ms", "max ms", "late", "frames/s", "files/s");
}

void measure(const Run& run, const bench::FleetPlan& plan, bench::CameraPlan cameras) {
  const tests::TempFolder folder(DUALCAM_BENCH_FOLDER);
  bench::run_on(receivers_core);
  const bench::Receiver receiver(run.sink, folder.path());
  bench::run_on(receivers_core, true);
  std::optional<bench::Cameras> uploads;
  cameras.cameras = run.cameras;
  if (run.cameras != 0) uploads.emplace(receiver.camera_port(), cameras);
  bench::Fleet fleet(receiver.port(), plan);
  const auto uploaded = [&] { return uploads ? uploads->count() : bench::CameraCount{}; };
  const bench::CameraCount had = uploaded();
  const bench::ReceiverUse before = receiver.use();
  const bench::FleetResult result = fleet.run();
  const bench::ReceiverUse after = receiver.use();
  const bench::CameraCount have = uploaded();
  if (uploads) uploads->check();
  fmt::print("{:<20} {:>10} {:>10.0f} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.2f} {:>6} {:>10.0f} {:>8.1f}\n", run.name,
             plan.records_a_second > 0 ? fmt::format("{:.0f}", plan.records_a_second) : "all it can",
             static_cast<double>(result.records) / result.seconds, (after.seconds - before.seconds) / result.seconds,
             result.percentile(0.5), result.percentile(0.99), result.percentile(1), result.late,
             (have.frames - had.frames) / result.seconds, (have.files - had.files) / result.seconds);
  for (const auto& [name, seconds] : after.by_threads) {
    const auto found = before.by_threads.find(name);
    const double used = (seconds - (found == before.by_threads.end() ? 0 : found->second)) / result.seconds;
    if (!run.sink && used >= 0.005) fmt::print("           {:<16} {:.3f} cores\n", name, used);
  }
}

void compare(const Arguments& arguments) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  std::vector<Run> runs{{"sink", true, 0}, {"dualcamd", false, 0}};
  if (arguments.cameras.cameras != 0) runs.push_back({"dualcamd and cameras", false, arguments.cameras.cameras});
  bench::FleetPlan plan = arguments.fleet;
  print_head(plan, arguments.cameras);
  for (const Run& run : runs) measure(run, plan, arguments.cameras);
  plan.records_a_second = 0;
  for (const Run& run : runs) measure(run, plan, arguments.cameras);
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
