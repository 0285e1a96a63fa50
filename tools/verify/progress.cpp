#include "tools/verify/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace verify {

namespace {
using std::chrono::milliseconds;
constexpr milliseconds patience{2'000};  // who waits no longer than this needs no line
constexpr milliseconds interval{200};

unsigned terminal_width() {
  winsize size{};
  constexpr unsigned usual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}
}  // namespace

Progress::Progress(bool wanted) : draws_(wanted && isatty(STDERR_FILENO) != 0) {
  next_ = started_ + patience;
}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\x1b[2K");
}

void Progress::begin(std::string what, std::uint64_t total_bytes) {
  what_ = std::move(what);
  total_ = total_bytes;
  done_ = 0;
  begun_ = base::steady_now();
}

void Progress::tick() {
  if (!draws_) return;
  const auto now = base::steady_now();
  if (now < next_) return;
  next_ = now + interval;
  drawn_ = true;
  const auto elapsed = std::chrono::duration_cast<milliseconds>(now - begun_);
  fmt::print(stderr, "\r\x1b[2K{}", line(what_, done_, total_, elapsed, terminal_width()));
  std::fflush(stderr);
}

std::string Progress::line(const std::string& what, std::uint64_t done, std::uint64_t total, milliseconds elapsed,
                           unsigned width) {
  constexpr double megabyte = 1e6;
  constexpr unsigned narrowest = 8, widest = 40;
  const double seconds = std::max(std::chrono::duration<double>(elapsed).count(), 0.001);
  std::string text = fmt::format("{}  {:.1f} MB  {:.1f} MB/s", what, static_cast<double>(done) / megabyte,
                                 static_cast<double>(done) / megabyte / seconds);
  if (total == 0) return text.substr(0, width - 1);
  const double fraction = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  text = fmt::format("{:3.0f}%  {}", fraction * 100, text);
  if (fraction > 0.01) {
    const auto left = static_cast<unsigned long>(seconds / fraction - seconds);
    text += fmt::format("  {}:{:02} left", left / 60, left % 60);
  }
  if (text.size() + narrowest + 3 > width) return text.substr(0, width - 1);
  const unsigned cells = std::min<unsigned>(widest, width - static_cast<unsigned>(text.size()) - 3);
  const auto full = static_cast<unsigned>(fraction * cells);
  return fmt::format("[{}{}] {}", std::string(full, '#'), std::string(cells - full, '.'), text);
}

}  // namespace verify
