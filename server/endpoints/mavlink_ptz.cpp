#include "server/endpoints/mavlink_ptz.hpp"

#include <utility>

#include "server/relay/mavlink/wire/enums.hpp"

namespace endpoints {

MavlinkDevice::Skills MavlinkPtz::skills() const {
  constexpr std::uint16_t width = 640;  // of a TV-IP400
  constexpr std::uint16_t height = 480;
  const bool stream = camera_.has_stream();
  return {.images = true,
          .videos = stream,
          .stream = stream,
          .live = camera_.info().name,
          .width = width,
          .height = height};
}

bool MavlinkPtz::is_online() const {
  const Health::State state = camera_.health().state;
  return state == Health::State::online || state == Health::State::degraded;
}

void MavlinkPtz::start_video(Stored stored) {
  stop_video();
  recording_ = camera_.begin_recording(
      TrendnetCamera::longest_recording,
      [stored = std::move(stored)](const auto& media, std::uint64_t /*dropped*/) { stored(media); });
}

std::vector<mavlink::camera::Parameter> MavlinkPtz::parameters() const {
  constexpr double last = 24;
  return {{.id = "PRESET",
           .type = mavlink::param_type::u8,
           .value = std::uint64_t{0},
           .description = "Preset position the camera looks at",
           .min = 0,
           .max = last,
           .step = 1}};
}

void MavlinkPtz::set_parameter(const std::string& id, const mavlink::camera::ParameterValue& value, const Set& done) {
  const auto* const preset = std::get_if<std::uint64_t>(&value);
  if (id != "PRESET" || preset == nullptr) return MavlinkDevice::set_parameter(id, value, done);
  camera_.go_to_preset(static_cast<int>(*preset), [done](const hub::Hub::Result& result) {
    if (result.outcome == hub::Outcome::sent) return done({});
    done(base::fail(base::Errc::unavailable, result.reason));
  });
}

void MavlinkPtz::stop_video() {
  if (const auto recording = std::exchange(recording_, std::nullopt)) camera_.end_recording(*recording);
}

}  // namespace endpoints
