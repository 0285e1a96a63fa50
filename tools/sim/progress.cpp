#include "tools/sim/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace sim {

namespace {
using std::chrono::milliseconds;
constexpr milliseconds line_interval{5'000};
constexpr milliseconds sample_interval{1'000};
constexpr double smoothing = 0.3;  // weight of the newest second

unsigned terminal_width() {
  winsize size{};
  constexpr unsigned usual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

std::string bar_of(double fraction, unsigned width) {
  // Eighths of a character cell, so that slow transfers are seen to move.
  constexpr std::array<const char*, 8> parts{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<unsigned>(fraction * width * 8);
  std::string bar;
  for (unsigned cell = 0; cell < width; ++cell)
    bar += eighths >= (cell + 1) * 8 ? "█" : eighths > cell * 8 ? parts[eighths % 8] : " ";
  return bar;
}

std::string eta(double seconds) {
  const auto whole = static_cast<unsigned long>(seconds);
  if (whole >= 3600) return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}
}  // namespace

std::string human_bytes(double bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 1000 && unit + 1 < units.size(); ++unit) bytes /= 1000;
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 100 ? 0 : 1, units[unit]);
}

Progress::Style Progress::style_of_terminal() {
  return isatty(STDERR_FILENO) != 0 ? Style::bar : Style::lines;
}

std::string Progress::text(const FleetCounts& counts, milliseconds elapsed, bool bar) {
  const double done = counts.planned == 0 ? 1 : static_cast<double>(counts.acknowledged) / counts.planned;
  const double sent = counts.planned_bytes == 0
                          ? done
                          : static_cast<double>(counts.file_bytes) / static_cast<double>(counts.planned_bytes);
  const double fraction = counts.acknowledged == counts.planned ? 1 : std::clamp(sent, 0.0, 0.99);
  const double seconds = std::chrono::duration<double>(elapsed).count();
  std::string line =
      fmt::format("{:3.0f}%  {}/{} files  {}  {}/s  {}/{} connected  {} faults", fraction * 100, counts.acknowledged,
                  counts.planned, human_bytes(static_cast<double>(counts.file_bytes)), human_bytes(rate_),
                  counts.connected, cameras_, counts.faults);
  if (counts.records > 0) line += fmt::format("  {} records  {} commands", counts.records, counts.commands);
  if (counts.refused > 0) line += fmt::format("  {} refused", counts.refused);
  if (fraction > 0.01 && fraction < 1) line += fmt::format("  ETA {}", eta(seconds / fraction - seconds));
  if (!bar) return fmt::format("{:>6}  {}", eta(seconds), line);
  const unsigned width = terminal_width();
  constexpr unsigned narrowest = 10, widest = 40;
  if (line.size() + narrowest + 4 > width) return line.substr(0, width - 1);
  return fmt::format(
      "▕{}▏{}", bar_of(fraction, std::min<unsigned>(widest, width - static_cast<unsigned>(line.size()) - 4)), line);
}

void Progress::update(const FleetCounts& counts, milliseconds elapsed) {
  if (style_ == Style::none) return;
  if (elapsed - sampled_at_ >= sample_interval) {
    const double seconds = std::chrono::duration<double>(elapsed - sampled_at_).count();
    const double now = static_cast<double>(counts.wire_bytes - sampled_bytes_) / seconds;
    rate_ = sampled_bytes_ == 0 ? now : rate_ + smoothing * (now - rate_);
    sampled_at_ = elapsed;
    sampled_bytes_ = counts.wire_bytes;
  }
  if (style_ == Style::bar) {
    fmt::print(stderr, "\r\x1b[2K{}", text(counts, elapsed, true));
    std::fflush(stderr);
  } else if (elapsed - last_line_ >= line_interval) {
    last_line_ = elapsed;
    fmt::print(stderr, "{}\n", text(counts, elapsed, false));
  }
}

void Progress::finish() {
  if (style_ == Style::bar) fmt::print(stderr, "\n");
}

}  // namespace sim
