// Lengths of time as people write them: "800ms", "2s", "10m", "1h".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hub {

// A whole number and one of ms, s, m and h, nothing between. Nothing: it is none, or longer than 1,000 days.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;
// In the largest unit that it is a whole number of.
std::string duration_text(std::chrono::milliseconds length);

}  // namespace hub
