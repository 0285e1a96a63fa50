#include "tools/replay/class_order.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace replay {

using dualcam::Command;
using dualcam::FileClass;

namespace {
constexpr std::size_t classes = dualcam::all_file_classes.size();
// before[a][b]: a was asked for while b was waiting.
using Before = std::array<std::array<bool, classes>, classes>;

std::size_t number(FileClass file_class) {
  return static_cast<std::size_t>(file_class);
}

// The class that a request begins with: META REQ with its identifier, or PATH REQ.
std::optional<FileClass> asked_class(base::ByteView frame) {
  const auto command = dualcam::Command{camera_command(frame).value_or(Command::close)};
  if (command == Command::path_request) return FileClass::path;
  if (command != Command::meta_request) return std::nullopt;
  const std::string_view name = base::as_text(frame.subspan(dualcam::header_size));
  for (const FileClass each : dualcam::all_file_classes)
    if (!name.empty() && name == dualcam::identifier(each)) return each;
  return std::nullopt;
}

// The INIT that is the last thing the device had sent.
std::optional<dualcam::Init> init_at_end(const captures::Conversation& conversation, base::ByteView sent) {
  if (sent.size() < dualcam::init_size || !conversation.imei) return std::nullopt;
  const base::ByteView last = sent.last(dualcam::init_size);
  if (last[0] != 0 || last[1] != 0) return std::nullopt;
  const dualcam::Init init = dualcam::parse_init(last);
  return init.imei == conversation.imei->number() ? std::optional(init) : std::nullopt;
}

Before order_seen(const captures::Conversation& conversation) {
  Before before{};
  std::uint32_t waiting = 0;  // and not asked for since the last INIT
  std::size_t event = 0, device_size = 0;
  for (const ServerFrame& frame : server_frames(conversation)) {
    for (; event < frame.event; ++event) {
      const captures::Event& each = conversation.events[event];
      if (each.from == captures::Side::device && each.kind == captures::Event::Kind::bytes)
        device_size = each.at + each.size;
    }
    const base::ByteView sent = base::ByteView(conversation.device_bytes).first(device_size);
    if (const auto init = init_at_end(conversation, sent)) waiting = init->settings;
    const auto asked = asked_class(frame.bytes);
    if (!asked) continue;
    waiting &= ~dualcam::settings_bit(*asked);
    for (const FileClass each : dualcam::all_file_classes)
      if ((waiting & dualcam::settings_bit(each)) != 0) before[number(*asked)][number(each)] = true;
  }
  return before;
}
}  // namespace

// The first of the usual order of which nothing that is left must come before; where that goes in a circle, because the
// order was changed meanwhile, the first that is left.
dualcam::ClassOrder class_order(const captures::Conversation& conversation) {
  const Before before = order_seen(conversation);
  std::vector<FileClass> left(dualcam::photos_first.begin(), dualcam::photos_first.end());
  dualcam::ClassOrder order{};
  for (FileClass& place : order) {
    auto next = std::ranges::find_if(left, [&](FileClass candidate) {
      return std::ranges::none_of(
          left, [&](FileClass other) { return before[number(other)][number(candidate)] && other != candidate; });
    });
    if (next == left.end()) next = left.begin();
    place = *next;
    left.erase(next);
  }
  return order;
}

}  // namespace replay
