#include "tools/replay/offline.hpp"

#include <fmt/format.h>

namespace replay {

namespace {
OfflineResult replay_one(detail::Offline& offline, std::size_t index) {
  const captures::Conversation& conversation = offline.capture.conversations[index];
  const bool tcp = conversation.transport == captures::Transport::tcp;
  if (conversation.protocol == captures::Protocol::camera && tcp) return detail::replay_camera(offline, index);
  if (conversation.protocol == captures::Protocol::tracker)
    return tcp ? detail::replay_tracker(offline, index) : detail::replay_datagrams(offline, index);
  return {.conversation = index + 1,
          .reason = fmt::format("{} has no session of its own: its datagrams are replayed with --relay-to only",
                                captures::to_string(conversation.protocol))};
}
}  // namespace

std::vector<OfflineResult> replay_offline(const captures::Capture& capture,
                                          const std::vector<captures::CameraFile>& files,
                                          const std::vector<std::size_t>& conversations, const LineSink& sink) {
  detail::Offline offline{.capture = capture, .files = files, .spool = {}, .sink = sink};
  std::vector<OfflineResult> results;
  for (const std::size_t index : conversations) {
    if (offline.stopped) break;
    results.push_back(replay_one(offline, index));
  }
  return results;
}

}  // namespace replay
