#include "server/relay/mavlink/shots/image_log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mavlink::shots {

namespace {
constexpr std::size_t most_cameras = 256;
// Ways of different length, and a camera that tells of two images at once.
constexpr std::chrono::milliseconds out_of_order{2'000};
}  // namespace

ImageLog::Seen& ImageLog::place(const Key& key, base::SteadyTime now, bool& is_first) {
  is_first = !cameras_.contains(key);
  if (is_first && cameras_.size() >= most_cameras)
    cameras_.erase(std::ranges::min_element(cameras_, {}, [](const auto& each) { return each.second.heard; }));
  Seen& seen = cameras_[key];
  seen.heard = now;
  return seen;
}

bool ImageLog::is_new(Address from, std::uint8_t camera_id, std::int32_t index, base::SteadyTime now) {
  if (index < 0) return false;
  bool first = false;
  Seen& seen = place({from.system, from.component, camera_id}, now, first);
  if (first || index > seen.highest) {
    const auto step = static_cast<std::size_t>(std::int64_t{index} - seen.highest);
    seen.below = step < window ? seen.below << step : std::bitset<window>{};
    seen.below.set(0);
    seen.highest = index;
    seen.moved = now;
    return true;
  }
  const auto behind = static_cast<std::size_t>(seen.highest - index);
  if (behind >= window || seen.below.test(behind) || now - seen.moved > out_of_order) return false;
  seen.below.set(behind);
  return true;
}

void ImageLog::counted(Address from, std::uint8_t camera_id, std::int32_t image_count, base::SteadyTime now) {
  if (image_count < 0) return;
  bool first = false;
  Seen& seen = place({from.system, from.component, camera_id}, now, first);
  const std::int32_t before = std::exchange(seen.count, image_count);
  // Many leave the count at 0 for ever: only a smaller one than before tells something.
  if (!first && image_count >= before) return;
  seen.highest = image_count - 1;
  seen.below.set();
}

void ImageLog::forget(Address from) {
  std::erase_if(cameras_, [&](const auto& each) {
    return std::get<0>(each.first) == from.system && std::get<1>(each.first) == from.component;
  });
}

}  // namespace mavlink::shots
