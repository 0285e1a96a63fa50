// Pictures and recordings of relay cameras on their way into the store that camera files go into: spool, check, object,
// catalog. Blocking work is done on the host's pool, one step of a recording at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/endpoints/host.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/formats/mjpeg_mp4.hpp"
#include "storage/intake.hpp"

namespace endpoints {

// Of whom and of when.
struct Shot {
  base::Imei device;
  std::string source;  // the camera's name
  base::UtcTime at;
  std::optional<double> pan_deg;
  std::optional<double> tilt_deg;
};

using Frame = std::shared_ptr<const base::Bytes>;                               // a whole JPEG
using Stored = std::function<void(const base::Result<storage::Media>& media)>;  // on the host's thread, once

class MediaWriter {
 public:
  // Both outlive it, and the recordings it has begun.
  MediaWriter(storage::Intake& intake, Host& host) : intake_(intake), host_(host) {}

  void store_picture(const Shot& shot, Frame picture, Stored stored);

 private:
  friend class Recording;
  storage::Intake& intake_;
  Host& host_;
};

// A video that grows by frames. Belongs to the host's thread.
class Recording : public std::enable_shared_from_this<Recording> {
 public:
  // A disk that does not keep up costs frames, not memory.
  static constexpr std::size_t most_waiting = 64;

  Recording(const MediaWriter& writer, Shot shot, Stored stored);
  void add(const Frame& frame, base::UtcTime at);
  // No more frames. `stored` comes when it is kept; `invalid` when there was none.
  void finish(base::UtcTime at);
  std::uint64_t frames() const noexcept { return frames_; }
  std::uint64_t dropped() const noexcept { return dropped_; }  // of those that came: too many at once, or no picture

 private:
  struct Waiting {
    Frame frame;
    base::UtcTime at;
  };
  void go_on();
  base::Result<std::uint64_t> write(const std::deque<Waiting>& frames);  // how many of them are not in the video
  base::Result<storage::Media> publish();
  void end(const base::Result<storage::Media>& media);

  storage::Intake& intake_;
  Host& host_;
  const Shot shot_;
  Stored stored_;
  std::deque<Waiting> waiting_;
  bool busy_ = false;
  bool finished_ = false;
  base::UtcTime ended_at_{};
  std::uint64_t frames_ = 0;
  std::uint64_t dropped_ = 0;
  // Of the step under way.
  std::optional<storage::Partial> partial_;
  storage::MjpegMp4Writer video_;
};

}  // namespace endpoints
