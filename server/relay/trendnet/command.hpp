// What a camera can be told to do, as values; and the request that tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/base/result.hpp"
#include "server/relay/trendnet/outputs.hpp"
#include "server/relay/trendnet/position.hpp"
#include "server/relay/trendnet/request.hpp"

namespace trendnet {

// The camera's own numbers.
enum class Direction : std::uint8_t {
  up_left = 0,
  up = 1,
  up_right = 2,
  left = 3,
  home = 4,
  right = 5,
  down_left = 6,
  down = 7,
  down_right = 8
};
// "up-left", "up", … "home".
std::string_view to_string(Direction direction) noexcept;
std::optional<Direction> parse_direction(std::string_view name) noexcept;

// Relative, in degrees as the camera counts them; below 0 is left, and down.
struct Move {
  int right = 0;
  int up = 0;
  bool operator==(const Move&) const = default;
};
// The same number of degrees on each axis that the direction has. Home has none: no move.
Move move_towards(Direction direction, int degrees) noexcept;
Direction direction_of(const Move& move) noexcept;  // home: it does not move
constexpr int longest_move = 360;  // of one command, each axis: all the way round. Longer than a request: several

struct Home {
  bool operator==(const Home&) const = default;
};
struct GoPreset {
  int preset = 0;  // 0 is home
  bool operator==(const GoPreset&) const = default;
};
struct SetPreset {
  int preset = 1;  // 0 cannot be set
  std::string name;
  std::optional<Position> position;  // none: where the camera looks when it is told
  bool operator==(const SetPreset&) const = default;
};
struct ClearPreset {
  int preset = 1;
  bool operator==(const ClearPreset&) const = default;
};
// The camera knows no absolute move: a scratch preset, whose old place is lost, is set to the position and gone to.
struct GoTo {
  Position position;
  int scratch_preset = 24;
  std::string scratch_name = "goto";
  bool operator==(const GoTo&) const = default;
};
enum class SwingMode : std::uint8_t { stop = 0, horizontal = 1, presets = 2 };
struct Swing {
  SwingMode mode = SwingMode::stop;
  bool operator==(const Swing&) const = default;
};
// What is not named stays as it is: the camera takes all four or none, so that they are read first.
struct SetOutputs {
  std::optional<bool> trigger1 = {}, trigger2 = {}, image_upload = {}, image_email = {};
  bool operator==(const SetOutputs&) const = default;
  bool is_complete() const noexcept { return trigger1 && trigger2 && image_upload && image_email; }
  Outputs over(const Outputs& present) const noexcept;
};
struct ReadOutputs {
  bool operator==(const ReadOutputs&) const = default;
};
struct TakeSnapshot {
  bool operator==(const TakeSnapshot&) const = default;
};

using Command =
    std::variant<Move, Home, GoPreset, GoTo, SetPreset, ClearPreset, Swing, SetOutputs, ReadOutputs, TakeSnapshot>;

// "move 5 degrees right and 3 up", "go to preset 7", …: for logs and the audit.
std::string describe(const Command& command);

// `invalid`, in a sentence: this model cannot be told that. A move may be longer than one request takes.
base::Result<> check(const Command& command, const Model& model);
// One request, the first where it takes more: of a move as far as one request goes (first_part), of GoTo the setting of
// the scratch preset. SetOutputs must be complete.
base::Result<Request> request_for(const Command& command, const Model& model);
Move first_part(const Move& move, const Model& model) noexcept;

}  // namespace trendnet
