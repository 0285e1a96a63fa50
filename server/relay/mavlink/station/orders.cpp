#include "server/relay/mavlink/station/orders.hpp"

#include <fmt/format.h>

#include <cmath>

#include "server/relay/mavlink/station/settings.hpp"

namespace mavlink::station {
namespace {

using base::Errc;
using base::fail;
using Command = base::Result<CommandLong>;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

constexpr std::uint32_t max_total = 1U << 24U;  // a float holds it exactly
constexpr std::chrono::hours max_interval{24};

// Parameters that are not listed are 0, not NaN: all programs take that for "not given".
CommandLong make(std::uint16_t number, const Key& key, std::array<float, 7> p) {
  return {.param1 = p[0],
          .param2 = p[1],
          .param3 = p[2],
          .param4 = p[3],
          .param5 = p[4],
          .param6 = p[5],
          .param7 = p[6],
          .command = number,
          .target_system = key.address.system,
          .target_component = key.address.component};
}

Command images(const order::TakeImages& images, const Key& key) {
  if (images.total == 1) return fail(Errc::invalid, "One image at an interval is a single shot: order that instead.");
  if (images.total > max_total)
    return fail(Errc::invalid, fmt::format("{} images are too many: at most {}.", images.total, max_total));
  if (images.interval.count() <= 0 || images.interval > max_interval)
    return fail(Errc::invalid, fmt::format("An interval of {} ms between images makes no sense: 1 ms to 24 hours.",
                                           images.interval.count()));
  const float seconds = static_cast<float>(images.interval.count()) / 1000;
  return make(command::image_start_capture, key,
              {static_cast<float>(key.device), seconds, static_cast<float>(images.total)});
}

Command level(std::string_view what, std::uint16_t number, const Key& key, std::uint8_t type, std::uint8_t last_type,
              float value) {
  if (type > last_type)
    return fail(Errc::invalid, fmt::format("There is no {} of type {}: 0 to {}.", what, type, last_type));
  if (!std::isfinite(value)) return fail(Errc::invalid, fmt::format("The value of the {} is no number.", what));
  if (type == zoom_type::range && !(value >= 0 && value <= 100))
    return fail(Errc::invalid, fmt::format("A {} of {} % makes no sense: 0 to 100.", what, value));
  if (type <= zoom_type::continuous && !(value >= -1 && value <= 1))
    return fail(Errc::invalid, fmt::format("A step or rate of {} of {} makes no sense: -1 to 1.", what, value));
  return make(number, key, {static_cast<float>(type), value, static_cast<float>(key.device)});
}

Command request(const order::RequestMessage& request, const Key& key) {
  if (request.message >= max_total)
    return fail(Errc::invalid, fmt::format("There is no message {}: numbers have 24 bits.", request.message));
  const auto& p = request.parameters;
  return make(command::request_message, key, {static_cast<float>(request.message), p[0], p[1], p[2], p[3], p[4]});
}

// A shot is only if it has a number, so many images are not.
bool is_repeatable(const order::Raw& raw) noexcept {
  if (raw.command == command::do_digicam_control) return false;
  return raw.command != command::image_start_capture || (raw.parameters[2] == 1 && raw.parameters[3] > 0);
}

}  // namespace

base::Result<CommandLong> command_of(const Order& order, const Key& key, std::uint32_t sequence) {
  const auto device = static_cast<float>(key.device);
  return std::visit(
      Overloaded{
          [&](const order::TakeImage&) -> Command {
            return make(command::image_start_capture, key, {device, 0, 1, static_cast<float>(sequence)});
          },
          [&](const order::TakeImages& o) { return images(o, key); },
          [&](const order::StopImages&) -> Command { return make(command::image_stop_capture, key, {device}); },
          [&](const order::StartVideo& o) -> Command {
            if (!(o.status_rate >= 0 && o.status_rate <= 100))
              return fail(Errc::invalid, "The capture status comes 0 to 100 times per second.");
            return make(command::video_start_capture, key, {static_cast<float>(o.stream), o.status_rate, device});
          },
          [&](const order::StopVideo& o) -> Command {
            return make(command::video_stop_capture, key, {static_cast<float>(o.stream), device});
          },
          [&](const order::Zoom& o) {
            return level("zoom", command::set_camera_zoom, key, o.type, zoom_type::horizontal_fov, o.value);
          },
          [&](const order::Focus& o) {
            return level("focus", command::set_camera_focus, key, o.type, focus_type::auto_continuous, o.value);
          },
          [&](const order::SetMode& o) -> Command {
            if (o.mode > camera_mode::image_survey)
              return fail(Errc::invalid, fmt::format("There is no camera mode {}: 0 to 2.", o.mode));
            return make(command::set_camera_mode, key, {device, static_cast<float>(o.mode)});
          },
          [&](const order::FormatStorage& o) -> Command {
            return make(command::storage_format, key,
                        {static_cast<float>(o.storage), o.format ? 1.F : 0.F, o.reset_images ? 1.F : 0.F});
          },
          [&](const order::ResetSettings&) -> Command {
            return make(command::reset_camera_settings, key, {1, device});
          },
          [&](const order::RequestMessage& o) { return request(o, key); },
          [&](const order::DigicamShot&) -> Command { return make(command::do_digicam_control, key, {0, 0, 0, 0, 1}); },
          [&](const order::Raw& o) -> Command { return make(o.command, key, o.parameters); },
      },
      order);
}

std::string in_words(const Order& order, std::uint32_t sequence) {
  return std::visit(Overloaded{
                        [&](const order::TakeImage&) { return fmt::format("take an image (shot {})", sequence); },
                        [](const order::TakeImages& o) {
                          if (o.total == 0)
                            return fmt::format("take images every {} ms until stopped", o.interval.count());
                          return fmt::format("take {} images, one every {} ms", o.total, o.interval.count());
                        },
                        [](const order::StopImages&) { return std::string("stop taking images"); },
                        [](const order::StartVideo&) { return std::string("start video"); },
                        [](const order::StopVideo&) { return std::string("stop video"); },
                        [](const order::Zoom& o) { return fmt::format("zoom (type {}) to {}", o.type, o.value); },
                        [](const order::Focus& o) { return fmt::format("focus (type {}) to {}", o.type, o.value); },
                        [](const order::SetMode& o) { return fmt::format("mode {}", o.mode); },
                        [](const order::FormatStorage& o) {
                          return fmt::format("{} storage {}", o.format ? "format" : "forget the images of", o.storage);
                        },
                        [](const order::ResetSettings&) { return std::string("reset the settings"); },
                        [](const order::RequestMessage& o) { return fmt::format("send message {}", o.message); },
                        [](const order::DigicamShot&) { return std::string("take an image (DO_DIGICAM_CONTROL)"); },
                        [](const order::Raw& o) { return fmt::format("command {}", o.command); },
                    },
                    order);
}

bool is_repeatable(const Order& order) noexcept {
  return std::visit(Overloaded{[](const order::DigicamShot&) { return false; },
                               [](const order::TakeImages& o) { return o.total == 0; },
                               [](const order::Zoom& o) { return o.type != zoom_type::step; },
                               [](const order::Focus& o) { return o.type != focus_type::step; },
                               [](const order::Raw& o) { return is_repeatable(o); }, [](const auto&) { return true; }},
                    order);
}

}  // namespace mavlink::station
