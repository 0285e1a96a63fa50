#include "server/endpoints/mavlink_node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "server/base/log.hpp"
#include "server/endpoints/infos.hpp"
#include "server/endpoints/mavlink_remote.hpp"
#include "server/endpoints/mavlink_words.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
namespace station = mavlink::station;
namespace shots = mavlink::shots;

constexpr std::chrono::seconds keep_interval{1};
// Devices are looked at, and heartbeats are due, this often at least.
constexpr std::chrono::milliseconds longest_sleep{500};
// Behind what is kept: as many shots as can be ordered before it is written down.
constexpr std::int64_t sequence_margin = 100;
constexpr std::uint32_t most_refusals_per_second = 10;  // that get a row; all are counted

std::string signing_name(const std::string& node, std::uint32_t link) {
  return fmt::format("signing/{}/{}", node, link);
}
std::string sequence_name(const std::string& node) {
  return fmt::format("sequence/{}", node);
}

bool is_autopilot(const mavlink::Heartbeat& heartbeat, mavlink::Address from) {
  return from.component == mavlink::component::autopilot1 && heartbeat.type != mavlink::type::ground_station &&
         heartbeat.type != mavlink::type::onboard_controller && heartbeat.type != mavlink::type::gimbal &&
         heartbeat.type != mavlink::type::adsb && heartbeat.type != mavlink::type::camera;
}
}  // namespace

base::Result<std::unique_ptr<MavlinkNode>> MavlinkNode::open(const MavlinkConfig& config,
                                                             storage::MavlinkCatalog& catalog, const std::string& node,
                                                             const Build& build, Host& host) {
  std::unique_ptr<MavlinkNode> opened(new MavlinkNode(config, catalog, node, host));
  const auto numbers = catalog.numbers(node);
  if (!numbers) return std::unexpected(numbers.error());
  for (const storage::MavlinkNumber& number : *numbers) opened->numbers_kept_.emplace(number.name, number.value);
  for (const MavlinkCameraConfig& one : config.cameras) {
    const auto count = catalog.image_count(node, one.name);
    if (!count) return std::unexpected(count.error());
    auto device = build(one);
    if (!device) return std::unexpected(device.error());
    if (const auto fine = MavlinkCamera::check(one, **device, config.public_url); !fine)
      return base::fail(fine.error().code,
                        fmt::format("The MAVLink camera \"{}\" cannot be shown to ground stations: {}", one.name,
                                    fine.error().message));
    opened->cameras_.push_back({.config = one,
                                .device = std::move(*device),
                                .image_count = static_cast<std::int32_t>(*count),
                                .camera = nullptr});
  }
  if (const auto linked = opened->open_links(); !linked) return std::unexpected(linked.error());
  return opened;
}

MavlinkNode::MavlinkNode(const MavlinkConfig& config, storage::MavlinkCatalog& catalog, std::string node, Host& host)
    : config_(config),
      info_(info_of(config)),
      catalog_(catalog),
      node_(std::move(node)),
      host_(host),
      health_(config.name, host),
      shots_(mavlink::shots::Shots({.merge_window = config.merge, .own = {}})),
      waking_(host.context()) {}

MavlinkNode::~MavlinkNode() = default;

base::Result<> MavlinkNode::open_links() {
  std::map<std::uint32_t, mavlink::SigningTime> stored;
  for (std::uint32_t n = 1; n <= config_.links.size(); ++n)
    if (const auto kept = numbers_kept_.find(signing_name(config_.name, n)); kept != numbers_kept_.end())
      stored.emplace(n, static_cast<mavlink::SigningTime>(kept->second));
  auto links = MavlinkLinks::open(
      config_, stored,
      {.heard = [this](const mavlink::Received& received, const mavlink::Frame& frame) { heard(received, frame); },
       .gone =
           [this](mavlink::Peer peer) {
             for (const Mine& mine : cameras_)
               if (mine.camera) mine.camera->forget(peer);
           },
       .noticed = [this](const mavlink::router::Notice& notice) { noticed(notice); },
       .refused = [this](const MavlinkLinks::Refusal& why, std::string_view peer,
                         base::ByteView bytes) { refused(why, peer, bytes); }},
      host_);
  if (!links) return std::unexpected(links.error());
  links_ = std::move(*links);
  return {};
}

void MavlinkNode::start() {
  links_->start();
  if (config_.system) be_system(*config_.system);
  if (!config_.system) set_up_station();
  health_.set(Health::State::unknown, "Nothing was heard yet.");
  wake();
}

void MavlinkNode::set_up_station() {
  std::vector<mavlink::Address> own;
  if (system_) {
    for (const Mine& mine : cameras_) own.push_back({*system_, mine.config.component});
    if (vehicle_) own.push_back({*system_, mavlink::component::autopilot1});
  }
  // What comes from our own components never gets to the station: it stays as it is when our system becomes known.
  if (config_.ground_station && !station_) {
    station::Settings settings{.identity = config_.station, .ignored = {}};
    if (const auto kept = numbers_kept_.find(sequence_name(config_.name)); kept != numbers_kept_.end())
      first_sequence_ = settings.first_sequence =
          static_cast<std::uint32_t>((kept->second + sequence_margin) % mavlink::station::max_sequence) + 1;
    station_.emplace(settings);
  }
  if (station_) own.push_back(config_.station);
  shots_.emplace(shots::Options{.merge_window = config_.merge, .own = own});
  links_->set_own(std::move(own));
}

// The system our cameras are of is known.
void MavlinkNode::be_system(std::uint8_t system) {
  system_ = system;
  const base::Now now = host_.now();
  if (config_.vehicle) vehicle_.emplace(system, now);
  for (Mine& mine : cameras_)
    mine.camera = std::make_unique<MavlinkCamera>(
        mine.config, system, mine.image_count, std::move(mine.device),
        MavlinkCamera::Around{.catalog = catalog_,
                              .node = node_,
                              .public_url = config_.public_url,
                              .send = [this](const mavlink::Outgoing& outgoing) { send(outgoing); }},
        host_);
  set_up_station();
}

std::string MavlinkNode::address() const {
  return fmt::format("system {}, {} links", system_ ? std::to_string(*system_) : "of the autopilot",
                     config_.links.size());
}

// ---- What comes in.

void MavlinkNode::heard(const mavlink::Received& received, const mavlink::Frame& frame) {
  health_.heard();
  watch_for_autopilot(received);
  shots::Actions seen;
  shots_->hear(received, host_.now(), seen);
  for (const shots::Shot& sign : seen.shots) tell_of_shot(sign, received, frame);
  with_station([&](station::Actions& actions) { station_->hear(received, host_.now(), actions); });
  if (const auto* feedback = std::get_if<mavlink::CameraFeedback>(&received.message))
    has_feedback(received.from, *feedback);
  for (const Mine& mine : cameras_)
    if (mine.camera) mine.camera->hear(received);
  if (vehicle_) {
    mavlink::camera::Actions actions;
    vehicle_->hear(received, host_.now(), actions);
    for (const mavlink::Outgoing& outgoing : actions.send) send(outgoing);
  }
  set_timer();
}

void MavlinkNode::watch_for_autopilot(const mavlink::Received& received) {
  if (system_) return;
  const auto* const heartbeat = std::get_if<mavlink::Heartbeat>(&received.message);
  if (heartbeat == nullptr || !is_autopilot(*heartbeat, received.from)) return;
  base::log::info("the cameras of a MAVLink node are of the autopilot's system",
                  {{"endpoint", config_.name}, {"system", received.from.system}});
  be_system(received.from.system);
}

void MavlinkNode::noticed(const mavlink::router::Notice& notice) {
  using What = mavlink::router::Notice::What;
  if (notice.what == What::restarted) return;  // the station sees to it
  base::log::error("somebody else on MAVLink has the ids of a component of ours: answers to both get mixed up",
                   {{"endpoint", config_.name},
                    {"system", notice.who.system},
                    {"component", notice.who.component},
                    {"peer", links_->address_of(notice.peer)}});
}

void MavlinkNode::refused(const MavlinkLinks::Refusal& why, std::string_view peer, base::ByteView bytes) {
  const base::Now now = host_.now();
  if (now.steady - refusing_since_ >= std::chrono::seconds{1}) {
    refusing_since_ = now.steady;
    refusals_ = 0;
  }
  if (++refusals_ > most_refusals_per_second) return;
  host_.refused({.protocol = hub::Protocol::mavlink,
                 .source = config_.name,
                 .code = std::string(why.code),
                 .reason = fmt::format("These bytes are no frame that is taken: {}.", why.words),
                 .peer = std::string(peer),
                 .raw = base::Bytes(bytes.begin(), bytes.end())});
}

void MavlinkNode::tell_of_shot(const shots::Shot& sign, const mavlink::Received& received,
                               const mavlink::Frame& frame) {
  if (sign.ours) return;  // what we asked for is no news, and must not ask for more
  const bool video = sign.kind == shots::Kind::video_start || sign.kind == shots::Kind::video_stop;
  const MavlinkRemote* const of = remote_of(sign);
  const auto tell = [&](bool as_shot) {
    hub::Event event = event_of(sign, as_shot);
    event.peer = links_->address_of(received.peer);
    event.raw.assign(frame.bytes.begin(), frame.bytes.end());
    hear_event(std::move(event), of);
  };
  if (sign.first) tell(true);
  if (!video) tell(false);
}

// The camera it names; a sign that names none, or one by a number of an autopilot's, is of the only one of its system.
const MavlinkRemote* MavlinkNode::remote_of(const shots::Shot& sign) const {
  if (const auto key = key_of(sign)) {
    if (const MavlinkRemote* const named = remote_of(*key)) return named;
    if (key->device == 0) return nullptr;
  }
  const auto is_of_system = [&sign](const auto& one) { return one.first.address.system == sign.system; };
  const auto only = std::ranges::find_if(remotes_, is_of_system);
  return std::ranges::count_if(remotes_, is_of_system) == 1 ? only->second : nullptr;
}

void MavlinkNode::hear_event(hub::Event event, const MavlinkRemote* remote) {
  event.source = remote == nullptr ? config_.name : remote->info().name;
  event.id = host_.new_id(host_.now().utc);
  event.key = event.key.empty() ? event.key : fmt::format("{}/{}", config_.name, event.key);
  host_.heard(std::move(event));
}

// ---- What goes out, and when.

void MavlinkNode::send(const mavlink::Outgoing& outgoing) {
  shots_->sent(outgoing, host_.now());
  links_->send(outgoing);
}

void MavlinkNode::wake() {
  const base::Now now = host_.now();
  with_station([&](station::Actions& actions) { station_->wake(now, actions); });
  for (const Mine& mine : cameras_)
    if (mine.camera) mine.camera->wake();
  if (vehicle_) {
    mavlink::camera::Actions actions;
    vehicle_->wake(now, actions);
    for (const mavlink::Outgoing& outgoing : actions.send) send(outgoing);
  }
  give_up_shots();
  look_at_links();
  if (now.steady >= keeping_at_) {
    keeping_at_ = now.steady + keep_interval;
    keep_numbers();
  }
  set_timer();
}

void MavlinkNode::look_at_links() {
  const std::string trouble = links_->trouble();
  if (!trouble.empty()) return health_.set(Health::State::degraded, trouble);
  if (links_->peers() == 0) return health_.set(Health::State::offline, "Nobody is on its links.");
  health_.set(Health::State::online, {});
}

// One write at a time; what has not been kept is the next time.
void MavlinkNode::keep_numbers() {
  std::vector<storage::MavlinkNumber> numbers;
  const auto note = [&](const std::string& name, std::int64_t value) {
    const auto kept = numbers_kept_.find(name);
    if (kept == numbers_kept_.end() || kept->second != value) numbers.push_back({.name = name, .value = value});
  };
  for (const auto& [link, time] : links_->signing_times())
    note(signing_name(config_.name, link), static_cast<std::int64_t>(time));
  if (station_) {
    // Before the first shot, too: a start that is killed behind it must not be forgotten.
    std::uint32_t highest = first_sequence_;
    for (const station::Camera& one : station_->cameras()) highest = std::max(highest, one.next_sequence);
    note(sequence_name(config_.name), highest);
  }
  if (numbers.empty() || keeping_) return;
  keeping_ = host_.pool().post(
      [this, &host = host_, numbers, &catalog = catalog_, node = node_, alive = std::weak_ptr(alive_)] {
        const auto set = catalog.set_numbers(node, numbers);
        asio::post(host.context(), [this, numbers, kept = set.has_value(), alive] {
          if (alive.expired()) return;
          keeping_ = false;
          if (!kept) return;
          for (const storage::MavlinkNumber& number : numbers)
            numbers_kept_.insert_or_assign(number.name, number.value);
        });
      });
}

void MavlinkNode::set_timer() {
  base::SteadyTime next = host_.now().steady + longest_sleep;
  const auto earlier = [&next](const std::optional<base::SteadyTime>& other) {
    if (other) next = std::min(next, *other);
  };
  if (station_) earlier(station_->next_wake());
  for (const Mine& mine : cameras_)
    if (mine.camera) earlier(mine.camera->next_wake());
  if (vehicle_) earlier(vehicle_->next_wake());
  if (waking_at_ && *waking_at_ <= next) return;
  waking_at_ = next;
  waking_.expires_at(next);
  waking_.async_wait([this](const std::error_code& error) {
    if (error) return;
    waking_at_.reset();
    wake();
  });
}

void MavlinkNode::close() {
  for (const Mine& mine : cameras_)
    if (mine.camera) mine.camera->stop_video();
}

// ---- For people.

Health MavlinkNode::health() const {
  Health health = health_.get();
  for (const Mine& mine : cameras_) {
    const bool online = mine.camera && mine.camera->state().condition().online;
    health.details.push_back({"camera " + mine.config.name, online ? "online" : "offline"});
  }
  if (station_)
    for (const station::Camera& one : station_->cameras()) {
      const auto way = route(one.key.address);
      std::string words = fmt::format("{}, {}", one.name, one.present ? "online" : "lost");
      if (way && way->loss) words += fmt::format(", {:.1f} % lost", *way->loss * 100);
      health.details.push_back({"remote " + station::to_string(one.key), std::move(words)});
    }
  const mavlink::router::Figures& figures = links_->router().figures();
  health.figures = {{"frames", figures.heard},
                    {"delivered", figures.delivered},
                    {"forwarded", figures.forwarded},
                    {"unreachable", figures.unreachable},
                    {"refused", links_->refused_frames()},
                    {"sent", links_->sent()},
                    {"not_sent", links_->not_sent()}};
  for (std::size_t n = 0; n < mavlink::router::drops; ++n)
    health.figures.emplace_back(
        fmt::format("dropped_{}", mavlink::router::to_string(static_cast<mavlink::router::Drop>(n))),
        figures.dropped.at(n));
  return health;
}

std::string MavlinkNode::definition(std::string_view camera) const {
  for (const Mine& mine : cameras_)
    if (mine.camera && mine.config.name == camera) return mine.camera->definition();
  return {};
}

}  // namespace endpoints
