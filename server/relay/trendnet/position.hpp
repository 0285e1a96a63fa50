// Where the camera looks: the numbers of the stream's PT_ field, three decimal digits each, as the camera counts them.
// Sizes of a step, and which way they rise, differ between models: nothing here depends on it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trendnet {

constexpr int largest_coordinate = 999;  // three digits

struct Position {
  int pan = 0;   // 0..999
  int tilt = 0;  // 0..999
  bool operator==(const Position&) const = default;
};

// "136_046", as in the stream.
std::string to_string(const Position& position);
// "136_046", "PT_136_046", "136,46": one to three digits each.
std::optional<Position> parse_position(std::string_view text) noexcept;

// Each axis is off by `tolerance` at most.
bool are_near(const Position& one, const Position& other, int tolerance) noexcept;

}  // namespace trendnet
