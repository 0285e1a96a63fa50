// What a run shows while it goes: one line drawn again and again on a terminal, a plain line every few seconds
// elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tools/sim/fleet.hpp"

namespace sim {

class Progress {
 public:
  enum class Style : std::uint8_t { none, lines, bar };
  static Style style_of_terminal();  // bar when standard error is a terminal

  Progress(Style style, unsigned cameras) : style_(style), cameras_(cameras) {}
  // Call four times a second; draws as often as its style wants. Writes to standard error.
  void update(const FleetCounts& counts, std::chrono::milliseconds elapsed);
  void finish();  // leaves the line on the screen

 private:
  std::string text(const FleetCounts& counts, std::chrono::milliseconds elapsed, bool bar);

  Style style_;
  unsigned cameras_;
  std::chrono::milliseconds last_line_{0};
  std::chrono::milliseconds sampled_at_{0};
  std::uint64_t sampled_bytes_ = 0;
  double rate_ = 0;  // wire bytes per second, smoothed
};

// "1.4 MB", "38 kB": thousands, as the rates of the command line.
std::string human_bytes(double bytes);

}  // namespace sim
