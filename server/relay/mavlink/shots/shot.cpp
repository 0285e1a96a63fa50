#include "server/relay/mavlink/shots/shot.hpp"

#include <utility>

namespace mavlink::shots {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::command: return "command";
    case Kind::trigger: return "trigger";
    case Kind::captured: return "captured";
    case Kind::feedback: return "feedback";
    case Kind::video_start: return "video_start";
    case Kind::video_stop: return "video_stop";
  }
  std::unreachable();
}

bool may_be_same(const Camera& a, const Camera& b) noexcept {
  return a.known != b.known || a.value == b.value;
}

}  // namespace mavlink::shots
