#include "tools/capture/server_commands.hpp"

#include <optional>

namespace captures {

using base::ByteView;
using base::load_be;
using dualcam::Command;

namespace {
constexpr std::size_t repeat_size = 2;

// Of the frame at the front; 0: more bytes are needed. Nothing: none begins here.
std::optional<std::size_t> size_of(ByteView in) noexcept {
  if (in.size() < repeat_size) return 0;
  const auto command = static_cast<Command>(load_be<std::uint16_t>(in.data()));
  if (command == Command::init_repeat) return repeat_size;
  if (in.size() < dualcam::header_size) return 0;
  const std::size_t length = load_be<std::uint16_t>(in.data() + 2);
  bool good = false;
  switch (command) {
    case Command::close: good = length == 0; break;
    case Command::resume:
    case Command::status: good = length == sizeof(std::uint32_t); break;
    case Command::path_request: good = length == sizeof(std::uint16_t); break;
    case Command::file_request:
    case Command::meta_request: good = length <= dualcam::max_path_length + 1; break;
    default: break;
  }
  if (!good) return std::nullopt;
  return in.size() < dualcam::header_size + length ? 0 : dualcam::header_size + length;
}
}  // namespace

std::vector<ServerCommand> server_commands(const Conversation& conversation) {
  std::vector<ServerCommand> commands;
  const ByteView all(conversation.server_bytes);
  std::size_t begin = 0;  // of what is not read yet
  for (std::size_t n = 0; n < conversation.events.size(); ++n) {
    const Event& event = conversation.events[n];
    if (event.from != Side::server) continue;
    if (event.kind == Event::Kind::missing) begin = event.at;
    if (event.kind != Event::Kind::bytes) continue;
    const std::size_t end = event.at + event.size;
    while (begin < end) {
      const ByteView rest = all.subspan(begin, end - begin);
      const auto size = size_of(rest);
      if (!size) begin = end;
      if (!size || *size == 0) break;
      const auto command = static_cast<Command>(load_be<std::uint16_t>(rest.data()));
      const bool bare = command == Command::init_repeat;
      commands.push_back({.command = command,
                          .body = bare ? ByteView{} : rest.first(*size).subspan(dualcam::header_size),
                          .event = n});
      begin += *size;
    }
  }
  return commands;
}

}  // namespace captures
