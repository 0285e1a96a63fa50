// Conversations replayed into the server's sans-IO core, with a virtual clock: no socket, no disk, no real time. The
// same capture gives the same actions, always.
//
// What the core asks its driver is answered at once, and as the recorded server's driver must have answered where its
// bytes tell: in which order classes are asked for, whether a device is refused, from where a file goes on, which
// commands a tracker is sent, and when the server ends a session by itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/capture/camera_files.hpp"
#include "tools/capture/capture.hpp"
#include "tools/replay/action_line.hpp"
#include "tools/replay/virtual_spool.hpp"

namespace replay {

// What the core sent.
struct CoreFrame {
  captures::Time time;
  std::size_t event = 0;  // of the conversation, that was taken in last
  base::Bytes bytes;
};

struct OfflineResult {
  std::size_t conversation = 0;  // its number, from 1
  bool replayed = false;         // false: there is no session in it; `reason` says why
  bool complete = true;          // false: `reason` says what of it is missing
  std::string reason;
  std::string ending;  // why the core closed, or how far it had come
  std::vector<CoreFrame> sent;
  std::uint64_t actions = 0;
  std::uint64_t stored_files = 0;
  std::uint64_t stored_records = 0;
};

// `capture` and `files`, which are those of the capture, are borrowed. `conversations`: indices into
// Capture::conversations, replayed one after the other in that order. Ends early where the sink says so.
std::vector<OfflineResult> replay_offline(const captures::Capture& capture,
                                          const std::vector<captures::CameraFile>& files,
                                          const std::vector<std::size_t>& conversations, const LineSink& sink);

namespace detail {

// What conversations are replayed with, one after the other.
struct Offline {
  const captures::Capture& capture;
  const std::vector<captures::CameraFile>& files;
  VirtualSpool spool;
  const LineSink& sink;
  bool stopped = false;  // by the sink
};
OfflineResult replay_camera(Offline& offline, std::size_t conversation);     // offline_camera.cpp
OfflineResult replay_tracker(Offline& offline, std::size_t conversation);    // offline_tracker.cpp
OfflineResult replay_datagrams(Offline& offline, std::size_t conversation);  // offline_tracker.cpp

}  // namespace detail
}  // namespace replay
