// The Date line of a part of the stream: "2007-08-16 14:56:19 IO_00000000_PT_136_046". The time is the camera's, local
// and without a zone, and newer firmware writes it the American way: it is kept as text, and nothing is made of it.
#pragma once

#include <optional>
#include <string_view>

#include "server/relay/trendnet/outputs.hpp"
#include "server/relay/trendnet/position.hpp"

namespace trendnet {

struct DateLine {
  std::string_view time;  // of the line; empty: there is none
  std::optional<IoDigits> io;
  std::optional<Position> position;
};
constexpr std::size_t max_time_text = 40;  // "03-28-2025 12:32:19 AM" has 22; the rest of a longer one is left out

// IO_, eight digits, _PT_ and twice three digits are looked for anywhere in the line.
DateLine parse_date_line(std::string_view line) noexcept;

}  // namespace trendnet
