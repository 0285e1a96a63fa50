#include "storage/catalog/watchdog.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

namespace storage {

Watchdog::Watchdog() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Watchdog::~Watchdog() = default;

void Watchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(lock_);
  while (!stop.stop_requested()) {
    const auto now = base::steady_now();
    break_off_late(now);
    next_look_ = base::SteadyTime::max();
    for (const Line* line : lines_) next_look_ = std::min(next_look_, line->deadline_);
    const auto target = next_look_;
    const auto looks_earlier = [&] { return next_look_ < target; };
    // The farthest a wait may be given: some libraries add it to a clock.
    const auto longest = now + std::chrono::hours{1};
    earlier_.wait_until(lock, stop, std::min(target, longest), looks_earlier);
  }
}

void Watchdog::break_off_late(base::SteadyTime now) {
  for (Line* line : lines_) {
    if (line->deadline_ > now) continue;
    line->deadline_ = base::SteadyTime::max();
    line->fired_ = true;
    ::shutdown(line->socket_, SHUT_RDWR);
  }
}

Watchdog::Line::Line(Watchdog& watchdog, int socket)
    : watchdog_(watchdog), socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  const std::scoped_lock lock(watchdog_.lock_);
  watchdog_.lines_.push_back(this);
}

Watchdog::Line::~Line() {
  {
    const std::scoped_lock lock(watchdog_.lock_);
    std::erase(watchdog_.lines_, this);
  }
  if (socket_ >= 0) ::close(socket_);
}

// The thread sleeps until the earliest deadline it has seen; ours is mostly later, and wakes nobody.
void Watchdog::Line::arm(base::SteadyTime deadline) {
  const std::scoped_lock lock(watchdog_.lock_);
  deadline_ = deadline;
  if (deadline >= watchdog_.next_look_) return;
  watchdog_.next_look_ = deadline;
  watchdog_.earlier_.notify_one();
}

bool Watchdog::Line::disarm() {
  const std::scoped_lock lock(watchdog_.lock_);
  deadline_ = base::SteadyTime::max();
  return fired_;
}

}  // namespace storage
