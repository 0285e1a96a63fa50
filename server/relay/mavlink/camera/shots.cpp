#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

std::optional<Answer> Camera::State::why_no_shot() const {
  if (!can(description, capability::capture_image)) return unsupported("This camera takes no images.");
  if (can(description, capability::has_modes) && condition.settings.mode == camera_mode::video &&
      !can(description, capability::image_in_video_mode))
    return rejected_for_now("The camera takes no images in video mode.");
  if (formatting) return rejected_for_now("The storage is being formatted.");
  return std::nullopt;
}

Answer Camera::State::start_capture(const Command& command, Turn turn) {
  if (auto why = why_no_shot()) return *why;
  if (!is_camera_id(command.whole(1))) return denied("There is no camera of that id here.");
  if (command.p(3) != 1) return start_series(command, turn);
  if (!capture.add_shot(command.from)) return rejected_for_now("Too many shots wait already.");
  return {};
}

Answer Camera::State::start_series(const Command& command, Turn turn) {
  const auto images = command.whole(3);
  const double interval = command.p(2);
  if (!images || *images < 0 || *images > limits::most_images_in_series)
    return denied("The number of images is out of range.");
  if (!(interval >= 0 && interval <= limits::longest_interval_s)) return denied("The interval is out of range.");
  if (*images == 0 && interval == 0) return denied("Images until further notice need an interval.");
  const std::chrono::microseconds wanted{std::llround(interval * 1e6)};
  const std::chrono::microseconds shortest = description.shortest_interval;
  capture.start({std::max(wanted, shortest), *images, command.from}, turn.now.steady);
  return {};
}

Answer Camera::State::stop_capture(const Command& command, Turn) {
  if (!can(description, capability::capture_image)) return unsupported("This camera takes no images.");
  if (!is_camera_id(command.whole(1))) return denied("There is no camera of that id here.");
  capture.stop();
  return {};
}

// The old way to shoot. Its other parameters are of cameras that an autopilot moves: nothing here.
Answer Camera::State::digicam_control(const Command& command, Turn) {
  if (auto why = why_no_shot()) return *why;
  if (command.p(5) != 1) return {};
  if (!capture.add_shot(command.from)) return rejected_for_now("Too many shots wait already.");
  return {};
}

// What it switches is triggering by itself, which here is a series: a hand on the button still works.
Answer Camera::State::trigger_control(const Command& command, Turn turn) {
  if (!can(description, capability::capture_image)) return unsupported("This camera takes no images.");
  if (!is_camera_id(command.whole(4))) return denied("There is no camera of that id here.");
  const auto enable = command.is_given(1) ? command.whole(1) : -1;  // leave it
  const auto pause = command.is_given(3) ? command.whole(3) : -1;
  const auto is_switch = [](std::optional<std::int32_t> value) { return value && *value >= -1 && *value <= 1; };
  if (!is_switch(enable) || !is_switch(pause)) return denied("Triggering is switched with -1, 0 or 1.");
  if (*enable == 0) capture.stop();
  if (*pause >= 0) capture.pause(*pause == 1, turn.now.steady);
  return {};
}

void Camera::State::take_images(Turn turn) {
  const auto by = capture.take(turn.now.steady, condition.online && !formatting);
  if (!by) return;
  ++figures.shots;
  ask(TakeImage{}, *by, {}, turn);
}

void Camera::State::image(const Image& taken, Turn turn) {
  if (condition.image_count == std::numeric_limits<std::int32_t>::max()) return;  // no number is left
  ++(taken.ok ? figures.images : figures.failures);
  ImageRecord kept{.index = condition.image_count++,
                   .ok = taken.ok,
                   .taken_at = taken.taken_at,
                   .url = taken.url,
                   .position = taken.position,
                   .orientation = taken.orientation};
  send(report.image(kept), std::nullopt, turn);
  turn.out.keep.emplace_back(std::move(kept));
  if (!taken.ok)
    turn.out.notes.push_back({Note::Kind::failed,
                              {},
                              command::image_start_capture,
                              fmt::format("An image was not taken: {}", taken.reason)});
}

void Camera::image(std::optional<AskId> ask, const Image& taken, base::Now now, Actions& out) {
  auto& state = *state_;
  if (ask) {
    const auto found = state.asks.find(*ask);
    const bool was_asked = found != state.asks.end() && std::holds_alternative<TakeImage>(found->second.wish);
    if (was_asked) {
      state.asks.erase(found);
      state.capture.ended();
    } else if (!taken.ok) {
      return;  // given up, and told so, before
    }
  }
  state.image(taken, {now, out});
  state.drive({now, out});
}

}  // namespace mavlink::camera
