#include "tools/replay/server_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/avl/command.hpp"
#include "server/avl/framer.hpp"
#include "server/dualcam/status.hpp"

namespace replay {

using base::ByteView;
using base::load_be;
using dualcam::Command;

namespace {
constexpr std::size_t init_repeat_size = 2;
constexpr std::size_t longest_body = dualcam::max_path_length + 1;
constexpr std::size_t records_answer = 4;

// A tracker's frame of text at the front.
std::optional<avl::Message> message_of(ByteView frame) {
  const avl::Found found = avl::next_frame(frame);
  const auto* view = std::get_if<avl::FrameView>(&found.what);
  if (view == nullptr || avl::carries_records(view->codec)) return std::nullopt;
  auto message = avl::decode_message(view->payload);
  return message ? std::optional(*std::move(message)) : std::nullopt;
}

std::string camera_words(ByteView frame) {
  const auto command = camera_command(frame);
  if (!command) return fmt::format("{} bytes that no server says: {}", frame.size(), base::to_hex(frame));
  const std::string_view name = dualcam::to_string(*command);
  const ByteView body = frame.size() > dualcam::header_size ? frame.subspan(dualcam::header_size) : ByteView{};
  switch (*command) {
    case Command::resume:
      return body.size() == 4 ? fmt::format("{} {}", name, load_be<std::uint32_t>(body.data())) : std::string(name);
    case Command::status:
      if (body.size() != 4) return std::string(name);
      return fmt::format("{} {}: {}", name, load_be<std::uint32_t>(body.data()),
                         dualcam::status_name(load_be<std::uint32_t>(body.data())));
    case Command::file_request:
    case Command::meta_request: {
      const ByteView text = !body.empty() && body.back() == 0 ? body.first(body.size() - 1) : body;
      return text.empty() ? std::string(name) : fmt::format("{} {}", name, base::printable(text));
    }
    default: return std::string(name);
  }
}

std::string tracker_words(ByteView frame) {
  if (frame.size() == 1) return frame[0] == 1 ? "the login is accepted" : "the login is refused";
  if (const auto taken = records_taken(frame)) return fmt::format("{} records taken", *taken);
  if (const auto message = message_of(frame))
    return fmt::format("command \"{}\"", base::printable(base::as_bytes(message->text)));
  return fmt::format("{} bytes that no server says: {}", frame.size(), base::to_hex(frame));
}
}  // namespace

std::size_t camera_frame_size(ByteView front) {
  if (front.size() < init_repeat_size) return 0;
  const auto command = load_be<std::uint16_t>(front.data());
  if (command == static_cast<std::uint16_t>(Command::init_repeat)) return init_repeat_size;
  if (front.size() < dualcam::header_size) return 0;
  const std::size_t body = load_be<std::uint16_t>(front.data() + 2);
  return body > longest_body ? front.size() : dualcam::header_size + body;
}

std::size_t tracker_frame_size(ByteView front, bool first) {
  if (front.empty()) return 0;
  if (front[0] == 1 || first) return 1;
  if (front.size() < records_answer) return 0;
  const bool zeros = load_be<std::uint32_t>(front.data()) == 0;
  if (!zeros || front.size() < avl::frame_head_size) return records_answer;
  const avl::Found found = avl::next_frame(front);
  if (std::holds_alternative<avl::NeedMore>(found.what)) return 0;
  return std::holds_alternative<avl::FrameView>(found.what) ? found.size : records_answer;
}

std::vector<ServerFrame> server_frames(const captures::Conversation& conversation) {
  using captures::Event;
  const bool camera = conversation.protocol == captures::Protocol::camera;
  std::vector<ServerFrame> frames;
  std::size_t begin = 0, end = 0;  // of what is not taken apart yet
  for (std::size_t n = 0; n < conversation.events.size(); ++n) {
    const Event& event = conversation.events[n];
    if (event.from != captures::Side::server) continue;
    if (event.kind == Event::Kind::missing) begin = end;
    if (event.kind != Event::Kind::bytes) continue;
    end = event.at + event.size;
    while (begin < end) {
      const ByteView front = ByteView(conversation.server_bytes).subspan(begin, end - begin);
      const std::size_t size = camera ? camera_frame_size(front) : tracker_frame_size(front, frames.empty());
      if (size == 0 || size > front.size()) break;
      frames.push_back({event.time, n, front.first(size)});
      begin += size;
    }
  }
  return frames;
}

std::optional<Command> camera_command(ByteView frame) {
  if (frame.size() < init_repeat_size) return std::nullopt;
  const auto command = static_cast<Command>(load_be<std::uint16_t>(frame.data()));
  switch (command) {
    case Command::init_repeat: return frame.size() == init_repeat_size ? std::optional(command) : std::nullopt;
    case Command::close:
    case Command::resume:
    case Command::status:
    case Command::file_request:
    case Command::meta_request:
    case Command::path_request: break;
    default: return std::nullopt;
  }
  const bool fits = frame.size() >= dualcam::header_size &&
                    frame.size() == dualcam::header_size + load_be<std::uint16_t>(frame.data() + 2);
  return fits ? std::optional(command) : std::nullopt;
}

std::optional<std::uint32_t> resume_position(ByteView frame) {
  if (camera_command(frame) != Command::resume || frame.size() != dualcam::header_size + 4) return std::nullopt;
  return load_be<std::uint32_t>(frame.data() + dualcam::header_size);
}

bool is_tracker_command(ByteView frame) {
  return frame.size() > records_answer;
}

std::optional<std::uint32_t> records_taken(ByteView frame) {
  if (frame.size() != records_answer) return std::nullopt;
  return load_be<std::uint32_t>(frame.data());
}

std::string frame_words(captures::Protocol protocol, ByteView frame) {
  return protocol == captures::Protocol::camera ? camera_words(frame) : tracker_words(frame);
}

}  // namespace replay
