#include "server/capture/answers.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace capture {

namespace {
using avl::Accepted;
using base::Camera;
using std::chrono::milliseconds;
using storage::CapturePart;
using Parts = std::span<const CapturePart>;

// Devices cut off or round what is below a second.
constexpr milliseconds rounding{2'000};
// Local time is some quarters of an hour away from UTC, less than a day.
constexpr milliseconds quarter_hour = std::chrono::minutes{15};
constexpr milliseconds furthest_zone = std::chrono::hours{15};

bool asks(const CapturePart& part, Camera camera) {
  return std::ranges::any_of(part.files, [&](const auto& file) { return file.camera == camera; });
}

enum class Begin : std::uint8_t { same, same_in_a_zone, other };

Begin compare_begin(const CapturePart& part, const Accepted& accepted) {
  if (!part.from || !accepted.since) return Begin::same;
  const milliseconds apart = std::chrono::abs(*accepted.since - *part.from);
  if (apart <= rounding) return Begin::same;
  const milliseconds from_quarter = std::min(apart % quarter_hour, quarter_hour - apart % quarter_hour);
  return apart <= furthest_zone + rounding && from_quarter <= rounding ? Begin::same_in_a_zone : Begin::other;
}

// The only one that fulfils it; null: none does, or several do.
template <class Condition>
const CapturePart* only(Parts parts, Condition condition) {
  const auto first = std::ranges::find_if(parts, condition);
  if (first == parts.end()) return nullptr;
  const auto second = std::find_if(first + 1, parts.end(), condition);
  return second == parts.end() ? &*first : nullptr;
}
}  // namespace

bool may_answer(const CapturePart& part, const Accepted& accepted) {
  if (part.kind != accepted.kind) return false;
  // Only camreq has sources that an answer repeats in the same sense.
  if (std::string_view(part.command).starts_with("camreq:") &&
      (asks(part, Camera::front) != accepted.front || asks(part, Camera::rear) != accepted.rear))
    return false;
  return !accepted.duration_s || part.duration_s == 0 || part.duration_s == *accepted.duration_s;
}

const CapturePart* accepted_part(Parts waiting, const Accepted& accepted) {
  const auto fits = [&](const CapturePart& part) { return may_answer(part, accepted); };
  const auto begins = [&](Begin begin) {
    return [&accepted, fits, begin](const CapturePart& part) {
      return fits(part) && compare_begin(part, accepted) == begin;
    };
  };
  // Photos are alike, and so are several attempts at the same clip: the one that was sent last, which stands first.
  if (const auto same = std::ranges::find_if(waiting, begins(Begin::same)); same != waiting.end()) return &*same;
  if (const auto* local = only(waiting, begins(Begin::same_in_a_zone)); local != nullptr) return local;
  return only(waiting, fits);
}

const CapturePart* refused_part(Parts waiting) {
  const auto sent = std::ranges::find(waiting, storage::CaptureState::sent, &CapturePart::state);
  if (sent != waiting.end()) return &*sent;
  return waiting.size() == 1 ? &waiting.front() : nullptr;
}

}  // namespace capture
