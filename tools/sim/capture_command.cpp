#include "tools/sim/capture_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

namespace sim {

namespace {
constexpr std::int64_t longest_clip_s = 30;
constexpr std::array<std::string_view, 4> camera_commands{"camreq:", "mdas_camreq:", "dsm_camreq:", "icam_req:"};

struct Arguments {
  std::vector<std::string_view> list;

  // Nothing where there is none, or it is no number from `lowest` to `highest`.
  std::optional<std::int64_t> number(std::size_t at, std::int64_t lowest, std::int64_t highest) const {
    if (at >= list.size()) return std::nullopt;
    std::int64_t value = 0;
    const std::string_view text = list[at];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool all = error == std::errc{} && end == text.data() + text.size();
    return all && value >= lowest && value <= highest ? std::optional(value) : std::nullopt;
  }
};

Arguments split(std::string_view text) {
  Arguments arguments;
  while (true) {
    const std::size_t comma = text.find(',');
    arguments.list.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return arguments;
    text.remove_prefix(comma + 1);
  }
}

// A photo is taken now; of a video, time and duration stand at `at` and behind it.
std::optional<CaptureOrder> ordered(CaptureOrder order, bool video, const Arguments& arguments, std::size_t at,
                                    std::int64_t now_ms) {
  order.kind = video ? base::MediaKind::video : base::MediaKind::photo;
  order.from_ms = now_ms / 1000 * 1000;
  if (!video) return order;
  const auto from = arguments.number(at, 1, now_ms / 1000);
  const auto seconds = arguments.number(at + 1, 1, longest_clip_s);
  if (!from || !seconds) return std::nullopt;
  order.from_ms = *from * 1000;
  order.seconds = static_cast<std::uint16_t>(*seconds);
  return order;
}

std::optional<CaptureOrder> read_camreq(const Arguments& arguments, std::int64_t now_ms) {
  const auto type = arguments.number(0, 0, 1);
  const auto source = arguments.number(1, 1, 3);
  if (!type || !source) return std::nullopt;
  return ordered({.front = (*source & 1) != 0, .rear = (*source & 2) != 0}, *type == 0, arguments, 2, now_ms);
}

std::optional<CaptureOrder> read_mdas(const Arguments& arguments, std::int64_t now_ms) {
  const auto type = arguments.number(0, 0, 1);
  if (!type || !arguments.number(1, 0, 0)) return std::nullopt;
  return ordered({.front = true}, *type == 0, arguments, 2, now_ms);
}

std::optional<CaptureOrder> read_dsm(const Arguments& arguments, std::int64_t now_ms) {
  if (!arguments.number(0, 2, 2) || !arguments.number(1, 4, 4)) return std::nullopt;
  return ordered({.front = true}, false, arguments, 2, now_ms);
}

std::optional<CaptureOrder> read_icam(const Arguments& arguments, std::int64_t now_ms) {
  constexpr std::int64_t rear_camera = 3;
  const auto camera = arguments.number(0, 0, 4);
  const auto type = arguments.number(2, 0, 1);
  if (!camera || !arguments.number(1, 1, 2) || !type || !arguments.number(5, 0, 4)) return std::nullopt;
  const bool rear = *camera == rear_camera;
  return ordered({.front = !rear, .rear = rear}, *type == 0, arguments, 3, now_ms);
}

std::optional<CaptureOrder> read_order(std::string_view command, std::int64_t now_ms) {
  const std::size_t colon = command.find(':');
  const std::string_view name = command.substr(0, colon);
  const Arguments arguments = split(command.substr(colon + 1));
  if (name == "camreq") return read_camreq(arguments, now_ms);
  if (name == "mdas_camreq") return read_mdas(arguments, now_ms);
  if (name == "dsm_camreq") return read_dsm(arguments, now_ms);
  return read_icam(arguments, now_ms);
}

std::string accepted_words(const CaptureOrder& order, bool spaced) {
  const int source = (order.front ? 1 : 0) + (order.rear ? 2 : 0);
  if (order.kind == base::MediaKind::photo) return fmt::format("Request for photo from source {} received", source);
  const std::chrono::sys_seconds from{std::chrono::seconds(order.from_ms / 1000)};
  return fmt::format("Request for video from source {} received for {} seconds since{}{:%Y-%m-%d %H:%M:%S}", source,
                     order.seconds, spaced ? " " : "", from);
}
}  // namespace

bool asks_camera(std::string_view command) noexcept {
  return std::ranges::any_of(camera_commands, [&](std::string_view name) { return command.starts_with(name); });
}

CommandAnswer answer_command(std::string_view command, std::int64_t now_ms, bool spaced) {
  if (asks_camera(command)) {
    const auto order = read_order(command, now_ms);
    if (!order) return {std::string(refusal_words), std::nullopt};
    return {accepted_words(*order, spaced), order};
  }
  if (command == "camgetver") return {"Front camera V1.9.3. Rear camera V1.9.3.", std::nullopt};
  if (command == "getinfo") return {"INI:2026/1/1 0:0 RTC:2026/1/1 0:0 RST:1 ERR:0", std::nullopt};
  return {"Unknown command or invalid format", std::nullopt};
}

}  // namespace sim
