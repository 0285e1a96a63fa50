// Cameras of others: finding them is the station's, telling of them and giving them orders is here.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/base/log.hpp"
#include "server/endpoints/mavlink_node.hpp"
#include "server/endpoints/mavlink_remote.hpp"
#include "server/endpoints/mavlink_words.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
namespace station = mavlink::station;

// Behind its acknowledgement, until a camera tells of the image.
constexpr std::chrono::seconds image_patience{10};

// The worst of several, in whose name all are spoken of.
int badness(hub::Outcome outcome) {
  switch (outcome) {
    case hub::Outcome::confirmed: return 0;
    case hub::Outcome::sent: return 1;
    case hub::Outcome::ignored: return 2;
    case hub::Outcome::unconfirmed: return 3;
    default: return 4;
  }
}
}  // namespace

void MavlinkNode::add(MavlinkRemote& remote) {
  remotes_.emplace(remote.key(), &remote);
}

MavlinkRemote* MavlinkNode::remote_of(const station::Key& key) const {
  const auto found = remotes_.find(key);
  return found == remotes_.end() ? nullptr : found->second;
}

std::optional<station::Camera> MavlinkNode::camera(const station::Key& key) const {
  return station_ ? station_->camera(key) : std::nullopt;
}

std::optional<mavlink::router::Route> MavlinkNode::route(mavlink::Address address) const {
  std::optional<mavlink::router::Route> best;
  for (const mavlink::router::Route& route : links_->router().routes(host_.now()))
    if (route.component == address && (!best || route.heard > best->heard)) best = route;
  return best;
}

void MavlinkNode::run(const hub::Command& command, Done done) {
  done = health_.noting(command.verb, std::move(done));
  if (!station_) return done(failed("The ground station is off."));
  std::vector<station::Key> keys;
  if (const std::string_view named = text_of(command, "camera"); !named.empty()) {
    const auto key = station::parse_key(named);
    if (!key) return done(failed(key.error().message));
    keys.push_back(*key);
  } else {
    for (const station::Camera& one : station_->cameras())
      if (one.present) keys.push_back(one.key);
  }
  if (keys.empty()) return done(failed("No camera is there."));
  struct All {
    Done done;
    std::size_t left;
    std::optional<hub::Hub::Result> worst;
    std::string words;
  };
  const auto all = std::make_shared<All>(All{.done = std::move(done), .left = keys.size(), .worst = {}, .words = {}});
  for (const station::Key& key : keys)
    tell(key, command, [all, key](const hub::Hub::Result& result) {
      if (!all->worst || badness(result.outcome) > badness(all->worst->outcome)) all->worst = result;
      if (result.outcome != hub::Outcome::confirmed || all->left == 1 || !all->words.empty())
        all->words += fmt::format("{}{}: {}", all->words.empty() ? "" : " ", station::to_string(key), result.reason);
      if (--all->left != 0) return;
      all->worst->reason = all->words;
      all->done(*all->worst);
    });
}

void MavlinkNode::tell(const station::Key& key, const hub::Command& command, Done done) {
  if (!station_) return done(failed("The ground station is off."));
  const auto order = order_of(command);
  if (!order) return done(failed(order.error().message));
  const base::Now now = host_.now();
  // Its end may come before its number is known here.
  station::Actions actions;
  const auto id = station_->tell(key, *order, now, actions);
  if (!id) {
    carry_out(actions);
    return done(failed(id.error().message));
  }
  told_.emplace(*id, Told{.key = key,
                          .done = std::move(done),
                          .is_shot = std::holds_alternative<station::order::TakeImage>(*order),
                          .ordered = now.steady});
  carry_out(actions);
  set_timer();
}

void MavlinkNode::with_station(const std::function<void(station::Actions& actions)>& call) {
  if (!station_) return;
  station::Actions actions;
  call(actions);
  carry_out(actions);
}

void MavlinkNode::carry_out(station::Actions& actions) {
  for (const mavlink::Outgoing& outgoing : actions.send) send(outgoing);
  for (const station::CameraChange& change : actions.changes) changed(change);
  for (const station::EndedCommand& one : actions.ended) ended(one);
  for (const station::NewImage& image : actions.images) has_image(image);
  for (const station::Note& note : actions.notes)
    note.warning ? base::log::warning("a MAVLink camera", {{"endpoint", config_.name}, {"note", note.text}})
                 : base::log::debug("a MAVLink camera", {{"endpoint", config_.name}, {"note", note.text}});
}

void MavlinkNode::changed(const station::CameraChange& change) {
  if (MavlinkRemote* const remote = remote_of(change.key)) remote->changed(change);
  using enum station::Change;
  const bool came = change.change == identified || change.change == back;
  if (!came && change.change != lost) return;
  host_.health_changed(config_.name);
  if (came == (here_.contains(change.key))) return;
  came ? (void)here_.insert(change.key) : (void)here_.erase(change.key);
  hub::Event event{.protocol = hub::Protocol::mavlink, .kind = came ? "online" : "offline", .received = host_.now()};
  event.fields = {{"system", std::to_string(change.key.address.system)},
                  {"component", std::to_string(change.key.address.component)},
                  {"model", change.name}};
  if (change.key.device != 0) event.fields.push_back({"camera", std::to_string(change.key.device)});
  hear_event(std::move(event), remote_of(change.key));
}

void MavlinkNode::ended(const station::EndedCommand& ended) {
  const auto found = told_.find(ended.id);
  if (found == told_.end()) return;
  Told told = std::move(found->second);
  told_.erase(found);
  hub::Hub::Result result = result_of(ended);
  if (!told.is_shot || ended.outcome == station::Outcome::refused) return told.done(result);
  if (told.image) return told.done(*told.image);
  if (result.outcome != hub::Outcome::confirmed) return told.done(result);
  // That it was heard is not yet that there is an image.
  result.outcome = hub::Outcome::sent;
  shooting_[told.key].push_back({.done = std::move(told.done),
                                 .result = std::move(result),
                                 .ordered = told.ordered,
                                 .until = host_.now().steady + image_patience});
}

void MavlinkNode::has_image(const station::NewImage& image) {
  const base::SteadyTime now = host_.now().steady;
  if (const auto found = shooting_.find(image.key); found != shooting_.end() && !found->second.empty()) {
    const Shooting one = std::move(found->second.front());
    found->second.pop_front();
    return one.done(result_of(image.image, now - one.ordered));
  }
  // Before its acknowledgement, which may have got lost.
  const auto waits = std::ranges::find_if(
      told_, [&](const auto& one) { return one.second.is_shot && !one.second.image && one.second.key == image.key; });
  if (waits != told_.end()) waits->second.image = result_of(image.image, now - waits->second.ordered);
}

// ArduPilot tells in this way alone that a camera behind it took an image. Its cameras count from 0 there.
void MavlinkNode::has_feedback(mavlink::Address from, const mavlink::CameraFeedback& feedback) {
  for (auto& [key, waiting] : shooting_) {
    const bool is_its = key.address == from && (key.device == 0 || key.device == feedback.cam_idx + 1);
    if (!is_its || waiting.empty()) continue;
    const Shooting one = std::move(waiting.front());
    waiting.pop_front();
    hub::Hub::Result result{.outcome = hub::Outcome::confirmed, .reason = {}, .latency = {}, .raw = {}};
    result.reason = fmt::format("The autopilot tells of the image {}.", feedback.img_idx);
    result.latency = std::chrono::duration_cast<std::chrono::microseconds>(host_.now().steady - one.ordered);
    return one.done(result);
  }
}

void MavlinkNode::give_up_shots() {
  const base::SteadyTime now = host_.now().steady;
  std::vector<Shooting> late;
  for (auto& [key, waiting] : shooting_)
    while (!waiting.empty() && waiting.front().until <= now) {
      late.push_back(std::move(waiting.front()));
      waiting.pop_front();
    }
  std::erase_if(shooting_, [](const auto& one) { return one.second.empty(); });
  for (Shooting& one : late) {
    one.result.reason += " It has not told of an image.";
    one.done(one.result);
  }
}

}  // namespace endpoints
