#include "tools/sim/fleet.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <charconv>
#include <mutex>
#include <thread>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "tools/sim/link.hpp"
#include "tools/sim/random.hpp"
#include "tools/sim/wheel.hpp"

namespace sim {

namespace {
constexpr std::size_t batch_bytes = 32 * 1024;  // at full speed: one write per so many bytes
constexpr Time stuck_write{120'000'000};        // a server that reads nothing for so long has lost this camera
constexpr rlim_t spare_descriptors = 64;

base::Result<> check_descriptors(unsigned cameras) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= cameras + spare_descriptors) return {};
  return base::fail(base::Errc::exhausted,
                    fmt::format("{} cameras need {} file descriptors and the limit is {}; raise it with ulimit -n.",
                                cameras, cameras + spare_descriptors, limit.rlim_cur));
}
}  // namespace

// What the shards and the outside share. Counters are relaxed: they are read for display and at the end.
struct Fleet::Shared {
  FleetOptions options;
  std::shared_ptr<const FileMaker> maker;
  FleetHooks hooks;
  asio::ip::tcp::endpoint server;
  base::SteadyTime epoch;
  std::optional<asio::ssl::context> tls;
  std::atomic<std::uint64_t> wire_bytes = 0, file_bytes = 0, planned_bytes = 0;
  std::atomic<std::uint32_t> acknowledged = 0, planned = 0, connected = 0, done = 0, refused = 0, faults = 0;
  std::atomic<bool> stopping = false;

  Time now() const { return std::chrono::duration_cast<Time>(base::steady_now() - epoch); }
};

// ---- One camera and its connection

class Fleet::Shard {
 public:
  Shard(Shared& shared, std::uint32_t first, std::uint32_t count);
  ~Shard() { join(); }
  void start();
  void stop();
  void join();
  void append_reports(std::vector<CameraReport>& reports) const;

 private:
  class Driver;
  void tick();

  Shared& shared_;
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  Wheel wheel_;
  std::vector<std::unique_ptr<Driver>> drivers_;
  std::uint32_t active_;
  std::thread thread_;
};

class Fleet::Shard::Driver final : public CameraObserver {
 public:
  Driver(Shard& shard, std::uint32_t slot, std::uint32_t index)
      : shard_(shard),
        shared_(shard.shared_),
        slot_(slot),
        index_(index),
        camera_(camera_options(shared_.options, index), shared_.options.faults, shared_.maker,
                plan_files(shared_.options.plan, camera_options(shared_.options, index), *shared_.maker), this) {
    shared_.planned += static_cast<std::uint32_t>(camera_.files_left());
    for (const FileSpec& spec : camera_.files()) shared_.planned_bytes += shared_.maker->estimated_size(spec);
  }

  void pump();
  void due() {
    armed_ = 0;
    if (writing_since_ && shared_.now() - *writing_since_ > stuck_write) lost();
    pump();
  }
  void stop() {
    drop(false);
    finished_ = true;
  }
  CameraReport report() const {
    return {.imei = camera_.options().imei,
            .dialect = camera_.options().dialect,
            .statistics = camera_.statistics(),
            .faults = camera_.faults(),
            .acknowledged = acknowledged_,
            .abandoned = abandoned_,
            .left = camera_.files()};
  }

  void on_acknowledged(const FileSpec& spec) override {
    acknowledged_.push_back(spec);
    shared_.acknowledged.fetch_add(1, std::memory_order_relaxed);
    if (shared_.hooks.acknowledged) shared_.hooks.acknowledged(index_, spec);
  }
  void on_abandoned(const FileSpec& spec, std::uint32_t sent) override {
    abandoned_.push_back(spec);
    shared_.planned_bytes.fetch_add(sent, std::memory_order_relaxed);  // they were sent, and so many more are to come
  }
  void on_resumed(const FileSpec& spec, std::uint32_t offset, std::uint32_t sent) override {
    if (shared_.hooks.resumed) shared_.hooks.resumed(index_, spec, offset, sent);
  }
  void on_fault(Fault) override { shared_.faults.fetch_add(1, std::memory_order_relaxed); }

 private:
  void connect();
  void read();
  void flush(Time now);
  void lost();
  void drop(bool reset);
  void arm(Time at);
  void finish();
  asio::ip::address source() const;
  base::Bytes& output() { return link_ ? link_->output() : scratch_; }

  Shard& shard_;
  Shared& shared_;
  std::uint32_t slot_;
  std::uint32_t index_;
  Camera camera_;
  std::shared_ptr<Link> link_;  // null when offline; handlers of an older link find that theirs is not this one
  base::Bytes scratch_;
  std::optional<Time> writing_since_;
  bool up_ = false;
  bool finished_ = false;
  std::optional<bool> close_after_write_;  // its value: by RST
  std::uint64_t armed_ = 0;                // tick of the earliest wheel entry, 0 for none
  std::uint64_t fresh_bytes_ = 0;          // what shared_.file_bytes has of this camera
  std::vector<FileSpec> acknowledged_;
  std::vector<FileSpec> abandoned_;
};

void Fleet::Shard::Driver::pump() {
  while (!finished_ && !writing_since_) {
    const Time now = shared_.now();
    const Step step = camera_.poll(now, output());
    switch (step.kind) {
      case Step::Kind::send:
        if (output().size() >= batch_bytes) flush(now);
        break;
      case Step::Kind::wait:
        if (!output().empty()) {
          flush(now);
          break;
        }
        return arm(step.until);
      case Step::Kind::connect: return connect();
      case Step::Kind::close:
        if (output().empty()) {
          drop(step.reset);
          break;
        }
        close_after_write_ = step.reset;
        flush(now);
        break;
      case Step::Kind::done: return finish();
    }
  }
  if (writing_since_ && camera_.wants_close() && !close_after_write_) {
    lost();
    pump();
  }
}

void Fleet::Shard::Driver::connect() {
  link_ = std::make_shared<Link>(shard_.io_, shared_.tls ? &*shared_.tls : nullptr, shared_.options.host);
  link_->connect(shared_.server, source(), [this, link = link_](std::error_code error) {
    if (link != link_) return;
    if (error) {
      shared_.refused.fetch_add(1, std::memory_order_relaxed);
      drop(false);
      camera_.connect_failed(shared_.now());
      return pump();
    }
    up_ = true;
    shared_.connected.fetch_add(1, std::memory_order_relaxed);
    camera_.connected(shared_.now());
    read();
    pump();
  });
}

void Fleet::Shard::Driver::read() {
  link_->read([this, link = link_](std::error_code error, std::size_t count) {
    if (link != link_) return;
    if (error) {
      lost();
      return pump();
    }
    camera_.received(link->input(count), shared_.now());
    pump();
    if (link == link_) read();
  });
}

void Fleet::Shard::Driver::flush(Time now) {
  writing_since_ = now;
  const CameraStatistics& statistics = camera_.statistics();
  const std::uint64_t fresh = statistics.file_bytes - statistics.repeated_bytes;
  shared_.wire_bytes.fetch_add(output().size(), std::memory_order_relaxed);
  shared_.file_bytes.fetch_add(fresh - std::exchange(fresh_bytes_, fresh), std::memory_order_relaxed);
  arm(now + stuck_write + Wheel::tick);
  link_->write([this, link = link_](std::error_code error, std::size_t) {
    if (link != link_) return;
    writing_since_.reset();
    link->output().clear();
    if (close_after_write_)
      drop(*close_after_write_);  // the camera knows: it was its own wish
    else if (error)
      lost();
    pump();
  });
}

// The connection ended by another's doing.
void Fleet::Shard::Driver::lost() {
  const bool own_wish = close_after_write_.has_value();
  drop(false);
  if (!own_wish) camera_.closed(shared_.now());
}

void Fleet::Shard::Driver::drop(bool reset) {
  if (!link_) return;
  link_->close(reset);
  link_.reset();
  scratch_.clear();
  writing_since_.reset();
  close_after_write_.reset();
  if (std::exchange(up_, false)) shared_.connected.fetch_sub(1, std::memory_order_relaxed);
}

void Fleet::Shard::Driver::arm(Time at) {
  if (at == forever) return;
  if (armed_ != 0 && armed_ <= shard_.wheel_.due_tick(at)) return;
  armed_ = shard_.wheel_.add(slot_, at);
}

void Fleet::Shard::Driver::finish() {
  drop(false);
  finished_ = true;
  shared_.done.fetch_add(1, std::memory_order_relaxed);
  if (--shard_.active_ == 0) shard_.io_.stop();
}

asio::ip::address Fleet::Shard::Driver::source() const {
  if (!shared_.options.spread_sources || !shared_.server.address().is_v4()) return {};
  constexpr std::uint32_t first = 0x7f010001;  // 127.1.0.1
  return asio::ip::address_v4(first + index_);
}

// ---- A thread's share of the fleet

Fleet::Shard::Shard(Shared& shared, std::uint32_t first, std::uint32_t count) : shared_(shared), active_(count) {
  drivers_.reserve(count);
  for (std::uint32_t n = 0; n < count; ++n) drivers_.push_back(std::make_unique<Driver>(*this, n, first + n));
}

void Fleet::Shard::start() {
  thread_ = std::thread([this] {
    for (const auto& driver : drivers_) driver->pump();
    tick();
    if (active_ > 0) io_.run();
  });
}

void Fleet::Shard::tick() {
  wheel_.advance(shared_.now(), [this](std::uint32_t slot) { drivers_[slot]->due(); });
  timer_.expires_after(Wheel::tick);
  timer_.async_wait([this](std::error_code error) {
    if (!error) tick();
  });
}

void Fleet::Shard::stop() {
  asio::post(io_, [this] {
    for (const auto& driver : drivers_) driver->stop();
    io_.stop();
  });
}

void Fleet::Shard::join() {
  if (thread_.joinable()) thread_.join();
}

void Fleet::Shard::append_reports(std::vector<CameraReport>& reports) const {
  for (const auto& driver : drivers_) reports.push_back(driver->report());
}

// ---- The fleet

Fleet::Fleet(FleetOptions options, std::shared_ptr<const FileMaker> maker, FleetHooks hooks)
    : shared_(std::make_unique<Shared>()) {
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
  if (auto enough = check_descriptors(options.cameras); !enough) return enough;
  asio::io_context io;
  std::error_code error;
  const auto found = asio::ip::tcp::resolver(io).resolve(options.host, options.port, error);
  if (error || found.empty())
    return base::fail(base::Errc::not_found,
                      fmt::format("The server {}:{} has no address: {}.", options.host, options.port, error.message()));
  shared_->server = *found.begin();
  if (options.tls) {
    shared_->tls.emplace(asio::ssl::context::tls_client);
    shared_->tls->set_verify_mode(options.tls_verify ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
    if (options.tls_ca.empty())
      shared_->tls->set_default_verify_paths(error);
    else
      shared_->tls->load_verify_file(options.tls_ca, error);
    if (error)
      return base::fail(base::Errc::invalid,
                        fmt::format("The certificates in \"{}\" cannot be used: {}.", options.tls_ca, error.message()));
  }
  const unsigned cores = std::max(1U, options.threads != 0 ? options.threads : std::thread::hardware_concurrency());
  const unsigned threads = std::clamp(options.cameras, 1U, cores);
  shared_->epoch = base::steady_now();
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
          .faults = shared_->faults};
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
  return options;
}

base::Result<std::uint32_t> parse_rate(std::string_view text) {
  if (text == "full") return 0;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, text.data() + text.size());
  const double factor = unit == "B/s" || unit.empty() ? 1 : unit == "KB/s" || unit == "kB/s" ? 1e3 : unit == "MB/s" ? 1e6 : 0;
  const double rate = number * factor;
  if (error != std::errc{} || !(rate >= 1) || rate > 4e9)
    return base::fail(base::Errc::invalid,
                      fmt::format("\"{}\" is no rate; write for example 19KB/s, 3.7KB/s, 2MB/s or full.", text));
  return static_cast<std::uint32_t>(rate);
}

}  // namespace sim
