#include "server/relay/trendnet/position.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "server/relay/trendnet/text.hpp"

namespace trendnet {

std::string to_string(const Position& position) {
  return fmt::format("{:03}_{:03}", position.pan, position.tilt);
}

std::optional<Position> parse_position(std::string_view text) noexcept {
  constexpr std::size_t most_digits = 3;
  text = trim(text);
  if (text.starts_with("PT_")) text.remove_prefix(3);
  const auto between = text.find_first_of("_,");
  if (between == std::string_view::npos) return std::nullopt;
  const auto pan_text = trim(text.substr(0, between));
  const auto tilt_text = trim(text.substr(between + 1));
  if (pan_text.size() > most_digits || tilt_text.size() > most_digits) return std::nullopt;
  const auto pan = to_number<int>(pan_text);
  const auto tilt = to_number<int>(tilt_text);
  if (!pan || !tilt) return std::nullopt;
  return Position{*pan, *tilt};
}

bool are_near(const Position& one, const Position& other, int tolerance) noexcept {
  return std::abs(one.pan - other.pan) <= tolerance && std::abs(one.tilt - other.tilt) <= tolerance;
}

}  // namespace trendnet
