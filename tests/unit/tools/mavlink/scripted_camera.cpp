#include "tests/unit/tools/mavlink/scripted_camera.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::tool {

namespace {
constexpr Address camera{1, 100};
}  // namespace

ScriptedCamera::ScriptedCamera(Script script, std::optional<SigningKey> key)
    : script_(std::move(script)), descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  if (key) signer_.emplace(*key, 1, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size) != 0 || pipe(end_) != 0)
    throw std::runtime_error("no port for a camera");
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

ScriptedCamera::~ScriptedCamera() {
  close(end_[1]);
  thread_.join();
  close(end_[0]);
  close(descriptor_);
}

std::vector<std::uint16_t> ScriptedCamera::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

void ScriptedCamera::run() {
  std::array<pollfd, 2> ready{
      {{.fd = descriptor_, .events = POLLIN, .revents = 0}, {.fd = end_[0], .events = POLLIN, .revents = 0}}};
  FrameReader reader;
  constexpr auto refused = [](FrameFault, base::ByteView) {};
  const auto found = [this](const Frame& frame) {
    if (const auto message = decode(frame)) hear(*message, frame.from);
  };
  while (poll(ready.data(), ready.size(), -1) > 0 && ready[1].revents == 0) {
    std::array<std::uint8_t, 2000> bytes{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const ssize_t count =
        recvfrom(descriptor_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (count <= 0) continue;
    const auto* at = reinterpret_cast<const std::uint8_t*>(&from);
    peer_.assign(at, at + size);
    reader.feed(base::ByteView(bytes).first(static_cast<std::size_t>(count)), found, refused);
    reader.end(refused);
  }
}

void ScriptedCamera::hear(const Message& message, Address from) {
  if (std::holds_alternative<Heartbeat>(message)) {
    for (const base::Bytes& each : instead_) send(each);
    if (instead_.empty())
      send(Heartbeat{.type = type::camera, .autopilot = autopilot::invalid, .system_status = state::active});
    return;
  }
  const auto* command = std::get_if<CommandLong>(&message);
  if (!command || command->target_component != camera.component) return;
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(command->command);
  }
  for (Message& each : script_(*command)) {
    if (auto* ack = std::get_if<CommandAck>(&each)) {
      ack->target_system = from.system;
      ack->target_component = from.component;
    }
    send(each);
  }
}

void ScriptedCamera::send(const Message& message) {
  FrameBytes bytes = encode(message, camera, sequence_++);
  if (signer_) signer_->sign(bytes, base::utc_now());
  send(bytes.view());
}

void ScriptedCamera::send(base::ByteView bytes) {
  std::ignore = sendto(descriptor_, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(peer_.data()),
                       static_cast<socklen_t>(peer_.size()));
}

CommandAck answer(const CommandLong& command, std::uint8_t result) {
  return {.command = command.command, .result = result};
}

std::vector<Message> take_it(const CommandLong& command) {
  std::vector<Message> answers{answer(command, result::accepted)};
  if (command.command == command::request_message && command.param1 == CameraInformation::info.id)
    answers.emplace_back(
        CameraInformation{.flags = capability::capture_image, .vendor_name = "Acme", .model_name = "Snap"});
  if (command.command != command::image_start_capture) return answers;
  static std::atomic<std::int32_t> next_index{0};
  const int images = command.param3 > 0 ? static_cast<int>(command.param3) : 1;
  for (int i = 0; i < images; ++i)
    answers.emplace_back(CameraImageCaptured{.lat = 481'371'530,
                                             .lon = 115'761'240,
                                             .image_index = next_index++,
                                             .capture_result = 1,
                                             .file_url = "http://127.0.0.1/snap.jpg"});
  return answers;
}

}  // namespace mavlink::tool
