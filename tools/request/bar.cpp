#include "tools/request/bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace request {

namespace {
unsigned terminal_width() {
  winsize size{};
  constexpr unsigned usual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}
}  // namespace

Bar::Bar(bool wanted) : draws_(wanted && isatty(STDERR_FILENO) != 0) {}

Bar::~Bar() {
  if (drawn_) fmt::print(stderr, "\r\x1b[2K");
}

void Bar::update(unsigned percent, const std::string& what, std::chrono::milliseconds elapsed) {
  if (!draws_) return;
  drawn_ = true;
  fmt::print(stderr, "\r\x1b[2K{}", line(percent, what, elapsed, terminal_width()));
  std::fflush(stderr);
}

std::string Bar::line(unsigned percent, const std::string& what, std::chrono::milliseconds elapsed, unsigned width) {
  constexpr unsigned narrowest = 8, widest = 30;
  constexpr unsigned around = 4;  // the brackets, a space, and the last column: a terminal would begin a new line
  percent = std::min(percent, 100U);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  const std::string text = fmt::format("{:3}%  {}  {}:{:02}", percent, what, seconds / 60, seconds % 60);
  if (text.size() + narrowest + around > width) return text.substr(0, std::max(width, 1U) - 1);
  const unsigned cells = std::min<unsigned>(widest, width - static_cast<unsigned>(text.size()) - around);
  const unsigned full = percent * cells / 100;
  return fmt::format("[{}{}] {}", std::string(full, '#'), std::string(cells - full, '.'), text);
}

}  // namespace request
