#include "server/relay/mavlink/station/station.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mavlink::station {
namespace {

constexpr int max_rounds = 8;  // of questions that follow from answers, in one call

Settings within_bounds(Settings settings) {
  settings.first_sequence = std::clamp(settings.first_sequence, std::uint32_t{1}, max_sequence);
  settings.resends = std::clamp(settings.resends, 0, 20);
  settings.resends_of_unrepeatable = std::clamp(settings.resends_of_unrepeatable, 0, settings.resends);
  constexpr std::chrono::milliseconds least{10};  // or the station would do nothing else
  for (auto* time :
       {&settings.timing.heartbeat, &settings.timing.lost_after, &settings.timing.ack, &settings.timing.in_progress,
        &settings.timing.message_after_ack, &settings.timing.longest_back_off, &settings.timing.poll_active,
        &settings.timing.poll_idle, &settings.timing.image_round})
    *time = std::max(*time, least);
  return settings;
}

void earlier(std::optional<base::SteadyTime>& next, std::optional<base::SteadyTime> other) {
  if (other && (!next || *other < *next)) next = other;
}

}  // namespace

Station::Station(const Settings& settings)
    : settings_(within_bounds(settings)),
      autopilots_(settings_.timing),
      queue_(settings_.timing, settings_.resends),
      next_sequence_(settings_.first_sequence) {}

Watched* Station::find(const Key& key) {
  const auto found = cameras_.find(key);
  return found == cameras_.end() ? nullptr : &found->second;
}

Watched& Station::meet(const Key& key, const Context& context, std::string_view how) {
  if (auto* known = find(key)) return *known;
  make_room(context);
  auto& camera = cameras_.emplace(key, Watched(key, settings_, context.now)).first->second;
  camera.next_sequence = next_sequence_;
  camera.inquiries.begin(context.now.steady);
  context.actions.changes.push_back({key, Change::found, camera.name(), std::string(how)});
  return camera;
}

void Station::make_room(const Context& context) {
  if (cameras_.size() < max_cameras) return;
  const auto stalest =
      std::ranges::min_element(cameras_, {}, [](const auto& camera) { return camera.second.last_sign; });
  forget(stalest->second, context);
}

void Station::forget(const Watched& camera, const Context& context) {
  const Key key = camera.key;
  queue_.drop(key, ended_);
  next_sequence_ = std::max(next_sequence_, camera.next_sequence);
  context.actions.changes.push_back({key, Change::forgotten, camera.name(),
                                     fmt::format("There are more than {} cameras, and this one has been silent for "
                                                 "longest.",
                                                 max_cameras)});
  cameras_.erase(key);
}

void Station::look_for_lost(base::Now now, Actions& actions) {
  for (auto& [key, camera] : cameras_) {
    if (!camera.present || now.steady - camera.last_sign < settings_.timing.lost_after) continue;
    camera.present = false;
    camera.inquiries.stop();
    queue_.drop(key, ended_);
    actions.changes.push_back(
        {key, Change::lost, camera.name(),
         fmt::format("No heartbeat of {} for {} ms.", camera.name(), settings_.timing.lost_after.count())});
  }
}

bool Station::enqueue(Purpose purpose, const Key& key, const CommandLong& command, int resends) {
  if (!queue_.add({.id = last_id_ + 1, .purpose = purpose, .key = key, .command = command, .resends = resends}))
    return false;
  last_id_++;
  return true;
}

void Station::ask_about(Watched& camera, base::SteadyTime now) {
  if (!camera.present) return;
  if (const auto question = camera.inquiries.next(now)) {
    if (enqueue(Purpose::question, camera.key, command_of(*question, camera.key), settings_.resends))
      camera.inquiries.asked(last_id_);
    else
      camera.inquiries.put_off(now);
  }
  for (const auto& question : camera.images.questions(now)) {
    if (enqueue(Purpose::image, camera.key, command_of(question, camera.key), settings_.resends))
      camera.image_questions.emplace_back(last_id_, question);
    else
      camera.images.ended(question, false, now);
  }
}

void Station::ask(base::SteadyTime now) {
  for (auto& [key, camera] : cameras_) ask_about(camera, now);
  for (const auto& address : autopilots_.due(now)) {
    const Key key{address};
    if (!enqueue(Purpose::probe, key, command_of(Question{}, key), settings_.resends))
      autopilots_.ended(address, Reply::failed, now);
  }
}

// An answer may lead to the next question, and that one to be sent at once.
void Station::act(base::Now now, Actions& actions) {
  std::vector<Message> out;
  for (int round = 0; round < max_rounds; round++) {
    for (const auto& job : std::exchange(ended_, {})) ended(job, now, actions);
    ask(now.steady);
    queue_.pump(now.steady, out, ended_);
    if (ended_.empty()) break;
  }
  for (const auto& message : out) actions.send.push_back({settings_.identity, message, std::nullopt});
}

void Station::ended(const EndedJob& job, base::Now now, Actions& actions) {
  const bool unknown =
      job.outcome == Outcome::refused && (job.result == result::denied || job.result == result::unsupported);
  if (job.job.purpose == Purpose::order) return order_ended(job, now, actions);
  auto reply = job.outcome == Outcome::no_answer ? Reply::silence : Reply::failed;
  if (job.outcome == Outcome::accepted) reply = Reply::accepted;
  if (unknown) reply = Reply::unknown;
  if (job.job.purpose == Purpose::probe) return autopilots_.ended(job.job.key.address, reply, now.steady);
  auto* camera = find(job.job.key);
  if (!camera) return;
  if (job.job.purpose == Purpose::question) {
    camera->inquiries.replied(job.job.id, reply, now.steady);
    return;
  }
  std::erase_if(camera->image_questions, [&](const auto& question) {
    if (question.first != job.job.id) return false;
    camera->images.ended(question.second, unknown, now.steady);
    return true;
  });
}

void Station::wake(base::Now now, Actions& actions) {
  if (!heartbeat_due_ || *heartbeat_due_ <= now.steady) {
    actions.send.push_back(
        {settings_.identity,
         Heartbeat{.type = type::ground_station, .autopilot = autopilot::invalid, .system_status = state::active},
         std::nullopt});
    const auto next = heartbeat_due_.value_or(now.steady) + settings_.timing.heartbeat;
    heartbeat_due_ = next > now.steady ? next : now.steady + settings_.timing.heartbeat;
  }
  look_for_lost(now, actions);
  act(now, actions);
}

// The driver may ask before the first wake(): that one is due at once.
std::optional<base::SteadyTime> Station::next_wake() const {
  auto next = std::optional(heartbeat_due_.value_or(base::SteadyTime{}));
  if (!ended_.empty()) return base::SteadyTime{};
  earlier(next, queue_.next_wake());
  earlier(next, autopilots_.next_wake());
  for (const auto& [key, camera] : cameras_) {
    if (!camera.present) continue;
    earlier(next, camera.last_sign + settings_.timing.lost_after);
    earlier(next, camera.inquiries.next_wake());
    earlier(next, camera.images.next_wake());
  }
  return next;
}

std::optional<Camera> Station::camera(const Key& key) const {
  const auto found = cameras_.find(key);
  if (found == cameras_.end()) return std::nullopt;
  auto shown = snapshot(found->second);
  shown.under_way = queue_.of(key);
  return shown;
}

std::vector<Camera> Station::cameras() const {
  std::vector<Camera> all;
  all.reserve(cameras_.size());
  for (const auto& [key, camera] : cameras_) all.push_back(*this->camera(key));
  return all;
}

}  // namespace mavlink::station
