// Arbitrary bytes as a capture file: whatever is in it, the conversations and files that come out make sense.
#include <algorithm>

#include "tools/capture/camera_files.hpp"
#include "tools/capture/extract.hpp"

namespace {
void must(bool good) {
  if (!good) __builtin_trap();
}

void check(const captures::Conversation& conversation) {
  using Kind = captures::Event::Kind;
  must(!conversation.events.empty());
  std::size_t told[2] = {};
  auto before = conversation.events.front().time;
  for (const captures::Event& event : conversation.events) {
    must(event.time >= before);
    before = event.time;
    std::size_t& at = told[event.from == captures::Side::device ? 0 : 1];
    if (event.kind == Kind::bytes) {
      must(event.at == at && conversation.bytes(event).size() == event.size);
      at += event.size;
    } else if (event.kind == Kind::missing) {
      must(event.at == at && event.size > 0);
    }
  }
  must(told[0] == conversation.device_bytes.size() && told[1] == conversation.server_bytes.size());
}

void check(const captures::Capture& capture, const captures::CameraFile& file) {
  must(!file.conversations.empty() && file.conversations.back() < capture.conversations.size());
  must(file.bytes.size() <= file.size.value_or(file.bytes.size()) && file.begun <= file.ended);
  std::uint64_t behind = 0;
  for (const captures::Range& range : file.missing) {
    must(range.begin < range.end && (behind == 0 || range.begin > behind));
    behind = range.end;
    for (std::uint64_t at = range.begin; at < std::min<std::uint64_t>(range.end, file.bytes.size()); ++at)
      must(file.bytes[at] == 0);
  }
  if (file.complete()) must(file.bytes.size() == *file.size);
  must(captures::describe(capture, file, "fuzz").has_value());
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto capture = captures::read_bytes({data, size}, "fuzz");
  if (!capture) return 0;
  for (const auto& conversation : capture->conversations) check(conversation);
  for (const auto& file : captures::camera_files(*capture)) check(*capture, file);
  return 0;
}
