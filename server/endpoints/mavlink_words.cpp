#include "server/endpoints/mavlink_words.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/base/clock.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
namespace station = mavlink::station;
namespace order = mavlink::station::order;
using mavlink::shots::Kind;

// What a template brings is not checked before: without a limit "0" would be images without end, and "-1" too many.
constexpr std::int64_t most_images = 10'000;
constexpr std::int64_t all = 100;  // per cent

base::Result<std::optional<std::int64_t>> number_within(const hub::Command& command, std::string_view name,
                                                        std::int64_t lowest, std::int64_t highest) {
  auto number = number_of(command, name);
  if (number && *number && (**number < lowest || **number > highest))
    return base::fail(base::Errc::invalid, fmt::format("The parameter {} is {}, which is not from {} to {}.", name,
                                                       **number, lowest, highest));
  return number;
}

base::Result<station::Order> shoot_of(const hub::Command& command) {
  const auto count = number_within(command, "count", 1, most_images);
  if (!count) return std::unexpected(count.error());
  const auto interval = duration_of(command, "interval");
  if (!interval) return std::unexpected(interval.error());
  if (count->value_or(1) == 1) return order::TakeImage{};
  order::TakeImages series{.total = static_cast<std::uint32_t>(**count)};
  series.interval = interval->value_or(series.interval);
  return series;
}

base::Result<station::Order> focus_of(const hub::Command& command) {
  const auto percent = number_within(command, "percent", 0, all);
  if (!percent) return std::unexpected(percent.error());
  if (!*percent) return order::Focus{.type = mavlink::focus_type::auto_single, .value = 0};
  return order::Focus{.type = mavlink::focus_type::range, .value = static_cast<float>(**percent)};
}

base::Result<station::Order> zoom_of(const hub::Command& command) {
  const auto percent = number_within(command, "percent", 0, all);
  if (!percent) return std::unexpected(percent.error());
  if (!*percent) return base::fail(base::Errc::invalid, "The parameter percent is empty: how far is it to zoom?");
  return order::Zoom{.value = static_cast<float>(**percent)};
}

base::Result<station::Order> mode_of(const hub::Command& command) {
  const std::string_view mode = text_of(command, "mode");
  if (mode == "image") return order::SetMode{.mode = mavlink::camera_mode::image};
  if (mode == "video") return order::SetMode{.mode = mavlink::camera_mode::video};
  if (mode == "survey") return order::SetMode{.mode = mavlink::camera_mode::image_survey};
  return base::fail(base::Errc::invalid, fmt::format("The parameter mode is \"{}\": it must be image, video or survey.",
                                                     mode.substr(0, 80)));
}

void add(hub::Fields& fields, const char* name, std::string value) {
  fields.push_back({name, std::move(value)});
}
}  // namespace

base::Result<station::Order> order_of(const hub::Command& command) {
  const std::string& verb = command.verb;
  if (verb == "shoot") return shoot_of(command);
  if (verb == "stop") return order::StopImages{};
  if (verb == "start_video") return order::StartVideo{};
  if (verb == "stop_video") return order::StopVideo{};
  if (verb == "focus") return focus_of(command);
  if (verb == "zoom") return zoom_of(command);
  if (verb == "mode") return mode_of(command);
  return base::fail(base::Errc::invalid, fmt::format("A MAVLink camera cannot be told to {}.", verb));
}

hub::Hub::Result result_of(const station::EndedCommand& ended) {
  hub::Hub::Result result{.latency = std::chrono::microseconds(ended.took)};
  result.reason = ended.word;
  switch (ended.outcome) {
    case station::Outcome::accepted:
      result.outcome = hub::Outcome::confirmed;
      result.reason = "The camera acknowledged it.";
      return result;
    case station::Outcome::refused: {
      const bool in_its_state = ended.result == mavlink::result::temporarily_rejected;
      if (in_its_state && ended.sends > 1) {
        // It may be in that state because it took the first one, and its acknowledgement got lost.
        result.outcome = hub::Outcome::unconfirmed;
        result.reason = fmt::format(
            "The camera answered the {}. of equal commands: {}. It may have done what an earlier one asked.",
            ended.sends, ended.word);
        break;
      }
      result.outcome = in_its_state ? hub::Outcome::ignored : hub::Outcome::failed;
      result.reason = fmt::format("The camera answered: {}.", ended.word);
      break;
    }
    case station::Outcome::no_answer:
      result.outcome = hub::Outcome::unconfirmed;
      result.reason = fmt::format("The camera did not answer, asked {} times.", ended.sends);
      break;
    case station::Outcome::cancelled:
      result.outcome = hub::Outcome::failed;
      result.reason = "It was cancelled.";
      break;
    case station::Outcome::camera_gone:
      result.outcome = hub::Outcome::failed;
      result.reason = "The camera is gone.";
      break;
  }
  result.latency.reset();
  return result;
}

hub::Hub::Result result_of(const station::Image& image, base::SteadyTime::duration took) {
  if (!image.ok) return failed("The camera says that it took no image.");
  hub::Hub::Result result{.outcome = hub::Outcome::confirmed, .reason = {}, .latency = {}, .raw = {}};
  result.reason = fmt::format("It is the image {}{}", image.index, image.url.empty() ? "." : ": " + image.url);
  result.latency = std::chrono::duration_cast<std::chrono::microseconds>(took);
  return result;
}

hub::Event event_of(const mavlink::shots::Shot& sign, bool as_shot) {
  const bool video = sign.kind == Kind::video_start || sign.kind == Kind::video_stop;
  const std::string word(mavlink::shots::to_string(sign.kind));
  hub::Event event{
      .protocol = hub::Protocol::mavlink, .kind = as_shot && !video ? "shot" : word, .received = sign.heard};
  event.key = fmt::format("{}/{}/{}/{}", sign.id, event.kind, sign.from.system, sign.from.component);
  hub::Fields& fields = event.fields;
  add(fields, "sign", word);
  add(fields, "may_command", sign.may_command ? "true" : "false");
  add(fields, "system", std::to_string(sign.system));
  add(fields, "sender", fmt::format("{}/{}", sign.from.system, sign.from.component));
  add(fields, "target", fmt::format("{}/{}", sign.target.system, sign.target.component));
  if (sign.camera.known != mavlink::shots::Camera::Known::no)
    add(fields, sign.camera.known == mavlink::shots::Camera::Known::component ? "component" : "camera",
        std::to_string(sign.camera.value));
  if (sign.seq) add(fields, "sequence", std::to_string(*sign.seq));
  if (sign.image_index) add(fields, "image_index", std::to_string(*sign.image_index));
  if (sign.result) add(fields, "result", std::to_string(*sign.result));
  if (!sign.url.empty()) add(fields, "url", sign.url);
  if (sign.latitude) add(fields, "latitude", fmt::format("{:.7f}", *sign.latitude));
  if (sign.longitude) add(fields, "longitude", fmt::format("{:.7f}", *sign.longitude));
  if (sign.altitude) add(fields, "altitude", fmt::format("{:.3f}", *sign.altitude));
  if (sign.time) add(fields, "time", base::to_iso8601(*sign.time));
  return event;
}

std::optional<station::Key> key_of(const mavlink::shots::Shot& sign) {
  using Known = mavlink::shots::Camera::Known;
  if (sign.camera.known == Known::component && sign.camera.value != 0)
    return station::Key{.address = {sign.system, sign.camera.value}};
  if (sign.camera.known == Known::number && sign.camera.value != 0)
    return station::Key{.address = {sign.system, mavlink::component::autopilot1}, .device = sign.camera.value};
  return std::nullopt;
}

}  // namespace endpoints
