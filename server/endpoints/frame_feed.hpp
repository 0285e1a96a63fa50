// The pictures of one camera for whoever looks on: pages that show it live, recordings. Thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/relay/trendnet/position.hpp"

namespace endpoints {

struct Picture {
  std::shared_ptr<const base::Bytes> jpeg;
  base::UtcTime at;  // when it came: the camera's own clock has no zone
  std::optional<trendnet::Position> position;
};

class FrameFeed : public std::enable_shared_from_this<FrameFeed> {
 public:
  using Look = std::function<void(const Picture& picture)>;

  // Ends with the handle; no call is under way behind that, unless the handle goes within the call. Calls come on the
  // thread that publishes and must not block.
  std::shared_ptr<void> subscribe(Look look);
  void publish(const Picture& picture);
  // The next picture, once. Of more than `most_waiting` that wait the oldest is destroyed uncalled.
  static constexpr std::size_t most_waiting = 64;
  void next(Look once);
  std::optional<Picture> last() const;

 private:
  struct Reader {
    std::recursive_mutex mutex;
    Look look;  // empty: it has ended
  };
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<Reader>> readers_;
  std::deque<Look> once_;
  std::optional<Picture> last_;
};

}  // namespace endpoints
