#include "server/relay/mavlink/camera/capture.hpp"

#include "server/relay/mavlink/camera/limits.hpp"
#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::camera {

bool Capture::add_shot(Address by) {
  if (waiting_.size() == limits::most_shots_waiting) return false;
  waiting_.push_back(by);
  return true;
}

void Capture::start(const Series& series, base::SteadyTime now) {
  if (running_ && running_->series == series) {
    pause(false, now);
    return;
  }
  running_ = Running{.series = series, .grid = {now, series.interval}, .left = series.images};
}

bool Capture::stop() noexcept {
  const bool was_running = running_.has_value();
  running_.reset();
  return was_running;
}

void Capture::pause(bool paused, base::SteadyTime now) noexcept {
  if (!running_ || running_->paused == paused) return;
  running_->paused = paused;
  if (!paused) running_->grid.take(now);  // what passed meanwhile was meant to
}

std::uint64_t Capture::due(base::SteadyTime now) noexcept {
  return running_ && !running_->paused && !running_->is_over() ? running_->grid.take(now) : 0;
}

std::optional<Address> Capture::take(base::SteadyTime now, bool ready) {
  const auto moments = due(now);
  if (busy_ || !ready) {
    skipped_ += moments;
    return std::nullopt;
  }
  if (!waiting_.empty()) {
    const auto by = waiting_.front();
    waiting_.pop_front();
    skipped_ += moments;
    busy_ = true;
    return by;
  }
  if (moments == 0) return std::nullopt;
  skipped_ += moments - 1;
  if (running_->left > 0) --running_->left;
  busy_ = true;
  return running_->series.by;
}

void Capture::ended() noexcept {
  busy_ = false;
  if (running_ && running_->is_over()) running_.reset();
}

std::optional<Series> Capture::series() const noexcept {
  return running_ ? std::optional(running_->series) : std::nullopt;
}

std::uint8_t Capture::status() const noexcept {
  if (running_) return busy_ ? image_status::interval_capturing : image_status::interval_idle;
  return busy_ ? image_status::capturing : image_status::idle;
}

std::optional<base::SteadyTime> Capture::next_wake() const noexcept {
  if (!running_ || running_->paused || running_->is_over()) return std::nullopt;
  return running_->grid.next;
}

}  // namespace mavlink::camera
