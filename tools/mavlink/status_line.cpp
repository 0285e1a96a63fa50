#include "tools/mavlink/status_line.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "server/base/utf8.hpp"

namespace mavlink::tool {

namespace {
constexpr std::chrono::seconds period{1};

unsigned terminal_width() {
  winsize size{};
  constexpr unsigned usual = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}
}  // namespace

StatusLine::StatusLine(bool wanted) : draws_(wanted && isatty(STDERR_FILENO) != 0) {}

StatusLine::~StatusLine() {
  clear();
}

void StatusLine::wait_for(std::string what, base::SteadyTime now) {
  what_ = std::move(what);
  since_ = now;
  last_ = {};
  draw(now);
}

void StatusLine::draw(base::SteadyTime now) {
  if (!draws_ || what_.empty() || now < last_ + period) return;
  last_ = now;
  drawn_ = true;
  const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - since_);
  fmt::print(stderr, "\r\x1b[2K{}", line(what_, waited, terminal_width()));
  std::fflush(stderr);
}

void StatusLine::clear() {
  if (!std::exchange(drawn_, false)) return;
  fmt::print(stderr, "\r\x1b[2K");
  std::fflush(stderr);
  last_ = {};
}

std::optional<base::SteadyTime> StatusLine::next_draw() const {
  if (!draws_ || what_.empty()) return std::nullopt;
  return last_ + period;
}

std::string StatusLine::line(const std::string& what, std::chrono::seconds waited, unsigned width) {
  const std::string text =
      fmt::format("{}  {}:{:02}", base::without_controls(what), waited.count() / 60, waited.count() % 60);
  return std::string(base::cut_utf8(text, std::max(width, 1U) - 1));
}

}  // namespace mavlink::tool
