#include "tools/sim/fleet.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/base/imei.hpp"
#include "tools/sim/driver.hpp"
#include "tools/sim/random.hpp"
#include "tools/sim/tls.hpp"
#include "tools/sim/tracker_driver.hpp"

namespace sim {

namespace {
constexpr rlim_t spare_descriptors = 64;

base::Result<> check_descriptors(const FleetOptions& options) {
  const rlim_t links = options.avl ? rlim_t{2} * options.cameras : options.cameras;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= links + spare_descriptors) return {};
  return base::fail(base::Errc::exhausted,
                    fmt::format("{} cameras need {} file descriptors and the limit is {}; raise it with ulimit -n.",
                                options.cameras, links + spare_descriptors, limit.rlim_cur));
}

base::Result<> resolve(const std::string& host, const std::string& port, asio::ip::tcp::endpoint& endpoint) {
  asio::io_context io;
  std::error_code error;
  const auto found = asio::ip::tcp::resolver(io).resolve(host, port, error);
  if (error || found.empty())
    return base::fail(base::Errc::not_found,
                      fmt::format("The server {}:{} has no address: {}.", host, port, error.message()));
  endpoint = *found.begin();
  return {};
}

// Holds up every thread of a fleet for a moment.
class Stillness {
 public:
  // On a thread of the fleet; returns when it is over.
  void hold() {
    std::unique_lock lock(mutex_);
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return over_; });
  }
  // Until `threads` are held; threads that have ended meanwhile count by themselves in `ended`.
  void wait_for(std::size_t threads, const std::atomic<std::size_t>& ended) {
    constexpr std::chrono::milliseconds look{1};  // threads that end do not notify
    std::unique_lock lock(mutex_);
    while (held_ + ended < threads) changed_.wait_for(lock, look);
  }
  void end() {
    const std::lock_guard lock(mutex_);
    over_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t held_ = 0;
  bool over_ = false;
};
}  // namespace

// ---- A thread's share of the fleet

class Fleet::Shard {
 public:
  Shard(FleetShared& shared, std::uint32_t first, std::uint32_t count);
  ~Shard() { join(); }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  void start();
  void stop();
  void hold(std::shared_ptr<Stillness> stillness);
  void join();
  void append_reports(std::vector<CameraReport>& reports) const;

 private:
  void tick();

  FleetShared& shared_;
  Loop loop_;
  asio::steady_timer timer_{loop_.io};
  std::vector<std::unique_ptr<Driver>> drivers_;
  std::vector<std::unique_ptr<TrackerDriver>> trackers_;  // one beside each driver, or none
  std::thread thread_;
};

Fleet::Shard::Shard(FleetShared& shared, std::uint32_t first, std::uint32_t count) : shared_(shared) {
  loop_.active = count;
  drivers_.reserve(count);
  for (std::uint32_t n = 0; n < count; ++n) drivers_.push_back(std::make_unique<Driver>(loop_, shared_, n, first + n));
  if (!shared_.options.avl) return;
  for (std::uint32_t n = 0; n < count; ++n)
    trackers_.push_back(std::make_unique<TrackerDriver>(loop_, shared_, count + n, first + n, *drivers_[n]));
}

void Fleet::Shard::start() {
  thread_ = std::thread([this] {
    for (const auto& driver : drivers_) driver->pump();
    for (const auto& tracker : trackers_) tracker->pump();
    tick();
    if (loop_.active > 0) loop_.io.run();
    ++shared_.ended_threads;
  });
}

void Fleet::Shard::tick() {
  loop_.wheel.advance(shared_.now(), [this](std::uint32_t slot) {
    slot < drivers_.size() ? drivers_[slot]->due() : trackers_[slot - drivers_.size()]->due();
  });
  timer_.expires_after(Wheel::tick);
  timer_.async_wait([this](std::error_code error) {
    if (!error) tick();
  });
}

void Fleet::Shard::stop() {
  asio::post(loop_.io, [this] {
    for (const auto& driver : drivers_) driver->stop();
    for (const auto& tracker : trackers_) tracker->stop();
    loop_.io.stop();
  });
}

void Fleet::Shard::hold(std::shared_ptr<Stillness> stillness) {
  asio::post(loop_.io, [stillness = std::move(stillness)] { stillness->hold(); });
}

void Fleet::Shard::join() {
  if (thread_.joinable()) thread_.join();
}

void Fleet::Shard::append_reports(std::vector<CameraReport>& reports) const {
  for (std::size_t n = 0; n < drivers_.size(); ++n) {
    reports.push_back(drivers_[n]->report());
    if (!trackers_.empty()) trackers_[n]->add_to(reports.back());
  }
}

// ---- The fleet

Fleet::Fleet(FleetOptions options, std::shared_ptr<const FileMaker> maker, FleetHooks hooks)
    : shared_(std::make_unique<FleetShared>()) {
  shared_->options = std::move(options);
  shared_->maker = std::move(maker);
  shared_->hooks = std::move(hooks);
}

Fleet::~Fleet() {
  request_stop();
  wait();
}

base::Result<> Fleet::start() {
  const FleetOptions& options = shared_->options;
  if (auto enough = check_descriptors(options); !enough) return enough;
  if (auto found = resolve(options.host, options.port, shared_->server); !found) return found;
  if (options.avl)
    if (auto found = resolve(options.avl->host, options.avl->port, shared_->avl_server); !found) return found;
  if (options.tls || (options.avl && options.avl->tls))
    if (auto ready = set_up_tls(shared_->tls, options.tls_verify, options.tls_ca); !ready) return ready;
  const unsigned cores = std::max(1U, options.threads != 0 ? options.threads : std::thread::hardware_concurrency());
  const unsigned threads = std::clamp(options.cameras, 1U, cores);
  shared_->epoch = base::steady_now();
  if (shared_->options.avl) shared_->options.avl->tracker.start_ms = base::utc_now().time_since_epoch().count();
  for (unsigned n = 0, first = 0; n < threads; ++n) {
    const unsigned end = static_cast<unsigned>(std::uint64_t{options.cameras} * (n + 1) / threads);
    shards_.push_back(std::make_unique<Shard>(*shared_, first, end - first));
    first = end;
  }
  for (const auto& shard : shards_) shard->start();
  return {};
}

bool Fleet::finished() const noexcept {
  return shared_->stopping || shared_->done == shared_->options.cameras;
}

void Fleet::request_stop() {
  if (shared_->stopping.exchange(true)) return;
  for (const auto& shard : shards_) shard->stop();
}

void Fleet::wait() {
  for (const auto& shard : shards_) shard->join();
}

void Fleet::while_still(const std::function<void()>& call) {
  const auto stillness =
      std::make_shared<Stillness>();  // a thread that ended may never take its share out of its queue
  for (const auto& shard : shards_) shard->hold(stillness);
  stillness->wait_for(shards_.size(), shared_->ended_threads);
  call();
  stillness->end();
}

base::Result<> Fleet::run() {
  if (auto started = start(); !started) return started;
  wait();
  return {};
}

FleetCounts Fleet::counts() const {
  return {.wire_bytes = shared_->wire_bytes,
          .file_bytes = shared_->file_bytes,
          .planned_bytes = shared_->planned_bytes,
          .acknowledged = shared_->acknowledged,
          .planned = shared_->planned,
          .connected = shared_->connected,
          .done = shared_->done,
          .refused = shared_->refused,
          .faults = shared_->faults,
          .records = shared_->records,
          .commands = shared_->commands};
}

std::string Fleet::connect_error() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->connect_error;
}

std::vector<CameraReport> Fleet::reports() const {
  std::vector<CameraReport> reports;
  reports.reserve(shared_->options.cameras);
  for (const auto& shard : shards_) shard->append_reports(reports);
  return reports;
}

CameraOptions camera_options(const FleetOptions& fleet, std::uint32_t index) {
  CameraOptions options = fleet.camera;
  options.imei = base::with_luhn_digit(fleet.first_imei / 10 + index);
  options.seed = mix(fleet.plan.seed, options.imei);
  if (fleet.mixed) {
    // Most cameras in the field speak identifiers.
    constexpr std::array mix_of_dialects{Dialect::identifiers, Dialect::paths, Dialect::identifiers, Dialect::enhanced};
    options.dialect = mix_of_dialects[index % mix_of_dialects.size()];
  }
  options.meta_version = static_cast<int>(index / 2 % 4) + 1;
  options.dsm = index / 4 % 2 != 0;
  if (fleet.cameras > 1) options.start_at = fleet.ramp_up * index / (fleet.cameras - 1);
  options.on_call = fleet.avl.has_value();
  return options;
}

TrackerOptions tracker_options(const FleetOptions& fleet, std::uint32_t index) {
  const CameraOptions camera = camera_options(fleet, index);
  TrackerOptions options = fleet.avl->tracker;
  options.imei = camera.imei;
  options.seed = mix(camera.seed, 1);
  options.start_at = camera.start_at;
  return options;
}

base::Result<std::uint32_t> parse_rate(std::string_view text) {
  if (text == "full") return 0;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const double factor = unit == "B/s" || unit.empty()      ? 1
                        : unit == "KB/s" || unit == "kB/s" ? 1e3
                        : unit == "MB/s"                   ? 1e6
                                                           : 0;
  const double rate = number * factor;
  if (error != std::errc{} || !(rate >= 1) || rate > 4e9)
    return base::fail(base::Errc::invalid,
                      fmt::format("\"{}\" is no rate; write for example 19KB/s, 3.7KB/s, 2MB/s or full.", text));
  return static_cast<std::uint32_t>(rate);
}

}  // namespace sim
