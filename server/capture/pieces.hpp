// What trackers say, piece by piece, put together until it is an answer. One thread at a time; the clock is passed in.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/avl/camera_request.hpp"
#include "server/base/clock.hpp"
#include "server/base/imei.hpp"

namespace capture {

class Pieces {
 public:
  // Behind the last piece; then what is there is all there will be.
  static constexpr std::chrono::milliseconds pause = std::chrono::seconds{3};
  // Answers of cameras are a hundred characters: of more pieces or bytes of a device the oldest are dropped.
  static constexpr std::size_t most_pieces = 8;
  static constexpr std::size_t most_bytes = 2048;
  // Each is forgotten after the pause.
  static constexpr std::size_t most_devices = 16'384;

  struct Said {
    base::Imei imei;
    std::string text;    // the pieces that made it
    avl::Answer answer;  // Unrecognised: it is no answer to a command of ours
  };

  // What that piece completes. Nothing: more may follow, or there is no room for another device.
  std::optional<Said> add(const base::Imei& imei, std::string_view text, base::SteadyTime now);
  // What nothing was added to for `pause`.
  std::vector<Said> settled(base::SteadyTime now);
  std::optional<base::SteadyTime> next_settled() const;

 private:
  struct Device {
    std::deque<std::string> pieces;
    base::SteadyTime last;
  };
  static Said best_of(const base::Imei& imei, const Device& device);

  std::unordered_map<base::Imei, Device> devices_;
};

}  // namespace capture
