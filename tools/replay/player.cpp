#include "tools/replay/player.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/post.hpp>

#include "tools/replay/camera_device.hpp"
#include "tools/replay/datagram_device.hpp"
#include "tools/replay/driver.hpp"
#include "tools/replay/tracker_device.hpp"
#include "tools/sim/tls.hpp"

namespace replay {

namespace {
constexpr std::chrono::milliseconds look_interval{100};
constexpr rlim_t spare_descriptors = 64;

template <class Protocol>
base::Result<> resolve(const std::optional<Target>& target, std::optional<typename Protocol::endpoint>& endpoint) {
  if (!target) return {};
  asio::io_context io;
  std::error_code error;
  const auto found = typename Protocol::resolver(io).resolve(target->host, target->port, error);
  if (error || found.empty())
    return base::fail(base::Errc::not_found,
                      fmt::format("The server {}:{} has no address: {}.", target->host, target->port, error.message()));
  endpoint = found.begin()->endpoint();
  return {};
}

unsigned descriptors_for(unsigned jobs) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t most = limit.rlim_cur > spare_descriptors ? limit.rlim_cur - spare_descriptors : 1;
  return static_cast<unsigned>(std::min<rlim_t>(jobs, most));
}

class Player {
 public:
  Player(const Plans& plans, const PlayerOptions& options, const Watch& watch)
      : plans_(plans), options_(options), watch_(watch), look_(run_.io) {}

  base::Result<PlayerResult> run() {
    if (auto ready = prepare(); !ready) return std::unexpected(ready.error());
    run_.epoch = base::steady_now();
    look();
    fill();
    run_.io.run();
    for (const auto& driver : drivers_)
      if (driver) result_.reports.push_back(driver->report());
    result_.unfinished = wanted_ - ended_;
    result_.elapsed = run_.now();
    return std::move(result_);
  }

 private:
  struct Job {
    const DevicePlan* plan;
    std::optional<base::Imei> imei;
  };

  base::Result<> prepare();
  bool has_target(const DevicePlan& plan) const;
  std::unique_ptr<Device> device_of(const Job& job) const;
  std::shared_ptr<Driver> driver_of(const Job& job, Done done);
  void fill();
  void begin(const Job& job);
  void ended(std::size_t slot);
  void look();

  const Plans& plans_;
  const PlayerOptions& options_;
  const Watch& watch_;
  Run run_;
  asio::steady_timer look_;
  std::optional<asio::ip::tcp::endpoint> cameras_, trackers_;
  std::optional<asio::ip::udp::endpoint> tracker_datagrams_, relay_;
  std::vector<const DevicePlan*> playable_;
  std::size_t wanted_ = 0;  // devices, copies included
  std::size_t begun_ = 0;
  std::size_t ended_ = 0;
  std::size_t most_at_once_ = 1;
  std::uint64_t all_bytes_ = 0;
  std::vector<std::shared_ptr<Driver>> drivers_;  // by slot
  std::vector<std::size_t> free_slots_;
  PlayerResult result_;
};

bool Player::has_target(const DevicePlan& plan) const {
  if (!plan.imei) return relay_.has_value();
  if (plan.protocol == captures::Protocol::camera) return cameras_.has_value();
  return plan.transport == captures::Transport::udp ? tracker_datagrams_.has_value() : trackers_.has_value();
}

base::Result<> Player::prepare() {
  if (auto found = resolve<asio::ip::tcp>(options_.cameras, cameras_); !found) return found;
  if (auto found = resolve<asio::ip::tcp>(options_.trackers, trackers_); !found) return found;
  if (auto found = resolve<asio::ip::udp>(options_.tracker_datagrams, tracker_datagrams_); !found) return found;
  if (auto found = resolve<asio::ip::udp>(options_.relay, relay_); !found) return found;
  if (options_.tls)
    if (auto ready = sim::set_up_tls(run_.tls, options_.tls_verify, options_.tls_ca); !ready) return ready;
  run_.pace = options_.pace;
  most_at_once_ = descriptors_for(std::max(1U, options_.jobs));
  result_.left_out = plans_.unplayable;
  for (const DevicePlan& plan : plans_.devices) {
    if (has_target(plan)) {
      playable_.push_back(&plan);
      all_bytes_ += plan.bytes() * options_.copies;
      continue;
    }
    for (const std::size_t number : plan.numbers)
      result_.left_out.push_back(fmt::format("conversation {}: no server is given for {} over {}", number + 1,
                                             captures::to_string(plan.protocol), captures::to_string(plan.transport)));
  }
  wanted_ = playable_.size() * options_.copies;
  return {};
}

std::unique_ptr<Device> Player::device_of(const Job& job) const {
  const DevicePlan& plan = *job.plan;
  const Time start_at = options_.pace.scaled(plan.conversations.front()->events.front().time - plans_.begun);
  if (!plan.imei || plan.transport == captures::Transport::udp)
    return std::make_unique<DatagramDevice>(plan, job.imei, options_.pace, start_at);
  if (plan.protocol == captures::Protocol::camera)
    return std::make_unique<CameraDevice>(plan, *job.imei, options_.pace, start_at);
  return std::make_unique<TrackerDevice>(plan, *job.imei, options_.pace, start_at);
}

std::shared_ptr<Driver> Player::driver_of(const Job& job, Done done) {
  auto device = device_of(job);
  if (!job.plan->imei) return drive_udp(run_, *relay_, std::move(device), std::move(done));
  if (job.plan->transport == captures::Transport::udp)
    return drive_udp(run_, *tracker_datagrams_, std::move(device), std::move(done));
  const bool camera = job.plan->protocol == captures::Protocol::camera;
  return drive_tcp(run_, camera ? *cameras_ : *trackers_, camera ? options_.cameras->host : options_.trackers->host,
                   options_.tls, std::move(device), std::move(done));
}

// As many as may run at the same time.
void Player::fill() {
  while (begun_ < wanted_ && begun_ - ended_ < most_at_once_) {
    const std::size_t device = begun_ % playable_.size();
    const auto copy = static_cast<unsigned>(begun_ / playable_.size());
    ++begun_;
    const DevicePlan& plan = *playable_[device];
    std::optional<base::Imei> imei = plan.imei;
    if (imei && options_.first_imei) imei = imei_of_copy(*options_.first_imei, playable_.size(), device, copy);
    begin({&plan, imei});
  }
  if (ended_ == wanted_) run_.io.stop();
}

void Player::begin(const Job& job) {
  if (free_slots_.empty()) {
    free_slots_.push_back(drivers_.size());
    drivers_.emplace_back();
  }
  const std::size_t slot = free_slots_.back();
  free_slots_.pop_back();
  drivers_[slot] = driver_of(job, [this, slot] { asio::post(run_.io, [this, slot] { ended(slot); }); });
  drivers_[slot]->start();
}

void Player::ended(std::size_t slot) {
  result_.reports.push_back(drivers_[slot]->report());
  drivers_[slot].reset();
  free_slots_.push_back(slot);
  ++ended_;
  fill();
}

void Player::look() {
  if (watch_ && !watch_(run_.sent_bytes, all_bytes_)) return run_.io.stop();
  look_.expires_after(look_interval);
  look_.async_wait([this](const std::error_code& error) {
    if (!error) look();
  });
}
}  // namespace

base::Result<PlayerResult> play(const Plans& plans, const PlayerOptions& options, const Watch& watch) {
  return Player(plans, options, watch).run();
}

base::Imei imei_of_copy(std::uint64_t first_imei, std::size_t devices, std::size_t device, unsigned copy) {
  constexpr std::uint64_t ten = 10;  // without the check digit
  return *base::Imei::from_number(base::with_luhn_digit(first_imei / ten + copy * devices + device));
}

}  // namespace replay
