// Cameras with what they say of themselves.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/base/json.hpp"
#include "server/relay/mavlink/wire/enums.hpp"
#include "tools/mavlink/report.hpp"

namespace mavlink::tool {

namespace {
using station::Camera;

constexpr std::array<std::pair<std::uint32_t, std::string_view>, 8> abilities{{{capability::capture_image, "images"},
                                                                               {capability::capture_video, "video"},
                                                                               {capability::has_modes, "modes"},
                                                                               {capability::basic_zoom, "zoom"},
                                                                               {capability::basic_focus, "focus"},
                                                                               {capability::video_stream, "streams"},
                                                                               {capability::tracking_point, "tracking"},
                                                                               {capability::thermal_range, "thermal"}}};

std::vector<std::string_view> abilities_of(const Camera& camera) {
  std::vector<std::string_view> words;
  for (const auto& [flag, word] : abilities)
    if (camera.information && (camera.information->capabilities & flag) != 0) words.push_back(word);
  return words;
}

std::string_view mode_word(std::uint8_t mode) {
  static constexpr std::array<std::string_view, 3> words{"image", "video", "image survey"};
  return mode < words.size() ? words.at(mode) : "unknown";
}

std::string_view storage_word(std::uint8_t status) {
  static constexpr std::array<std::string_view, 4> words{"empty", "unformatted", "ready", "not supported"};
  return status < words.size() ? words.at(status) : "unknown";
}

std::string_view activity_of(const Camera& camera) {
  if (!camera.status) return "-";
  if (camera.status->recording) return "recording";
  return camera.status->active() ? "taking images" : "idle";
}

std::string size_of(const Camera& camera) {
  if (!camera.information || camera.information->width == 0) return "-";
  return fmt::format("{} x {}", camera.information->width, camera.information->height);
}

std::string joined(const std::vector<std::string_view>& words) {
  std::string all;
  for (const auto word : words) all += fmt::format("{}{}", all.empty() ? "" : ", ", word);
  return all.empty() ? "-" : all;
}

std::string storage_of(const Camera& camera) {
  if (camera.storages.empty()) return "-";
  const station::Storage& first = camera.storages.front();
  std::string text(storage_word(first.status));
  if (first.available) text += fmt::format(", {:.0f} MiB free", *first.available);
  return camera.storages.size() > 1 ? text + fmt::format(", {} more", camera.storages.size() - 1) : text;
}

using Row = std::array<std::string, 9>;
Row row_of(const Camera& camera) {
  const bool has_firmware = camera.information && !camera.information->firmware.empty();
  return {station::to_string(camera.key),
          camera.name,
          has_firmware ? camera.information->firmware : "-",
          size_of(camera),
          joined(abilities_of(camera)),
          std::string(camera.settings ? mode_word(camera.settings->mode) : "-"),
          std::string(activity_of(camera)),
          camera.status ? fmt::format("{}", camera.status->image_count) : "-",
          storage_of(camera)};
}

// Columns of a terminal, near enough: characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return (byte & 0xc0) != 0x80; }));
}

void write(base::JsonWriter& json, const station::Information& information) {
  json.member("vendor", std::string_view(information.vendor));
  json.member("model", std::string_view(information.model));
  json.member("firmware", base::unless_empty(information.firmware));
  json.member("width", information.width);
  json.member("height", information.height);
  json.member("definition_uri", base::unless_empty(information.definition_uri));
}

void write(base::JsonWriter& json, const station::CaptureStatus& status) {
  json.key("status");
  json.begin_object();
  json.member("taking_images", status.image_status != image_status::idle);
  json.member("recording", status.recording);
  json.member("image_count", status.image_count);
  json.member("available_mib", status.available);
  json.end_object();
}

void write(base::JsonWriter& json, const std::vector<station::Storage>& storages) {
  json.key("storages");
  json.begin_array();
  for (const auto& storage : storages) {
    json.begin_object();
    json.member("id", storage.id);
    json.member("name", base::unless_empty(storage.name));
    json.member("status", storage_word(storage.status));
    json.member("total_mib", storage.total);
    json.member("available_mib", storage.available);
    json.end_object();
  }
  json.end_array();
}

void write(base::JsonWriter& json, const std::vector<station::Stream>& streams) {
  json.key("streams");
  json.begin_array();
  for (const auto& stream : streams) {
    json.begin_object();
    json.member("id", stream.id);
    json.member("name", base::unless_empty(stream.name));
    json.member("uri", base::unless_empty(stream.uri));
    json.member("running", (stream.flags & stream_flags::running) != 0);
    json.end_object();
  }
  json.end_array();
}

void write(base::JsonWriter& json, const Camera& camera) {
  json.begin_object();
  json.member("camera", station::to_string(camera.key));
  json.member("name", std::string_view(camera.name));
  json.member("identified", camera.identified);
  if (camera.information) write(json, *camera.information);
  json.key("can");
  json.begin_array();
  for (const auto word : abilities_of(camera)) json.value(word);
  json.end_array();
  json.member("mode", camera.settings ? std::optional(mode_word(camera.settings->mode)) : std::nullopt);
  if (camera.status) write(json, *camera.status);
  write(json, camera.storages);
  write(json, camera.streams);
  json.end_object();
}
}  // namespace

std::string camera_table(const std::vector<Camera>& cameras) {
  std::vector<Row> rows{{"camera", "name", "firmware", "pixels", "can", "mode", "now", "images", "storage"}};
  for (const Camera& camera : cameras) rows.push_back(row_of(camera));
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths.at(i) = std::max(widths.at(i), width_of(row.at(i)));
  std::string table;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i)
      table += row.at(i) + std::string(widths.at(i) - width_of(row.at(i)) + 2, ' ');
    table += row.back() + '\n';
  }
  return table;
}

std::string camera_list(const std::vector<Camera>& cameras) {
  base::JsonWriter json;
  json.begin_array();
  for (const Camera& camera : cameras) write(json, camera);
  json.end_array();
  return std::move(json).take() + '\n';
}

}  // namespace mavlink::tool
