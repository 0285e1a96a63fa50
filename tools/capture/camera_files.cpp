#include "tools/capture/camera_files.hpp"

#include "tools/capture/camera_walk.hpp"
#include "tools/capture/file_table.hpp"

namespace captures {

std::vector<CameraFile> camera_files(const Capture& capture) {
  FileTable files;
  for (std::size_t n = 0; n < capture.conversations.size(); ++n) {
    const Conversation& conversation = capture.conversations[n];
    if (conversation.protocol != Protocol::camera || !conversation.imei) continue;
    CameraWalk(conversation, n, files).run();
  }
  return std::move(files).finish();
}

}  // namespace captures
