#include "tests/bench/ingest_run.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/bench/ingest_sink.hpp"
#include "tests/support/process_usage.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/http/client.hpp"

namespace bench {

namespace {
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A receiver is through with its work when it has used next to no CPU for a while.
constexpr milliseconds look_interval{2};
constexpr milliseconds idle_for{60};
constexpr std::chrono::microseconds idle_noise{300};
constexpr std::chrono::minutes longest_wait{2};

// Returns when the work ended, which is before this call returns.
Clock::time_point wait_idle(pid_t process) {
  const Clock::time_point start = Clock::now();
  Clock::time_point last_work = start;
  std::chrono::nanoseconds cpu = tests::cpu_time_of(process);
  while (Clock::now() - last_work < idle_for) {
    if (Clock::now() - start > longest_wait) throw std::runtime_error("The receiver is never through with its work.");
    std::this_thread::sleep_for(look_interval);
    const std::chrono::nanoseconds now = tests::cpu_time_of(process);
    if (now - cpu < idle_noise) continue;
    cpu = now;
    last_work = Clock::now();
  }
  return last_work;
}

unsigned cores() {
  return std::max(1U, std::thread::hardware_concurrency());
}

// The receiving end, whichever it is.
class Target {
 public:
  virtual ~Target() = default;
  virtual pid_t pid() const = 0;
  virtual std::uint16_t port() const = 0;
  virtual bool speaks_protocol() const = 0;
  virtual std::uint64_t frames_received() const = 0;
  virtual double reads() const { return 0; }
};

class SinkTarget final : public Target {
 public:
  explicit SinkTarget(SinkWork work) : sink_(work, cores(), folder_.path()) {}
  pid_t pid() const override { return sink_.pid(); }
  std::uint16_t port() const override { return sink_.port(); }
  bool speaks_protocol() const override { return false; }
  std::uint64_t frames_received() const override { return sink_.counters().bytes / frame_size; }
  double reads() const override { return static_cast<double>(sink_.counters().reads); }

 private:
  tests::TempFolder folder_;
  Sink sink_;
};

class ServerTarget final : public Target {
 public:
  explicit ServerTarget(std::size_t connections)
      : server_({.data_dir = folder_ / "data",
                 .flags = {"--log-level", "warning", "--max-connections-per-ip", std::to_string(connections)},
                 .ignores_log = true}) {
    if (!server_.wait_ready()) throw std::runtime_error("dualcamd does not start.");
  }
  pid_t pid() const override { return server_.pid(); }
  std::uint16_t port() const override { return server_.port(); }
  bool speaks_protocol() const override { return true; }
  std::uint64_t frames_received() const override {
    constexpr std::string_view name = "\ndualcamd_received_bytes_total ";
    const auto page = http::Client(server_.http_url(), {}).get("/metrics");
    if (!page) throw std::runtime_error(page.error().message);
    const std::string_view text = base::as_text(*page);
    const std::size_t at = text.find(name);
    double bytes = 0;
    if (at != std::string_view::npos) std::from_chars(text.data() + at + name.size(), text.data() + text.size(), bytes);
    return static_cast<std::uint64_t>(bytes) / 1024;
  }

 private:
  tests::TempFolder folder_;
  tests::ServerProcess server_;
};

std::unique_ptr<Target> start(Receiver receiver, const Scenario& scenario) {
  switch (receiver) {
    case Receiver::sink: return std::make_unique<SinkTarget>(SinkWork::drop);
    case Receiver::loop: return std::make_unique<SinkTarget>(SinkWork::write);
    case Receiver::dualcamd: break;
  }
  return std::make_unique<ServerTarget>(scenario.connections);
}

void store(const Target& target, Senders& senders, const WireFile& file, Measured& measured) {
  const Clock::time_point start = Clock::now();
  const std::chrono::nanoseconds before = tests::cpu_time_of(target.pid());
  senders.send_in_turns(file.frames());
  senders.await_acknowledgements();
  measured.store_seconds = tests::seconds(Clock::now() - start);
  measured.store_cpu_seconds = tests::seconds(tests::cpu_time_of(target.pid()) - before);
}
}  // namespace

std::string_view to_string(Receiver receiver) noexcept {
  switch (receiver) {
    case Receiver::sink: return "epoll sink";
    case Receiver::loop: return "recv + CRC + write";
    case Receiver::dualcamd: return "dualcamd";
  }
  return "";
}

Measured measure(Receiver receiver, const Scenario& scenario, const WireFile& file) {
  const std::unique_ptr<Target> target = start(receiver, scenario);
  Senders senders(target->port(), scenario.connections, file);
  if (target->speaks_protocol()) senders.converse();
  wait_idle(target->pid());

  const tests::ProcessUsage before = tests::usage_of(target->pid());
  const Clock::time_point begin = Clock::now();
  // The last frame of a file is not part of it: behind that one dualcamd stores.
  const std::size_t frames = scenario.whole_files ? file.frames() - 1 : scenario.frames;
  if (scenario.one_frame_a_write)
    senders.send_in_turns(frames);
  else
    senders.send_at_full_speed(frames);
  const Clock::time_point end = wait_idle(target->pid());
  const tests::ProcessUsage after = tests::usage_of(target->pid());

  const std::uint64_t sent = frames * scenario.connections;
  if (const std::uint64_t received = target->frames_received(); received != sent)
    throw std::runtime_error(fmt::format("{} received {} of {} frames.", to_string(receiver), received, sent));
  Measured measured{.seconds = tests::seconds(end - begin),
                    .cpu_seconds = tests::seconds(after.cpu - before.cpu),
                    .user_seconds = tests::seconds(after.user - before.user),
                    .system_seconds = tests::seconds(after.system - before.system),
                    .reads_per_frame = target->reads() / static_cast<double>(sent),
                    .frames = static_cast<double>(sent)};
  if (scenario.whole_files && target->speaks_protocol()) store(*target, senders, file, measured);
  return measured;
}

}  // namespace bench
