// When an image is to be taken: shots one after the other, never two at once, and series at an interval that does not
// drift. A moment of a series that comes while the camera is busy is skipped and counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/camera/grid.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::camera {

struct Series {
  std::chrono::microseconds interval{0};
  std::int32_t images = 0;  // 0: until it is stopped
  Address by;
  bool operator==(const Series&) const = default;
};

class Capture {
 public:
  // False: too many wait already.
  bool add_shot(Address by);
  // The first image at once. The same series again goes on; another one takes its place.
  void start(const Series& series, base::SteadyTime now);
  // Shots that wait are still taken. False: there was none.
  bool stop() noexcept;
  void pause(bool paused, base::SteadyTime now) noexcept;

  // Who wants an image now, to be asked for; ended() follows. `ready`: the camera is there.
  std::optional<Address> take(base::SteadyTime now, bool ready);
  void ended() noexcept;

  bool is_series() const noexcept { return running_.has_value(); }
  std::optional<Series> series() const noexcept;
  std::uint8_t status() const noexcept;  // CAMERA_CAPTURE_STATUS.image_status
  std::uint64_t skipped() const noexcept { return skipped_; }
  std::optional<base::SteadyTime> next_wake() const noexcept;

 private:
  struct Running {
    Series series;
    Grid grid;
    std::int32_t left = 0;  // of `images`
    bool paused = false;
    bool is_over() const noexcept { return series.images > 0 && left == 0; }
  };
  std::uint64_t due(base::SteadyTime now) noexcept;

  std::optional<Running> running_;
  std::deque<Address> waiting_;
  bool busy_ = false;
  std::uint64_t skipped_ = 0;
};

}  // namespace mavlink::camera
