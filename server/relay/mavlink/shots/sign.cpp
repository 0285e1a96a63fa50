#include "server/relay/mavlink/shots/sign.hpp"

#include <cmath>
#include <limits>

#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::shots {

namespace {
// Below it MAVLink has the autopilot and the cameras that an autopilot numbers.
constexpr std::uint8_t last_number = 6;
constexpr double degrees_per_unit = 1e-7;
constexpr double most_key = 4'294'967'295.0;

struct Command {
  std::uint16_t id = 0;
  Address target;
  std::array<float, 7> params{};
  std::uint8_t confirmation = 0;

  float param(std::size_t number) const { return params[number - 1]; }
  bool is(std::size_t number, float value) const { return std::equal_to<>()(param(number), value); }
};

float given(float value) {
  return std::isfinite(value) ? value : 0.0F;
}

float given(std::int32_t value) {
  return value == std::numeric_limits<std::int32_t>::max() ? 0.0F : static_cast<float>(value);
}

std::optional<Command> read_command(const Message& message) {
  if (const auto* it = std::get_if<CommandLong>(&message))
    return Command{.id = it->command,
                   .target = {.system = it->target_system, .component = it->target_component},
                   .params = {given(it->param1), given(it->param2), given(it->param3), given(it->param4),
                              given(it->param5), given(it->param6), given(it->param7)},
                   .confirmation = it->confirmation};
  if (const auto* it = std::get_if<CommandInt>(&message))
    return Command{.id = it->command,
                   .target = {.system = it->target_system, .component = it->target_component},
                   .params = {given(it->param1), given(it->param2), given(it->param3), given(it->param4), given(it->x),
                              given(it->y), given(it->z)}};
  return {};
}

Camera component_of(std::uint8_t component) {
  return {.known = Camera::Known::component, .value = component};
}

Camera number_or_component(std::uint8_t value) {
  if (value == 0) return {};
  return {.known = value <= last_number ? Camera::Known::number : Camera::Known::component, .value = value};
}

}  // namespace

Camera camera_of(Address target, float asked) {
  if (target.component > last_number) return component_of(target.component);
  if (!(asked >= 1 && asked <= 255)) return {};
  return number_or_component(static_cast<std::uint8_t>(asked));
}

namespace {
std::optional<std::uint32_t> key_of(float value) {
  if (!(value >= 1 && double{value} < most_key)) return {};
  return static_cast<std::uint32_t>(value);
}

std::optional<Sign> read_photo_command(const Command& command) {
  Sign sign{.shot = {.kind = Kind::command}};
  if (command.id == command::image_start_capture) {
    sign.channel = Channel::start_capture;
    sign.shot.camera = camera_of(command.target, command.param(1));
    if (command.is(3, 1)) sign.key = key_of(command.param(4));
    sign.shot.seq = sign.key;
    return sign;
  }
  // It goes to every component there is, gimbals too: it names no camera.
  if (command.id != command::do_digicam_control || !command.is(5, 1)) return {};
  sign.channel = Channel::digicam;
  return sign;
}

std::optional<Sign> read_video_command(const Command& command) {
  Sign sign;
  switch (command.id) {
    case command::video_start_capture:
      sign.channel = Channel::start_video;
      sign.shot.kind = Kind::video_start;
      sign.shot.camera = camera_of(command.target, command.param(3));
      return sign;
    case command::video_stop_capture:
      sign.channel = Channel::stop_video;
      sign.shot.kind = Kind::video_stop;
      sign.shot.camera = camera_of(command.target, command.param(2));
      return sign;
    case command::do_control_video:
      if (!command.is(4, 0) && !command.is(4, 1) && !command.is(4, 2)) return {};
      sign.channel = Channel::control_video;
      sign.shot.kind = command.is(4, 0) ? Kind::video_stop : Kind::video_start;
      sign.shot.camera = camera_of(command.target, command.param(1));
      return sign;
    default: return {};
  }
}

std::optional<Sign> read_any_command(Address from, const Command& command) {
  auto sign = read_photo_command(command);
  if (!sign) sign = read_video_command(command);
  if (!sign) return {};
  sign->again = command.confirmation > 0;
  sign->shot.target = command.target;
  // A camera is of the system that is told to use it. Told to everybody, an autopilot means its own.
  const bool by_autopilot = from.component == component::autopilot1;
  sign->shot.system = command.target.system != 0 || !by_autopilot ? command.target.system : from.system;
  sign->shot.command = command.id;
  sign->shot.params = command.params;
  return sign;
}

void place(Shot& shot, std::int32_t latitude, std::int32_t longitude, double altitude) {
  constexpr std::int32_t unknown = std::numeric_limits<std::int32_t>::max();
  if ((latitude == 0 && longitude == 0) || latitude == unknown || longitude == unknown) return;
  shot.latitude = latitude * degrees_per_unit;
  shot.longitude = longitude * degrees_per_unit;
  shot.altitude = altitude;
}

Sign read_captured(Address from, const CameraImageCaptured& it, const BootClocks& clocks) {
  Sign sign{.shot = {.kind = Kind::captured}, .channel = Channel::captured};
  if (it.image_index >= 0) sign.key = static_cast<std::uint32_t>(it.image_index);  // some failures have none
  sign.shot.camera = from.component > last_number ? component_of(from.component) : number_or_component(it.camera_id);
  sign.shot.image_index = it.image_index;
  sign.shot.result = it.capture_result;
  sign.shot.url = it.file_url.view();
  place(sign.shot, it.lat, it.lon, it.alt / 1000.0);
  sign.shot.time = clocks.to_utc(from, it.time_utc);
  if (!sign.shot.time) sign.shot.time = clocks.from_boot(from, it.time_boot_ms);
  return sign;
}

Sign read_feedback(Address from, const CameraFeedback& it, const BootClocks& clocks) {
  Sign sign{.shot = {.kind = Kind::feedback}, .channel = Channel::feedback, .key = it.img_idx};
  // Counted from 0 there, from 1 everywhere else.
  if (it.cam_idx < last_number)
    sign.shot.camera = {.known = Camera::Known::number, .value = static_cast<std::uint8_t>(it.cam_idx + 1)};
  sign.shot.image_index = it.img_idx;
  place(sign.shot, it.lat, it.lng, double{it.alt_msl});
  sign.shot.time = clocks.to_utc(from, it.time_usec);
  return sign;
}
}  // namespace

std::optional<Sign> read_sign(Address from, const Message& message, const BootClocks& clocks) {
  std::optional<Sign> sign;
  if (const auto command = read_command(message)) {
    sign = read_any_command(from, *command);
  } else {
    if (const auto* trigger = std::get_if<CameraTrigger>(&message)) {
      sign = Sign{.shot = {.kind = Kind::trigger}, .channel = Channel::trigger, .key = trigger->seq};
      sign->shot.seq = trigger->seq;
      sign->shot.time = clocks.to_utc(from, trigger->time_usec);
    } else if (const auto* captured = std::get_if<CameraImageCaptured>(&message)) {
      sign = read_captured(from, *captured, clocks);
    } else if (const auto* feedback = std::get_if<CameraFeedback>(&message)) {
      sign = read_feedback(from, *feedback, clocks);
    }
    if (sign) sign->shot.system = from.system;
  }
  if (sign) sign->shot.from = from;
  return sign;
}

}  // namespace mavlink::shots
