#include "tools/media/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace media {

namespace {
using std::chrono::milliseconds;
constexpr milliseconds patience{2'000};  // who waits no longer than this needs no line

unsigned terminal_width() {
  winsize size{};
  constexpr unsigned usual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}
}  // namespace

Progress::Progress(std::string what, bool wanted)
    : what_(std::move(what)), draws_(wanted && isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (drawn_) fmt::print(stderr, "\r\x1b[2K");
}

void Progress::update(unsigned percent) {
  const auto elapsed = std::chrono::duration_cast<milliseconds>(base::steady_now() - started_);
  if (!draws_ || elapsed < patience) return;
  drawn_ = true;
  fmt::print(stderr, "\r\x1b[2K{}", line(what_, percent, elapsed, terminal_width()));
  std::fflush(stderr);
}

std::string Progress::line(const std::string& what, unsigned percent, milliseconds elapsed, unsigned width) {
  constexpr unsigned narrowest = 8, widest = 40;
  std::string text = fmt::format("{:3}%  {}", percent, what);
  if (percent > 0) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const auto left = static_cast<unsigned long>(seconds * (100 - percent) / percent);
    text += fmt::format("  {}:{:02} left", left / 60, left % 60);
  }
  constexpr unsigned around = 4;  // the brackets, a space, and the last column: a terminal would begin a new line
  if (text.size() + narrowest + around > width) return text.substr(0, width - 1);
  const unsigned cells = std::min<unsigned>(widest, width - static_cast<unsigned>(text.size()) - around);
  const unsigned full = percent * cells / 100;
  return fmt::format("[{}{}] {}", std::string(full, '#'), std::string(cells - full, '.'), text);
}

}  // namespace media
