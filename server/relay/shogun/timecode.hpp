// A time code as the stages of motion capture write it, three ways:
//   "0 38 10 17 0 0 0 4"  hours minutes seconds frames sub-frame field standard sub-frames-per-frame, as Vicon does
//   "00:38:10:17"         others; ";" before the frames means drop-frame
//   "00 38 10"            Xsens: a time of day
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace shogun {

struct Rate {
  std::uint32_t frames = 0, seconds = 1;  // 30000/1001; a fraction in lowest terms

  double per_second() const noexcept { return static_cast<double>(frames) / seconds; }
  bool operator==(const Rate&) const = default;
};

enum class Standard : std::uint8_t { pal, ntsc, ntsc_drop, film, ntsc_film, thirty };  // as numbered on the wire
std::string_view to_string(Standard standard) noexcept;                                // "NTSC drop-frame"
Rate rate_of(Standard standard) noexcept;
// The number of frames a second is counted in: 25, 30, 30, 24, 24, 30.
int frames_counted(Standard standard) noexcept;

struct Timecode {
  std::uint8_t hours = 0, minutes = 0, seconds = 0, frames = 0;
  std::uint16_t sub_frame = 0;
  bool odd_field = false;
  std::optional<Standard> standard;  // only Vicon's form tells
  std::uint16_t sub_frames_per_frame = 1;

  bool operator==(const Timecode&) const = default;
  bool is_zero() const noexcept { return hours == 0 && minutes == 0 && seconds == 0 && frames == 0; }
};

// Takes all three forms, numbers separated by any blanks. Errors: `invalid`, which number is out of its bounds;
// drop-frame has no frames 0 and 1 at the begin of minutes that ten does not divide.
base::Result<Timecode> parse_timecode(std::string_view text);

// Vicon's form. Without a standard it cannot be written: `invalid`.
base::Result<std::string> to_eight_numbers(const Timecode& code);
std::string to_clock(const Timecode& code);  // "00:38:10:17", "00:38:10;18" of drop-frame
std::string to_words(const Timecode& code);  // "00:38:10:17 PAL (25 frames/s)"

}  // namespace shogun
