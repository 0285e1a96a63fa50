// The images of one camera: which have been told of, and which are missing though the camera counts them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/station/settings.hpp"

namespace mavlink::station {

struct ImageQuestion {
  std::int32_t first = 0;
  std::int32_t last = 0;  // the same: just that one
  bool old_way = false;   // REQUEST_CAMERA_IMAGE_CAPTURE
};
CommandLong command_of(const ImageQuestion& question, const Key& key);

class ImageLog {
 public:
  ImageLog(const Timing& timing, bool from_the_start, base::UtcTime met);

  enum class Verdict : std::uint8_t { fresh, fetched, repeated };
  Verdict captured(const CameraImageCaptured& image, base::SteadyTime now);

  // What the camera says it has taken. True: fewer than before, so it counts anew and what was known is forgotten.
  bool counted(std::int32_t image_count, base::SteadyTime now);

  // Each has to be ended(). `unknown`: the camera does not answer such questions.
  std::vector<ImageQuestion> questions(base::SteadyTime now);
  void ended(const ImageQuestion& question, bool unknown, base::SteadyTime now);
  void identified_anew() { refused_new_ = refused_old_ = false; }

  std::optional<base::SteadyTime> next_wake() const;
  ImageCounts counts() const;

 private:
  struct Seen {
    std::int32_t index;
    bool ok;
    std::uint64_t time_utc;
  };
  struct Missing {
    int tries = 0;
    base::SteadyTime next;
  };

  const Seen* seen(std::int32_t index, bool ok) const;
  bool is_fresh(const CameraImageCaptured& image, bool ok) const;
  void remember(const CameraImageCaptured& image, bool ok);
  void first_count(std::int32_t image_count);
  void forget();
  void miss(std::int64_t from, std::int64_t end, base::SteadyTime now);
  void give_up_spent(base::SteadyTime now);
  ImageQuestion question(std::map<std::int32_t, Missing>::iterator first, base::SteadyTime now);

  Timing timing_;
  bool from_the_start_;
  std::deque<Seen> seen_;  // the newest last
  std::map<std::int32_t, Missing> missing_;
  std::optional<std::int32_t> first_met_;  // images below were taken before the camera was met
  std::optional<std::int32_t> counted_;
  base::SteadyTime counted_at_;
  std::optional<std::int32_t> first_seen_;
  std::int64_t evicted_;          // from the window of seen_; nothing at or below is told by its index
  std::uint64_t met_utc_;         // by our clock, us
  std::uint64_t newest_utc_ = 0;  // by the camera's
  base::SteadyTime next_round_;
  std::size_t under_way_ = 0;
  bool refused_new_ = false, refused_old_ = false;
  ImageCounts counts_;
};

}  // namespace mavlink::station
