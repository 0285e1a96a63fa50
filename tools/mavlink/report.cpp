#include "tools/mavlink/report.hpp"

#include <fmt/format.h>

#include "server/base/json.hpp"

namespace mavlink::tool {

namespace {
constexpr double degree = 1e7, meter = 1e3;  // what a message counts in

std::string title(const station::Camera& camera) {
  std::string text = fmt::format("{}  {}", station::to_string(camera.key), camera.name);
  if (!camera.information) return text + ", which does not say what it is";
  if (!camera.information->firmware.empty()) text += fmt::format(", firmware {}", camera.information->firmware);
  return text;
}

base::JsonWriter event(std::string_view name) {
  base::JsonWriter json;
  json.begin_object();
  json.member("event", name);
  return json;
}

std::string end(base::JsonWriter json) {
  json.end_object();
  return std::move(json).take();
}

bool has_position(const station::Image& image) {
  return image.latitude != 0 || image.longitude != 0;
}
}  // namespace

std::string found_line(const station::Camera& camera, bool json) {
  if (!json) return title(camera);
  auto found = event("found");
  found.member("camera", station::to_string(camera.key));
  found.member("name", camera.name);
  found.member("identified", camera.identified);
  return end(std::move(found));
}

std::string ended_line(const station::EndedCommand& ended, bool json) {
  if (!json) {
    std::string line = fmt::format("{}: {}", ended.what,
                                   ended.outcome == station::Outcome::accepted
                                       ? ended.word
                                       : fmt::format("{}, {}", to_string(ended.outcome), ended.word));
    line += fmt::format(" after {} ms", ended.took.count());
    return ended.sends > 1 ? line + fmt::format(" and {} sends", ended.sends) : line;
  }
  auto answer = event("answer");
  answer.member("order", std::string_view(ended.what));
  answer.member("outcome", station::to_string(ended.outcome));
  answer.member("result", ended.result);
  answer.member("word", std::string_view(ended.word));
  answer.member("ms", ended.took.count());
  answer.member("sends", ended.sends);
  return end(std::move(answer));
}

std::string image_line(const station::Image& image, bool json) {
  const double latitude = image.latitude / degree, longitude = image.longitude / degree;
  if (!json) {
    std::string line = fmt::format("image {}: {}", image.index, image.ok ? "taken" : "the camera did not take it");
    if (image.taken) line += fmt::format(" {}", base::to_iso8601(*image.taken));
    if (has_position(image))
      line += fmt::format(" at {:.7f}, {:.7f}, {:.1f} m", latitude, longitude, image.altitude / meter);
    return image.url.empty() ? line : line + fmt::format("  {}", image.url);
  }
  auto taken = event("image");
  taken.member("index", image.index);
  taken.member("ok", image.ok);
  taken.member("taken", image.taken);
  taken.member("latitude", has_position(image) ? std::optional(latitude) : std::nullopt);
  taken.member("longitude", has_position(image) ? std::optional(longitude) : std::nullopt);
  taken.member("altitude_m", has_position(image) ? std::optional(image.altitude / meter) : std::nullopt);
  taken.member("url", base::unless_empty(image.url));
  return end(std::move(taken));
}

std::string recorded_line(std::chrono::milliseconds length, bool json) {
  const double seconds = std::chrono::duration<double>(length).count();
  if (!json) return fmt::format("recorded for {:.1f} s", seconds);
  auto recorded = event("recorded");
  recorded.member("seconds", seconds);
  return end(std::move(recorded));
}

std::string failed_line(const std::string& sentence) {
  auto failed = event("failed");
  failed.member("message", std::string_view(sentence));
  return end(std::move(failed));
}

}  // namespace mavlink::tool
