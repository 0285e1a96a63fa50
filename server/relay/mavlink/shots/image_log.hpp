// Which images of each camera were told of already: CAMERA_IMAGE_CAPTURED comes again for whoever asks again.
// No clock; bounded.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <tuple>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::shots {

class ImageLog {
 public:
  // True: the image is new. One below the highest is only while that is fresh, as when two came in the wrong order;
  // later it is an answer to somebody who missed it.
  bool is_new(Address from, std::uint8_t camera_id, std::int32_t index, base::SteadyTime now);
  // CAMERA_CAPTURE_STATUS: with fewer images than before the camera began a new log; those of a camera that nothing
  // was heard of are old.
  void counted(Address from, std::uint8_t camera_id, std::int32_t image_count, base::SteadyTime now);
  void forget(Address from);  // it has started anew

 private:
  static constexpr std::size_t window = 64;
  using Key = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t>;  // system, component, camera
  struct Seen {
    std::int32_t highest = -1;
    std::bitset<window> below;  // bit n: highest - n was seen
    std::int32_t count = -1;    // last told of; below 0: never
    base::SteadyTime moved;     // when `highest` did
    base::SteadyTime heard;
  };
  Seen& place(const Key& key, base::SteadyTime now, bool& is_first);

  std::map<Key, Seen> cameras_;
};

}  // namespace mavlink::shots
