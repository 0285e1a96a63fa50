// Messages for people: one line of text, or names and values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink {

// In the order of the wire, names as in the definitions; enumerations that have words here as words, parameters of
// cameras by their type, arrays as "1 2 3". Without what was not given: numbers that are none, and empty texts.
using FieldTexts = std::vector<std::pair<std::string, std::string>>;
FieldTexts to_fields(const Message& message);

// COMMAND_LONG param1=0 param2="not given" command=IMAGE_START_CAPTURE target_system=42 …
std::string describe(const Message& message);

// Words without their prefix (IMAGE_START_CAPTURE), empty where there is none for the number.
std::string_view command_word(std::uint16_t command) noexcept;     // MAV_CMD
std::string_view result_word(std::uint8_t result) noexcept;        // MAV_RESULT
std::string_view type_word(std::uint8_t type) noexcept;            // MAV_TYPE
std::string_view autopilot_word(std::uint8_t autopilot) noexcept;  // MAV_AUTOPILOT
std::string_view state_word(std::uint8_t state) noexcept;          // MAV_STATE

}  // namespace mavlink
