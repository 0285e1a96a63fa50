#include "server/base/clock.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace base {

SteadyTime steady_now() noexcept {
  return std::chrono::steady_clock::now();
}

UtcTime utc_now() noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

namespace {
// What four digits of a year can say: clocks of devices say anything.
constexpr UtcTime earliest = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr UtcTime latest =
    UtcTime{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}} - std::chrono::milliseconds{1};
}  // namespace

std::string to_iso8601(UtcTime time) {
  time = std::clamp(time, earliest, latest);
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

namespace {
// A cursor over the text; each function takes what it names or leaves the cursor's `good` false.
struct Cursor {
  std::string_view rest;
  bool good = true;

  int number(std::size_t width) {
    int value = 0;
    if (rest.size() < width) return fail();
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + width, value);
    if (error != std::errc{} || end != rest.data() + width || rest[0] == '-') return fail();
    rest.remove_prefix(width);
    return value;
  }
  bool take(char c) {
    if (rest.empty() || rest[0] != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void need(char c) { good = take(c) && good; }
  int fail() {
    good = false;
    return 0;
  }
};

std::chrono::milliseconds fraction(Cursor& cursor) {
  int value = 0;
  int scale = 100;
  if (cursor.rest.empty() || cursor.rest[0] < '0' || cursor.rest[0] > '9') cursor.fail();
  while (!cursor.rest.empty() && cursor.rest[0] >= '0' && cursor.rest[0] <= '9') {
    value += (cursor.rest[0] - '0') * scale;
    scale /= 10;
    cursor.rest.remove_prefix(1);
  }
  return std::chrono::milliseconds{value};
}

std::chrono::minutes zone(Cursor& cursor) {
  if (cursor.rest.empty() || cursor.take('Z') || cursor.take('z')) return std::chrono::minutes{0};
  const int sign = cursor.take('-') ? -1 : 1;
  if (sign == 1) cursor.need('+');
  const int hours = cursor.number(2);
  cursor.take(':');
  const int minutes = cursor.number(2);
  if (hours > 23 || minutes > 59) cursor.fail();
  return std::chrono::minutes{sign * (hours * 60 + minutes)};
}
}  // namespace

std::optional<UtcTime> parse_iso8601(std::string_view text) {
  using namespace std::chrono;
  Cursor cursor{text};
  const int year_number = cursor.number(4);
  cursor.need('-');
  const int month_number = cursor.number(2);
  cursor.need('-');
  const int day_number = cursor.number(2);
  const year_month_day date{year{year_number}, month{static_cast<unsigned>(month_number)},
                            day{static_cast<unsigned>(day_number)}};
  if (!cursor.good || !date.ok()) return std::nullopt;
  UtcTime time = sys_days{date};
  if (cursor.rest.empty()) return time;
  if (!cursor.take('T') && !cursor.take('t')) cursor.need(' ');
  const int hour = cursor.number(2);
  cursor.need(':');
  const int minute = cursor.number(2);
  const int second = cursor.take(':') ? cursor.number(2) : 0;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  time += hours{hour} + minutes{minute} + seconds{second};
  if (cursor.take('.')) time += fraction(cursor);
  time -= zone(cursor);
  if (!cursor.good || !cursor.rest.empty()) return std::nullopt;
  return time;
}

}  // namespace base
