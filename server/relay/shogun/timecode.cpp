#include "server/relay/shogun/timecode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "server/base/bytes.hpp"

namespace shogun {

namespace {
struct Facts {
  std::string_view name;
  int counted;
  Rate rate;
};
constexpr std::array<Facts, 6> standards{{
    {"PAL", 25, {25, 1}},
    {"NTSC", 30, {30'000, 1001}},
    {"NTSC drop-frame", 30, {30'000, 1001}},
    {"film", 24, {24, 1}},
    {"NTSC film", 24, {24'000, 1001}},
    {"30 frames", 30, {30, 1}},
}};
constexpr int most_frames = 240;  // counted per second where no standard is told: cameras of the stage run no faster
constexpr int most_sub_frames = 1000;

const Facts& facts(Standard standard) noexcept {
  return standards[static_cast<std::size_t>(standard)];
}

std::unexpected<base::Error> wrong(std::string_view text, std::string_view what) {
  return base::fail(base::Errc::invalid, fmt::format("The time code \"{}\" makes no sense: {}.",
                                                     base::printable(base::as_bytes(text), 40), what));
}

struct Numbers {
  std::array<int, 8> values{};
  std::size_t count = 0;
  bool clock = false;       // separated by colons
  bool drop_frame = false;  // a semicolon before the frames
};

// Nothing but up to eight numbers of up to five digits, with one kind of separator.
std::optional<Numbers> numbers_in(std::string_view text) {
  Numbers numbers;
  const auto skip_blanks = [&text] { text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size())); };
  for (skip_blanks(); !text.empty(); skip_blanks()) {
    if (numbers.count > 0 && (text[0] == ':' || text[0] == ';')) {
      if (numbers.count > 1 && !numbers.clock) return std::nullopt;
      numbers.clock = true;
      numbers.drop_frame = text[0] == ';';
      text.remove_prefix(1);
      skip_blanks();
    } else if (numbers.count > 0 && numbers.clock) {
      return std::nullopt;
    }
    if (numbers.count == numbers.values.size() || text.empty() || text[0] == '-') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 5),
                                              numbers.values[numbers.count]);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    ++numbers.count;
  }
  return numbers;
}

bool has_eight_fields(const Numbers& numbers) noexcept {
  return !numbers.clock && numbers.count == 8;
}

// Of the numbers that are there; empty when all are within their bounds.
std::string out_of_bounds(const Numbers& numbers) {
  const auto& v = numbers.values;
  const auto within = [](int value, int highest) { return value >= 0 && value <= highest; };
  if (!within(v[0], 23)) return fmt::format("{} hours", v[0]);
  if (!within(v[1], 59)) return fmt::format("{} minutes", v[1]);
  if (!within(v[2], 59)) return fmt::format("{} seconds", v[2]);
  if (!has_eight_fields(numbers)) return within(v[3], most_frames - 1) ? "" : fmt::format("{} frames", v[3]);
  if (!within(v[5], 1)) return fmt::format("field {}", v[5]);
  if (!within(v[6], static_cast<int>(standards.size()) - 1)) return fmt::format("standard {}", v[6]);
  const auto standard = static_cast<Standard>(v[6]);
  if (!within(v[3], frames_counted(standard) - 1)) return fmt::format("frame {} of {}", v[3], to_string(standard));
  if (!within(v[7], most_sub_frames) || !within(v[4], std::max(v[7], 1) - 1))
    return fmt::format("sub-frame {} of {}", v[4], v[7]);
  return {};
}

bool is_dropped(const Timecode& code) noexcept {
  return code.standard == Standard::ntsc_drop && code.minutes % 10 != 0 && code.seconds == 0 && code.frames < 2;
}

Timecode of(const Numbers& numbers) noexcept {
  const auto small = [&](std::size_t at) { return static_cast<std::uint8_t>(numbers.values[at]); };
  Timecode code{small(0), small(1), small(2), small(3)};
  if (numbers.drop_frame) code.standard = Standard::ntsc_drop;
  if (!has_eight_fields(numbers)) return code;
  code.sub_frame = static_cast<std::uint16_t>(numbers.values[4]);
  code.odd_field = numbers.values[5] == 1;
  code.standard = static_cast<Standard>(numbers.values[6]);
  code.sub_frames_per_frame = static_cast<std::uint16_t>(numbers.values[7]);
  return code;
}
}  // namespace

std::string_view to_string(Standard standard) noexcept {
  return facts(standard).name;
}

Rate rate_of(Standard standard) noexcept {
  return facts(standard).rate;
}

int frames_counted(Standard standard) noexcept {
  return facts(standard).counted;
}

base::Result<Timecode> parse_timecode(std::string_view text) {
  const auto numbers = numbers_in(text);
  const bool known_form =
      numbers && (numbers->clock ? numbers->count == 4 : numbers->count == 8 || numbers->count == 3);
  if (!known_form) return wrong(text, "it is neither eight numbers nor HH:MM:SS:FF");
  if (const std::string what = out_of_bounds(*numbers); !what.empty()) return wrong(text, what);
  const Timecode code = of(*numbers);
  if (is_dropped(code)) return wrong(text, "drop-frame has no frames 0 and 1 at the begin of this minute");
  return code;
}

base::Result<std::string> to_eight_numbers(const Timecode& code) {
  if (!code.standard)
    return base::fail(
        base::Errc::invalid,
        fmt::format("The time code {} is of no known standard, and Vicon's form names one.", to_clock(code)));
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {}", code.hours, code.minutes, code.seconds, code.frames, code.sub_frame,
                  code.odd_field ? 1 : 0, static_cast<int>(*code.standard), code.sub_frames_per_frame);
  if (const auto read = parse_timecode(text); !read) return std::unexpected(read.error());
  return text;
}

std::string to_clock(const Timecode& code) {
  return fmt::format("{:02}:{:02}:{:02}{}{:02}", code.hours, code.minutes, code.seconds,
                     code.standard == Standard::ntsc_drop ? ';' : ':', code.frames);
}

std::string to_words(const Timecode& code) {
  if (!code.standard) return to_clock(code);
  return fmt::format("{} {} ({:.4g} frames/s)", to_clock(code), to_string(*code.standard),
                     rate_of(*code.standard).per_second());
}

}  // namespace shogun
