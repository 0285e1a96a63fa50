#include "server/relay/trendnet/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace trendnet {

namespace {

// By number: rows from up to down, columns from left to right.
constexpr std::array<std::string_view, 9> direction_names{"up-left", "up",        "up-right", "left",      "home",
                                                          "right",   "down-left", "down",     "down-right"};
constexpr int columns = 3;

constexpr int sign(int value) noexcept {
  return (value > 0) - (value < 0);
}

template <class... Of>
struct Overloaded : Of... {
  using Of::operator()...;
};

std::string describe_move(const Move& move) {
  std::string ways;
  const auto add = [&](int degrees, std::string_view forward, std::string_view backward) {
    if (degrees == 0) return;
    ways += fmt::format("{}{} degrees {}", ways.empty() ? "" : " and ", std::abs(degrees),
                        degrees > 0 ? forward : backward);
  };
  add(move.right, "right", "left");
  add(move.up, "up", "down");
  return "move " + (ways.empty() ? "nowhere" : ways);
}

std::string describe_outputs(const SetOutputs& outputs) {
  std::string text;
  const auto add = [&](std::string_view name, const std::optional<bool>& value) {
    if (value) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, *value ? "on" : "off");
  };
  add("output 1", outputs.trigger1);
  add("output 2", outputs.trigger2);
  add("upload of a picture", outputs.image_upload);
  add("e-mail of a picture", outputs.image_email);
  return "turn " + (text.empty() ? "nothing on or off" : text);
}

std::string_view describe_swing(SwingMode mode) {
  switch (mode) {
    case SwingMode::stop: break;
    case SwingMode::horizontal: return "swing from side to side";
    case SwingMode::presets: return "go round the presets";
  }
  return "stop swinging";
}

base::Result<> check_move(const Move& move) {
  if (move == Move{}) return base::fail(base::Errc::invalid, "A move by no degrees is none; 1 degree is the least.");
  if (std::max(std::abs(move.right), std::abs(move.up)) <= longest_move) return {};
  return base::fail(base::Errc::invalid, fmt::format("A move goes at most {} degrees on each axis, not {} and {}.",
                                                     longest_move, std::abs(move.right), std::abs(move.up)));
}

base::Result<> without_request(const base::Result<Request>& request) {
  if (!request) return std::unexpected(request.error());
  return {};
}

}  // namespace

std::string_view to_string(Direction direction) noexcept {
  return direction_names[static_cast<std::size_t>(direction)];
}

std::optional<Direction> parse_direction(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(direction_names, name);
  if (found == direction_names.end()) return std::nullopt;
  return static_cast<Direction>(found - direction_names.begin());
}

Move move_towards(Direction direction, int degrees) noexcept {
  const int number = static_cast<int>(direction);
  return {.right = (number % columns - 1) * degrees, .up = (1 - number / columns) * degrees};
}

Direction direction_of(const Move& move) noexcept {
  return static_cast<Direction>((1 - sign(move.up)) * columns + sign(move.right) + 1);
}

Move first_part(const Move& move, const Model& model) noexcept {
  const int most = std::max(model.most_degrees, 1);
  const auto part = [&](int degrees) { return std::clamp(degrees, -most, most); };
  return {part(move.right), part(move.up)};
}

Outputs SetOutputs::over(const Outputs& present) const noexcept {
  return {.trigger1 = trigger1.value_or(present.trigger1),
          .trigger2 = trigger2.value_or(present.trigger2),
          .image_upload = image_upload.value_or(present.image_upload),
          .image_email = image_email.value_or(present.image_email)};
}

std::string describe(const Command& command) {
  return std::visit(Overloaded{
                        [](const Move& move) { return describe_move(move); },
                        [](const Home&) { return std::string("go home"); },
                        [](const GoPreset& go) { return fmt::format("go to preset {}", go.preset); },
                        [](const GoTo& go) { return fmt::format("go to {}", to_string(go.position)); },
                        [](const SetPreset& set) {
                          return set.position ? fmt::format("set preset {} to {}", set.preset, to_string(*set.position))
                                              : fmt::format("set preset {} to where the camera looks", set.preset);
                        },
                        [](const ClearPreset& clear) { return fmt::format("clear preset {}", clear.preset); },
                        [](const Swing& swing) { return std::string(describe_swing(swing.mode)); },
                        [](const SetOutputs& outputs) { return describe_outputs(outputs); },
                        [](const ReadOutputs&) { return std::string("read the outputs"); },
                        [](const TakeSnapshot&) { return std::string("take a snapshot"); },
                    },
                    command);
}

base::Result<> check(const Command& command, const Model& model) {
  if (const auto* move = std::get_if<Move>(&command)) return check_move(*move);
  const auto* outputs = std::get_if<SetOutputs>(&command);
  if (outputs == nullptr) return without_request(request_for(command, model));
  if (*outputs != SetOutputs{}) return {};
  return base::fail(base::Errc::invalid, "No output is named that is to be turned on or off.");
}

base::Result<Request> request_for(const Command& command, const Model& model) {
  using Answer = base::Result<Request>;
  return std::visit(
      Overloaded{
          [&](const Move& move) { return move_request(first_part(move, model), model); },
          [&](const Home&) -> Answer { return home_request(model); },
          [&](const GoPreset& go) { return go_preset_request(go.preset, model); },
          [&](const GoTo& go) { return set_preset_request(go.scratch_preset, go.scratch_name, go.position, model); },
          [&](const SetPreset& set) { return set_preset_request(set.preset, set.name, set.position, model); },
          [&](const ClearPreset& clear) { return clear_preset_request(clear.preset, model); },
          [&](const Swing& swing) -> Answer { return swing_request(swing.mode, model); },
          [&](const SetOutputs& outputs) -> Answer {
            if (outputs.is_complete()) return set_outputs_request(outputs.over({}), model);
            return base::fail(base::Errc::invalid, "The camera takes all four switches at once or none.");
          },
          [&](const ReadOutputs&) -> Answer { return read_outputs_request(model); },
          [&](const TakeSnapshot&) -> Answer { return snapshot_request(model); },
      },
      command);
}

}  // namespace trendnet
