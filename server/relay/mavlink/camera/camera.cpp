#include "server/relay/mavlink/camera/camera.hpp"

#include <algorithm>
#include <utility>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

Camera::State::State(Description what, std::int32_t image_count, base::Now now)
    : description(std::move(what)), report{description, condition, now} {
  condition.image_count = std::max(image_count, 0);
  condition.storages.resize(description.storages.size());
  for (const auto& parameter : description.parameters) values.push_back(parameter.value);
  told = report.status(capture, now.steady);
}

void Camera::State::send(const Message& message, std::optional<Peer> to, Turn turn) const {
  turn.out.send.push_back({description.address, message, to});
}

namespace {
// What a status says of the doing, apart from times and capacities, which move all the while.
bool says_the_same(const CameraCaptureStatus& a, const CameraCaptureStatus& b) noexcept {
  return a.image_status == b.image_status && a.video_status == b.video_status && a.image_count == b.image_count &&
         a.image_interval == b.image_interval;
}
}  // namespace

void Camera::State::push_status(Turn turn) {
  told = report.status(capture, turn.now.steady);
  send(told, std::nullopt, turn);
}

void Camera::State::push_settings(Turn turn) const {
  send(report.settings(turn.now.steady), std::nullopt, turn);
}

void Camera::State::answer_ping(const Received& received, Turn turn) const {
  auto ping = std::get<Ping>(received.message);
  if (ping.target_system != 0 || ping.target_component != 0) return;  // somebody's answer
  ping.target_system = received.from.system;
  ping.target_component = received.from.component;
  send(ping, received.peer, turn);
}

void Camera::State::hear(const Received& received, Turn turn) {
  if (received.from == description.address) {
    if (std::holds_alternative<Heartbeat>(received.message))
      turn.out.notes.push_back({Note::Kind::impostor, received.from, 0,
                                "Another program sends heartbeats with the address of this camera: give one of them "
                                "another system or component id."});
    return;
  }
  if (const auto command = command_for(received, description.address)) carry_out(*command, turn);
  if (std::holds_alternative<Ping>(received.message)) answer_ping(received, turn);
  if (const auto* sent = std::get_if<CommandCancel>(&received.message))
    if (is_for(description.address, sent->target_system, sent->target_component)) cancel(*sent, received, turn);
  if (const auto* sent = std::get_if<ParamExtRequestList>(&received.message))
    if (is_for(description.address, sent->target_system, sent->target_component)) list_parameters(received);
  if (const auto* sent = std::get_if<ParamExtRequestRead>(&received.message))
    if (is_for(description.address, sent->target_system, sent->target_component)) read_parameter(*sent, received, turn);
  if (const auto* sent = std::get_if<ParamExtSet>(&received.message))
    if (is_for(description.address, sent->target_system, sent->target_component)) set_parameter(*sent, received, turn);
}

void Camera::State::drive(Turn turn) {
  const auto now = turn.now.steady;
  if (heartbeat && heartbeat->take(now) > 0) send(Reporter::heartbeat(), std::nullopt, turn);
  give_up_overdue(turn);
  take_images(turn);
  if (!says_the_same(told, report.status(capture, now))) push_status(turn);
  if (recording_status && recording_status->take(now) > 0) push_status(turn);
  if (condition.online && battery_status && battery_status->take(now) > 0) send(report.battery(), std::nullopt, turn);
  for (const auto& wanted : intervals.take(now))
    for (std::size_t i = 0; i < count_of(wanted.message); ++i)
      send(make(wanted.message, i, now), wanted.to.peer(), turn);
  if (formatting && formatting->tell.take(now) > 0) tell_format({result::in_progress, {}, formatting->progress}, turn);
  if (const auto page = replay.next_page(now)) turn.out.pages.push_back(*page);
  if (const auto kept = replay.take(now)) {
    send(report.image(kept->second), kept->first.peer(), turn);
    if (const auto page = replay.next_page(now)) turn.out.pages.push_back(*page);
  }
  tell_parameters(turn);
}

std::optional<base::SteadyTime> Camera::State::next_wake() const noexcept {
  auto first = earlier(capture.next_wake(), earlier(intervals.next_wake(), replay.next_wake()));
  if (heartbeat) first = earlier(first, heartbeat->next);
  if (recording_status) first = earlier(first, recording_status->next);
  if (condition.online && battery_status) first = earlier(first, battery_status->next);
  if (formatting) first = earlier(first, formatting->tell.next);
  if (!lists.empty()) first = earlier(first, list_not_before);
  for (const auto& [id, pending] : asks) first = earlier(first, pending.deadline);
  return first;
}

Camera::Camera(Description description, std::int32_t image_count, base::Now now)
    : state_(std::make_unique<State>(std::move(description), image_count, now)) {}
Camera::~Camera() = default;
Camera::Camera(Camera&&) noexcept = default;
Camera& Camera::operator=(Camera&&) noexcept = default;

void Camera::hear(const Received& received, base::Now now, Actions& out) {
  state_->hear(received, {now, out});
  state_->drive({now, out});
}

void Camera::wake(base::Now now, Actions& out) {
  state_->drive({now, out});
}

std::optional<base::SteadyTime> Camera::next_wake() const noexcept {
  return state_->next_wake();
}

void Camera::online(base::Now now, Actions& out) {
  if (!state_->condition.online) {
    state_->condition.online = true;
    state_->heartbeat = Grid{now.steady, std::chrono::seconds{1}};
  }
  state_->drive({now, out});
}

void Camera::offline(base::Now now, Actions& out) {
  state_->condition.online = false;
  state_->heartbeat.reset();
  state_->drive({now, out});
}

void Camera::page(std::uint64_t id, std::vector<ImageRecord> records, base::Now now, Actions& out) {
  state_->replay.page_read(id, std::move(records));
  state_->drive({now, out});
}

void Camera::page_failed(std::uint64_t id, base::Now now, Actions& out) {
  state_->replay.page_failed(id);
  state_->drive({now, out});
}

void Camera::forget(Peer peer) {
  state_->intervals.forget(peer);
  state_->replay.forget(peer);
  std::erase_if(state_->lists, [&](const State::List& list) { return list.peer == peer; });
}

const Description& Camera::description() const noexcept {
  return state_->description;
}
const Condition& Camera::condition() const noexcept {
  return state_->condition;
}

Figures Camera::figures() const noexcept {
  auto figures = state_->figures;
  figures.skipped = state_->capture.skipped();
  return figures;
}

}  // namespace mavlink::camera
