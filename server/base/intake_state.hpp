// What is taken of a device at present: everything, or less while it sends more than its share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

// From the most to the least: a higher one is the stricter one.
enum class IntakeState : std::uint8_t {
  everything,
  photos,  // photos, and files that an event or a request made
  events,  // only files that an event or a request made
};

std::string_view to_string(IntakeState state) noexcept;
std::optional<IntakeState> parse_intake_state(std::string_view text) noexcept;

}  // namespace base
