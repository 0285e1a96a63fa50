#include "server/relay/trendnet/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "server/relay/trendnet/command.hpp"
#include "server/relay/trendnet/text.hpp"

namespace trendnet {

namespace {

constexpr std::string_view move_path = "/PANTILTCONTROL.CGI";
constexpr std::string_view outputs_path = "/IOCONTROL.CGI";
constexpr std::string_view snapshot_path = "/IMAGE.JPG";
constexpr std::string_view stream_path = "/MJPEG.CGI";    // with the Date line
constexpr std::string_view pictures_path = "/VIDEO.CGI";  // without
constexpr std::string_view end_of_body = "\r\n\r\n";

std::string path_of(std::string_view path, const Model& model) {
  std::string text(path);
  if (!model.upper_case) std::ranges::transform(text, text.begin(), lower);
  return text;
}

Request get(std::string_view path, const Model& model) {
  return {.method = Method::get, .path = path_of(path, model), .body = {}, .content_type = {}};
}

Request post(std::string_view path, std::string body, const Model& model) {
  Request request{.method = Method::post, .path = path_of(path, model), .body = std::move(body), .content_type = {}};
  if (model.urlencoded)
    request.content_type = "application/x-www-form-urlencoded";
  else
    request.body += end_of_body;
  return request;
}

base::Result<> check_preset(int preset, int first, std::string_view what, const Model& model) {
  if (preset >= first && preset <= model.last_preset) return {};
  return base::fail(base::Errc::invalid, fmt::format("Preset {} cannot be {}: {} to {} can.{}", preset, what, first,
                                                     model.last_preset, preset == 0 ? " 0 is the home position." : ""));
}

bool stays(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// Of UTF-8: further bytes of a character whose first one stands for it already.
bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

}  // namespace

std::string_view to_string(Method method) noexcept {
  return method == Method::get ? "GET" : "POST";
}

std::string preset_name(std::string_view wished, int preset) {
  std::string name;
  for (const char c : trim(wished)) {
    if (name.size() == max_preset_name) break;
    if (!continues_character(c)) name += stays(c) ? c : '_';
  }
  return name.empty() ? fmt::format("position_{}", preset) : name;
}

base::Result<Request> move_request(const Move& move, const Model& model) {
  const int pan = std::abs(move.right), tilt = std::abs(move.up);
  if (pan == 0 && tilt == 0)
    return base::fail(base::Errc::invalid, "A move by no degrees is none; 1 degree is the least.");
  if (pan > model.most_degrees || tilt > model.most_degrees)
    return base::fail(base::Errc::invalid,
                      fmt::format("A move by {} degrees is too far for one request; {} are the most.",
                                  std::max(pan, tilt), model.most_degrees));
  std::string body;
  if (pan != 0) body += fmt::format("PanSingleMoveDegree={}&", pan);
  if (tilt != 0) body += fmt::format("TiltSingleMoveDegree={}&", tilt);
  body += fmt::format("PanTiltSingleMove={}", static_cast<int>(direction_of(move)));
  return post(move_path, std::move(body), model);
}

Request home_request(const Model& model) {
  return post(move_path, fmt::format("PanTiltSingleMove={}", static_cast<int>(Direction::home)), model);
}

base::Result<Request> go_preset_request(int preset, const Model& model) {
  if (auto known = check_preset(preset, 0, "gone to", model); !known) return std::unexpected(known.error());
  return post(move_path, fmt::format("PanTiltPresetPositionMove={}", preset), model);
}

base::Result<Request> set_preset_request(int preset, std::string_view name, const std::optional<Position>& position,
                                         const Model& model) {
  if (auto known = check_preset(preset, 1, "set", model); !known) return std::unexpected(known.error());
  std::string body;
  if (position) {
    const auto [pan, tilt] = *position;
    if (pan < 0 || pan > model.most_pan || tilt < 0 || tilt > model.most_tilt)
      return base::fail(base::Errc::invalid,
                        fmt::format("The camera cannot look at {},{}: pan goes from 0 to {} and tilt from 0 to {}.",
                                    pan, tilt, model.most_pan, model.most_tilt));
    body = fmt::format("PanTiltHorizontal={}&PanTiltVertical={}&", pan, tilt);
  }
  body += fmt::format("SetName={}&SetPosition={}", preset_name(name, preset), preset);
  return post(move_path, std::move(body), model);
}

base::Result<Request> clear_preset_request(int preset, const Model& model) {
  if (auto known = check_preset(preset, 1, "cleared", model); !known) return std::unexpected(known.error());
  return post(move_path, fmt::format("ClearPosition={}", preset), model);
}

Request swing_request(SwingMode mode, const Model& model) {
  return post(move_path, fmt::format("PanTiltSwingMode={}", static_cast<int>(mode)), model);
}

Request set_outputs_request(const Outputs& outputs, const Model& model) {
  return post(outputs_path, to_text(outputs), model);
}

Request read_outputs_request(const Model& model) {
  return get(outputs_path, model);
}

Request snapshot_request(const Model& model) {
  return get(snapshot_path, model);
}

Request stream_request(bool with_position, const Model& model) {
  return get(with_position ? stream_path : pictures_path, model);
}

}  // namespace trendnet
