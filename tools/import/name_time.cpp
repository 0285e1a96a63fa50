#include "tools/import/name_time.hpp"

#include <stdlib.h>
#include <time.h>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>

#include "tools/import/digits.hpp"

namespace importing {

namespace {
constexpr std::size_t time_digits = 14;         // yyyyMMddHHmmss
constexpr std::size_t with_milliseconds = 17;   // and three more
constexpr std::size_t unix_second_digits = 10;  // 2001 to 2033, as they begin with 1
constexpr std::size_t unix_millisecond_digits = 13;
constexpr std::string_view zone_folder = "/usr/share/zoneinfo/";

int number(std::string_view digits) noexcept {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::optional<std::chrono::sys_seconds> calendar_time(std::string_view digits) {
  if (digits.size() != time_digits || !std::ranges::all_of(digits, is_digit)) return std::nullopt;
  constexpr int first_year = 2000, last_year = 2099;  // other numbers of so many digits are no times
  const int year = number(digits.substr(0, 4));
  const int hour = number(digits.substr(8, 2)), minute = number(digits.substr(10, 2)),
            second = number(digits.substr(12, 2));
  const std::chrono::year_month_day day{std::chrono::year(year),
                                        std::chrono::month(static_cast<unsigned>(number(digits.substr(4, 2)))),
                                        std::chrono::day(static_cast<unsigned>(number(digits.substr(6, 2))))};
  if (year < first_year || year > last_year || !day.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return std::chrono::sys_days(day) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

// What mktime says of a local time, taken as one of summer or of winter time. Nothing where clocks show another then.
std::optional<time_t> moment_of(std::chrono::sys_seconds local, bool summer) {
  const time_t as_utc = local.time_since_epoch().count();
  std::tm parts{};
  if (gmtime_r(&as_utc, &parts) == nullptr) return std::nullopt;
  parts.tm_isdst = summer ? 1 : 0;
  const std::tm wanted = parts;
  const time_t moment = mktime(&parts);
  std::tm shown{};
  if (localtime_r(&moment, &shown) == nullptr) return std::nullopt;
  const bool same = shown.tm_min == wanted.tm_min && shown.tm_hour == wanted.tm_hour && shown.tm_mday == wanted.tm_mday;
  return same ? std::optional(moment) : std::nullopt;
}

base::UtcTime from_unix(std::int64_t seconds) {
  return base::UtcTime(std::chrono::seconds(seconds));
}

base::UtcTime in_zone(std::chrono::sys_seconds local) {
  const auto summer = moment_of(local, true), winter = moment_of(local, false);
  if (summer && winter) return from_unix(std::min(*summer, *winter));
  if (summer || winter) return from_unix(summer ? *summer : *winter);
  const time_t as_utc = local.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&as_utc, &parts);
  parts.tm_isdst = 0;  // the hour that is left out: as if summer time had not begun
  return from_unix(mktime(&parts));
}

std::optional<base::UtcTime> since_1970(std::string_view digits) {
  const bool milliseconds = digits.size() == unix_millisecond_digits;
  if ((!milliseconds && digits.size() != unix_second_digits) || digits.front() != '1') return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return milliseconds ? base::UtcTime(std::chrono::milliseconds(value)) : from_unix(value);
}

// The parts of a time begin where its digits can be cut.
constexpr bool may_end_a_part(std::size_t digits) noexcept {
  return digits >= 4 && digits % 2 == 0;
}

// The time that begins with the first of `runs`.
std::optional<base::UtcTime> written_time(std::string_view name, std::span<const DigitRun> runs) {
  std::string digits;
  std::size_t end = runs.front().at;
  for (const DigitRun& run : runs) {
    if (!digits.empty() && run.at != end + 1) return std::nullopt;
    digits += run.digits;
    end = run.at + run.digits.size();
    if (digits.size() >= time_digits) break;
    if (!may_end_a_part(digits.size())) return std::nullopt;
  }
  const bool milliseconds = digits.size() == with_milliseconds && runs.front().digits.size() == with_milliseconds;
  if (digits.size() != time_digits && !milliseconds) return std::nullopt;
  const auto local = calendar_time(std::string_view(digits).substr(0, time_digits));
  if (!local) return std::nullopt;
  const std::chrono::milliseconds fraction{milliseconds ? number(std::string_view(digits).substr(time_digits)) : 0};
  const bool utc = end < name.size() && name[end] == 'Z';
  return (utc ? base::UtcTime(*local) : in_zone(*local)) + fraction;
}

// "+02:00" in the words of POSIX, where the sign is that of the way to UTC.
std::optional<std::string> fixed_zone(std::string_view zone) {
  constexpr std::size_t length = 6;
  constexpr int most_hours = 14, most_minutes = 59;
  if (zone.size() != length || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return std::nullopt;
  const auto hours = zone.substr(1, 2), minutes = zone.substr(4, 2);
  if (!std::ranges::all_of(hours, is_digit) || !std::ranges::all_of(minutes, is_digit)) return std::nullopt;
  if (number(hours) > most_hours || number(minutes) > most_minutes) return std::nullopt;
  return fmt::format("<{0}{1}{2}>{3}{1}:{2}", zone[0], hours, minutes, zone[0] == '+' ? '-' : '+');
}

bool is_named_zone(std::string_view zone) {
  constexpr std::string_view others = "_+-/";
  const bool plain = std::ranges::all_of(zone, [&](char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || others.find(c) != others.npos;
  });
  std::error_code error;
  return plain && zone.front() != '/' &&
         std::filesystem::is_regular_file(std::string(zone_folder) + std::string(zone), error);
}
}  // namespace

base::Result<> use_time_zone(const std::string& zone) {
  if (zone.empty()) return {};
  auto posix = zone == "UTC" ? std::optional<std::string>("UTC0") : fixed_zone(zone);
  if (!posix && is_named_zone(zone)) posix = ":" + zone;
  if (!posix)
    return base::fail(base::Errc::invalid,
                      fmt::format("This machine knows no time zone \"{}\": give UTC, an offset as +02:00, or the name "
                                  "of a file below {}, as Europe/Vilnius.",
                                  zone, zone_folder));
  setenv("TZ", posix->c_str(), 1);
  tzset();
  return {};
}

std::optional<base::UtcTime> local_time(std::string_view digits) {
  const auto local = calendar_time(digits);
  return local ? std::optional(in_zone(*local)) : std::nullopt;
}

std::optional<base::UtcTime> time_in_name(std::string_view name) {
  const auto runs = digit_runs(name);
  for (std::size_t first = 0; first < runs.size(); ++first) {
    if (const auto time = written_time(name, std::span(runs).subspan(first))) return time;
    if (const auto time = since_1970(runs[first].digits)) return time;
  }
  return std::nullopt;
}

}  // namespace importing
