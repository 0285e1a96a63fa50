// The one place that reads a clock, and the two kinds of time: steady for deadlines, UTC for what is kept.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using SteadyTime = std::chrono::steady_clock::time_point;
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

SteadyTime steady_now() noexcept;
UtcTime utc_now() noexcept;

// 2026-11-21T10:15:00.123Z, always with milliseconds. Before the year 0 and after 9999: the first and the last moment.
std::string to_iso8601(UtcTime time);

// Takes a date alone or a date and time with optional fraction and optional Z or ±HH:MM; without a zone it is UTC.
std::optional<UtcTime> parse_iso8601(std::string_view text);

}  // namespace base
